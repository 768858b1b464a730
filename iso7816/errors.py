"""The error family of the vocabulary: whatever bytes come in, parsing raises nothing else.

::

    Iso7816Error (ValueError)
    ├── APDUError              a command or response APDU that does not follow ISO/IEC 7816-3, 12.1
    ├── TLVError               BER-, COMPACT- or SIMPLE-TLV
    ├── ATRError               an answer-to-reset
    ├── ATSError               an answer to select
    ├── ContactlessError       what else a contactless card tells of itself
    ├── FileControlError       FCP, FMD, FCI and what they hold
    ├── PathError              file identifiers and paths
    ├── ControlReferenceError  a control reference template
    ├── CertificateError       a card verifiable certificate
    ├── KeyDataError           a key that travels in data objects, or is kept as bytes
    ├── InformationError       a cryptographic information object
    ├── MechanismError         data that a cryptographic mechanism does not take
    ├── MinutiaeError          a template of finger minutiae
    └── NamesError             a file of names for the decoder
"""

from __future__ import annotations


class Iso7816Error(ValueError):
    """Bytes or values that the standard does not allow."""


class APDUError(Iso7816Error):
    """A command or response APDU is malformed, or a field is out of its range."""


class TLVError(Iso7816Error):
    """A data object is truncated, over-long or badly coded."""


class ATRError(Iso7816Error):
    """An answer-to-reset is malformed, or cannot be built from the given values."""


class ATSError(Iso7816Error):
    """An answer to select is malformed, or cannot be built from the given values."""


class ContactlessError(Iso7816Error):
    """A contactless card cannot have such a UID."""


class FileControlError(Iso7816Error):
    """File control information or one of its data objects is malformed."""


class PathError(Iso7816Error):
    """A file identifier or a path is malformed."""


class ControlReferenceError(Iso7816Error):
    """A control reference template is malformed."""


class KeyDataError(Iso7816Error):
    """The bytes of a key are not those of a key of its algorithm."""


class CertificateError(Iso7816Error):
    """A card verifiable certificate is malformed, or its key is none."""


class InformationError(Iso7816Error):
    """A cryptographic information object is none, or lacks a part."""


class MechanismError(Iso7816Error):
    """A cryptographic mechanism does not take the data, or not with this key."""


class MinutiaeError(Iso7816Error):
    """A template of finger minutiae, or the data object around it, is malformed."""


class NamesError(Iso7816Error):
    """A file of names for the decoder has a key or a value that it cannot have."""

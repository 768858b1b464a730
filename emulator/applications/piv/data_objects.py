"""The data objects (SP 800-73-5, part 1, tables 2 and 3, and appendix A).

A data object is kept and returned as its content, under tag 53, but the discovery object (7E) and the biometric
information templates (7F61), which are templates themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

from emulator.applications.piv.key_references import (
    ATTESTATION_KEY,
    AUTHENTICATION_KEY,
    CARD_AUTHENTICATION_KEY,
    MANAGEMENT_KEY,
    RETIRED_KEYS,
    SIGNATURE_KEY,
)


@unique
class Reading(Enum):
    """What GET DATA requires besides the interface."""

    ALWAYS = "always"
    PIN = "PIN"
    CARDHOLDER = "PIN or finger"


@dataclass(frozen=True, slots=True)
class DataObjectKind:
    """One row of the tables.

    Attributes:
        tag: as GET DATA names it.
        name: as in the standard.
        reading: what it takes to be read.
        contactless: whether it can be read without the virtual contact interface.
    """

    tag: int
    name: str
    reading: Reading = Reading.ALWAYS
    contactless: bool = False


CARD_AUTHENTICATION_CERTIFICATE: Final = 0x5FC101
CHUID: Final = 0x5FC102
AUTHENTICATION_CERTIFICATE: Final = 0x5FC105
CARD_CAPABILITY_CONTAINER: Final = 0x5FC107
SIGNATURE_CERTIFICATE: Final = 0x5FC10A
MANAGEMENT_CERTIFICATE: Final = 0x5FC10B
KEY_HISTORY: Final = 0x5FC10C
FIRST_RETIRED_CERTIFICATE: Final = 0x5FC10D
SIGNER_CERTIFICATE: Final = 0x5FC122
PAIRING_CODE: Final = 0x5FC123
DISCOVERY: Final = 0x7E
BIOMETRIC_TEMPLATES: Final = 0x7F61
ATTESTATION_CERTIFICATE: Final = 0x5FFF01

CERTIFICATES: Final = {
    AUTHENTICATION_KEY: AUTHENTICATION_CERTIFICATE,
    SIGNATURE_KEY: SIGNATURE_CERTIFICATE,
    MANAGEMENT_KEY: MANAGEMENT_CERTIFICATE,
    CARD_AUTHENTICATION_KEY: CARD_AUTHENTICATION_CERTIFICATE,
    **{reference: FIRST_RETIRED_CERTIFICATE + index for index, reference in enumerate(RETIRED_KEYS)},
    ATTESTATION_KEY: ATTESTATION_CERTIFICATE,
}
"""By the reference of the key that a certificate is of."""

DATA_OBJECTS: Final = {
    each.tag: each
    for each in (
        DataObjectKind(DISCOVERY, "Discovery Object", contactless=True),
        DataObjectKind(BIOMETRIC_TEMPLATES, "Biometric Information Templates Group Template", contactless=True),
        DataObjectKind(CARD_AUTHENTICATION_CERTIFICATE, "X.509 Certificate for Card Authentication", contactless=True),
        DataObjectKind(CHUID, "Card Holder Unique Identifier", contactless=True),
        DataObjectKind(0x5FC103, "Cardholder Fingerprints", Reading.PIN),
        DataObjectKind(AUTHENTICATION_CERTIFICATE, "X.509 Certificate for PIV Authentication"),
        DataObjectKind(0x5FC106, "Security Object"),
        DataObjectKind(CARD_CAPABILITY_CONTAINER, "Card Capability Container"),
        DataObjectKind(0x5FC108, "Cardholder Facial Image", Reading.PIN),
        DataObjectKind(0x5FC109, "Printed Information", Reading.CARDHOLDER),
        DataObjectKind(SIGNATURE_CERTIFICATE, "X.509 Certificate for Digital Signature"),
        DataObjectKind(MANAGEMENT_CERTIFICATE, "X.509 Certificate for Key Management"),
        DataObjectKind(KEY_HISTORY, "Key History Object"),
        *(
            DataObjectKind(CERTIFICATES[reference], f"Retired X.509 Certificate for Key Management {index}")
            for index, reference in enumerate(RETIRED_KEYS, 1)
        ),
        DataObjectKind(0x5FC121, "Cardholder Iris Images", Reading.PIN),
        DataObjectKind(SIGNER_CERTIFICATE, "Secure Messaging Certificate Signer", contactless=True),
        DataObjectKind(PAIRING_CODE, "Pairing Code Reference Data Container", Reading.CARDHOLDER),
    )
}
"""By their tags."""

_PROPRIETARY: Final = range(0x5F0000, 0x600000)


def kind_of(tag: int, *, extended: bool) -> DataObjectKind | None:
    """The row of a tag, ``None`` where there can be no such data object.

    Args:
        tag: as GET DATA names it.
        extended: whether data objects of one's own are there, by tags of three bytes that begin with 5F.
    """
    found = DATA_OBJECTS.get(tag)
    if found is None and extended and tag in _PROPRIETARY:
        return DataObjectKind(tag, "proprietary data object")
    return found


def is_template(tag: int) -> bool:
    """Whether the data object is a template of its own, without a tag 53 around it."""
    return tag in (DISCOVERY, BIOMETRIC_TEMPLATES)

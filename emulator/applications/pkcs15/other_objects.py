"""What a PKCS #15 structure names beside private keys: certificates and public keys without one, and data objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emulator.applications.pkcs15.personalisation import content_at, information_on
from iso7816.cryptographic_information import (
    CertificateObject,
    InformationKind,
    KeyObject,
    OpaqueDataObject,
    objects,
)

if TYPE_CHECKING:
    from emulator.persistent import PersistentState

_OPAQUE: Final = 0x30


@dataclass(frozen=True, slots=True)
class CertificateAlone:
    """A certificate whose private key the structure does not name.

    Attributes:
        label: what it is called.
        identifier: that its key would have.
        certificate: in DER, empty where its file is missing.
    """

    label: str
    identifier: bytes
    certificate: bytes


@dataclass(frozen=True, slots=True)
class ObjectInFile:
    """A public key without a private one, or a data object.

    Attributes:
        path: of its EF, from the MF.
        name: what it is.
        size: bytes.
    """

    path: bytes
    name: str
    size: int


def certificates_alone(state: PersistentState) -> Iterator[CertificateAlone]:
    """The certificates without a private key, in the order of the structure.

    Raises:
        TLVError, InformationError: the structure cannot be read.
    """
    root, found = information_on(state)
    identifiers = _with_private_key(found)
    for tlv in objects(found.get(InformationKind.CERTIFICATES, b"")):
        each = CertificateObject.parse(tlv)
        if each.identifier not in identifiers:
            yield CertificateAlone(each.label, each.identifier, content_at(state, root, each.path) or b"")


def objects_in_files(state: PersistentState) -> Iterator[ObjectInFile]:
    """The public keys without a private one, and the data objects that are opaque, as all are that OpenSC writes.

    Raises:
        TLVError, InformationError: the structure cannot be read.
    """
    root, found = information_on(state)
    identifiers = _with_private_key(found)
    named: list[tuple[bytes, str]] = []
    for tlv in objects(found.get(InformationKind.PUBLIC_KEYS, b"")):
        key = KeyObject.parse(tlv)
        if key.identifier not in identifiers:
            named.append((key.path, f"public key {key.identifier.hex()} {key.label}".rstrip()))
    for tlv in objects(found.get(InformationKind.DATA_OBJECTS, b"")):
        if tlv.tag == _OPAQUE:
            data = OpaqueDataObject.parse(tlv)
            # pkcs11-tool gives the label for the application, too, where it is told none.
            application = f" of {data.application}" if data.application not in ("", data.label) else ""
            named.append((data.path, f"data object {data.label}{application}"))
    for path, name in named:
        yield ObjectInFile(path, name, len(content_at(state, root, path) or b""))


def _with_private_key(found: dict[InformationKind, bytes]) -> set[bytes]:
    """The identifiers of the private keys."""
    return {KeyObject.parse(tlv).identifier for tlv in objects(found.get(InformationKind.PRIVATE_KEYS, b""))}

"""Cryptographic information objects: what is on a card and where (ISO/IEC 7816-15; PKCS #15 v1.1, 6).

::

    EF.ODF     A0, A1, A4, A7, A8 { 30 { 04 path } }      files of private and public keys, certificates, data, PINs
    EF.AODF    30 { 30 { 0C label, 03 flags } 30 { 04 id }
                    A1 { 30 { 03 flags, 0A type, 02 least, 02 stored, 02 most length, 80 reference, 04 pad } } }
    EF.PrKDF   30 (RSA) or A0 (curves) {
                    30 { 0C label, 03 flags, 04 id of the PIN } 30 { 04 id, 03 usage, 03 access, 02 reference }
                    A1 { 30 { 30 { 04 path }, 02 bits } } }
    EF.PuKDF   the same, without a PIN
    EF.CDF     30 { 30 { 0C label, 03 flags } 30 { 04 id } A1 { 30 { 30 { 04 path } } } }
    EF.DODF    30 { 30 { 0C label, 03 flags } 30 { 0C application } A1 { 30 { 04 path } } }

The objects of a file stand one after the other, in DER; 00 fills it up. Everything else that an object may have is not
looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum, IntFlag, unique
from typing import Final

from iso7816.ber_tlv import TLV, decode_one, encode_all
from iso7816.errors import InformationError

_INTEGER, _BIT_STRING, _OCTET_STRING, _ENUMERATED = 0x02, 0x03, 0x04, 0x0A
_UTF8_STRING, _SEQUENCE, _TYPE_ATTRIBUTES = 0x0C, 0x30, 0xA1
_RSA: Final = _SEQUENCE
_CURVE: Final = 0xA0
_PIN_REFERENCE: Final = 0x80
_ASCII_PIN: Final = 1
_MAX_NUMBER_SIZE: Final = 4


@unique
class InformationKind(IntEnum):
    """What a file of objects is about: its tag in EF.ODF."""

    PRIVATE_KEYS = 0xA0
    PUBLIC_KEYS = 0xA1
    CERTIFICATES = 0xA4
    DATA_OBJECTS = 0xA7
    AUTHENTICATION = 0xA8


class ObjectFlags(IntFlag):
    """Of every object: bit 0 of the BIT STRING is the lowest here, as in the other flags."""

    PRIVATE = 1
    MODIFIABLE = 2


class KeyUsage(IntFlag):
    """What a key may be used for."""

    ENCRYPT = 1
    DECRYPT = 2
    SIGN = 4
    WRAP = 16
    UNWRAP = 32
    VERIFY = 64
    DERIVE = 256


class KeyAccess(IntFlag):
    """How a key is kept."""

    SENSITIVE = 1
    EXTRACTABLE = 2
    ALWAYS_SENSITIVE = 4
    NEVER_EXTRACTABLE = 8
    LOCAL = 16


class PINFlags(IntFlag):
    """What a PIN is like."""

    CASE_SENSITIVE = 1
    INITIALIZED = 16
    NEEDS_PADDING = 32


@dataclass(frozen=True, slots=True)
class PINObject:
    """A PIN in EF.AODF.

    Attributes:
        label: what it is called.
        identifier: by which other objects name it.
        reference: as in P2 of VERIFY.
        lengths: the least and the most bytes; the padded PIN has the most.
        padding: the byte that fills it up.
    """

    label: str
    identifier: bytes
    reference: int
    lengths: tuple[int, int]
    padding: int

    def to_bytes(self) -> bytes:
        """The object."""
        least, most = self.lengths
        pin = (
            _bits(PINFlags.CASE_SENSITIVE | PINFlags.INITIALIZED | PINFlags.NEEDS_PADDING),
            TLV(_ENUMERATED, bytes((_ASCII_PIN,))),
            _number(least),
            _number(most),
            _number(most),
            TLV(_PIN_REFERENCE, bytes((self.reference,))),
            TLV(_OCTET_STRING, bytes((self.padding,))),
        )
        common = _common(self.label, ObjectFlags.PRIVATE | ObjectFlags.MODIFIABLE)
        return _object(_SEQUENCE, common, (TLV(_OCTET_STRING, self.identifier),), pin)


@dataclass(frozen=True, slots=True)
class KeyObject:
    """A private key in EF.PrKDF, or a public one in EF.PuKDF.

    Attributes:
        label: what it is called.
        identifier: which a private key, its public key and its certificate share.
        usage: what it may be used for.
        path: of the DF with the private key, of the EF with the public one.
        is_curve: whether it is on a curve; else it is of RSA.
        bits: of the modulus, or of the field of the curve; 0 where it does not say.
        reference: of the private key.
        pin: the identifier of the PIN that its use wants; empty for a public key.
        access: how it is kept.
    """

    label: str
    identifier: bytes
    usage: KeyUsage
    path: bytes
    is_curve: bool
    bits: int
    reference: int = 0
    pin: bytes = b""
    access: KeyAccess = KeyAccess.SENSITIVE

    def to_bytes(self) -> bytes:
        """The object."""
        is_private = bool(self.pin)
        flags = ObjectFlags.MODIFIABLE | (ObjectFlags.PRIVATE if is_private else ObjectFlags(0))
        common = _common(self.label, flags, self.pin)
        attributes = [TLV(_OCTET_STRING, self.identifier), _bits(self.usage)]
        if is_private:
            attributes += [_bits(self.access), _number(self.reference)]
        value = (_path(self.path), _number(self.bits))
        return _object(_CURVE if self.is_curve else _RSA, common, attributes, value)

    @classmethod
    def parse(cls, tlv: TLV) -> KeyObject:
        """Read one. Raises TLVError, and InformationError for what is none."""
        if tlv.tag not in (_RSA, _CURVE):
            raise InformationError(f"{tlv.tag:X} is neither a key of RSA nor one on a curve")
        label, pin, attributes, value = _parts(tlv)
        flags = [_flags(each.value) for each in attributes if each.tag == _BIT_STRING]
        return cls(
            label,
            _first(attributes, _OCTET_STRING),
            KeyUsage(flags[0] if flags else 0),
            _path_in(value),
            tlv.tag == _CURVE,
            _integer(value),
            _integer(attributes),
            pin,
            KeyAccess(flags[1] if len(flags) > 1 else 0),
        )


@dataclass(frozen=True, slots=True)
class CertificateObject:
    """A certificate in EF.CDF.

    Attributes:
        label: what it is called.
        identifier: that of its key.
        path: of the EF that holds it.
    """

    label: str
    identifier: bytes
    path: bytes

    def to_bytes(self) -> bytes:
        """The object."""
        identifier = (TLV(_OCTET_STRING, self.identifier),)
        return _object(_SEQUENCE, _common(self.label, ObjectFlags.MODIFIABLE), identifier, (_path(self.path),))

    @classmethod
    def parse(cls, tlv: TLV) -> CertificateObject:
        """Read one. Raises TLVError, and InformationError for what is none."""
        if tlv.tag != _SEQUENCE:
            raise InformationError(f"{tlv.tag:X} is no certificate of X.509")
        label, _pin, attributes, value = _parts(tlv)
        return cls(label, _first(attributes, _OCTET_STRING), _path_in(value))


@dataclass(frozen=True, slots=True)
class OpaqueDataObject:
    """A data object in EF.DODF, of whose content the card knows nothing.

    Attributes:
        label: what it is called.
        application: the name of the application that it is of; empty where it does not say.
        path: of the EF that holds it.
    """

    label: str
    application: str
    path: bytes

    @classmethod
    def parse(cls, tlv: TLV) -> OpaqueDataObject:
        """Read one. Raises TLVError, and InformationError for what is none."""
        if tlv.tag != _SEQUENCE:
            raise InformationError(f"{tlv.tag:X} is no opaque data object")
        label, _pin, attributes, path = _parts(tlv)
        application = next((each.value for each in attributes if each.tag == _UTF8_STRING), b"")
        return cls(label, application.decode("utf-8", "replace"), _first(path, _OCTET_STRING))


def directory_entry(kind: InformationKind, path: bytes) -> bytes:
    """What EF.ODF says of one file of objects."""
    return TLV.constructed(kind, (_path(path),)).to_bytes()


def directory(content: bytes) -> dict[InformationKind, bytes]:
    """The paths of the files of objects that an EF.ODF names; the first of each kind that is known here.

    Raises:
        TLVError, InformationError: it is no EF.ODF.
    """
    found: dict[InformationKind, bytes] = {}
    for tlv in objects(content):
        if tlv.tag in InformationKind.__members__.values():
            found.setdefault(InformationKind(tlv.tag), _first(_first_child(tlv.children()).children(), _OCTET_STRING))
    return found


def token_information(label: str, serial_number: bytes) -> bytes:
    """EF.TokenInfo of a card with that name, which makes its own keys and wants its PIN."""
    flags = _bits(1 << 1 | 1 << 2)  # loginRequired, prnGeneration
    number = TLV(_OCTET_STRING, serial_number)
    return TLV.constructed(_SEQUENCE, (_number(0), number, TLV(0x80, label.encode()), flags)).to_bytes()


def objects(content: bytes) -> Iterator[TLV]:
    """The objects of a file, up to what fills it up. Raises TLVError where they end being such."""
    while content and content[0] not in (0x00, 0xFF):
        tlv, content = decode_one(content)
        yield tlv


def _object(tag: int, common: TLV, attributes: Iterable[TLV], value: Iterable[TLV]) -> bytes:
    typed = TLV.constructed(_TYPE_ATTRIBUTES, (TLV.constructed(_SEQUENCE, value),))
    return TLV.constructed(tag, (common, TLV.constructed(_SEQUENCE, attributes), typed)).to_bytes()


def _common(label: str, flags: ObjectFlags, pin: bytes = b"") -> TLV:
    tlvs = [TLV(_UTF8_STRING, label.encode()), _bits(flags)]
    return TLV(_SEQUENCE, encode_all([*tlvs, TLV(_OCTET_STRING, pin)] if pin else tlvs))


def _path(path: bytes) -> TLV:
    return TLV.constructed(_SEQUENCE, (TLV(_OCTET_STRING, path),))


def _number(number: int) -> TLV:
    return TLV(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _bits(flags: int) -> TLV:
    """A BIT STRING whose first bit is the lowest of the flags."""
    size = (flags.bit_length() + 7) // 8
    text = f"{flags:b}"[::-1] if flags else ""
    value = int(text.ljust(size * 8, "0"), 2) if flags else 0
    return TLV(_BIT_STRING, bytes((size * 8 - len(text),)) + value.to_bytes(size, "big"))


def _flags(value: bytes) -> int:
    return sum(1 << index for index in range(8 * len(value[1:])) if value[1 + index // 8] & 0x80 >> index % 8)


def _parts(tlv: TLV) -> tuple[str, bytes, tuple[TLV, ...], tuple[TLV, ...]]:
    """Label, identifier of the PIN, class attributes, and type attributes of an object."""
    parts = tlv.children()
    typed = next((part for part in parts if part.tag == _TYPE_ATTRIBUTES), None)
    if len(parts) < 2 or parts[0].tag != _SEQUENCE or parts[1].tag != _SEQUENCE or typed is None:
        raise InformationError("an object has common, class and type attributes")
    common = parts[0].children()
    label = next((part.value for part in common if part.tag == _UTF8_STRING), b"")
    pin = next((part.value for part in common if part.tag == _OCTET_STRING), b"")
    return label.decode("utf-8", "replace"), pin, parts[1].children(), _first_child(typed.children()).children()


def _first_child(tlvs: tuple[TLV, ...]) -> TLV:
    if not tlvs or tlvs[0].tag != _SEQUENCE:
        raise InformationError("a sequence is missing")
    return tlvs[0]


def _first(tlvs: tuple[TLV, ...], tag: int) -> bytes:
    found = next((tlv.value for tlv in tlvs if tlv.tag == tag), None)
    if found is None:
        raise InformationError(f"a data object {tag:02X} is missing")
    return found


def _path_in(value: tuple[TLV, ...]) -> bytes:
    return _first(_first_child(value).children(), _OCTET_STRING)


def _integer(tlvs: tuple[TLV, ...]) -> int:
    """The first INTEGER, 0 where there is none."""
    value = next((tlv.value for tlv in tlvs if tlv.tag == _INTEGER), b"")
    if len(value) > _MAX_NUMBER_SIZE:
        raise InformationError("a number is too long")
    return int.from_bytes(value, "big")

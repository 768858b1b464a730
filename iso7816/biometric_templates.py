"""Data objects of fingers that a card compares (ISO/IEC 7816-11; ISO/IEC 19785-3, TLV-encoded patron format).

::

    7F61 { 02 number  7F60 ...  7F60 ... }     biometric information templates group template
    7F60 { A1 { 81 type, 08: fingerprint       biometric information template, one to a finger
                82 subtype: which finger
                87 format owner, 0101          ISO/IEC JTC 1/SC 37
                88 format type, 0005           minutiae, on-card comparison format of compact size
                B1 { 81 least, most minutiae   biometric matching algorithm parameters
                     82 order, 00: any
                     83 features, 00: minutiae alone } } }
                                               81, 82, B1 82 and B1 83 need not be there; other objects are ignored
    7F2E { 81 minutiae }                       biometric data template: what VERIFY brings
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import TYPE_CHECKING, Final, Self

from iso7816.ber_tlv import TLV, decode_all, encode_all
from iso7816.errors import MinutiaeError, TLVError

if TYPE_CHECKING:
    from collections.abc import Sequence

GROUP: Final = 0x7F61
_INFORMATION: Final = 0x7F60
_NUMBER: Final = 0x02
_HEADER: Final = 0xA1
_PARAMETERS: Final = 0xB1
_TYPE, _SUBTYPE, _FORMAT_OWNER, _FORMAT_TYPE = 0x81, 0x82, 0x87, 0x88
_COUNTS, _ORDER, _FEATURES = 0x81, 0x82, 0x83
_FINGERPRINT: Final = b"\x08"
_SC37: Final = b"\x01\x01"
_COMPACT_MINUTIAE: Final = b"\x00\x05"
_NOTHING_PARTICULAR: Final = b"\x00"

_DATA: Final = 0x7F2E
_MINUTIAE: Final = 0x81


@unique
class Finger(IntEnum):
    """Which finger, as the biometric subtype codes it."""

    UNKNOWN = 0x00
    RIGHT_THUMB = 0x05
    RIGHT_INDEX = 0x09
    RIGHT_MIDDLE = 0x0D
    RIGHT_RING = 0x11
    RIGHT_LITTLE = 0x15
    LEFT_THUMB = 0x06
    LEFT_INDEX = 0x0A
    LEFT_MIDDLE = 0x0E
    LEFT_RING = 0x12
    LEFT_LITTLE = 0x16


@dataclass(frozen=True, slots=True)
class BiometricInformation:
    """What a card tells of a finger that it compares.

    Attributes:
        finger: which one it is.
        least: minutiae that a template has at least; 0 to 255.
        most: minutiae that it has at most; ``least`` to 255.

    Raises:
        MinutiaeError: a number out of its range.
    """

    finger: Finger
    least: int
    most: int

    def __post_init__(self) -> None:
        if not 0 <= self.least <= self.most <= 0xFF:
            raise MinutiaeError("numbers of minutiae are up to 255, and the least one is not above the most")

    @classmethod
    def parse(cls, template: TLV) -> Self:
        """From the data object 7F60.

        Raises:
            MinutiaeError: it is none, or one of other data than minutiae of a finger in compact size, or of such that
                have to be in some order or to come with more.
        """
        try:
            (header,) = (_values_by_tag(tlv) for tlv in template.children() if tlv.tag == _HEADER)
            parameters = _values_by_tag(TLV(_PARAMETERS, header[_PARAMETERS]))
            least, most = parameters[_COUNTS]
            (subtype,) = header.get(_SUBTYPE, bytes((Finger.UNKNOWN,)))
            finger = Finger(subtype)
            formats = header[_FORMAT_OWNER], header[_FORMAT_TYPE]
        except (KeyError, ValueError):
            raise MinutiaeError("no biometric information template of a finger") from None
        if header.get(_TYPE, _FINGERPRINT) != _FINGERPRINT:
            raise MinutiaeError("a biometric information template of something else than a finger")
        if template.tag != _INFORMATION or formats != (_SC37, _COMPACT_MINUTIAE):
            raise MinutiaeError("no biometric information template of minutiae in compact size")
        if any(parameters.get(tag, _NOTHING_PARTICULAR) != _NOTHING_PARTICULAR for tag in (_ORDER, _FEATURES)):
            raise MinutiaeError("minutiae that have to be in some order, or to come with other features")
        return cls(finger, least, most)

    def to_tlv(self) -> TLV:
        """The data object 7F60."""
        parameters = [
            TLV(_COUNTS, bytes((self.least, self.most))),
            TLV(_ORDER, _NOTHING_PARTICULAR),
            TLV(_FEATURES, _NOTHING_PARTICULAR),
        ]
        header = [
            TLV(_TYPE, _FINGERPRINT),
            TLV(_SUBTYPE, bytes((self.finger,))),
            TLV(_FORMAT_OWNER, _SC37),
            TLV(_FORMAT_TYPE, _COMPACT_MINUTIAE),
            TLV.constructed(_PARAMETERS, parameters),
        ]
        return TLV.constructed(_INFORMATION, [TLV.constructed(_HEADER, header)])


def group_template(fingers: Sequence[BiometricInformation]) -> bytes:
    """The value of the data object 7F61."""
    return encode_all((TLV(_NUMBER, bytes((len(fingers),))), *(finger.to_tlv() for finger in fingers)))


def fingers_in(value: bytes) -> tuple[BiometricInformation, ...]:
    """What the value of a data object 7F61 tells. Raises MinutiaeError: it is none, or of something else."""
    try:
        number, *templates = decode_all(value)
    except ValueError:
        raise MinutiaeError("no biometric information templates group template") from None
    if number.tag != _NUMBER or number.value != bytes((len(templates),)):
        raise MinutiaeError("not as many biometric information templates as are announced")
    return tuple(map(BiometricInformation.parse, templates))


def biometric_data(minutiae: bytes) -> bytes:
    """The data object 7F2E around a template of minutiae, which VERIFY brings."""
    return TLV.constructed(_DATA, [TLV(_MINUTIAE, minutiae)]).to_bytes()


def minutiae_in(data: bytes) -> bytes:
    """The template of minutiae in a data object 7F2E. Raises MinutiaeError: it is none, or has anything else in it."""
    try:
        return _one(_one(decode_all(data), _DATA).children(), _MINUTIAE).value
    except TLVError:
        raise MinutiaeError("no biometric data template") from None


def _one(tlvs: Sequence[TLV], tag: int) -> TLV:
    """The only data object. Raises MinutiaeError: it is another, or not the only one."""
    if [tlv.tag for tlv in tlvs] != [tag]:
        raise MinutiaeError(f"expected one data object {tag:X}, and nothing else")
    return tlvs[0]


def _values_by_tag(template: TLV) -> dict[int, bytes]:
    return {tlv.tag: tlv.value for tlv in template.children()}

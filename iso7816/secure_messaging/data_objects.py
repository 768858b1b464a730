"""What the data field of a protected command or response holds (ISO/IEC 7816-4:2020, 10.2 and 10.3).

::

    81  plain data, authenticated          B3  plain data that are BER-TLV (odd INS)
    87  01, cryptogram of data             85  cryptogram of data that are BER-TLV (odd INS)
    89  CLA INS P1 P2                      97  Le: one byte, or two (extended)
    99  SW1 SW2                            8E  cryptographic checksum

Data objects with an odd tag go into the checksum, in the order in which they come; 8E comes last. At most one of
81, B3, 87 and 85 is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from iso7816.apdu import MAX_SHORT_NE, extended_ne
from iso7816.ber_tlv import TLV, decode_all, encode_all
from iso7816.errors import TLVError
from iso7816.secure_messaging.algorithms import CHECKSUM_LENGTH
from iso7816.secure_messaging.errors import SecureMessagingError
from iso7816.status_words import SW

PLAIN: Final = 0x81
PLAIN_TLV: Final = 0xB3
CRYPTOGRAM: Final = 0x87
CRYPTOGRAM_TLV: Final = 0x85
HEADER: Final = 0x89
EXPECTED_LENGTH: Final = 0x97
STATUS: Final = 0x99
CHECKSUM: Final = 0x8E

_DATA_TAGS: Final = frozenset((PLAIN, PLAIN_TLV, CRYPTOGRAM, CRYPTOGRAM_TLV))
_TAGS: Final = _DATA_TAGS | {HEADER, EXPECTED_LENGTH, STATUS}
_PADDING_INDICATOR: Final = 0x01
_HEADER_LENGTH: Final = 4
_STATUS_LENGTH: Final = 2


@dataclass(frozen=True, slots=True)
class ProtectedField:
    """The data objects of a protected data field.

    Attributes:
        objects: all but the checksum, in their order.
        checksum: the value of 8E.
    """

    objects: tuple[TLV, ...]
    checksum: bytes

    @classmethod
    def parse(cls, field: bytes) -> Self:
        """Read a data field.

        Raises:
            SecureMessagingError: 6987: no checksum; 6988: not data objects, one that does not belong here, one twice,
                one behind the checksum, a checksum of another length than 8 bytes.
        """
        try:
            found = decode_all(field)
        except TLVError as error:
            raise SecureMessagingError("the data field is not made of data objects") from error
        tags = [each.tag for each in found]
        if CHECKSUM not in tags:
            raise SecureMessagingError("there is no checksum (8E)", SW.SM_OBJECTS_MISSING)
        checksum = found[-1].value
        if tags.pop() != CHECKSUM or len(checksum) != CHECKSUM_LENGTH:
            raise SecureMessagingError("the checksum (8E) is not 8 bytes at the end")
        different = set(tags)
        if len(different) != len(tags) or not different <= _TAGS:
            raise SecureMessagingError("a data object is there twice, or does not belong there")
        if len(different & _DATA_TAGS) > 1:
            raise SecureMessagingError("there is more than one field of data")
        return cls(found[:-1], checksum)

    @property
    def authenticated(self) -> bytes:
        """The bytes of the data objects that go into the checksum: all, for every tag that belongs here is odd."""
        return encode_all(self.objects)

    def to_bytes(self) -> bytes:
        """The data field."""
        return encode_all((*self.objects, TLV(CHECKSUM, self.checksum)))

    def value(self, tag: int) -> bytes | None:
        """The value of a data object, ``None`` where it is not there."""
        for each in self.objects:
            if each.tag == tag:
                return each.value
        return None


def data_object(data: bytes, *, is_tlv: bool) -> TLV:
    """Data that are authenticated, not enciphered."""
    return TLV(PLAIN_TLV if is_tlv else PLAIN, data)


def cryptogram_object(cryptogram: bytes, *, is_tlv: bool) -> TLV:
    """Data that are enciphered."""
    return TLV(CRYPTOGRAM_TLV, cryptogram) if is_tlv else TLV(CRYPTOGRAM, bytes((_PADDING_INDICATOR,)) + cryptogram)


def cryptogram_of(field: ProtectedField, *, is_tlv: bool) -> bytes | None:
    """The cryptogram of the data, ``None`` where there is none.

    Raises:
        SecureMessagingError: another padding indicator than 01; the tag of the other kind of INS.
    """
    value = field.value(CRYPTOGRAM)
    other = field.value(CRYPTOGRAM_TLV)
    if (value is not None and is_tlv) or (other is not None and not is_tlv):
        raise SecureMessagingError("85 goes with an odd INS, 87 with an even one")
    if value is None:
        return other
    if value[:1] != bytes((_PADDING_INDICATOR,)):
        raise SecureMessagingError("the padding indicator is not 01")
    return value[1:]


def plain_data_of(field: ProtectedField, *, is_tlv: bool) -> bytes | None:
    """The data that are not enciphered, ``None`` where there are none.

    Raises:
        SecureMessagingError: the tag of the other kind of INS.
    """
    value = field.value(PLAIN_TLV if is_tlv else PLAIN)
    if value is None and field.value(PLAIN if is_tlv else PLAIN_TLV) is not None:
        raise SecureMessagingError("B3 goes with an odd INS, 81 with an even one")
    return value


def expected_length_object(ne: int, *, extended: bool) -> TLV:
    """Le of the command that is protected, one byte or two: 0 is 256 or 65536."""
    return TLV(EXPECTED_LENGTH, (ne & 0xFFFF).to_bytes(2, "big") if extended else bytes((ne & 0xFF,)))


def expected_length_of(field: ProtectedField) -> int | None:
    """Ne, ``None`` where there is no Le.

    Raises:
        SecureMessagingError: an Le of neither one byte nor two.
    """
    value = field.value(EXPECTED_LENGTH)
    if value is None:
        return None
    if len(value) not in (1, 2):
        raise SecureMessagingError(f"Le (97) has {len(value)} bytes")
    le = int.from_bytes(value, "big")
    return (le or MAX_SHORT_NE) if len(value) == 1 else extended_ne(le)


def header_of(field: ProtectedField) -> bytes | None:
    """CLA INS P1 P2 as they were meant, ``None`` where they are not told. Raises SecureMessagingError: not 4 bytes."""
    value = field.value(HEADER)
    if value is not None and len(value) != _HEADER_LENGTH:
        raise SecureMessagingError(f"the header (89) has {len(value)} bytes")
    return value


def status_of(field: ProtectedField) -> int | None:
    """The status word, ``None`` where it is not told. Raises SecureMessagingError: not 2 bytes."""
    value = field.value(STATUS)
    if value is None:
        return None
    if len(value) != _STATUS_LENGTH:
        raise SecureMessagingError(f"the status (99) has {len(value)} bytes")
    return int.from_bytes(value, "big")

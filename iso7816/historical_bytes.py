"""The historical bytes of an answer-to-reset or answer-to-select (ISO/IEC 7816-4:2020, 12.1.1).

The first byte, the category indicator, tells the form of the rest::

    00   COMPACT-TLV data objects, then LCS SW1 SW2
    10   the DIR data reference in the next byte; what follows is proprietary
    80   COMPACT-TLV data objects, the last of which (8Y) may be the status indicator
    80 4F 0C RID SS NN NN 00 00 00 00
         what a reader says of a storage card that has no ATR (PC/SC part 3, 3.1.3.2.3.2): here 4F is a
         BER-TLV tag, though the category says otherwise
    81 to 8F are reserved for future use, all others proprietary
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from iso7816 import compact_tlv
from iso7816.card_capabilities import CardCapabilities, CardServiceData
from iso7816.compact_tlv import CompactTLV
from iso7816.errors import ATRError

STATUS_AT_THE_END: Final = 0x00
DIR_DATA_REFERENCE: Final = 0x10
STATUS_IN_TLV: Final = 0x80

COUNTRY_CODE: Final = 0x1
ISSUER_IDENTIFICATION: Final = 0x2
CARD_SERVICE_DATA: Final = 0x3
INITIAL_ACCESS_DATA: Final = 0x4
CARD_ISSUER_DATA: Final = 0x5
PRE_ISSUING_DATA: Final = 0x6
CARD_CAPABILITIES: Final = 0x7
STATUS_INDICATOR: Final = 0x8
APPLICATION_IDENTIFIER: Final = 0xF

PCSC_RID: Final = bytes.fromhex("A000000306")
_STORAGE_CARD_SIZE = 15
_STORAGE_CARD_HEADER = bytes((STATUS_IN_TLV, 0x4F, 0x0C)) + PCSC_RID


@dataclass(frozen=True, slots=True)
class StatusIndicator:
    """The status indicator: life cycle status, status word, or both.

    Attributes:
        life_cycle: LCS, one byte; 00 where not reported (:class:`iso7816.file_control.LifeCycle` reads it).
        sw: SW1-SW2; 0000 where not reported.

    Raises:
        ATRError: neither, or one out of its range.
    """

    life_cycle: int | None = None
    sw: int | None = None

    def __post_init__(self) -> None:
        if self.life_cycle is None and self.sw is None:
            raise ATRError("a status indicator reports a life cycle status, a status word or both")
        if self.life_cycle is not None and not 0 <= self.life_cycle <= 0xFF:
            raise ATRError(f"life cycle status {self.life_cycle:#x} is not one byte")
        if self.sw is not None and not 0 <= self.sw <= 0xFFFF:
            raise ATRError(f"status word {self.sw:#x} is not two bytes")

    @classmethod
    def parse(cls, value: bytes) -> StatusIndicator:
        """Read LCS (one byte), SW1 SW2 (two) or LCS SW1 SW2 (three).

        Raises:
            ATRError: another number of bytes.
        """
        if not 1 <= len(value) <= 3:
            raise ATRError(f"a status indicator has 1 to 3 bytes, not {len(value)}")
        return cls(
            None if len(value) == 2 else value[0],
            None if len(value) == 1 else int.from_bytes(value[-2:], "big"),
        )

    def to_bytes(self) -> bytes:
        """LCS, SW1 SW2 or all three."""
        life_cycle = b"" if self.life_cycle is None else bytes((self.life_cycle,))
        return life_cycle + (b"" if self.sw is None else self.sw.to_bytes(2, "big"))


@dataclass(frozen=True, slots=True)
class StorageCard:
    """A contactless storage card as the reader describes it (PC/SC part 3, supplemental document).

    Attributes:
        standard: SS: 03 ISO/IEC 14443 A part 3, 0B ISO/IEC 15693 part 3, ...
        card_name: NN NN: 0001 MIFARE Classic 1K, 0002 4K, 0003 Ultralight, ...

    Raises:
        ATRError: one out of its range.
    """

    standard: int
    card_name: int

    def __post_init__(self) -> None:
        if not 0 <= self.standard <= 0xFF or not 0 <= self.card_name <= 0xFFFF:
            raise ATRError("a storage card has a standard of one byte and a name of two")


@dataclass(frozen=True, slots=True)
class HistoricalBytes:
    """Historical bytes as fields; what parses is built again as it was.

    Attributes:
        category: the category indicator.
        objects: the COMPACT-TLV data objects (category 00 and 80), without a status indicator that comes last.
        status: the status indicator; always there for category 00.
        dir_reference: the DIR data reference; there for category 10 only.
        storage_card: there for the PC/SC form only.
        proprietary: the bytes behind the category indicator of any other category, or the DIR data reference.

    Raises:
        ATRError: a field that the category does not have, or lacks one that it must have.
    """

    category: int
    objects: tuple[CompactTLV, ...] = ()
    status: StatusIndicator | None = None
    dir_reference: int | None = None
    storage_card: StorageCard | None = None
    proprietary: bytes = b""

    def __post_init__(self) -> None:
        if not 0 <= self.category <= 0xFF:
            raise ATRError(f"{self.category:#x} is not a category indicator")
        in_tlv = self.category in (STATUS_AT_THE_END, STATUS_IN_TLV)
        if not in_tlv and (self.objects or self.status is not None):
            raise ATRError(f"category {self.category:02X} has no COMPACT-TLV data objects and no status indicator")
        if in_tlv and self.proprietary:
            raise ATRError(f"category {self.category:02X} has no proprietary bytes")
        if (self.category == DIR_DATA_REFERENCE) != (self.dir_reference is not None):
            raise ATRError("a DIR data reference belongs to category 10, and only there")
        if self.dir_reference is not None and not 0 <= self.dir_reference <= 0xFF:
            raise ATRError(f"{self.dir_reference:#x} is not a DIR data reference")
        if self.category == STATUS_AT_THE_END and len(self._status_bytes) != 3:
            raise ATRError("category 00 ends in a life cycle status and a status word")
        if self.category == STATUS_IN_TLV and self.status is None and self.objects and _is_status(self.objects[-1]):
            raise ATRError("a status indicator that comes last has a field of its own")
        if self.storage_card is not None and (
            self.category != STATUS_IN_TLV or self.objects or self.status is not None
        ):
            raise ATRError("a storage card is described in category 80, with nothing beside it")

    @property
    def _status_bytes(self) -> bytes:
        return b"" if self.status is None else self.status.to_bytes()

    @classmethod
    def parse(cls, data: bytes) -> HistoricalBytes:
        """Read all historical bytes.

        Raises:
            ATRError: none at all, or fewer than the category needs.
            TLVError: a data object is cut short.
        """
        if not data:
            raise ATRError("no historical bytes, so no category indicator")
        category, rest = data[0], data[1:]
        if category == STATUS_AT_THE_END:
            if len(rest) < 3:
                raise ATRError("category 00 ends in a life cycle status and a status word")
            return cls(category, compact_tlv.decode_all(rest[:-3]), StatusIndicator.parse(rest[-3:]))
        if category == DIR_DATA_REFERENCE:
            if not rest:
                raise ATRError("category 10 has a DIR data reference")
            return cls(category, dir_reference=rest[0], proprietary=rest[1:])
        if category != STATUS_IN_TLV:
            return cls(category, proprietary=rest)
        if len(data) == _STORAGE_CARD_SIZE and data.startswith(_STORAGE_CARD_HEADER) and not any(data[-4:]):
            return cls(category, storage_card=StorageCard(data[8], data[9] << 8 | data[10]))
        objects = compact_tlv.decode_all(rest)
        if objects and _is_status(objects[-1]):
            return cls(category, objects[:-1], StatusIndicator.parse(objects[-1].value))
        return cls(category, objects)

    def to_bytes(self) -> bytes:
        """The category indicator and what follows it."""
        head = bytes((self.category,))
        if self.storage_card is not None:
            card = self.storage_card
            return _STORAGE_CARD_HEADER + bytes((card.standard,)) + card.card_name.to_bytes(2, "big") + bytes(4)
        if self.dir_reference is not None:
            head += bytes((self.dir_reference,))
        body = head + compact_tlv.encode_all(self.objects)
        if self.category == STATUS_IN_TLV and self.status is not None:
            return body + CompactTLV(STATUS_INDICATOR, self._status_bytes).to_bytes()
        return body + self._status_bytes + self.proprietary

    def value_of(self, tag: int) -> bytes | None:
        """The value of the first data object with tag number ``tag``, ``None`` where there is none."""
        tlv = compact_tlv.find(self.objects, tag)
        return None if tlv is None else tlv.value

    @property
    def card_capabilities(self) -> CardCapabilities | None:
        """The data object 7Y, ``None`` where absent. Raises ATRError where it is malformed."""
        value = self.value_of(CARD_CAPABILITIES)
        return None if value is None else CardCapabilities.parse(value)

    @property
    def card_service_data(self) -> CardServiceData | None:
        """The data object 31, ``None`` where absent. Raises ATRError where it is malformed."""
        value = self.value_of(CARD_SERVICE_DATA)
        return None if value is None else CardServiceData.parse(value)


def _is_status(tlv: CompactTLV) -> bool:
    return tlv.tag == STATUS_INDICATOR and 1 <= len(tlv.value) <= 3

"""Card service data and card capabilities (ISO/IEC 7816-4:2020, 12.1.1 and 12.1.1).

They occur in the historical bytes (COMPACT-TLV 3Y and 7Y) and in an EF.ATR/INFO (BER-TLV 43 and 47).

Card service data, one byte::

    b8 b7     application selection by full, by partial DF name
    b6 b5     BER-TLV data objects in EF.DIR, in EF.ATR/INFO
    b4 b3 b2  how these two are read: 100 READ BINARY, 000 READ RECORD, 010 GET DATA
    b1        0 card with MF, 1 card without MF

Card capabilities, one to three bytes (software function tables)::

    1st  b8..b4 DF selection by full name, partial name, path, file identifier, implicit; b3 short EF
         identifier, b2 record number, b1 record identifier
    2nd  the data coding byte
    3rd  b8 command chaining, b7 extended Lc and Le, b6 extended length information in EF.ATR/INFO,
         b5 logical channels assigned by the card, b4 by the interface device, b3..b1 their number less one
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag, unique

from iso7816.data_coding import DataCoding
from iso7816.errors import ATRError


class CardServices(IntFlag):
    """Bits 8 to 5 of the card service data byte."""

    SELECT_BY_FULL_DF_NAME = 0x80
    SELECT_BY_PARTIAL_DF_NAME = 0x40
    DATA_OBJECTS_IN_EF_DIR = 0x20
    DATA_OBJECTS_IN_EF_ATR = 0x10


@unique
class DirectoryAccess(IntEnum):
    """Bits 4 to 2 of the card service data byte: the command that reads EF.DIR and EF.ATR/INFO."""

    READ_RECORD = 0b000
    GET_DATA = 0b010
    READ_BINARY = 0b100


@dataclass(frozen=True, slots=True)
class CardServiceData:
    """The card service data byte.

    Attributes:
        services: bits 8 to 5.
        access: bits 4 to 2.
        has_mf: bit 1 clear.
    """

    services: CardServices
    access: DirectoryAccess
    has_mf: bool = True

    @classmethod
    def parse(cls, value: bytes) -> CardServiceData:
        """Read the byte.

        Raises:
            ATRError: not one byte, or an access reserved for future use.
        """
        if len(value) != 1:
            raise ATRError(f"card service data has one byte, not {len(value)}")
        access = value[0] >> 1 & 0x07
        if access not in (DirectoryAccess.READ_RECORD, DirectoryAccess.GET_DATA, DirectoryAccess.READ_BINARY):
            raise ATRError(f"card service data {value[0]:02X}: access {access:03b} is reserved for future use")
        return cls(CardServices(value[0] & 0xF0), DirectoryAccess(access), not value[0] & 0x01)

    def to_bytes(self) -> bytes:
        """The byte."""
        return bytes((self.services | self.access << 1 | (not self.has_mf),))


class SelectionMethods(IntFlag):
    """The first software function table."""

    FULL_DF_NAME = 0x80
    PARTIAL_DF_NAME = 0x40
    PATH = 0x20
    FILE_IDENTIFIER = 0x10
    IMPLICIT = 0x08
    SHORT_EF_IDENTIFIER = 0x04
    RECORD_NUMBER = 0x02
    RECORD_IDENTIFIER = 0x01


@dataclass(frozen=True, slots=True)
class CommandCapabilities:
    """The third software function table.

    Attributes:
        max_channels: logical channels, the basic one included; 1 to 8, where 8 stands for 8 or more.

    Raises:
        ATRError: ``max_channels`` outside 1..8.
    """

    command_chaining: bool = False
    extended_lengths: bool = False
    extended_length_information: bool = False
    channels_by_card: bool = False
    channels_by_interface_device: bool = False
    max_channels: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.max_channels <= 8:
            raise ATRError(f"{self.max_channels} logical channels cannot be coded: 1 to 8 can")

    @classmethod
    def parse(cls, byte: int) -> CommandCapabilities:
        """Read the third byte."""
        chaining, extended, information, by_card, by_device = (bool(byte >> bit & 1) for bit in range(7, 2, -1))
        return cls(chaining, extended, information, by_card, by_device, (byte & 0x07) + 1)

    def to_byte(self) -> int:
        """The third byte."""
        return (
            self.command_chaining << 7
            | self.extended_lengths << 6
            | self.extended_length_information << 5
            | self.channels_by_card << 4
            | self.channels_by_interface_device << 3
            | self.max_channels - 1
        )


@dataclass(frozen=True, slots=True)
class CardCapabilities:
    """Card capabilities: one, two or three software function tables.

    Raises:
        ATRError: a third table without the second.
    """

    selection: SelectionMethods
    data_coding: DataCoding | None = None
    commands: CommandCapabilities | None = None

    def __post_init__(self) -> None:
        if self.commands is not None and self.data_coding is None:
            raise ATRError("the third software function table needs the second before it")

    @classmethod
    def parse(cls, value: bytes) -> CardCapabilities:
        """Read one to three bytes.

        Raises:
            ATRError: another number of bytes.
        """
        if not 1 <= len(value) <= 3:
            raise ATRError(f"card capabilities have 1 to 3 bytes, not {len(value)}")
        return cls(
            SelectionMethods(value[0]),
            DataCoding.parse(value[1]) if len(value) >= 2 else None,
            CommandCapabilities.parse(value[2]) if len(value) == 3 else None,
        )

    def to_bytes(self) -> bytes:
        """As many bytes as there are tables."""
        value = bytes((self.selection,))
        if self.data_coding is not None:
            value += bytes((self.data_coding.to_byte(),))
        if self.commands is not None:
            value += bytes((self.commands.to_byte(),))
        return value

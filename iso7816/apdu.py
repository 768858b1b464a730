"""Command and response APDUs (ISO/IEC 7816-3:2006, 12.1; ISO/IEC 7816-4:2020, 5.1).

The seven forms of a command APDU. ``Lc`` and ``Le`` are codings and exist on the wire only; a
:class:`CommandAPDU` holds the numbers Nc (``len(data)``) and Ne::

    case 1    CLA INS P1 P2
    case 2S   CLA INS P1 P2  Le                              Le 00     = 256
    case 3S   CLA INS P1 P2  Lc        data                  Lc 01..FF
    case 4S   CLA INS P1 P2  Lc        data  Le
    case 2E   CLA INS P1 P2  00 Le Le                        Le 0000   = 65536
    case 3E   CLA INS P1 P2  00 Lc Lc  data                  Lc 0001..FFFF
    case 4E   CLA INS P1 P2  00 Lc Lc  data  Le Le
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from iso7816.errors import APDUError
from iso7816.status_words import describe_status_word

MAX_SHORT_NC = 255
MAX_SHORT_NE = 256
MAX_NC = 65535
MAX_NE = 65536

_new = tuple.__new__


class ExactNe(int):
    """Ne 256 from an extended Le field, 0100: at most so many bytes. The short Le field 00 asks for all there are."""

    __slots__ = ()


EXACTLY_256: Final = ExactNe(MAX_SHORT_NE)


def ne_from_sw2(sw2: int) -> int:
    """The number of bytes that SW2 of 61xx or 6Cxx stands for: 00 means 256."""
    return sw2 or MAX_SHORT_NE


def extended_ne(le: int) -> int:
    """Ne of an Le field of two bytes: 0000 means 65536."""
    return EXACTLY_256 if le == MAX_SHORT_NE else le or MAX_NE


class _CommandFields(NamedTuple):
    """The fields of :class:`CommandAPDU`.

    A named tuple, because every command a card or a reader sees is parsed into one: it is built in half
    the time of a frozen dataclass with slots.
    """

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes
    ne: int | None


class CommandAPDU(_CommandFields):
    """One command APDU as a value.

    ``ne`` is the greatest number of response bytes expected: ``None`` where the command has no Le
    field, else 1 to 65536 (256 from an extended Le field is :class:`ExactNe`). Two values are equal
    when header, data and Ne are; short or extended coding is chosen by :meth:`to_bytes`.

    Raises:
        APDUError: a header byte outside 00..FF, more than 65535 bytes of data, Ne outside 1..65536.
    """

    __slots__ = ()

    def __new__(cls, cla: int, ins: int, p1: int, p2: int, data: bytes = b"", ne: int | None = None) -> Self:
        """Check the ranges, which parsing has no need to."""
        if not 0 <= cla | ins | p1 | p2 <= 0xFF:
            for name, value in (("CLA", cla), ("INS", ins), ("P1", p1), ("P2", p2)):
                if not 0 <= value <= 0xFF:
                    raise APDUError(f"{name} is {value:#x}: a header byte is 00 to FF")
        if len(data) > MAX_NC:
            raise APDUError(f"{len(data)} bytes of command data: at most {MAX_NC} fit")
        if ne is not None and not 1 <= ne <= MAX_NE:
            raise APDUError(f"Ne is {ne}: it is 1 to {MAX_NE}, or None for no Le field")
        return _new(cls, (cla, ins, p1, p2, data, ne))

    @property
    def nc(self) -> int:
        """The number of command data bytes, 0 to 65535."""
        return len(self.data)

    @property
    def case(self) -> int:
        """1 to 4: which of command data and Le field are present."""
        return 1 + (self.ne is not None) + 2 * bool(self.data)

    @property
    def needs_extended(self) -> bool:
        """Whether the short form cannot carry this command."""
        return len(self.data) > MAX_SHORT_NC or (self.ne is not None and self.ne > MAX_SHORT_NE)

    @classmethod
    def parse(cls, command: bytes) -> Self:
        """Parse any of the seven forms.

        Raises:
            APDUError: fewer than four bytes, or length fields that do not fit the bytes.
        """
        size = len(command)
        data = b""
        ne: int | None = None
        if size > 5:
            lc = command[4]
            if lc != 0:
                end = 5 + lc
                if size == end:
                    data = command[5:]
                elif size == end + 1:
                    data = command[5:end]
                    ne = command[end] or 256
                else:
                    raise APDUError(f"Lc is {lc}, which does not fit an APDU of {size} bytes")
            elif size == 7:
                ne = extended_ne(command[5] << 8 | command[6])
            elif size == 6:
                raise APDUError("a six-byte APDU that begins an extended length field")
            else:
                lc = command[5] << 8 | command[6]
                end = 7 + lc
                if lc == 0:
                    raise APDUError("an extended Lc of 0000 with bytes behind it")
                if size == end:
                    data = command[7:]
                elif size == end + 2:
                    data = command[7:end]
                    ne = extended_ne(command[end] << 8 | command[end + 1])
                else:
                    raise APDUError(f"extended Lc is {lc}, which does not fit an APDU of {size} bytes")
        elif size == 5:
            ne = command[4] or 256
        elif size < 4:
            raise APDUError(f"an APDU has at least four bytes, this has {size}")
        return _new(cls, (command[0], command[1], command[2], command[3], data, ne))

    def to_bytes(self, *, extended: bool | None = None) -> bytes:
        """Encode: ``extended=None`` takes the short form where it fits.

        Raises:
            APDUError: ``extended=False`` for a command that only the extended form can carry.
        """
        if extended is None:
            extended = self.needs_extended
        elif not extended and self.needs_extended:
            raise APDUError(f"Nc {self.nc} and Ne {self.ne} do not fit short length fields")
        header = bytes((self.cla, self.ins, self.p1, self.p2))
        data, ne = self.data, self.ne
        if not extended:
            lc_field = bytes((len(data),)) if data else b""
            le_field = b"" if ne is None else bytes((ne & 0xFF,))
            return header + lc_field + data + le_field
        if not data and ne is None:
            return header
        lc_field = b"\0" + len(data).to_bytes(2, "big") if data else b""
        le_field = b"" if ne is None else (ne & 0xFFFF).to_bytes(2, "big")
        if not data:
            le_field = b"\0" + le_field
        return header + lc_field + data + le_field

    def __repr__(self) -> str:
        """The header and the lengths only: command data may be a secret."""
        return (
            f"CommandAPDU(cla={self.cla:#04x}, ins={self.ins:#04x}, p1={self.p1:#04x}, p2={self.p2:#04x}, "
            f"nc={self.nc}, ne={self.ne})"
        )


@dataclass(frozen=True, slots=True, repr=False)
class ResponseAPDU:
    """One response APDU: data field (0 to 65536 bytes) and status word.

    Any two bytes are taken for a status word: one outside 6XXX and 9XXX never counts as success.

    Raises:
        APDUError: more than 65536 data bytes, or a status word that does not fit two bytes.
    """

    data: bytes
    sw: int

    def __post_init__(self) -> None:
        if not 0 <= self.sw <= 0xFFFF:
            raise APDUError(f"a status word has two bytes, {self.sw:#x} does not fit")
        if len(self.data) > MAX_NE:
            raise APDUError(f"{len(self.data)} bytes of response data: at most {MAX_NE} fit")

    @property
    def sw1(self) -> int:
        """The first status byte."""
        return self.sw >> 8

    @property
    def sw2(self) -> int:
        """The second status byte."""
        return self.sw & 0xFF

    @classmethod
    def parse(cls, response: bytes) -> ResponseAPDU:
        """Split data field and status word.

        Raises:
            APDUError: fewer than two bytes, or more than 65538.
        """
        if len(response) < 2:
            raise APDUError(f"a response has at least the two bytes of a status word, this has {len(response)}")
        return cls(bytes(response[:-2]), response[-2] << 8 | response[-1])

    def to_bytes(self) -> bytes:
        """Data field, then SW1 SW2."""
        return self.data + self.sw.to_bytes(2, "big")

    def __repr__(self) -> str:
        """Length and status only: response data may be a secret."""
        return f"ResponseAPDU({len(self.data)} bytes, {describe_status_word(self.sw)})"

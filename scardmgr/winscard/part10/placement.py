"""Where the digits of a PIN go in a command APDU (PC/SC part 10, 2.5.2; USB CCID 1.1, 6.1.11).

The command data hold a block for each PIN, and the block a frame for its digits and maybe a PIN length::

    CLA INS P1 P2 Lc | ... block ........................ | ... | Le
                           PIN length    frame: digits

What the program has put there stays wherever no digit and no PIN length goes: it is the filler. Its frame ends

* with units of bits, where the frame size, counted from the block's beginning, ends;
* with units of bytes, the frame size behind its own beginning;
* with frame size 0, at the next block or at the end of the data;
* in any case with the data.

A block that begins at or behind the end of the data, as all do where there are none (no Lc, or Lc = 00), is added
there: a frame of size 0 is then as long as its digits, and the filler is FF. Lc is that of what comes out.

A frame that is too small for the most digits that the program allows, or a PIN length that cannot tell them, makes
them fewer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from scardmgr.winscard.part10.dialogue import MOST_DIGITS, EntryRefused, EntryStatus

if TYPE_CHECKING:
    from scardmgr.winscard.part10.structures import PINModification, PINVerification

_HEADER = 4
_MOST_DATA = 255
_FILLER = 0xFF
_ASCII_ZERO = 0x30
_IN_BYTES = 0x80
_RIGHT = 0x04
_LENGTH_IN_BYTES = 0x10


class Coding(IntEnum):
    """How a digit is coded (bmFormatString, bits 2 and 1)."""

    BINARY = 0
    BCD = 1
    ASCII = 2


@dataclass(frozen=True, slots=True)
class _Block:
    """One PIN's place, in bits from the first bit of the command data; ``end`` 0: as far as there is room."""

    base: int
    length_at: int
    start: int
    end: int


class Placement:
    """Puts PINs into the APDU of a structure.

    Attributes:
        most_digits: how many digits a PIN can have here.

    Raises:
        EntryRefused: INVALID_STRUCTURE: what the structure asks for cannot be done: an unknown coding, no digit or
            fewer at most than at least, no short command APDU, places that lie outside the data or in one another,
            a frame that does not hold the fewest digits, a PIN length that cannot tell them.
    """

    def __init__(self, request: PINVerification | PINModification) -> None:
        layout = request.format
        self._header, self._data, self._tail = _take_apart(request.apdu)
        _insist(layout.format_string & 0x03 in tuple(Coding))
        self._coding = Coding(layout.format_string & 0x03)
        self._width = 4 if self._coding is Coding.BCD else 8
        self._at_right = bool(layout.format_string & _RIGHT)
        self._length_size = layout.block_string >> 4
        self._layout = layout
        self._offsets = request.block_offsets
        self._check_apart()
        self.most_digits = min(request.maximum, MOST_DIGITS, *self._limits())
        _insist(0 < self.most_digits >= request.minimum)
        self.fill([bytes(self.most_digits)] * len(self._offsets))

    def fill(self, pins: Sequence[bytes]) -> bytes:
        """The command APDU with these PINs in it, a byte of 0 to 9 for each digit.

        Raises:
            EntryRefused: INVALID_STRUCTURE; not for PINs of at most :attr:`most_digits`.
        """
        data = self._data
        for offset, pin in zip(self._offsets, pins, strict=True):
            if offset < len(self._data):
                data = self._put(data, self._block_in_data(offset), pin)
            else:
                data = self._append(data, offset, pin)
        return self._header + bytes((len(data),)) + data + self._tail

    def _check_apart(self) -> None:
        blocks = [self._block_in_data(offset) for offset in sorted(self._offsets) if offset < len(self._data)]
        for before, after in pairwise(blocks):
            _insist(before.end <= after.base)
        block = self._block(0)
        _insist(not self._length_size or block.length_at + self._length_size <= block.start)

    def _limits(self) -> Iterator[int]:
        """How many digits each frame holds, unless it is made for them, and the PIN length can tell."""
        for offset in self._offsets:
            block = self._block_in_data(offset) if offset < len(self._data) else self._block(offset)
            if block.end:
                yield (block.end - block.start) // self._width
        if self._length_size:
            yield (1 << self._length_size) - 1

    def _block_in_data(self, offset: int) -> _Block:
        block = self._block(offset)
        limits = [len(self._data) * 8]
        if block.end:
            limits.append(block.end)
        else:
            limits.extend(other * 8 for other in self._offsets if other > offset)
        return replace(block, end=min(limits))

    def _append(self, data: bytes, offset: int, pin: bytes) -> bytes:
        """``data``, and behind it, but not before ``offset``, a block with the PIN."""
        block = self._block(max(offset, len(data)))
        if block.end == 0:
            needed = block.start + len(pin) * self._width
            block = replace(block, end=needed + -needed % 8)
        size = -(-block.end // 8)
        _insist(size <= _MOST_DATA)
        return self._put(data.ljust(size, bytes((_FILLER,))), block, pin)

    def _block(self, offset: int) -> _Block:
        """The block that begins ``offset`` bytes into the data, as the structure describes it."""
        layout, base = self._layout, offset * 8
        in_bytes = bool(layout.format_string & _IN_BYTES)
        start = base + (layout.format_string >> 3 & 0x0F) * (8 if in_bytes else 1)
        size = (layout.block_string & 0x0F) * 8
        end = (start if in_bytes else base) + size if size else 0
        length_at = base + (layout.length_format & 0x0F) * (8 if layout.length_format & _LENGTH_IN_BYTES else 1)
        return _Block(base, length_at, start, end)

    def _put(self, data: bytes, block: _Block, pin: bytes) -> bytes:
        zone = _ASCII_ZERO if self._coding is Coding.ASCII else 0
        digits = 0
        for digit in pin:
            digits = digits << self._width | zone + digit
        size = len(pin) * self._width
        data = _set_bits(data, block.end - size if self._at_right else block.start, size, digits)
        return _set_bits(data, block.length_at, self._length_size, len(pin)) if self._length_size else data


def _take_apart(apdu: bytes) -> tuple[bytes, bytes, bytes]:
    """Header, command data, and an Le field, of a short APDU with Lc (maybe 00) or of a header alone."""
    _insist(len(apdu) >= _HEADER)
    header, lc, rest = apdu[:_HEADER], apdu[_HEADER : _HEADER + 1], apdu[_HEADER + 1 :]
    size = lc[0] if lc else 0
    _insist(len(rest) in ((size, size + 1) if size else (0,)))
    return header, rest[:size], rest[size:]


def _set_bits(data: bytes, position: int, size: int, value: int) -> bytes:
    """``data`` with ``size`` bits replaced, counted from the first byte's highest."""
    total = len(data) * 8
    shift = total - position - size
    mask = (1 << size) - 1 << shift
    return (int.from_bytes(data, "big") & ~mask | value << shift).to_bytes(len(data), "big")


def _insist(possible: bool) -> None:
    if not possible:
        raise EntryRefused(EntryStatus.INVALID_STRUCTURE)

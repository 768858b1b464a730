"""The padding of what is enciphered and of what a checksum is over: 80, and as many 00 as fill the block.

Source: ISO/IEC 7816-4:2005, 6.2.3.1; ISO/IEC 9797-1, padding method 2.
"""

from __future__ import annotations

from typing import Final

from iso7816.errors import MechanismError

_MARK: Final = 0x80


def pad(data: bytes, size: int) -> bytes:
    """Data filled up to a multiple of ``size`` bytes; at least one byte is added."""
    return data + b"\x80" + bytes(-(len(data) + 1) % size)


def unpad(data: bytes) -> bytes:
    """Data without their padding. Raises MechanismError where there is none."""
    end = len(data.rstrip(b"\0"))
    if end == 0 or data[end - 1] != _MARK:
        raise MechanismError("the data do not end in padding")
    return data[: end - 1]

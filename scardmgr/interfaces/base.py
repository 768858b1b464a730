"""What all interfaces have in common: IDispatch, and how buffers are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from scardmgr.com.late_binding import IDispatch

if TYPE_CHECKING:
    from typing import SupportsBytes

Buffer: TypeAlias = "bytes | bytearray | memoryview | SupportsBytes"
"""What stands for an LPBYTEBUFFER: bytes, or an IByteBuffer, whose bytes all count, wherever its seek pointer is."""


class SmartCardInterface(IDispatch):
    """An interface of a smart card service provider."""

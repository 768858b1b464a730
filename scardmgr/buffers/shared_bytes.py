"""The bytes beneath a stream and its clones."""

from __future__ import annotations

from threading import RLock

from scardmgr.buffers.region_locks import RegionLocks
from scardmgr.com.errors import HRESULT, HResultError

MOST = (1 << 31) - 1
"""The most bytes that there may be: what a LONG can tell of."""


class SharedBytes:
    """Bytes that grow, and may go back to what they were when last committed. Seek pointers are the streams'.

    Attributes:
        transacted: whether :meth:`revert` does anything.
        locks: the locked regions.
        turns: held while something is done with the bytes; never while anything else is called.

    Raises:
        HResultError: STG_E_MEDIUMFULL: more than ``MOST`` bytes.
    """

    def __init__(self, content: bytes, *, transacted: bool) -> None:
        require_fitting(len(content))
        self.transacted = transacted
        self.locks = RegionLocks()
        self.turns = RLock()
        self._bytes = bytearray(content)
        self._committed = content if transacted else b""

    def __len__(self) -> int:
        return len(self._bytes)

    def read(self, start: int, count: int) -> bytes:
        """Up to ``count`` bytes from ``start`` on: fewer, or none, where the bytes end."""
        return bytes(self._bytes[start : start + count])

    def write(self, start: int, data: bytes) -> None:
        """Put bytes in the place of others, or behind the end; what is between is filled with 00.

        Raises:
            HResultError: STG_E_MEDIUMFULL: there would be more than ``MOST`` bytes, or their number would change
                while somebody has a view of them. Nothing was written.
        """
        stop = start + len(data)
        if stop > len(self._bytes):
            self.resize(stop)
        self._bytes[start:stop] = data

    def resize(self, size: int) -> None:
        """Cut the bytes off, or add 00 bytes.

        Raises:
            HResultError: STG_E_MEDIUMFULL: as :meth:`write`.
        """
        require_fitting(size)
        try:
            if size < len(self._bytes):
                del self._bytes[size:]
            else:
                self._bytes.extend(bytes(size - len(self._bytes)))
        except BufferError:
            raise _pinned() from None

    def view(self) -> memoryview:
        """The bytes themselves, to read and to write. Until it is released, their number stays."""
        return memoryview(self._bytes)

    def commit(self) -> None:
        """Make the bytes what :meth:`revert` goes back to."""
        if self.transacted:
            self._committed = bytes(self._bytes)

    def revert(self) -> None:
        """Go back to the bytes last committed; without transactions there is nothing to go back to.

        Raises:
            HResultError: STG_E_MEDIUMFULL: their number would change while somebody has a view of them.
        """
        if self.transacted:
            try:
                self._bytes[:] = self._committed
            except BufferError:
                raise _pinned() from None

    def reverted_size(self) -> int:
        """How many bytes :meth:`revert` would leave."""
        return len(self._committed) if self.transacted else len(self._bytes)


def require_fitting(size: int) -> None:
    """Raise HResultError STG_E_MEDIUMFULL where there cannot be so many bytes."""
    if size > MOST:
        raise HResultError(HRESULT.STG_E_MEDIUMFULL, f"{size} bytes: a stream in memory has up to {MOST}")


def _pinned() -> HResultError:
    return HResultError(HRESULT.STG_E_MEDIUMFULL, "the size stays while a pointer to the memory is held")

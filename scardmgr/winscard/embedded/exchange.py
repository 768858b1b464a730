"""The right to have a card work: power, reset, commands. One thread at a time has it."""

from __future__ import annotations

from _thread import RLock

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.errors import SCardError

#: How long a call waits for the card to be done with what another thread asked of it.
_PATIENCE_S = 60.0


class Exchange(RLock):
    """A context manager: inside it, the card is this thread's.

    It is no good to ask for it again inside: a card that calls back, a signal handler or a finalizer would find
    the card in the middle of a command. They are refused, and so is who has waited for too long.

    Raises:
        SCardError: SCARD_E_SHARING_VIOLATION: this thread is inside already, or another one for 60 seconds.
    """

    # The lock is left by the lock's own __exit__, which no signal can come before; entering takes care of itself.

    __slots__ = ()

    def __enter__(self) -> bool:
        if self.is_mine():
            raise SCardError(SCardCode.SCARD_E_SHARING_VIOLATION)
        try:
            if not self.acquire(False) and not self.acquire(timeout=_PATIENCE_S):
                raise SCardError(SCardCode.SCARD_E_SHARING_VIOLATION)
        except BaseException:  # also KeyboardInterrupt, the moment after
            if self.is_mine():
                self.release()
            raise
        return True

    def is_mine(self) -> bool:
        """Whether this thread is inside."""
        owned: bool = self._is_owned()  # type: ignore[attr-defined] - what threading.Condition asks of any lock
        return owned

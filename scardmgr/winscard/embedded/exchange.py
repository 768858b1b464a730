"""The right to have a card work: power, reset, commands. One thread at a time has it, or another one in its stead."""

from __future__ import annotations

from _thread import RLock, get_ident
from collections.abc import Iterator
from contextlib import contextmanager
from sys import is_finalizing
from time import monotonic
from typing import Self

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.errors import SCardError

#: How often a call that waits for the card looks whether that was given up.
_LOOK_S = 0.05


class Abandoned(SCardError):  # noqa: N818 - says what is the case
    """The card was pulled out of a command that does not end: its slot has another :class:`Exchange` by now."""

    def __init__(self) -> None:
        """Nothing more to tell than that the card was removed."""
        super().__init__(SCardCode.SCARD_W_REMOVED_CARD)


class Exchange(RLock):  # type: ignore[misc]  # the stubs call it final, and Python lets it be inherited
    """A context manager: inside it, the card is this thread's.

    It is no good to ask for it again inside: a card that calls back, a signal handler or a finalizer would find
    the card in the middle of a command. They are refused, and so is who has waited for too long.

    Attributes:
        abandoned: the card was pulled, and its command has not ended: of no more use.

    Raises:
        SCardError: SCARD_E_SHARING_VIOLATION: this thread is inside already, or another one for so long.
        Abandoned: it was given up.
    """

    # The lock is left by the lock's own __exit__, which no signal can come before; entering takes care of itself.

    __slots__ = ("_deputies", "_patience_s", "abandoned")

    abandoned: bool
    _deputies: set[int]
    _patience_s: float

    def __new__(cls, patience_s: float) -> Self:
        """Take how long a call waits for the card to be done with what another thread asked of it."""
        made = super().__new__(cls)
        made._patience_s = patience_s
        made._deputies = set()
        made.abandoned = False
        return made

    def __enter__(self) -> bool:  # type: ignore[override]  # nobody enters it with arguments
        if self.is_mine():
            raise SCardError(SCardCode.SCARD_E_SHARING_VIOLATION)
        try:
            if not self.acquire(False) and not self._acquire_patiently():
                raise SCardError(SCardCode.SCARD_E_SHARING_VIOLATION)
            if self.abandoned:
                raise Abandoned
        except BaseException:  # also KeyboardInterrupt, the moment after
            if self._is_owned():  # type: ignore[attr-defined]  # what threading.Condition asks of any lock
                self.release()
            raise
        return True

    def _acquire_patiently(self) -> bool:
        deadline = monotonic() + self._patience_s
        while not self.abandoned:
            remaining = deadline - monotonic()
            if remaining <= 0 or is_finalizing():
                return False
            if self.acquire(timeout=min(remaining, _LOOK_S)):
                return True
        raise Abandoned

    def is_mine(self) -> bool:
        """Whether this thread is inside, or works for one that is."""
        owned: bool = self._is_owned()  # type: ignore[attr-defined]  # as above
        return owned or (bool(self._deputies) and get_ident() in self._deputies)

    def is_lost(self) -> bool:
        """Whether a daemon thread was inside when the interpreter ended: nobody leaves it any more."""
        if not is_finalizing():
            return False
        if not self.acquire(False):
            return True
        self.release()
        return False

    @contextmanager
    def shared_with_this_thread(self) -> Iterator[None]:
        """Inside it, this thread works for one that has the card, or had it and gave up."""
        deputy = get_ident()
        self._deputies.add(deputy)
        try:
            yield
        finally:
            self._deputies.discard(deputy)

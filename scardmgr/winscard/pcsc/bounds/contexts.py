"""One context of the platform's library, in which one call goes on at a time, and each one ends.

libpcsclite locks a context for as long as a call in it waits for the daemon, and whoever calls in the same context
meanwhile waits with all contexts of the process locked. So nobody is let in who would have to wait there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock, RLock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from scardmgr.winscard.pcsc.bounds.calls import CUT_S, Call, Fate
from scardmgr.winscard.pcsc.bounds.functions import (
    INVALID_HANDLE,
    RELEASE_CONTEXT,
    SHARING_VIOLATION,
    SUCCESS,
    TRANSMIT,
    Function,
    code_of,
)
from scardmgr.winscard.pcsc.bounds.handover import GivenUp, Job, nothing
from scardmgr.winscard.pcsc.bounds.watch import WATCH

if TYPE_CHECKING:
    from scardmgr.winscard.pcsc.bounds.daemon_socket import DaemonSocket
    from scardmgr.winscard.pcsc.bounds.handles import Handle
    from scardmgr.winscard.pcsc.bounds.seats import Seat
    from scardmgr.winscard.pcsc.bounds.status_waits import StatusWait

_WINDOWS = sys.platform == "win32"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long calls may take, in seconds.

    Attributes:
        patience_s: for others; at most what a lock can be waited for.
        answer_s: for the card.
        daemon_s: for the daemon. It is not to be cut off for being slow, however little patience there is.
    """

    patience_s: float
    answer_s: float
    daemon_s: float = 60.0

    @property
    def shortest_s(self) -> float:
        """No call is to be ended sooner."""
        return min(self.patience_s, self.answer_s, self.daemon_s)

    def of(self, function: Function) -> float:
        """For a call of that function which waits for nobody else."""
        return self.answer_s if function.by_card else self.daemon_s


class _Gate(Protocol):
    """What :class:`threading.RLock` is."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """See there."""

    def release(self) -> None:
        """See there."""


class _Open:
    """A gate that lets everybody in: winscard.dll has several calls go on in a context."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: ARG002 - as a lock's
        return True

    def release(self) -> None:
        """Nobody was kept out."""


class Context:
    """A context that was established.

    Args:
        scard: ``smartcard.scard``, or a module like it.
        number: the context.
        bounds: of its calls.
        socket: its conversation with the daemon, which can be cut; ``None``: it is not known, and calls that do not
            end are left to the threads that make them.
        another: makes a further one, or gives the answer of SCardEstablishContext that is a failure.

    Attributes:
        real: the number that the library has for it now.
        gate: who calls in the context holds it.
        call: the call that its own thread makes.
        released: nobody is to call in it any more.
        seats: what its handles have in common, reader by reader.
        waits: those under way.
        spare: contexts for further waits.
        socket: see above.
        can_be_cut: whether its conversation with the daemon is known.
        given_back: called when the library has it no more.
    """

    def __init__(
        self,
        scard: Any,
        number: int,
        bounds: Bounds,
        socket: DaemonSocket | None,
        another: Callable[[], Context | list[Any]],
    ) -> None:
        self.scard = scard
        self.number = self.real = number
        self._another = another
        self.bounds = bounds
        self.gate: _Gate = _Open() if _WINDOWS else RLock()
        self.call: Call | None = None
        self.released = False
        self.seats: dict[str, Seat] = {}
        self.waits: set[StatusWait] = set()
        self.spare: list[Context] = []
        self.can_be_cut = socket is not None
        self.shortest_s = bounds.shortest_s
        self.given_back: Callable[[], object] = nothing
        self.socket = socket
        self._is_cut = False
        self._job: Job[Any] | None = None
        self._releasing = Lock()
        self._giving_back = Lock()
        if socket is not None:
            WATCH.add(self)

    @property
    def daemon_path(self) -> str:
        """Where the daemon listens, if the context can be cut off."""
        return "" if self.socket is None else self.socket.path

    def cut(self) -> None:
        """Cut the context off from the daemon, if that is possible: the call under way fails, and all later ones."""
        if self.socket is not None:
            self._is_cut = True
            self.socket.cut()

    # Calls in the context

    def ask(self, function: Function, *arguments: Any) -> Any:
        """A call that concerns no handle; ``arguments`` are those after the context."""
        with self.entered(monotonic() + self.bounds.patience_s) as refusal:
            return self.perform(function, self.real, *arguments) if refusal is None else function.refused(refusal)

    @contextmanager
    def entered(self, deadline: float) -> Iterator[int | None]:
        """Be the one who calls in the context; gives why that is refused, or ``None``."""
        if not self.enter(deadline):
            yield INVALID_HANDLE if self.released else SHARING_VIOLATION
            return
        try:
            yield self.refusal()
        finally:
            self.gate.release()

    def enter(self, deadline: float) -> bool:
        """Whether the caller holds the gate now."""
        return self.gate.acquire(timeout=max(deadline - monotonic(), 0.0))

    def refusal(self) -> int | None:
        """Why nobody may call in the context now."""
        if self.released:
            return INVALID_HANDLE
        return SHARING_VIOLATION if self.busy else None

    def perform(self, function: Function, *arguments: Any, handle: Handle | None = None, certain: bool = False) -> Any:
        """The call itself, for who holds the gate.

        Args:
            function: which one.
            arguments: as pyscard's.
            handle: where it may wait for others within libpcsclite, on this handle.
            certain: whether it is sure then that it does, when it takes too long.
        """
        if self.socket is None:
            try:
                return self.hand_over(function, *arguments)
            except GivenUp:
                return function.given_up()
        bounds, now, outer = self.bounds, monotonic(), self.call
        last = now + bounds.of(function)
        if handle is None:
            call = Call(self, last, last)
        else:
            due = now + bounds.patience_s
            call = Call(self, due, max(last, due), handle, certain)
        try:
            self.call = call
            answer = function.of(self.scard, *arguments)
        finally:
            self.call = outer
        return self.told(function, answer, call.fate)

    def told(self, function: Function, answer: Any, fate: Fate | None = None) -> Any:
        """What the caller is told of an answer: a call that was ended from outside fails within libpcsclite somehow."""
        if code_of(answer) == SUCCESS:
            return answer
        if fate is not None:
            if fate is Fate.OTHERS and code_of(answer) != INVALID_HANDLE:
                self._begin_anew()
            return function.refused(SHARING_VIOLATION if fate is Fate.OTHERS else function.unanswered)
        ended = self.released and self._is_cut and function is not RELEASE_CONTEXT
        return function.refused(INVALID_HANDLE) if ended else answer

    def hand_over(self, function: Function, *arguments: Any, late: Callable[[Any], object] = nothing) -> Any:
        """The call itself in another thread, for who holds the gate; the context is busy until it has ended.

        Args:
            function: which one.
            arguments: as pyscard's.
            late: gets an answer that comes when nobody waits for it any more, or ``None`` where there was an exception.

        Raises:
            GivenUp: it has not come in time.
        """

        job = Job(
            lambda: function.of(self.scard, *arguments),
            late,
            self._give_back_if_released,
        )
        try:
            self._job = None if _WINDOWS else job
            others = function.turns and function is not TRANSMIT
            answer = job.result(self.bounds.patience_s if others else self.bounds.of(function))
            return self.told(function, answer)
        except BaseException:  # Ctrl-C: nobody would begin it any more, nor call in the context again
            job.abandon()
            raise
        finally:
            if not job.given_up:
                self._give_back_if_released()

    @property
    def busy(self) -> bool:
        """Whether a call goes on in another thread, be it waited for or given up."""
        job = self._job
        return job is not None and not job.over

    def _give_back_if_released(self) -> None:
        """A call in another thread has ended, during which the context was released."""
        if self.released:
            self._give_back()

    def _begin_anew(self) -> None:
        """Have another conversation with the daemon, for who holds the gate, since it ended the one that there was.

        Up to 2.0 at least, libpcsclite may ask in behalf of a handle that another thread has just closed, and pcscd
        hangs up on who does.
        """
        for seat in tuple(self.seats.values()):
            seat.lapse()
        new = self._another()
        if isinstance(new, Context):
            old, self.real = self.real, new.real
            old_socket, self.socket = self.socket, new.socket
            self.can_be_cut, self._is_cut = new.can_be_cut, False
            WATCH.discard(new)
            RELEASE_CONTEXT.of(self.scard, old)
            if old_socket is not None:
                old_socket.close()
        else:
            self._is_cut = True

    # The end

    def release(self) -> int:
        """SCardReleaseContext; what goes on in the context ends, or is given up."""
        if not self._releasing.acquire(blocking=False):
            return INVALID_HANDLE
        self.released = True
        for seat in tuple(self.seats.values()):
            seat.close()
        for wait in tuple(self.waits):
            wait.end(INVALID_HANDLE)
        self.release_spare()
        if self.busy:
            self.cut()  # nobody waits for what it does
        if not self.enter(monotonic() + self.bounds.patience_s):
            self.cut()
            if not self.enter(monotonic() + CUT_S):
                Thread(target=self._release_later, name="pcsc release", daemon=True).start()
                return SUCCESS
        try:
            return SUCCESS if self.busy else self._give_back()
        finally:
            self.gate.release()

    def release_spare(self) -> None:
        """Release the contexts that were kept for waits."""
        while self.spare:
            self.spare.pop().release()

    def _release_later(self) -> None:
        self.gate.acquire()
        try:
            if not self.busy:
                self._give_back()
        finally:
            self.gate.release()

    def _give_back(self) -> int:
        """Release it in the library, once."""
        if not self._giving_back.acquire(blocking=False):
            return SUCCESS
        code: int = self.perform(RELEASE_CONTEXT, self.real)
        self.forget()
        self.given_back()
        return SUCCESS if self._is_cut else code

    def forget(self) -> None:
        """Give back what this object has beside the library."""
        WATCH.discard(self)
        if self.socket is not None:
            self.socket.close()

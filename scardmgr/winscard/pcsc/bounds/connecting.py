"""SCardConnect, which pcscd itself has wait while a handle has a transaction, and the whole context with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from scardmgr.winscard.pcsc.bounds.functions import CONNECT, SHARING_VIOLATION, SUCCESS, code_of
from scardmgr.winscard.pcsc.bounds.handover import GivenUp
from scardmgr.winscard.pcsc.bounds.library_lists import close_handle
from scardmgr.winscard.pcsc.bounds.turns import attempts

if TYPE_CHECKING:
    from scardmgr.winscard.pcsc.bounds.contexts import Context


def connect(context: Context, reader: str, share_mode: int, protocols: int, connected: Callable[[Any], Any]) -> Any:
    """SCardConnect; what ``connected`` makes of the answer where it succeeded.

    A transaction of this very context is waited for before, since it could not be ended meanwhile.
    """
    deadline = monotonic() + context.bounds.patience_s
    for _ in attempts(deadline):
        with context.entered(deadline) as refusal:
            if refusal is not None:
                return CONNECT.refused(refusal)
            seat = context.seats.get(reader)
            holder = None if seat is None else seat.holder
            if holder is None or not holder.still_holds():
                late = partial(_close, context)
                try:
                    answer = context.hand_over(CONNECT, context.real, reader, share_mode, protocols, late=late)
                except GivenUp:
                    return CONNECT.given_up()
                return connected(answer) if code_of(answer) == SUCCESS else answer
    return CONNECT.refused(SHARING_VIOLATION)


def _close(context: Context, answer: Any) -> None:
    """A handle has come that nobody waits for."""
    if answer is not None and code_of(answer) == SUCCESS:
        close_handle(context.scard, answer[1])

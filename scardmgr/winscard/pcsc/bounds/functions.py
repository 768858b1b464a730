"""The functions of ``smartcard.scard`` that talk to the daemon: what they answer where they are given up or refused."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Any

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.pcsc.bounds.library_lists import changed_alone

SUCCESS = SCardCode.SCARD_S_SUCCESS.value
SHARING_VIOLATION = SCardCode.SCARD_E_SHARING_VIOLATION.value
INVALID_HANDLE = SCardCode.SCARD_E_INVALID_HANDLE.value
RESET_CARD = SCardCode.SCARD_W_RESET_CARD.value
REMOVED_CARD = SCardCode.SCARD_W_REMOVED_CARD.value
NO_SERVICE = SCardCode.SCARD_E_NO_SERVICE.value
_NOT_TRANSACTED = SCardCode.SCARD_E_NOT_TRANSACTED.value
_UNRESPONSIVE = SCardCode.SCARD_W_UNRESPONSIVE_CARD.value


@dataclass(frozen=True, slots=True)
class Function:
    """One of them.

    Attributes:
        name: pyscard's.
        unanswered: its code where neither the card nor the daemon answers in time.
        follows: what follows the code in an answer that is a failure; ``None``: the answer is the code alone.
        by_card: the card may take its time for it.
        turns: it waits while another handle holds the card.
        changes_lists: it changes the library's lists of contexts or handles.
    """

    name: str
    unanswered: int
    follows: tuple[Any, ...] | None = None
    by_card: bool = False
    turns: bool = False
    changes_lists: bool = False

    def refused(self, code: int) -> Any:
        """The answer with this code."""
        return code if self.follows is None else [code, *map(copy, self.follows)]

    def of(self, scard: Any, *arguments: Any) -> Any:
        """The call itself."""
        call = getattr(scard, self.name)
        if not self.changes_lists:
            return call(*arguments)
        with changed_alone():
            return call(*arguments)

    def given_up(self) -> Any:
        """The answer where nobody can tell what it waited for: others, if that may be."""
        return self.refused(SHARING_VIOLATION if self.turns and self is not TRANSMIT else self.unanswered)


RELEASE_CONTEXT = Function("SCardReleaseContext", NO_SERVICE, changes_lists=True)
IS_VALID_CONTEXT = Function("SCardIsValidContext", NO_SERVICE)
CANCEL = Function("SCardCancel", NO_SERVICE)
LIST_READERS = Function("SCardListReaders", NO_SERVICE, ([],))
LIST_READER_GROUPS = Function("SCardListReaderGroups", NO_SERVICE, ([],))
CONNECT = Function("SCardConnect", SHARING_VIOLATION, (0, 0), turns=True)
RECONNECT = Function("SCardReconnect", _UNRESPONSIVE, (0,), by_card=True, turns=True)
DISCONNECT = Function("SCardDisconnect", NO_SERVICE, by_card=True, turns=True, changes_lists=True)
BEGIN_TRANSACTION = Function("SCardBeginTransaction", NO_SERVICE, turns=True)
END_TRANSACTION = Function("SCardEndTransaction", _NOT_TRANSACTED, by_card=True)
#: Ends one and leaves the card as it is: nobody asks the card for that.
END_LEAVING = Function("SCardEndTransaction", NO_SERVICE)
STATUS = Function("SCardStatus", NO_SERVICE, ("", 0, 0, []), turns=True)
TRANSMIT = Function("SCardTransmit", _NOT_TRANSACTED, ([],), by_card=True, turns=True)
CONTROL = Function("SCardControl", _NOT_TRANSACTED, ([],), by_card=True)
GET_ATTRIB = Function("SCardGetAttrib", _NOT_TRANSACTED, ([],), by_card=True)
SET_ATTRIB = Function("SCardSetAttrib", _NOT_TRANSACTED, by_card=True)


def status_change(believed: Any) -> Function:
    """SCardGetStatusChange, of readers of which this is believed."""
    return Function("SCardGetStatusChange", NO_SERVICE, ([(each[0], 0, []) for each in believed],))


def code_of(answer: Any) -> int:
    """The code in an answer."""
    code: int = answer if isinstance(answer, int) else answer[0]
    return code

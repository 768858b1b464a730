"""The functions of ``smartcard.scard._scard``, and to which resource manager each call goes.

A context belongs to the resource manager that was current when it was established, and what is done with it goes
there. No two of them give out the same number, so the one that knows a number is its owner. What none knows goes on to
pyscard's own function: so an object made before the block works on within it.
"""

# ruff: noqa: N802, N803 - the names are pyscard's

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import INFINITE
from scardmgr.winscard.error_texts import pcsclite_text
from scardmgr.winscard.pyscard_programs.swig_arguments import SwigArguments

if TYPE_CHECKING:
    from scardmgr.winscard.manager import ResourceManager
    from scardmgr.winscard.pyscard_programs.platforms import Platform

_SUCCESS = 0
_INVALID_HANDLE = SCardCode.SCARD_E_INVALID_HANDLE.value
_NO_SERVICE = SCardCode.SCARD_E_NO_SERVICE.value
_HIGHEST_DWORD = 0xFFFFFFFF

#: Where pyscard's numbers are the platform's: of these functions, the positions in the result.
_PROTOCOL_AT = {"SCardConnect": 2, "SCardReconnect": 1, "SCardStatus": 3}
_STATE_AT = {"SCardStatus": 2}


class Served(Protocol):
    """Whom the functions serve; see :class:`~scardmgr.winscard.pyscard_programs.switchboard.Switchboard`."""

    def for_a_new_context(self) -> ResourceManager | None:
        """The current resource manager; ``None``: pyscard's own."""

    def for_a_number(self) -> Sequence[ResourceManager]:
        """Those that may own a context or handle, the most likely first."""

    def established(self, manager: ResourceManager, context: int) -> None:
        """A context came to be."""

    def released(self, manager: ResourceManager, context: int) -> None:
        """A context is no more."""

    def original(self, function: str) -> Callable[..., Any] | None:
        """pyscard's own function; ``None`` where its extension module cannot be loaded."""


class ScardFunctions:
    """The functions that pyscard has on every platform, with its parameters' names.

    Each returns what pyscard returns on the platform and raises as :mod:`.swig_arguments` says.
    """

    def __init__(self, served: Served, platform: Platform) -> None:
        self._served = served
        self._platform = platform
        self._take = SwigArguments(platform)

    # Contexts

    def SCardEstablishContext(self, dwScope: int) -> list[Any]:
        """``[hr, context]``."""
        scope = self._take.dword("SCardEstablishContext", dwScope)
        manager = self._served.for_a_new_context()
        if manager is None:
            original = self._served.original("SCardEstablishContext")
            answer: list[Any] = [self._platform.code(_NO_SERVICE), 0] if original is None else original(dwScope)
            return answer
        answer = manager.SCardEstablishContext(scope)
        if answer[0] == _SUCCESS:
            self._served.established(manager, answer[1])
        answer[0] = self._platform.code(answer[0])
        return answer

    def SCardReleaseContext(self, hcontext: int) -> int:
        """``hr``."""
        context = self._take.context("SCardReleaseContext", hcontext)
        for manager in self._served.for_a_number():
            code = manager.SCardReleaseContext(context)
            if code != _INVALID_HANDLE:
                self._served.released(manager, context)
                return self._platform.code(code)
        return int(self._unknown("SCardReleaseContext", (hcontext,), _INVALID_HANDLE))

    def SCardIsValidContext(self, hcontext: int) -> int:
        """``hr``."""
        return self._code("SCardIsValidContext", (hcontext,), self._take.context("SCardIsValidContext", hcontext))

    def SCardCancel(self, hcontext: int) -> int:
        """``hr``."""
        return self._code("SCardCancel", (hcontext,), self._take.context("SCardCancel", hcontext))

    # Readers

    def SCardListReaders(self, hcontext: int, readergroups: list[str]) -> list[Any]:
        """``[hr, [name, ...]]``."""
        function = "SCardListReaders"
        context, groups = self._take.context(function, hcontext), self._take.texts(function, readergroups)
        return self._list(function, (hcontext, readergroups), [[]], context, groups)

    def SCardListReaderGroups(self, hcontext: int) -> list[Any]:
        """``[hr, [group, ...]]``."""
        context = self._take.context("SCardListReaderGroups", hcontext)
        return self._list("SCardListReaderGroups", (hcontext,), [[]], context)

    def SCardGetStatusChange(self, hcontext: int, dwTimeout: int, readerstatelist: list[tuple[Any, ...]]) -> list[Any]:
        """``[hr, [(name, event state, atr), ...]]``."""
        function = "SCardGetStatusChange"
        context = self._take.context(function, hcontext)
        timeout = self._take.dword(function, dwTimeout)
        states = self._take.reader_states(function, readerstatelist)
        raw = (hcontext, dwTimeout, readerstatelist)
        # To C a negative number is a very large one.
        bound = timeout if 0 <= timeout < INFINITE else INFINITE
        return self._list(function, raw, [[(name, 0, []) for name, _ in states]], context, bound, states)

    # Card handles

    def SCardConnect(self, hcontext: int, readername: str, dwShareMode: int, dwPreferredProtocols: int) -> list[Any]:
        """``[hr, handle, protocol]``."""
        function = "SCardConnect"
        context, reader = self._take.context(function, hcontext), self._take.text(function, 2, readername)
        share_mode = self._take.dword(function, dwShareMode)
        protocols = self._platform.pcsclite_protocol(self._take.dword(function, dwPreferredProtocols))
        raw = (hcontext, readername, dwShareMode, dwPreferredProtocols)
        return self._list(function, raw, [0, 0], context, reader, share_mode, protocols)

    def SCardReconnect(
        self, hcard: int, dwShareMode: int, dwPreferredProtocols: int, dwInitialization: int
    ) -> list[Any]:
        """``[hr, protocol]``."""
        function = "SCardReconnect"
        card, share_mode = self._take.card(function, hcard), self._take.dword(function, dwShareMode)
        protocols = self._platform.pcsclite_protocol(self._take.dword(function, dwPreferredProtocols))
        initialization = self._take.dword(function, dwInitialization)
        raw = (hcard, dwShareMode, dwPreferredProtocols, dwInitialization)
        return self._list(function, raw, [0], card, share_mode, protocols, initialization)

    def SCardDisconnect(self, hcard: int, dwDisposition: int) -> int:
        """``hr``."""
        function = "SCardDisconnect"
        card, disposition = self._take.card(function, hcard), self._take.dword(function, dwDisposition)
        return self._code(function, (hcard, dwDisposition), card, disposition)

    def SCardBeginTransaction(self, hcard: int) -> int:
        """``hr``."""
        return self._code("SCardBeginTransaction", (hcard,), self._take.card("SCardBeginTransaction", hcard))

    def SCardEndTransaction(self, hcard: int, dwDisposition: int) -> int:
        """``hr``."""
        function = "SCardEndTransaction"
        card, disposition = self._take.card(function, hcard), self._take.dword(function, dwDisposition)
        return self._code(function, (hcard, dwDisposition), card, disposition)

    def SCardStatus(self, hcard: int) -> list[Any]:
        """``[hr, reader, state, protocol, atr]``."""
        return self._list("SCardStatus", (hcard,), ["", 0, 0, []], self._take.card("SCardStatus", hcard))

    def SCardTransmit(self, hcard: int, pioSendPci: int, apducommand: list[int]) -> list[Any]:
        """``[hr, response]``."""
        function = "SCardTransmit"
        card = self._take.card(function, hcard)
        protocol = self._platform.pcsclite_protocol(self._take.unsigned(function, 2, pioSendPci))
        command = self._take.octets(function, apducommand)
        return self._list(function, (hcard, pioSendPci, apducommand), [[]], card, protocol, command)

    def SCardControl(self, hcard: int, dwControlCode: int, inbuffer: list[int]) -> list[Any]:
        """``[hr, answer]``."""
        function = "SCardControl"
        card, code = self._take.card(function, hcard), self._take.dword(function, dwControlCode)
        data = self._take.octets(function, inbuffer)
        return self._list(function, (hcard, dwControlCode, inbuffer), [[]], card, code, data)

    def SCardGetAttrib(self, hcard: int, dwAttrId: int) -> list[Any]:
        """``[hr, value]``."""
        function = "SCardGetAttrib"
        card, attribute = self._take.card(function, hcard), self._take.dword(function, dwAttrId)
        return self._list(function, (hcard, dwAttrId), [[]], card, attribute)

    def SCardSetAttrib(self, hcard: int, dwAttrId: int, ATTRIBUTESIN: list[int]) -> int:
        """``hr``."""
        function = "SCardSetAttrib"
        card, attribute = self._take.card(function, hcard), self._take.dword(function, dwAttrId)
        value = self._take.octets(function, ATTRIBUTESIN)
        return self._code(function, (hcard, dwAttrId, ATTRIBUTESIN), card, attribute, value)

    # The database of readers: there on every platform, though pyscard's own do nothing off Windows

    def SCardIntroduceReader(self, hcontext: int, readername: str, devicename: str) -> int:
        """``hr``."""
        return self._names("SCardIntroduceReader", hcontext, readername, devicename)

    def SCardForgetReader(self, hcontext: int, readername: str) -> int:
        """``hr``."""
        return self._names("SCardForgetReader", hcontext, readername)

    def SCardIntroduceReaderGroup(self, hcontext: int, groupname: str) -> int:
        """``hr``."""
        return self._names("SCardIntroduceReaderGroup", hcontext, groupname)

    def SCardForgetReaderGroup(self, hcontext: int, groupname: str) -> int:
        """``hr``."""
        return self._names("SCardForgetReaderGroup", hcontext, groupname)

    def SCardAddReaderToGroup(self, hcontext: int, readername: str, groupname: str) -> int:
        """``hr``."""
        return self._names("SCardAddReaderToGroup", hcontext, readername, groupname)

    def SCardRemoveReaderFromGroup(self, hcontext: int, readername: str, groupname: str) -> int:
        """``hr``."""
        return self._names("SCardRemoveReaderFromGroup", hcontext, readername, groupname)

    # What needs no resource manager; pyscard's own are used where there are any

    def SCardGetErrorMessage(self, lErrCode: int) -> str:
        """The text of a code, as pcsc-lite words it."""
        code = self._take.long("SCardGetErrorMessage", lErrCode)
        return pcsclite_text(code & _HIGHEST_DWORD if self._platform.negative_codes else code)

    def SCARD_CTL_CODE(self, code: int) -> int:
        """The control code of a function number."""
        return self._platform.control_code(self._take.long("SCARD_CTL_CODE", code))

    # Within. ``raw`` are the arguments as they came, for pyscard's own function.

    def _code(self, function: str, raw: tuple[Any, ...], *arguments: Any) -> int:
        """The owner's answer, of a function that returns a code."""
        for manager in self._served.for_a_number():
            code: int = getattr(manager, function)(*arguments)
            if code != _INVALID_HANDLE:
                return self._platform.code(code)
        return int(self._unknown(function, raw, _INVALID_HANDLE))

    def _list(self, function: str, raw: tuple[Any, ...], on_failure: list[Any], *arguments: Any) -> list[Any]:
        """The owner's answer, of a function that returns a list; ``on_failure`` is what follows the code."""
        for manager in self._served.for_a_number():
            answer: list[Any] = getattr(manager, function)(*arguments)
            if answer[0] != _INVALID_HANDLE:
                return self._of_this_platform(function, answer)
        return list(self._unknown(function, raw, [_INVALID_HANDLE, *on_failure]))

    def _names(self, function: str, hcontext: object, *names: object) -> int:
        context = self._take.context(function, hcontext)
        texts = [self._take.text(function, position, name) for position, name in enumerate(names, 2)]
        return self._code(function, (hcontext, *names), context, *texts)

    def _of_this_platform(self, function: str, answer: list[Any]) -> list[Any]:
        platform = self._platform
        answer[0] = platform.code(answer[0])
        if function in _PROTOCOL_AT:
            answer[_PROTOCOL_AT[function]] = platform.protocol(answer[_PROTOCOL_AT[function]])
        if function in _STATE_AT:
            answer[_STATE_AT[function]] = platform.card_state(answer[_STATE_AT[function]])
        return answer

    def _unknown(self, function: str, raw: tuple[Any, ...], answer: Any) -> Any:
        """The answer of pyscard's own function; where there is none, ``answer``."""
        original = self._served.original(function)
        if original is not None:
            return original(*raw)
        return self._platform.code(answer) if isinstance(answer, int) else self._of_this_platform(function, answer)

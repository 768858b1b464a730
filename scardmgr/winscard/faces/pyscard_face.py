"""The pyscard face: the functions of ``smartcard.scard`` (pyscard 2.3), built on the typed face.

Results have pyscard's shapes: a code, or a list that begins with one; byte strings are lists of ints;
codes are unsigned. No PC/SC code is ever raised. Numbers are pcsc-lite's, as pyscard has them on Linux:
SCARD_PROTOCOL_RAW is 4 here, and an unsupported feature 0x8010001F.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from scardmgr.winscard.codes import SCardCode, to_pcsclite
from scardmgr.winscard.constants import INFINITE, Disposition, Protocols, ReaderStateFlag, Scope, ShareMode
from scardmgr.winscard.errors import SCardError, StatusChangeError
from scardmgr.winscard.faces.typed_face import TypedFace
from scardmgr.winscard.values import ReaderState

_SUCCESS = 0
_PCSCLITE_RAW = 4
#: What pcsc-lite once had for T=0 or T=1, and still understands.
_ANY_OLD = 0x1000

#: The protocol argument of SCardTransmit. pyscard sends "undefined" as raw.
_TRANSMIT_PROTOCOLS = {0: Protocols.RAW, 1: Protocols.T0, 2: Protocols.T1, _PCSCLITE_RAW: Protocols.RAW}


class PyscardFace(TypedFace):
    """``SCard...`` functions with pyscard's arguments and results."""

    # Contexts

    def SCardEstablishContext(self, dwScope: int) -> list[Any]:
        """``[hr, context]``; the context is 0 on failure."""
        try:
            return [_SUCCESS, self.establish_context(_member(Scope, dwScope))]
        except SCardError as error:
            return [to_pcsclite(error.code), 0]

    def SCardReleaseContext(self, hcontext: int) -> int:
        """``hr``."""
        try:
            self.release_context(hcontext)
        except SCardError as error:
            return to_pcsclite(error.code)
        return _SUCCESS

    def SCardIsValidContext(self, hcontext: int) -> int:
        """``hr``: 0 or SCARD_E_INVALID_HANDLE."""
        return _SUCCESS if self.is_valid_context(hcontext) else SCardCode.SCARD_E_INVALID_HANDLE.value

    def SCardCancel(self, hcontext: int) -> int:
        """``hr``."""
        try:
            self.cancel(hcontext)
        except SCardError as error:
            return to_pcsclite(error.code)
        return _SUCCESS

    # Readers

    def SCardListReaders(self, hcontext: int, readergroups: Sequence[str] = ()) -> list[Any]:
        """``[hr, [name, ...]]``."""
        try:
            return [_SUCCESS, self.list_readers(hcontext, readergroups)]
        except SCardError as error:
            return [to_pcsclite(error.code), []]

    def SCardListReaderGroups(self, hcontext: int) -> list[Any]:
        """``[hr, [group, ...]]``."""
        try:
            return [_SUCCESS, self.list_reader_groups(hcontext)]
        except SCardError as error:
            return [to_pcsclite(error.code), []]

    def SCardGetStatusChange(
        self, hcontext: int, dwTimeout: int, readerstatelist: Sequence[Sequence[Any]]
    ) -> list[Any]:
        """``[hr, [(name, event state, atr), ...]]`` from ``[(name, current state), ...]``.

        A third element (the ATR) is accepted and disregarded, and so is SCARD_STATE_CHANGED.
        """
        believed = ~ReaderStateFlag.CHANGED.value & 0xFFFFFFFF
        states = [ReaderState(each[0], each[1] & believed) for each in readerstatelist]
        code: int = _SUCCESS
        try:
            states = self.get_status_change(hcontext, None if dwTimeout == INFINITE else dwTimeout, states)
        except StatusChangeError as error:
            code, states = error.code, list(error.states)
        except SCardError as error:
            code = error.code
        return [to_pcsclite(code), [(state.reader, state.event_state, list(state.atr)) for state in states]]

    # Card handles

    def SCardConnect(self, hcontext: int, readername: str, dwShareMode: int, dwPreferredProtocols: int) -> list[Any]:
        """``[hr, handle, protocol]``; handle and protocol are 0 on failure."""
        try:
            handle, protocol = self.connect(
                hcontext, readername, _member(ShareMode, dwShareMode), _protocols(dwPreferredProtocols)
            )
        except SCardError as error:
            return [to_pcsclite(error.code), 0, 0]
        return [_SUCCESS, handle, _number(protocol)]

    def SCardReconnect(
        self, hcard: int, dwShareMode: int, dwPreferredProtocols: int, dwInitialization: int
    ) -> list[Any]:
        """``[hr, protocol]``; the protocol is 0 on failure."""
        try:
            protocol = self.reconnect(
                hcard,
                _member(ShareMode, dwShareMode),
                _protocols(dwPreferredProtocols),
                _member(Disposition, dwInitialization),
            )
        except SCardError as error:
            return [to_pcsclite(error.code), 0]
        return [_SUCCESS, _number(protocol)]

    def SCardDisconnect(self, hcard: int, dwDisposition: int) -> int:
        """``hr``."""
        try:
            self.disconnect(hcard, _member(Disposition, dwDisposition))
        except SCardError as error:
            return to_pcsclite(error.code)
        return _SUCCESS

    def SCardBeginTransaction(self, hcard: int) -> int:
        """``hr``."""
        try:
            self.begin_transaction(hcard)
        except SCardError as error:
            return to_pcsclite(error.code)
        return _SUCCESS

    def SCardEndTransaction(self, hcard: int, dwDisposition: int) -> int:
        """``hr``."""
        try:
            self.end_transaction(hcard, _member(Disposition, dwDisposition))
        except SCardError as error:
            return to_pcsclite(error.code)
        return _SUCCESS

    def SCardStatus(self, hcard: int) -> list[Any]:
        """``[hr, reader, state, protocol, atr]``; the event counter is in the upper 16 bits of the state."""
        try:
            status = self.status(hcard)
        except SCardError as error:
            return [to_pcsclite(error.code), "", 0, 0, []]
        state = status.event_counter << 16 | status.state.value
        return [_SUCCESS, status.reader, state, _number(status.protocol), list(status.atr)]

    def SCardTransmit(self, hcard: int, dwProtocol: int, apducommand: Iterable[int]) -> list[Any]:
        """``[hr, response]``. The protocol must be the one in force; 0 and SCARD_PROTOCOL_RAW leave it unchecked."""
        protocol = _TRANSMIT_PROTOCOLS.get(dwProtocol)
        if protocol is None:
            return [SCardCode.SCARD_E_INVALID_PARAMETER.value, []]
        try:
            return [_SUCCESS, list(self.transmit(hcard, bytes(apducommand), protocol))]
        except SCardError as error:
            return [to_pcsclite(error.code), []]

    def SCardControl(self, hcard: int, dwControlCode: int, inbuffer: Iterable[int]) -> list[Any]:
        """``[hr, answer]``."""
        try:
            return [_SUCCESS, list(self.control(hcard, dwControlCode, bytes(inbuffer)))]
        except SCardError as error:
            return [to_pcsclite(error.code), []]

    def SCardGetAttrib(self, hcard: int, dwAttrId: int) -> list[Any]:
        """``[hr, value]``."""
        try:
            return [_SUCCESS, list(self.get_attribute(hcard, dwAttrId))]
        except SCardError as error:
            return [to_pcsclite(error.code), []]

    def SCardSetAttrib(self, hcard: int, dwAttrId: int, attributes: Iterable[int]) -> int:
        """``hr``."""
        try:
            self.set_attribute(hcard, dwAttrId, bytes(attributes))
        except SCardError as error:
            return to_pcsclite(error.code)
        return _SUCCESS

    def SCardGetTransmitCount(self, hCard: int) -> list[Any]:
        """``[hr, count]``; 0 on failure. pyscard does not have it."""
        try:
            return [_SUCCESS, self.get_transmit_count(hCard)]
        except SCardError as error:
            return [to_pcsclite(error.code), 0]

    # Error text

    def SCardGetErrorMessage(self, lErrCode: int) -> str:
        """The text of a code, as pcsc-lite words it."""
        return self.error_text(lErrCode)


#: The functions that pyscard has everywhere.
PYSCARD_FUNCTIONS = tuple(
    name for name in vars(PyscardFace) if name.startswith("SCard") and name != "SCardGetTransmitCount"
)


def _member(kind: Any, number: int) -> Any:
    """The enum member of a number; a number that has none goes on as it is, for the typed face to refuse."""
    try:
        return kind(number)
    except ValueError:
        return number


def _protocols(number: int) -> Protocols:
    """pcsc-lite's protocol bits as ours. Bits that mean nothing are dropped: they ask for nothing."""
    wanted = Protocols.ANY if number & _ANY_OLD else Protocols(number & Protocols.ANY.value)
    return wanted | Protocols.RAW if number & _PCSCLITE_RAW else wanted


def _number(protocol: Protocols) -> int:
    """A protocol as pcsc-lite numbers it."""
    return _PCSCLITE_RAW if protocol is Protocols.RAW else protocol.value

"""The platform's resource manager (pcscd, winscard), through pyscard.

pyscard is imported when :class:`PCSCResourceManager` is made, not before. The pyscard face is
``smartcard.scard`` with bounds for what waits; the typed face stands on it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from threading import TIMEOUT_MAX
from typing import Any, ClassVar

from scardmgr.winscard.codes import SCardCode, from_pcsclite, known_or_number
from scardmgr.winscard.constants import (
    INFINITE,
    Attribute,
    CardState,
    Disposition,
    Protocols,
    Scope,
    ShareMode,
)
from scardmgr.winscard.database.smart_card_database import SmartCardDatabase
from scardmgr.winscard.errors import PyscardMissing, SCardError, StatusChangeError
from scardmgr.winscard.pcsc.bounds.contexts import Bounds
from scardmgr.winscard.pcsc.readers import PCSCReaders
from scardmgr.winscard.values import CardStatus, Connection, ReaderState

_WINDOWS = sys.platform == "win32"
_STATE_BITS = 0xFFFF
_RAW = 0x10000 if _WINDOWS else 4
_MINIMUM_RESPONSE = 2
_HIGHEST_HANDLE = (1 << (64 if _WINDOWS else 63)) - 1

#: What Windows counts from 0 to 6, as the flags pcsc-lite gives.
_WINDOWS_STATES = (
    CardState.UNKNOWN,
    CardState.ABSENT,
    CardState.PRESENT,
    CardState.PRESENT | CardState.SWALLOWED,
    CardState.PRESENT | CardState.POWERED,
    CardState.PRESENT | CardState.POWERED | CardState.NEGOTIABLE,
    CardState.PRESENT | CardState.POWERED | CardState.SPECIFIC,
)


class PCSCResourceManager(PCSCReaders):
    """Real PC/SC.

    Thread-safe throughout; no call waits without a bound except the infinite one asked for (SCardGetStatusChange with
    INFINITE), and that one can be cancelled.

    Args:
        scard: a module like ``smartcard.scard``; by default that one.
        database: the smart card database where the platform has none; by default this user's.
        patience_s: how long a call waits for others (another handle's transaction, another thread's call in the same
            context) before it gives up with SCARD_E_SHARING_VIOLATION, in seconds.
        answer_s: how long a card may take to answer, in seconds. Real cards make a key for minutes.

    Raises:
        PyscardMissing: pyscard cannot be imported.
    """

    kind: ClassVar[str] = "pcsc"

    def __init__(
        self,
        scard: Any = None,
        database: SmartCardDatabase | None = None,
        *,
        patience_s: float = 60.0,
        answer_s: float = 600.0,
    ) -> None:
        super().__init__(
            import_scard() if scard is None else scard,
            SmartCardDatabase.of_this_user() if database is None else database,
            Bounds(min(patience_s, TIMEOUT_MAX), answer_s),
        )
        self._protocols: dict[int, Protocols] = {}
        self._opened: dict[int, set[int]] = {}
        self._bind_pyscard_face()

    def __repr__(self) -> str:
        return "<PCSCResourceManager>"

    # Contexts

    def establish_context(self, scope: Scope = Scope.USER) -> int:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.establish_context`."""
        context: int = _outcome(self._establish(scope))[0]
        return context

    def release_context(self, context: int) -> None:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.release_context`."""
        _check(self._release(_given_out(context)))
        for card in self._opened.pop(context, ()):
            self._protocols.pop(card, None)

    def is_valid_context(self, context: int) -> bool:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.is_valid_context`."""
        try:
            code = self.SCardIsValidContext(_given_out(context))
        except SCardError:
            return False
        return bool(code == SCardCode.SCARD_S_SUCCESS)

    def cancel(self, context: int) -> None:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.cancel`."""
        code = _code(self.SCardCancel(_given_out(context)))
        # Before 2.0.1 pcsc-lite calls the handle invalid where the wait has just ended by itself.
        if code != SCardCode.SCARD_E_INVALID_HANDLE or not self.is_valid_context(context):
            _check(code)

    # Readers

    def list_readers(self, context: int, groups: Sequence[str] = ()) -> list[str]:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.list_readers`.

        An empty list, or pyscard's SystemError, means that pcscd has not brought its readers up yet.
        """
        try:
            names: list[str] = _outcome(self._list(_given_out(context), groups))[0]
        except SystemError:
            names = []
        if not names:
            raise SCardError(SCardCode.SCARD_E_NO_READERS_AVAILABLE)
        return names

    def list_reader_groups(self, context: int) -> list[str]:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.list_reader_groups`."""
        groups: list[str] = _outcome(self._list_groups(_given_out(context)))[0]
        return groups

    def get_status_change(
        self, context: int, timeout_ms: int | None, states: Sequence[ReaderState]
    ) -> list[ReaderState]:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.get_status_change`."""
        believed = [(state.reader, state.current_state) for state in states]
        answer = self._status_change(_given_out(context), INFINITE if timeout_ms is None else timeout_ms, believed)
        seen = [
            ReaderState(state.reader, state.current_state, event, bytes(atr))
            for state, (_, event, atr) in zip(states, answer[1], strict=True)
        ]
        code = _code(answer[0])
        if code in (SCardCode.SCARD_E_TIMEOUT, SCardCode.SCARD_E_CANCELLED):
            raise StatusChangeError(code, seen)
        _check(answer[0])
        return seen

    # Card handles

    def connect(
        self,
        context: int,
        reader: str,
        share_mode: ShareMode = ShareMode.SHARED,
        protocols: Protocols = Protocols.ANY,
    ) -> Connection:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.connect`."""
        handle, number = _outcome(self._connect(_given_out(context), reader, share_mode, _to_platform(protocols)))
        protocol = self._protocols[handle] = _from_platform(number)
        self._opened.setdefault(context, set()).add(handle)
        return Connection(handle, protocol)

    def reconnect(
        self,
        card: int,
        share_mode: ShareMode = ShareMode.SHARED,
        protocols: Protocols = Protocols.ANY,
        initialization: Disposition = Disposition.LEAVE,
    ) -> Protocols:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.reconnect`."""
        answer = self.SCardReconnect(_given_out(card), share_mode, _to_platform(protocols), initialization)
        protocol = self._protocols[card] = _from_platform(_outcome(answer)[0])
        return protocol

    def disconnect(self, card: int, disposition: Disposition = Disposition.LEAVE) -> None:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.disconnect`."""
        _check(self.SCardDisconnect(_given_out(card), disposition))
        self._protocols.pop(card, None)
        for cards in tuple(self._opened.values()):
            cards.discard(card)

    def begin_transaction(self, card: int) -> None:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.begin_transaction`."""
        _check(self.SCardBeginTransaction(_given_out(card)))

    def end_transaction(self, card: int, disposition: Disposition = Disposition.LEAVE) -> None:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.end_transaction`."""
        _check(self.SCardEndTransaction(_given_out(card), disposition))

    def status(self, card: int) -> CardStatus:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.status`."""
        reader, state, protocol, atr = _outcome(self.SCardStatus(_given_out(card)))
        flags = _WINDOWS_STATES[state] if _WINDOWS else CardState(state & _STATE_BITS)
        return CardStatus(reader, flags, _from_platform(protocol), bytes(atr), state >> 16)

    def transmit(self, card: int, command: bytes, protocol: Protocols | None = None) -> bytes:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.transmit`.

        The stock vpcd driver reports a card pulled out of a command as success without a response:
        SCARD_E_NOT_TRANSACTED here.
        """
        if not command:
            raise SCardError(SCardCode.SCARD_E_INVALID_PARAMETER)
        sent = list(command)
        in_force = self._in_force(card) if protocol is None else protocol
        answer = self.SCardTransmit(_given_out(card), _to_platform(in_force), sent)
        if protocol is None and answer[0] == SCardCode.SCARD_E_PROTO_MISMATCH:
            # Whoever lent us the handle may have reconnected it: ask what holds now.
            now = self._protocols[card] = self.status(card).protocol
            if now is not in_force and now is not Protocols.UNDEFINED:
                answer = self.SCardTransmit(_given_out(card), _to_platform(now), sent)
        response = bytes(_outcome(answer)[0])
        if len(response) < _MINIMUM_RESPONSE:
            raise SCardError(SCardCode.SCARD_E_NOT_TRANSACTED)
        return response

    def _in_force(self, card: int) -> Protocols:
        protocol = self._protocols.get(card)
        if protocol is None or protocol is Protocols.UNDEFINED:
            protocol = self._protocols[card] = self.status(card).protocol
        if protocol is Protocols.UNDEFINED:
            raise SCardError(SCardCode.SCARD_E_PROTO_MISMATCH)
        return protocol

    def control(self, card: int, code: int, data: bytes = b"") -> bytes:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.control`."""
        return bytes(_outcome(self.SCardControl(_given_out(card), code, list(data)))[0])

    def get_attribute(self, card: int, attribute: int) -> bytes:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.get_attribute`.

        ATR and names come from SCardStatus where the driver (or pyscard's way of asking) does not give them.
        """
        try:
            return bytes(_outcome(self.SCardGetAttrib(_given_out(card), attribute))[0])
        except SCardError as error:
            if error.code not in (SCardCode.SCARD_E_UNSUPPORTED_FEATURE, SCardCode.SCARD_E_INSUFFICIENT_BUFFER):
                raise
            if attribute not in (
                Attribute.ATR_STRING,
                Attribute.DEVICE_FRIENDLY_NAME,
                Attribute.DEVICE_SYSTEM_NAME,
            ):
                raise
        status = self.status(card)
        if attribute != Attribute.ATR_STRING:
            return status.reader.encode() + b"\0"
        if CardState.PRESENT not in status.state:
            raise SCardError(SCardCode.SCARD_E_NO_SMARTCARD)
        return status.atr

    def set_attribute(self, card: int, attribute: int, value: bytes) -> None:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.set_attribute`."""
        if not value:
            raise SCardError(SCardCode.SCARD_E_INVALID_PARAMETER)
        _check(self.SCardSetAttrib(_given_out(card), attribute, list(value)))

    def get_transmit_count(self, card: int) -> int:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.get_transmit_count`: counted here."""
        code, reader, *_ = self.SCardStatus(_given_out(card))
        _check(code)
        return self._scard.transmit_count(reader)

    # Error text

    def error_text(self, code: int) -> str:
        """See :meth:`~scardmgr.winscard.faces.typed_face.TypedFace.error_text`."""
        text: str = self._scard.SCardGetErrorMessage(code)
        return text


def import_scard() -> Any:
    """``smartcard.scard``.

    Raises:
        PyscardMissing: it cannot be imported.
    """
    try:
        return import_module("smartcard.scard")
    except ImportError as error:
        raise PyscardMissing(
            "real PC/SC needs pyscard: pip install 'scardmgr[pcsc]' (on Linux it is built from source, which takes "
            f"a C compiler and the headers of Python and pcsc-lite: apt install gcc python3-dev libpcsclite-dev). "
            f"What Python said: {error}"
        ) from error


def _given_out(handle: int) -> int:
    """A context or card handle that may be one: pyscard raises SystemError for 0 and for what C cannot hold."""
    if not 0 < handle <= _HIGHEST_HANDLE:
        raise SCardError(SCardCode.SCARD_E_INVALID_HANDLE)
    return handle


def _code(number: int) -> int:
    """A code of the platform as this project numbers it."""
    return known_or_number(number) if _WINDOWS else from_pcsclite(number)


def _check(number: int) -> None:
    code = _code(number)
    if code != SCardCode.SCARD_S_SUCCESS:
        raise SCardError(code)


def _outcome(answer: Sequence[Any]) -> Sequence[Any]:
    """What follows the code in an answer of pyscard."""
    _check(answer[0])
    return answer[1:]


def _to_platform(protocols: Protocols) -> int:
    """Protocol bits as the platform numbers them."""
    number = int(protocols & Protocols.ANY)
    return number | _RAW if Protocols.RAW in protocols else number


def _from_platform(number: int) -> Protocols:
    """The protocol a platform's number means."""
    protocol = Protocols(number & Protocols.ANY)
    return protocol | Protocols.RAW if number & _RAW else protocol

"""The pyscard face with the manners of the typed one, so that one walk can go through either."""

from __future__ import annotations

from typing import Any

from scardmgr.winscard.constants import CardState, Protocols
from scardmgr.winscard.embedded import EmbeddedResourceManager
from scardmgr.winscard.errors import SCardError, StatusChangeError
from scardmgr.winscard.values import CardStatus, Connection, ReaderState

TIMEOUT, UNSUPPORTED_HERE, UNSUPPORTED = 0x8010000A, 0x8010001F, 0x80100022
RAW_HERE = 4


class ThroughPyscard:
    """Numbers and lists go down, codes become exceptions again. Numbers are pcsc-lite's."""

    def __init__(self, manager: EmbeddedResourceManager) -> None:
        self._manager = manager

    def establish_context(self, scope: int) -> Any:
        return _results(self._manager.SCardEstablishContext(scope))[0]

    def release_context(self, context: int) -> None:
        _results(self._manager.SCardReleaseContext(context))

    def is_valid_context(self, context: int) -> bool:
        return self._manager.SCardIsValidContext(context) == 0

    def cancel(self, context: int) -> None:
        _results(self._manager.SCardCancel(context))

    def list_readers(self, context: int) -> Any:
        return _results(self._manager.SCardListReaders(context))[0]

    def get_status_change(self, context: int, timeout: int, states: list[ReaderState]) -> list[ReaderState]:
        code, found = self._manager.SCardGetStatusChange(
            context, timeout, [(state.reader, state.current_state) for state in states]
        )
        seen = [ReaderState(name, 0, state, bytes(atr)) for name, state, atr in found]
        if code == TIMEOUT:
            raise StatusChangeError(code, seen)
        _results(code)
        return seen

    def connect(self, context: int, reader: str, mode: int, protocols: Protocols) -> Connection:
        handle, protocol = _results(self._manager.SCardConnect(context, reader, mode, _number(protocols)))
        return Connection(handle, _protocol(protocol))

    def reconnect(self, card: int, mode: int, protocols: Protocols, how: int) -> Protocols:
        return _protocol(_results(self._manager.SCardReconnect(card, mode, _number(protocols), how))[0])

    def disconnect(self, card: int, how: int) -> None:
        _results(self._manager.SCardDisconnect(card, how))

    def begin_transaction(self, card: int) -> None:
        _results(self._manager.SCardBeginTransaction(card))

    def end_transaction(self, card: int, how: int) -> None:
        _results(self._manager.SCardEndTransaction(card, how))

    def status(self, card: int) -> CardStatus:
        reader, state, protocol, atr = _results(self._manager.SCardStatus(card))
        return CardStatus(reader, CardState(state & 0xFFFF), _protocol(protocol), bytes(atr), state >> 16)

    def transmit(self, card: int, command: bytes, protocol: Protocols | None) -> bytes:
        assert protocol is not None  # pyscard has no word for "whatever is in force"
        return bytes(_results(self._manager.SCardTransmit(card, _number(protocol), list(command)))[0])

    def control(self, card: int, code: int) -> bytes:
        return bytes(_results(self._manager.SCardControl(card, code, []))[0])

    def get_attribute(self, card: int, attribute: int) -> bytes:
        return bytes(_results(self._manager.SCardGetAttrib(card, attribute))[0])

    def get_transmit_count(self, card: int) -> int:
        count: int = _results(self._manager.SCardGetTransmitCount(card))[0]
        return count

    def set_attribute(self, card: int, attribute: int, value: bytes) -> None:
        _results(self._manager.SCardSetAttrib(card, attribute, list(value)))


def _results(answer: Any) -> list[Any]:
    code, *results = answer if isinstance(answer, list) else [answer]
    if code != 0:
        raise SCardError(UNSUPPORTED if code == UNSUPPORTED_HERE else code)
    return results


def _number(protocols: Protocols) -> int:
    raw = RAW_HERE if Protocols.RAW in protocols else 0
    return (protocols & Protocols.ANY).value | raw


def _protocol(number: int) -> Protocols:
    return Protocols.RAW if number == RAW_HERE else Protocols(number)

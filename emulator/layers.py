"""What is around a command before and after it is executed: chaining, logical channel, secure messaging.

::

    chaining           parts of a command are kept until the last one comes
    logical channel    chosen by the class byte; each has its own selection, security status and session
    secure messaging   a protected command is checked and deciphered, its response is protected
    (the command)      executed as a command of class 00
    response chaining  what is longer than Ne waits for GET RESPONSE, where Ne was "all there is"

A command of the basic channel that has nothing of it, which most are, passes by all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emulator.chaining import WaitingResponse, begin_or_continue, completed
from emulator.command import is_all
from iso7816.apdu import CommandAPDU, ResponseAPDU
from iso7816.class_byte import ClassByte, SecureMessaging, is_interindustry
from iso7816.errors import APDUError
from iso7816.secure_messaging.errors import SecureMessagingError
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.capabilities import Capabilities
    from emulator.command import CardContext
    from emulator.dispatch import Dispatcher
    from emulator.volatile import ChannelState

_OK: Final = b"\x90\x00"
_WRONG_LENGTH: Final = SW.WRONG_LENGTH.to_bytes(2, "big")
_GET_RESPONSE: Final = 0xC0
_SHORT_HEADER: Final = 5


class Layers:
    """Takes command APDUs as they come, and gives response APDUs as they go.

    Args:
        dispatcher: executes commands.
        context: the card.
        capabilities: what the card announces.
    """

    __slots__ = ("_capabilities", "_context", "_execute", "_parse")

    def __init__(self, dispatcher: Dispatcher, context: CardContext, capabilities: Capabilities) -> None:
        self._execute = dispatcher.execute
        self._context = context
        self._capabilities = capabilities
        self._parse = CommandAPDU.parse

    def exchange(self, command: bytes) -> bytes:
        """One command APDU in, one response APDU out.

        Raises:
            PowerCut: the fault point cut the power.
        """
        try:
            apdu = self._parse(command)
        except APDUError:
            return _WRONG_LENGTH
        volatile = self._context.volatile
        cla = apdu.cla
        if (
            (cla == 0 or cla & 0x80)
            and volatile.chain is None
            and volatile.waiting is None
            and volatile.basic.session is None
        ):
            data, status = self._execute(apdu)
            ne = apdu.ne
            if not data or ne is None:
                return status
            return data + status if len(data) <= ne else self._in_parts(0, data, status, ne)
        try:
            return self._through_all(apdu)
        except StatusWordError as refusal:
            volatile.chain = None
            return refusal.sw.to_bytes(2, "big")
        finally:
            self._context.channel = volatile.basic

    def exchange_short(self, command: bytes) -> bytes:
        """As :meth:`exchange`, for a card without extended length fields: 6700 for a command that has them."""
        if len(command) > _SHORT_HEADER and command[4] == 0:
            return _WRONG_LENGTH
        return self.exchange(command)

    def _through_all(self, apdu: CommandAPDU) -> bytes:
        """Raises StatusWordError."""
        volatile = self._context.volatile
        waiting, volatile.waiting = volatile.waiting, None
        chain, volatile.chain = volatile.chain, None
        if not is_interindustry(apdu.cla):
            if not apdu.cla & 0x80:
                raise StatusWordError(SW.CLA_UNSUPPORTED)
            data, status = self._execute(apdu)
            return self._answer(0, data, status, apdu.ne)
        coded = ClassByte.parse(apdu.cla)
        if coded.chaining:
            if not self._capabilities.command_chaining:
                raise StatusWordError(SW.CHAINING_UNSUPPORTED)
            channel = self._open_channel(coded.channel)
            volatile.chain = begin_or_continue(chain, apdu, apdu.cla & ~0x10)
            return _OK
        channel = self._open_channel(coded.channel)
        if apdu.ins == _GET_RESPONSE and waiting is not None and waiting.channel == coded.channel:
            return self._fetch(waiting, apdu)
        whole = completed(chain, apdu)
        self._context.channel = channel
        if coded.secure_messaging is SecureMessaging.NONE:
            channel.end_session()
            data, status = self._execute(whole._replace(cla=0))
            return self._answer(coded.channel, data, status, whole.ne)
        return self._protected(channel, coded, whole)

    def _open_channel(self, number: int) -> ChannelState:
        """Raises StatusWordError 6881 for a channel that is not open."""
        channel = self._context.volatile.channels.get(number)
        if channel is None:
            raise StatusWordError(SW.CHANNEL_UNSUPPORTED)
        return channel

    def _protected(self, channel: ChannelState, coded: ClassByte, command: CommandAPDU) -> bytes:
        """A command under secure messaging. Raises StatusWordError 6882, 6987, 6988."""
        if coded.secure_messaging is SecureMessaging.PROPRIETARY:
            raise StatusWordError(SW.SECURE_MESSAGING_UNSUPPORTED)
        session = channel.session
        if session is None:
            raise StatusWordError(SW.SM_OBJECTS_INCORRECT)
        try:
            plain = session.open(command)
        except SecureMessagingError as error:
            channel.end_session()
            raise StatusWordError(error.sw) from None
        channel.is_protected = True
        try:
            data, status = self._execute(plain._replace(cla=0))
        finally:
            channel.is_protected = False
        if plain.ne is None or not data:
            data = b""
        elif len(data) > plain.ne and not is_all(plain.ne):
            data, status = b"", _WRONG_LENGTH
        # The command may have ended the session, or begun another one: its own is the one that answers.
        response = session.protect(command, ResponseAPDU(data, int.from_bytes(status, "big")))
        return self._answer(coded.channel, response.data, status, command.ne)

    def _answer(self, channel: int, data: bytes, status: bytes, ne: int | None) -> bytes:
        if not data or ne is None:
            return status
        return data + status if len(data) <= ne else self._in_parts(channel, data, status, ne)

    def _in_parts(self, channel: int, data: bytes, status: bytes, ne: int) -> bytes:
        """The first part of response data longer than Ne; the rest waits. 6700 where Ne was a number."""
        if not is_all(ne):
            return _WRONG_LENGTH
        first, self._context.volatile.waiting = WaitingResponse(channel, data, status).fetch(ne)
        return first

    def _fetch(self, waiting: WaitingResponse, command: CommandAPDU) -> bytes:
        """GET RESPONSE. Raises StatusWordError 6A86, 6700."""
        if command.p1 != 0 or command.p2 != 0:
            raise StatusWordError(SW.INCORRECT_P1_P2)
        if command.data or command.ne is None:
            raise StatusWordError(SW.WRONG_LENGTH)
        part, self._context.volatile.waiting = waiting.fetch(command.ne)
        return part

"""What is around a command before and after it is executed: chaining, logical channel, secure messaging.

::

    chaining           parts of a command are kept until the last one comes
    logical channel    chosen by the class byte; each has its own selection, security status and session
    secure messaging   a protected command is checked and deciphered, its response is protected
    (the command)      executed as a command of class 00
    response chaining  what is longer than Ne waits for GET RESPONSE, where Ne was "all there is"

A command of class 00 passes by all of it where nothing is unfinished and its channel has neither session nor
application.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emulator.chaining import CommandChain, WaitingResponse, begin_or_continue, completed
from emulator.command import Case, is_all
from iso7816.apdu import MAX_NE, MAX_SHORT_NE, CommandAPDU, ResponseAPDU
from iso7816.class_byte import ClassByte, SecureMessaging, is_interindustry
from iso7816.errors import APDUError
from iso7816.secure_messaging.errors import SecureMessagingError
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.capabilities import Capabilities
    from emulator.command import CardContext
    from emulator.dispatch import Dispatcher, Rows
    from emulator.session import Session
    from emulator.volatile import ChannelState

_OK: Final = b"\x90\x00"
_WRONG_LENGTH: Final = SW.WRONG_LENGTH.to_bytes(2, "big")
_GET_RESPONSE: Final = 0xC0
_SHORT_HEADER: Final = 5
_STATUS: Final = 2


class Layers:
    """Takes command APDUs as they come, and gives response APDUs as they go.

    Args:
        dispatcher: executes commands.
        context: the card.
        capabilities: what the card announces.
    """

    __slots__ = (
        "_capabilities",
        "_context",
        "_current_rows",
        "_execute",
        "_parse",
        "_rows",
        "_session_of_one_command",
    )

    def __init__(self, dispatcher: Dispatcher, context: CardContext, capabilities: Capabilities) -> None:
        self._execute = dispatcher.execute
        self._session_of_one_command = dispatcher.session_of_one_command
        self._rows = dispatcher.rows
        self._current_rows = dispatcher.current_rows
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
        context = self._context
        if apdu[0] == 0 and context.is_undisturbed:
            response = self._execute(apdu, self._rows)
            size, ne = len(response), apdu[5]
            if size == _STATUS or (ne is not None and size - _STATUS <= ne):
                return response
            return self._answer(0, response, ne)
        try:
            return self._through_all(apdu)
        except StatusWordError as refusal:
            return refusal.sw.to_bytes(2, "big")
        finally:
            context.return_to_basic_channel()

    def exchange_short(self, command: bytes) -> bytes:
        """As :meth:`exchange`, for a card without extended length fields: 6700 for a command that has them."""
        if len(command) > _SHORT_HEADER and command[4] == 0:
            return _WRONG_LENGTH
        return self.exchange(command)

    def _through_all(self, apdu: CommandAPDU) -> bytes:
        """Raises StatusWordError."""
        volatile = self._context.volatile
        unfinished, volatile.unfinished = volatile.unfinished, None
        if not is_interindustry(apdu.cla):
            if not apdu.cla & 0x80:
                raise StatusWordError(SW.CLA_UNSUPPORTED)
            volatile.basic.note_plain_command()
            return self._answer(0, self._execute(apdu, self._current_rows()), apdu.ne)
        chain = unfinished if isinstance(unfinished, CommandChain) else None
        coded = ClassByte.parse(apdu.cla)
        if coded.chaining:
            if not self._capabilities.command_chaining:
                raise StatusWordError(SW.CHAINING_UNSUPPORTED)
            self._open_channel(coded.channel)
            volatile.unfinished = begin_or_continue(chain, apdu, apdu.cla & ~0x10)
            return _OK
        channel = self._open_channel(coded.channel)
        if (
            apdu.ins == _GET_RESPONSE
            and isinstance(unfinished, WaitingResponse)
            and unfinished.channel == coded.channel
        ):
            return self._fetch(unfinished, apdu)
        whole = completed(chain, apdu)
        self._context.channel = channel
        if coded.secure_messaging is SecureMessaging.NONE:
            channel.note_plain_command()
            rows = self._current_rows()
            if whole.ne is None and self._context.is_le_lenient and _may_answer(rows, whole):
                whole = whole._replace(ne=MAX_NE if apdu.needs_extended else MAX_SHORT_NE)
            return self._answer(
                coded.channel, self._execute(whole if apdu.cla == 0 else whole._replace(cla=0), rows), whole.ne
            )
        return self._protected(channel, coded, whole)

    def _open_channel(self, number: int) -> ChannelState:
        """Raises StatusWordError 6881 for a channel that is not open."""
        channel = self._context.volatile.channels.get(number)
        if channel is None:
            raise StatusWordError(SW.CHANNEL_UNSUPPORTED)
        return channel

    def _protected(self, channel: ChannelState, coded: ClassByte, command: CommandAPDU) -> bytes:
        """A command under secure messaging. Raises StatusWordError 6882, 6987, 6988, and what an application has."""
        if coded.secure_messaging is SecureMessaging.PROPRIETARY:
            raise StatusWordError(SW.SECURE_MESSAGING_UNSUPPORTED)
        session = channel.session
        if session is None:
            session = self._session_of_one_command(command)
        try:
            plain = session.open(command)
        except SecureMessagingError as error:
            channel.end_session()
            raise StatusWordError(error.sw) from None
        channel.protecting = session
        try:
            as_basic = plain if plain.cla == 0 else plain._replace(cla=0)
            answer = ResponseAPDU.parse(self._execute(as_basic, self._current_rows()))
        finally:
            channel.protecting = None
        if plain.ne is None:
            answer = ResponseAPDU(b"", answer.sw)
        elif len(answer.data) > plain.ne and not is_all(plain.ne):
            answer = ResponseAPDU(b"", SW.WRONG_LENGTH)
        # The command may have ended the session, or begun another one: its own is the one that answers.
        return self._answer(coded.channel, _protected_answer(session, command, answer).to_bytes(), command.ne)

    def _answer(self, channel: int, response: bytes, ne: int | None) -> bytes:
        """What goes out: data beyond Ne wait where Ne was "all there is" or no Le is wrong; else the answer is 6700."""
        if ne is None:
            # An application that has just been selected may not mind that Le was missing.
            if not self._context.is_le_lenient:
                return response[-_STATUS:]
            ne = MAX_SHORT_NE
        if len(response) - _STATUS <= ne:
            return response
        if not is_all(ne) and not self._context.is_le_lenient:
            return _WRONG_LENGTH
        waiting = WaitingResponse(channel, response[:-_STATUS], response[-_STATUS:])
        first, self._context.volatile.unfinished = waiting.fetch(ne)
        self._context.is_undisturbed = False
        return first

    def _fetch(self, waiting: WaitingResponse, command: CommandAPDU) -> bytes:
        """GET RESPONSE. Raises StatusWordError 6A86, 6700."""
        if command.p1 != 0 or command.p2 != 0:
            raise StatusWordError(SW.INCORRECT_P1_P2)
        if command.data or command.ne is None:
            raise StatusWordError(SW.WRONG_LENGTH)
        part, self._context.volatile.unfinished = waiting.fetch(command.ne)
        return part


def _protected_answer(session: Session, command: CommandAPDU, answer: ResponseAPDU) -> ResponseAPDU:
    """The answer under the session.

    Raises:
        StatusWordError: 6988 where the session is over: a wrong message was in an ENVELOPE under it.
    """
    try:
        return session.protect(command, answer)
    except SecureMessagingError:  # too long to be protected, or over
        try:
            return session.protect(command, ResponseAPDU(b"", SW.WRONG_LENGTH))
        except SecureMessagingError:
            raise StatusWordError(SW.SM_OBJECTS_INCORRECT) from None


def _may_answer(rows: Rows, command: CommandAPDU) -> bool:
    """Whether a command without an Le field could have one."""
    row = rows.get(command.ins)
    return row is not None and bool(row[1] & (Case.BOTH if command.data else Case.RESPONSE))

"""What the transmission protocol adds to a command: nothing on T=1, 61XX, 6CXX and GET RESPONSE on T=0.

A T=0 command carries one length byte, P3. APDUs map to it so (ISO/IEC 7816-3:2006, 12.2), also when
the reader passes whole APDUs, as pcscd does:

======  =====================================================================================
case 1  P3 = 00, which is also what case 2 with Ne 256 sends: a command that has response data
        runs as such
case 2  P3 = Ne. The response has exactly Ne bytes, or there is none: 6CXX tells the right Ne
        (00: 256), and the channel is as before the command. Where more than 256 bytes are
        there and Ne is 256, 256 bytes and 61XX. A command that must not execute twice answers
        as in case 3 instead of 6CXX
case 3  P3 = Nc. Response data wait for GET RESPONSE: 61XX tells how many (00: 256 or more)
case 4  as case 3; the Le field cannot be sent and is not looked at
======  =====================================================================================

Extended length fields do not exist: 6700. A command that needs them comes in pieces of its APDU, each in
an ENVELOPE: 9000 to all but the last, to which the answer is the command's own. GET RESPONSE fetches at
most Ne bytes and answers 61XX while more wait, 6CXX where fewer than Ne wait, 6985 where nothing waits.
Any other command forgets what waits. The command's own status word (9000, or a warning) comes with the
last of its data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from emulator.chaining import CommandInPieces, WaitingResponse
from emulator.command import AnyCommandRow, CardContext, Case
from iso7816.class_byte import channel_of, is_interindustry
from iso7816.status_words import SW

if TYPE_CHECKING:
    from emulator.volatile import ChannelState, Mark

_GET_RESPONSE: Final = b"\xc0\x00\x00"
_ENVELOPE: Final = b"\xc2\x00\x00"
_PROTECTED: Final = 0x0C
_PROTECTED_FURTHER: Final = 0x20
_MAX_TPDU_DATA: Final = 256
_ALL_EXTENDED: Final = b"\0\0\0"
_WRONG_NE: Final = 0x6C

Execute = Callable[[bytes], bytes]


class T0Transport:
    """Maps whole APDUs to what T=0 can carry, around the function that executes a command."""

    def __init__(self, execute: Execute, rows: Mapping[int, AnyCommandRow], context: CardContext) -> None:
        self._execute = execute
        self._rows = rows
        self._context = context

    def exchange(self, command: bytes) -> bytes:
        """One command APDU in, one response APDU out."""
        volatile = self._context.volatile
        size = len(command)
        if size < 4 or (size > 5 and command[4] == 0):
            return _word(SW.WRONG_LENGTH)
        unfinished = volatile.unfinished
        if isinstance(unfinished, CommandInPieces | WaitingResponse):
            volatile.unfinished = None
        if size > 5:
            return self._with_data(command, unfinished)
        p3 = command[4] if size == 5 else 0
        if (
            isinstance(unfinished, WaitingResponse)
            and command[1:4] == _GET_RESPONSE
            and unfinished.channel == channel_of(command[0])
        ):
            return self._get_response(unfinished, p3 or _MAX_TPDU_DATA)
        return self._without_data(command[:4], p3)

    def _row(self, command: bytes) -> AnyCommandRow | None:
        """The row of a command: that of the application that serves where it has one, else the card's own."""
        cla = command[0]
        code = (0 if is_interindustry(cla) else cla) << 8 | command[1]
        channel = self._context.volatile.channels.get(channel_of(cla))
        application = None if channel is None else self._context.serving_application(channel)
        if application is not None:
            own = next((row for row in application.COMMANDS if row.code == code), None)
            if own is not None or not application.KEEPS_CARD_COMMANDS:
                return own
        return self._rows.get(code)

    def _cases(self, command: bytes) -> Case:
        cla = command[0]
        if is_interindustry(cla) and cla & (_PROTECTED if cla < 0x20 else _PROTECTED_FURTHER):
            return Case.BOTH
        row = self._row(command)
        return Case(0) if row is None else row.cases

    def _without_data(self, header: bytes, p3: int) -> bytes:
        """Cases 1 and 2, which only the command itself tells apart."""
        cases = self._cases(header)
        if p3 == 0 and Case.RESPONSE not in cases:
            return self._execute(header)
        ne = p3 or _MAX_TPDU_DATA
        row = self._row(header)
        if row is not None and row.executes_once:
            response = self._execute(header + _ALL_EXTENDED)
            if response == _word(SW.WRONG_LENGTH) and p3 == 0 and Case.NO_DATA in cases:
                # As these parameters have it, it is one of case 1.
                return self._execute(header)
            return response if len(response) - 2 in (0, ne) else self._wait(header[0], response)
        channel = self._context.volatile.channels.get(channel_of(header[0]), self._context.volatile.basic)
        before = channel.mark()
        response = self._execute(header + bytes((p3,)))
        if response == _word(SW.WRONG_LENGTH):
            self._go_back(channel, before)
            response = self._execute(header + _ALL_EXTENDED)
        there = len(response) - 2
        if there in (0, ne):
            return response
        if there > ne == _MAX_TPDU_DATA:
            return self._get_response(WaitingResponse(channel_of(header[0]), response[:-2], response[-2:]), ne)
        self._go_back(channel, before)
        return bytes((_WRONG_NE, there & 0xFF if there < _MAX_TPDU_DATA else 0))

    def _go_back(self, channel: ChannelState, mark: Mark) -> None:
        channel.go_back(mark)
        self._context.return_to_basic_channel()

    def _with_data(self, command: bytes, unfinished: object) -> bytes:
        """Cases 3 and 4: response data wait for GET RESPONSE."""
        nc = command[4]
        data = command[5 : 5 + nc]
        if len(data) < nc or len(command) > 6 + nc:
            return _word(SW.WRONG_LENGTH)
        pieces = self._pieces(command, data, unfinished) if command[1:4] == _ENVELOPE else None
        if pieces is not None and not pieces.is_complete:
            self._context.volatile.unfinished = pieces
            return _word(SW.OK)
        if pieces is not None:
            response = self._execute(bytes(pieces.data))
        elif Case.BOTH in self._cases(command):
            response = self._execute(command[:4] + b"\0\0" + command[4:5] + data + b"\0\0")
        else:
            response = self._execute(command[: 5 + nc])
        return response if len(response) == 2 else self._wait(command[0], response)

    def _wait(self, cla: int, response: bytes) -> bytes:
        """Keep a response for GET RESPONSE."""
        waiting = WaitingResponse(channel_of(cla), response[:-2], response[-2:])
        self._context.volatile.unfinished = waiting
        return waiting.announcement

    @staticmethod
    def _pieces(command: bytes, data: bytes, unfinished: object) -> CommandInPieces | None:
        """What has come of a command in pieces, this one included; ``None``: this ENVELOPE holds a whole command."""
        if isinstance(unfinished, CommandInPieces) and unfinished.cla == command[0]:
            unfinished.data += data
            return unfinished
        begun = CommandInPieces(command[0], bytearray(data))
        return begun if begun.is_begun else None

    def _get_response(self, waiting: WaitingResponse, ne: int) -> bytes:
        """The first ``ne`` bytes of what waits; the status word of the command comes with the last."""
        there = len(waiting.data)
        if ne > there:
            self._context.volatile.unfinished = waiting
            return bytes((_WRONG_NE, there))
        part, self._context.volatile.unfinished = waiting.fetch(ne)
        return part


def _word(status: SW) -> bytes:
    return status.to_bytes(2, "big")

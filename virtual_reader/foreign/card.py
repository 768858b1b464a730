"""Foreign cards: any program that speaks the card's side of the vpcd protocol, as an ICC."""

from __future__ import annotations

import logging
import os
import shutil
import threading
import weakref
from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from iso7816.atr import MAX_ATR_SIZE, Convention, read_interface_groups
from iso7816.errors import ATRError
from iso7816.icc import ICCMute, ICCRemoved

from ..errors import CardLost, DaemonUnavailable, ReaderArgumentError
from ..vpcd.framing import MAX_BODY, Control
from ..vpcd.reader_side import SHORTEST_COMMAND
from .life import PORT_WORD, CardLife

logger = logging.getLogger(__name__)

MIN_ATR_SIZE: Final = 2
SHORTEST_RESPONSE: Final = 2
LONGEST_WAIT_S: Final = 86_400
"""A day. Every wait has a bound, and what a system's calls take as one ends at 24 days."""
WRONG_LENGTH: Final = b"\x67\x00"


class VpiccCard:
    """A foreign card: a program that would connect to the vpcd driver, and connects to us.

    The first :meth:`power_on` (or :meth:`start`) listens on loopback, starts the command and waits until it connects.
    A program that ends, closes the connection or breaks the rules is a card that is removed
    (:class:`iso7816.icc.ICCRemoved`), and stays so; :attr:`failure` says why. One that does not begin to answer in time
    is mute (:class:`iso7816.icc.ICCMute`) until it does. :meth:`close` ends the program and its process group; the next
    :meth:`power_on` starts it anew. The program also ends with this object, and with this process, be that by SIGKILL.

    Args:
        command: program and arguments, in which ``{port}`` and ``{host}`` are replaced by where to connect. ``None``:
            somebody else starts it, and :meth:`listen` tells the port.
        port: where to listen, for a card that knows no other port; 0: any that is free.
        start_s: how long it may take until it connects, in seconds.
        answer_s: how long it may take for an answer, in seconds.

    Attributes:
        failure: in one line, why the card is gone, with the last line that its program wrote; else ``None``.
        always_ends: True, for each wait is bounded (:class:`iso7816.icc.EndingICC`).

    Raises:
        ReaderArgumentError: a program that is not there or cannot be executed, one that is not told the port, a port
            that is none, or a time that is none.
    """

    always_ends = True

    def __init__(
        self,
        command: Sequence[str | PathLike[str]] | None,
        *,
        port: int = 0,
        start_s: float = 10.0,
        answer_s: float = 60.0,
    ) -> None:
        if not 0 <= port <= 0xFFFF:
            raise ReaderArgumentError(f"{port} is no port: 1 to 65535, or 0 for any that is free")
        if not (0 < start_s <= LONGEST_WAIT_S and 0 < answer_s <= LONGEST_WAIT_S):
            raise ReaderArgumentError(f"start_s and answer_s are seconds, more than 0 and at most {LONGEST_WAIT_S:,}")
        self._command = None if command is None else _checked(command, port)
        self._fixed_port, self._start_s, self._answer_s = port, start_s, answer_s
        self._lock = threading.RLock()
        self._life: CardLife | None = None
        self._powered = False
        self._tell: Callable[[], object] | None = None
        self.failure: str | None = None

    def listen(self) -> int:
        """Open the port, if it is not open, and return its number: for a card that somebody else starts.

        Raises:
            DaemonUnavailable: the port cannot be had.
        """
        if self.failure is not None:
            raise DaemonUnavailable(f"{self.failure}; close it before it is to start again")
        try:
            return self._current_life().port
        except CardLost as lost:
            raise DaemonUnavailable(f"the foreign card {lost}") from lost

    def start(self) -> None:
        """Start the card if it does not run: :meth:`power_on` does so, too.

        Raises:
            ICCRemoved: it does not start or connect, or is gone.
        """
        self._started()

    def power_on(self) -> bytes:
        """Start the card if it does not run, switch power on, and return the ATR.

        Raises:
            ICCRemoved: it does not start or connect, is gone, or answers with what is no ATR.
            ICCMute: it does not answer in time.
        """
        life = self._started()
        atr = self._answer_to_reset(life, Control.POWER_ON)
        self._powered = True
        return atr

    def power_off(self) -> None:
        """Switch power off; the program goes on."""
        life, self._powered = self._life, False
        connection = None if life is None else life.connection
        if life is None or connection is None:
            return
        try:
            connection.tell(Control.POWER_OFF)
        except ICCMute:
            # It goes without this word: the next one that it hears switches power on.
            return
        except CardLost as lost:
            self._lose(life, lost)

    def reset(self) -> bytes:
        """Reset, and return the ATR. Raises as :meth:`power_on`."""
        life = self._life
        if life is None or not self._powered:
            return self.power_on()
        return self._answer_to_reset(life, Control.RESET)

    def transmit(self, command: bytes) -> bytes:
        """The card's response APDU. A command of less than 2 bytes, which vpcd cannot carry, has the answer 6700.

        Raises:
            ICCMute: it has no power or does not answer in time, or the command is longer than the 65,535 bytes that
                vpcd can carry.
            ICCRemoved: it is gone, answers less than 2 bytes, which is no response APDU, or does not end its answer.
        """
        life = self._life
        connection = None if life is None else life.connection
        if life is None or connection is None or not self._powered:
            with self._lock:  # while it is lost its connection is gone, and nothing is said yet
                failure = self.failure
            if failure is not None:
                raise ICCRemoved(failure)
            raise ICCMute("the card has no power")
        if len(command) < SHORTEST_COMMAND:
            return WRONG_LENGTH
        if len(command) > MAX_BODY:
            raise ICCMute(f"a command of {len(command)} bytes, and vpcd carries at most {MAX_BODY}")
        try:
            response = connection.ask(command)
            if len(response) < SHORTEST_RESPONSE:
                raise CardLost(f"answered a command with {len(response)} bytes, and a response APDU has at least 2")
        except CardLost as lost:
            raise self._lose(life, lost) from lost
        return response

    def when_gone(self, tell: Callable[[], object]) -> None:
        """Have ``tell`` called when the card has gone by itself, also while nobody talks to it."""
        self._tell = tell
        if self.failure is not None:
            tell()

    def close(self) -> None:
        """End the card: its program, connection and port. Who waits for an answer learns that it is gone."""
        with self._lock:
            life, self._life = self._life, None
            self._powered, self._tell, self.failure = False, None, None
        if life is not None:
            life.end()

    def __enter__(self) -> Self:
        """The card itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def __repr__(self) -> str:
        """The program, without its arguments."""
        return f"VpiccCard({None if self._command is None else Path(self._command[0]).name})"

    def _current_life(self) -> CardLife:
        with self._lock:
            if self._life is None:
                self._life = CardLife(self._command, self._fixed_port)
            return self._life

    def _started(self) -> CardLife:
        life = self._life
        if life is not None and life.connection is not None:
            return life
        if self.failure is not None:
            raise ICCRemoved(self.failure)
        try:
            life = self._current_life()
        except CardLost as lost:
            failure = f"the foreign card {lost}"
            self._note(failure)
            self._tell_reader()
            raise ICCRemoved(failure) from lost
        try:
            wait = life.start(self._start_s, self._answer_s)
        except CardLost as lost:
            raise self._lose(life, lost) from lost
        if wait is not None:
            watch = (weakref.ref(self), weakref.ref(life), wait)
            threading.Thread(target=_watch, args=watch, name="foreign card", daemon=True).start()
        return life

    def _answer_to_reset(self, life: CardLife, control: Control) -> bytes:
        connection = life.connection
        if connection is None:
            raise ICCRemoved("the foreign card was closed")
        try:
            connection.tell(control)
            atr = connection.atr()
            _require_atr(atr)
        except CardLost as lost:
            raise self._lose(life, lost) from lost
        return atr

    def _lose(self, life: CardLife, lost: CardLost) -> ICCRemoved:
        """End what is left of a life that came to its end without being asked to."""
        with self._lock:
            if self._life is not life:
                return ICCRemoved(self.failure or "the foreign card was closed")
            failure = life.last_words(lost)
            self._note(failure)
            self._life, self._powered = None, False
        self._tell_reader()
        return ICCRemoved(failure)

    def _note(self, failure: str) -> None:
        self.failure = failure
        logger.warning("%s", failure)

    def _tell_reader(self) -> None:
        tell = self._tell
        if tell is not None:
            tell()


def _watch(card: weakref.ref[VpiccCard], life: weakref.ref[CardLife], wait: Callable[[], None]) -> None:
    """Wait for the end of a connection, and see to it where nobody else does."""
    wait()
    left, ended = card(), life()
    if left is not None and ended is not None and not ended.let_go:
        left._lose(ended, CardLost("closed the connection"))  # noqa: SLF001 - its own thread


def _require_atr(answer: bytes) -> None:
    """Let pass what pcscd can use: TS, T0 and the interface bytes announced (ISO/IEC 7816-3:2006, 8.2).

    Historical bytes may be missing or too many, and TCK wrong: such cards work behind the driver. Where interface bytes
    are missing pcscd takes what is left there of the ATR of the slot's last card (``atrhandler.c``, ``ATRDecodeAtr``),
    and the card works by chance. An empty answer is none of a mute card, either: the driver takes it for the end of the
    card (vsmartcard, ``vpcd.c``, ``vicc_transmit``).

    Raises:
        CardLost: it is no ATR.
    """
    if not MIN_ATR_SIZE <= len(answer) <= MAX_ATR_SIZE:
        raise CardLost(f"answered to reset with {len(answer)} bytes: an ATR has {MIN_ATR_SIZE} to {MAX_ATR_SIZE}")
    if answer[0] not in (Convention.DIRECT, Convention.INVERSE):
        raise CardLost(f"{_no_atr(answer)}: TS is {answer[0]:02X}, and not 3B or 3F")
    try:
        read_interface_groups(answer)
    except ATRError as cut:
        raise CardLost(f"{_no_atr(answer)}: {cut}") from cut


def _no_atr(answer: bytes) -> str:
    return f"answered to reset with {answer.hex(' ').upper()}, which is no ATR"


def _checked(command: Sequence[str | PathLike[str]], port: int) -> tuple[str, ...]:
    """The command with its program found.

    Raises:
        ReaderArgumentError: see :class:`VpiccCard`.
    """
    if isinstance(command, (str, bytes)) or not command:
        raise ReaderArgumentError('a card\'s command is a list of program and arguments: ["vicc", "--port", "{port}"]')
    program, *arguments = [os.fspath(part) for part in command]
    if any("\0" in part for part in (program, *arguments)):
        raise ReaderArgumentError("a card's command with a zero byte in it, which no program can be given")
    found = shutil.which(program)
    if found is None:
        there = shutil.which(program, os.F_OK) is not None
        raise ReaderArgumentError(f"{program}: {'cannot be executed' if there else 'no such program'}, for a card")
    if port == 0 and not any(PORT_WORD in argument for argument in arguments):
        raise ReaderArgumentError(
            f"{program} is not told where to connect: put {PORT_WORD} among its arguments, or name the port that it "
            "knows"
        )
    return str(Path(found).absolute()), *arguments  # where it is now, wherever we are when it starts

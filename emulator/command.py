"""What a command handler is given, what it returns, and what a row of the command table is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

from emulator.access_control import is_closed
from emulator.applications.contract import ApplicationValues
from emulator.applications.registry import application_type
from emulator.capabilities import Capabilities
from emulator.card_life_cycle import is_terminated
from emulator.keys import SESSIONS
from emulator.volatile import ChannelState, VolatileState
from iso7816.apdu import CommandAPDU, ExactNe, ResponseAPDU
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.applications.contract import Application
    from emulator.loaded_keys import LoadedKeys
    from emulator.persistent import PersistentState, ReferenceId
    from emulator.session import Session
    from emulator.unit_of_work import UnitOfWork

ALL_SHORT: Final = 256
ALL_EXTENDED: Final = 65536

Response: TypeAlias = bytes | ResponseAPDU
"""Response data for 9000, or data with a warning. Refusals are raised as ``StatusWordError``."""


class Case(IntFlag):
    """The command cases of ISO/IEC 7816-3 that a command allows, as a set."""

    NO_DATA = 1
    """1: no data either way."""
    RESPONSE = 2
    """2: response data."""
    COMMAND = 4
    """3: command data."""
    BOTH = 8
    """4: data both ways."""


class CardContext:
    """The card as a handler sees it.

    Attributes:
        state: persistent state, to read.
        work: the unit of work, through which persistent state is changed.
        volatile: what a reset clears.
        channel: selection and security status of the logical channel that the command came on.
        is_undisturbed: whether nothing is unfinished, the basic channel has neither session nor application, and the
            card is not terminated; a command of class 00 then goes straight to its handler.
        is_terminated: whether the card has come to its end.
        capabilities: what the card announces that it does.
        loaded_keys: the private keys of applications, ready for use.
        execute_whole: executes a command APDU, whatever its class: for a command in a command.
    """

    __slots__ = (
        "_application_types",
        "capabilities",
        "channel",
        "execute_whole",
        "is_terminated",
        "is_undisturbed",
        "loaded_keys",
        "state",
        "volatile",
        "work",
    )

    def __init__(self, state: PersistentState, work: UnitOfWork, loaded_keys: LoadedKeys) -> None:
        self.state = state
        self.work = work
        self.loaded_keys = loaded_keys
        self._application_types = {df: application_type(name) for df, name in state.applications.items()}
        self.capabilities = Capabilities.announced_by(state.identity.atr)
        self.execute_whole: Callable[[bytes], bytes] = _nothing_executes
        self.clear()

    def clear(self) -> None:
        """Begin with a fresh volatile state."""
        self.is_terminated = is_terminated(self.state)
        self.volatile: VolatileState = VolatileState(self.default_application)
        self.return_to_basic_channel()

    def application_type(self, df: int) -> type[Application]:
        """The application of a DF that has one."""
        return self._application_types[df]

    def serving_application(self, channel: ChannelState) -> type[Application] | None:
        """The current application of a channel; ``None``: it has none, or the life cycle of its DF has closed it."""
        df = channel.application
        return None if df == 0 or is_closed(self.state, df) else self._application_types[df]

    def leave_closed_applications(self) -> None:
        """End what channels have in applications that the life cycle has just closed: what they keep, and sessions."""
        for channel in self.volatile.channels.values():
            if channel.application and is_closed(self.state, channel.application):
                channel.application_state = {}
                channel.end_session()

    @property
    def default_application(self) -> int:
        """The number of the DF whose application a reset selects, 0 for none: one that is closed cannot be selected so.

        A reset has no status word to warn with.
        """
        if self.is_terminated:
            return 0
        state = self.state
        by_default = (df for df, each in self._application_types.items() if each.SELECTED_AFTER_RESET)
        return min((df for df in by_default if df in state.applications and not is_closed(state, df)), default=0)

    @property
    def is_le_lenient(self) -> bool:
        """Whether to the current application no Le field is wrong."""
        application = self.serving_application(self.channel)
        return application is not None and application.LENIENT_LE

    def session_of_one_command(self) -> Session:
        """What a protected command is taken under where the channel has no session: what the current application has.

        Raises:
            StatusWordError: there is none either. Of the card itself 6988, and 6882 where it has no key that could
                begin one.
        """
        application = self.serving_application(self.channel)
        if application is not None:
            return application.session_of_one_command(self)
        can_begin_one = any(SESSIONS & key.operations for key in self.state.keys.values())
        raise StatusWordError(SW.SM_OBJECTS_INCORRECT if can_begin_one else SW.SECURE_MESSAGING_UNSUPPORTED)

    @property
    def values(self) -> ApplicationValues:
        """The values of the current application."""
        return ApplicationValues(self.state, self.work, self.channel.application)

    def begin_session(self, session: Session, key: ReferenceId | None = None) -> None:
        """Begin a secure messaging session on the channel; ``key``: what the outside has authenticated itself with."""
        self.channel.begin_session(session, key)
        self.is_undisturbed = False

    def return_to_basic_channel(self) -> None:
        """The next command is looked at as one of the basic channel, until its class byte says otherwise."""
        self.channel: ChannelState = self.volatile.basic
        channel = self.channel
        self.is_undisturbed = (
            self.volatile.unfinished is None
            and channel.session is None
            and channel.application == 0
            and not self.is_terminated
        )


Parameters = TypeVar("Parameters")


@dataclass(frozen=True, slots=True)
class CommandRow(Generic[Parameters]):
    """One row of the command table.

    Attributes:
        name: as in the standard.
        ins: instruction byte.
        clause: where the standard describes it.
        cases: the command cases that are allowed.
        parse: from P1, P2 to a value; raises StatusWordError for what is not allowed.
        handle: executes the command.
        cla: class byte, its bits for chaining, secure messaging and logical channel clear.
        executes_once: whether it has response data and must not be executed again for another length of them: on T=0
            they wait then.
        serves_terminated: whether a card has it even after TERMINATE CARD USAGE.
    """

    name: str
    ins: int
    clause: str
    cases: Case
    parse: Callable[[int, int], Parameters]
    handle: Callable[[CardContext, CommandAPDU, Parameters], Response]
    cla: int = 0x00
    executes_once: bool = False
    serves_terminated: bool = False

    @property
    def code(self) -> int:
        """``cla << 8 | ins``, by which a command finds its row."""
        return self.cla << 8 | self.ins


AnyCommandRow: TypeAlias = CommandRow[Any]


def _nothing_executes(_command: bytes) -> bytes:
    """Stands until the card has its layers. Raises StatusWordError 6985."""
    raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)


def expected(command: CommandAPDU) -> int:
    """Ne of a command whose row allows the cases 2 and 4 only."""
    return 0 if command.ne is None else command.ne


def is_all(ne: int) -> bool:
    """Whether Ne asks for all there is: an Le field of 00 or 0000, but not of 0100."""
    return ne in (ALL_SHORT, ALL_EXTENDED) and not isinstance(ne, ExactNe)

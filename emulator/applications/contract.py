"""Applications of one's own on the card: a class with a command table, bound to a DF.

While the application's DF, or a file below it, is current on a channel, commands go by the application's table first,
and by the card's own where that has no such row. Chaining, logical channels, secure messaging and the unit of work are
around both: a handler sees whole commands, and all that it changes commits at once or not at all.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.applications.personalisation import Personalisation
    from emulator.command import AnyCommandRow, CardContext, Response
    from emulator.definition.section import Section
    from emulator.persistent import CHV, PersistentState
    from emulator.session import Session
    from emulator.unit_of_work import UnitOfWork
    from iso7816.apdu import CommandAPDU


class Application(ABC):
    """What an application has besides files, CHVs, keys and data objects, which every DF may have.

    It is never instantiated: what lasts is in the values of its DF (:class:`ApplicationValues`), what a reset clears in
    ``card.channel.application_state``, a dictionary that begins empty with each selection.

    Attributes:
        NAME: by which card definitions and images name it; letters, digits, ``.``, ``_`` and ``-``.
        COMMANDS: its command table.
        KEEPS_CARD_COMMANDS: whether the card's own commands serve what it has no row for. While the life cycle of its
            DF has closed the application they alone serve there in any case.
        SELECTED_AFTER_RESET: whether a reset makes its DF the current one, unless its life cycle has closed it; of
            several such that of the lowest number.
        LENIENT_LE: whether no Le field is wrong: a command without one is answered as one that asks for all there is,
            and what is more than Le asks for waits for GET RESPONSE. There are cards that do so, and programs that have
            only met those.
        WITHOUT_SESSION: what it answers to a protected command where no session has begun.
        FIRST_USE: modules that its commands import at their first use, beside those that every key needs
            (:mod:`emulator.first_use`).
    """

    NAME: ClassVar[str]
    COMMANDS: ClassVar[tuple[AnyCommandRow, ...]] = ()
    KEEPS_CARD_COMMANDS: ClassVar[bool] = True
    SELECTED_AFTER_RESET: ClassVar[bool] = False
    LENIENT_LE: ClassVar[bool] = False
    WITHOUT_SESSION: ClassVar[SW] = SW.SM_OBJECTS_INCORRECT
    FIRST_USE: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def define(cls, options: Section) -> Mapping[bytes, bytes]:
        """The values that a new card begins with.

        Args:
            options: the table ``applications.options`` of the card definition. A key that nobody takes from it is
                refused afterwards.

        Raises:
            CardDefinitionError: an option is missing or wrong; ``options.error(key, expected)`` makes it.
        """
        del options
        return {}

    @classmethod
    def define_chvs(cls, options: Section) -> Mapping[int, CHV]:
        """The CHVs of its DF on a new card, by their references as in P2 (81 to 9F).

        Args:
            options: as for :meth:`define`, which takes its own from it first.

        Raises:
            CardDefinitionError: likewise.
        """
        del options
        return {}

    @classmethod
    def personalisation(cls) -> Personalisation | None:
        """How new cards with it are filled, and what is on one; ``None``: by its commands alone."""
        return None

    @classmethod
    def select(cls, card: CardContext, command: CommandAPDU, control_information: bytes) -> Response:
        """The response data of a SELECT that has just made the application's DF current.

        Args:
            card: the card.
            command: the SELECT.
            control_information: what a DF without an application answers: FCI, FCP or FMD as P2 says; empty for none.

        Raises:
            StatusWordError: the selection is refused; the DF stays current all the same.
        """
        del card, command
        return control_information

    @classmethod
    def session_of_one_command(cls, card: CardContext) -> Session:
        """What a protected command is taken under where no session has begun, it and its response alone.

        For secure messaging that knows no sessions: whatever each command needs is there before it comes. What this
        changes that lasts it commits itself (``card.work.commit()``), or it is undone.

        Raises:
            StatusWordError: there is none: ``WITHOUT_SESSION``, or another word for another reason.
        """
        del card
        raise StatusWordError(cls.WITHOUT_SESSION)


class ApplicationValues:
    """The values of an application: bytes by keys that are bytes, durable as everything else in the card.

    Args:
        state: where they are read.
        work: through which they are changed.
        df: the number of the application's DF.
    """

    __slots__ = ("_df", "_state", "_work")

    def __init__(self, state: PersistentState, work: UnitOfWork, df: int) -> None:
        self._state = state
        self._work = work
        self._df = df

    def get(self, key: bytes) -> bytes | None:
        """The value of a key, ``None`` where there is none."""
        return self._state.application_values.get((self._df, key))

    def __getitem__(self, key: bytes) -> bytes:
        """The value of a key that there is. Raises KeyError."""
        return self._state.application_values[self._df, key]

    def __contains__(self, key: bytes) -> bool:
        return (self._df, key) in self._state.application_values

    def put(self, key: bytes, value: bytes) -> None:
        """Add or replace a value. It is durable when the command's response leaves, or with ``card.work.commit()``."""
        self._work.put_application_value((self._df, key), value)

    def remove(self, key: bytes) -> None:
        """Remove a value, if it is there."""
        if key in self:
            self._work.put_application_value((self._df, key), None)

    def keys(self, prefix: bytes = b"") -> Iterator[bytes]:
        """The keys that begin so, in their order."""
        found = (key for df, key in self._state.application_values if df == self._df and key.startswith(prefix))
        return iter(sorted(found))

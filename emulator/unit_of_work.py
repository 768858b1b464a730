"""All that one command changes in the persistent state: committed at once, or not at all.

Changes take effect in the state as they are made and are noted; :meth:`UnitOfWork.commit` hands the
notes to the storage and forgets them, :meth:`UnitOfWork.rollback` puts the old records back. A
command that changes nothing costs nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from emulator.persistent import (
    CHV,
    ApplicationValueId,
    CardFile,
    Change,
    Content,
    DataObject,
    DataObjectId,
    EnvironmentId,
    PersistentState,
    ReferenceId,
    Table,
)

if TYPE_CHECKING:
    from emulator.keys import Key


class PowerCut(Exception):  # noqa: N818 (says what is the case)
    """The power was cut while the storage wrote: the card is off, its storage in the state before."""


class WriteFailure(Exception):  # noqa: N818 (says what is the case)
    """The storage could not be written (a full disk); nothing was changed."""


class Storage(Protocol):
    """Where the persistent state is kept when the process ends."""

    @property
    def has_fault_point(self) -> bool:
        """Whether somebody is told of each durable write."""
        ...

    def commit(self, changes: Sequence[Change]) -> None:
        """Make the changes durable, all or none.

        Raises:
            PowerCut: the fault point cut the power; none of the changes were made.
            WriteFailure: likewise none.
        """
        ...

    def has_committed(self, what: object) -> bool:
        """Whether these very changes, or this very state, were made durable last, although the call raised."""
        ...

    def replace(self, before: PersistentState, after: PersistentState) -> None:
        """Make a whole other state durable, at once or not at all. Raises as :meth:`commit`."""
        ...

    def close(self) -> None:
        """Let go of the storage. May be called twice."""
        ...


_OF_A_DF: Final = (Table.CHVS, Table.KEYS, Table.DATA_OBJECTS, Table.ENVIRONMENTS, Table.APPLICATION_VALUES)
"""What belongs to a DF besides its files, by the number of the DF."""


class UnitOfWork:
    """The changes since the last commit.

    Attributes:
        changes: what was replaced, in order; empty when there is nothing to commit.
    """

    __slots__ = ("_state", "_storage", "changes")

    def __init__(self, state: PersistentState, storage: Storage) -> None:
        self._state = state
        self._storage = storage
        self.changes: list[Change] = []

    def _put(self, table: Table, key: Any, record: Any) -> None:
        self.changes.append(Change(table, key, self._state.write(table, key, record), record))

    def put_file(self, file: CardFile) -> None:
        """Add or replace a file's header."""
        self._put(Table.FILES, file.number, file)

    def put_content(self, number: int, content: Content) -> None:
        """Replace an EF's content. Raises ValueError for one that outgrows the EF."""
        size = len(content) if isinstance(content, bytes) else sum(map(len, content))
        if size > self._state.files[number].size:
            raise ValueError("a content that outgrows its EF")
        self._put(Table.CONTENTS, number, content)

    def remove_file(self, number: int) -> None:
        """Remove a file with its content; what else belongs to a DF goes with it."""
        state = self._state
        if number in state.contents:
            self._put(Table.CONTENTS, number, None)
        for table in _OF_A_DF:
            for key in [key for key in state.table(table) if key[0] == number]:
                self._put(table, key, None)
        self._put(Table.FILES, number, None)

    def put_chv(self, where: ReferenceId, chv: CHV) -> None:
        """Add or replace a CHV."""
        self._put(Table.CHVS, where, chv)

    def put_key(self, where: ReferenceId, key: Key) -> None:
        """Add or replace a key."""
        self._put(Table.KEYS, where, key)

    def put_application_value(self, where: ApplicationValueId, value: bytes | None) -> None:
        """Add or replace a value of an application; ``None`` removes it."""
        self._put(Table.APPLICATION_VALUES, where, value)

    def put_data_object(self, where: DataObjectId, data_object: DataObject) -> None:
        """Add or replace a data object."""
        self._put(Table.DATA_OBJECTS, where, data_object)

    def put_environment(self, where: EnvironmentId, templates: bytes | None) -> None:
        """Add or replace a stored security environment; ``None`` removes it."""
        self._put(Table.ENVIRONMENTS, where, templates)

    def commit(self) -> None:
        """Make the changes durable.

        Raises:
            PowerCut, WriteFailure: they are not, and the state is as before them.
        """
        changes, self.changes = self.changes, []
        try:
            self._storage.commit(changes)
        except BaseException:
            # An interrupt may come when all is done.
            if not self._storage.has_committed(changes):
                self._undo(changes)
            raise

    def rollback(self) -> None:
        """Put the old records back."""
        changes, self.changes = self.changes, []
        self._undo(changes)

    def _undo(self, changes: list[Change]) -> None:
        for change in reversed(changes):
            self._state.write(change.table, change.key, change.old)

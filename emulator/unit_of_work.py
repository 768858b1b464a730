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
    GLOBAL,
    MF_NUMBER,
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
from iso7816.file_descriptor import FileKind

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

    def _put_of_df(self, table: Table, key: tuple[int, Any], record: Any) -> None:
        """What belongs to a DF or the card. Raises ValueError where there is no such DF."""
        if record is not None and key[0] != GLOBAL and key[0] not in self._state.files:
            raise ValueError("something of a DF that there is not")
        self._put(table, key, record)

    def _put(self, table: Table, key: Any, record: Any) -> None:
        self.changes.append(Change(table, key, self._state.write(table, key, record), record))

    def put_file(self, file: CardFile) -> None:
        """Add or replace a file's header. Raises ValueError for one that cannot be among the others."""
        _require_place(self._state, file)
        self._put(Table.FILES, file.number, file)

    def put_content(self, number: int, content: Content) -> None:
        """Replace an EF's content. Raises ValueError for one of another structure, or that outgrows the EF."""
        file = self._state.files[number]
        size = len(content) if isinstance(content, bytes) else sum(map(len, content))
        if size > file.size:
            raise ValueError("a content that outgrows its EF")
        if isinstance(content, bytes) != (file.kind is FileKind.TRANSPARENT):
            raise ValueError("a content of another structure")
        self._put(Table.CONTENTS, number, content)

    def remove_file(self, number: int) -> None:
        """Remove a file with its content; what else belongs to a DF goes with it.

        Raises:
            ValueError: it is the MF, or a DF with files in it.
        """
        state = self._state
        is_df = state.files[number].kind is FileKind.DF
        if number == MF_NUMBER or (is_df and any(file.parent == number for file in state.files.values())):
            raise ValueError("a DF that something is in")
        if number in state.contents:
            self._put(Table.CONTENTS, number, None)
        for table in _OF_A_DF:
            for key in [key for key in state.table(table) if key[0] == number]:
                self._put(table, key, None)
        self._put(Table.FILES, number, None)

    def put_chv(self, where: ReferenceId, chv: CHV) -> None:
        """Add or replace a CHV."""
        self._put_of_df(Table.CHVS, where, chv)

    def put_key(self, where: ReferenceId, key: Key) -> None:
        """Add or replace a key."""
        self._put_of_df(Table.KEYS, where, key)

    def put_application_value(self, where: ApplicationValueId, value: bytes | None) -> None:
        """Add or replace a value of an application; ``None`` removes it."""
        self._put_of_df(Table.APPLICATION_VALUES, where, value)

    def put_data_object(self, where: DataObjectId, data_object: DataObject) -> None:
        """Add or replace a data object."""
        self._put_of_df(Table.DATA_OBJECTS, where, data_object)

    def put_environment(self, where: EnvironmentId, templates: bytes | None) -> None:
        """Add or replace a stored security environment; ``None`` removes it."""
        self._put_of_df(Table.ENVIRONMENTS, where, templates)

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


def _require_place(state: PersistentState, file: CardFile) -> None:
    """Raises ValueError where the header of a file does not fit those of the others: no image would be read again."""
    number, before = file.number, state.files.get(file.number)
    above = state.files.get(file.parent)
    in_df = file.parent == 0 if number == MF_NUMBER else above is not None and above.kind is FileKind.DF
    if not in_df or (number != MF_NUMBER and file.parent >= number):
        raise ValueError("a file outside every DF")
    if before is not None and before.kind is not file.kind:
        raise ValueError("a file of another structure than it was")
    found = (
        state.children.get(file.parent << 16 | file.fid, number),
        state.short_ids.get(file.parent << 5 | file.sfi, number) if file.sfi else number,
        number if file.name is None else state.names.get(file.name, number),
    )
    if found != (number, number, number):
        raise ValueError("an identifier or a name of another file")
    if state.allocated + file.size - (0 if before is None else before.size) > state.identity.memory:
        raise ValueError("more than the memory holds")

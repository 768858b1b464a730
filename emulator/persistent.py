"""Persistent state: what survives the loss of power. Immutable records in dictionaries.

A command replaces records, it never changes one; so a copy of the dictionaries is a snapshot of the
card. The indexes beside them (by file identifier, short EF identifier, DF name) follow every write,
so that finding a file costs the same among ten files and among ten thousand.

Records have no ``repr`` (many hold secrets) and are compared by identity only.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, unique
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from emulator.requirement import Requirement
from iso7816.file_control import LifeCycle

if TYPE_CHECKING:
    from emulator.access_control import Decisions
    from emulator.keys import Key
    from emulator.rule_resolution import Alternatives
    from iso7816.contactless import ContactlessIdentity
    from iso7816.file_descriptor import FileKind
    from iso7816.icc import TransmissionProtocol

MF_NUMBER: Final = 1
"""The number of the MF. File numbers are internal and never used twice."""

GLOBAL: Final = 0
"""The "DF number" of a CHV or key that belongs to the whole card."""

MAX_FILE_SIZE: Final = 65533
"""Bytes in one EF: with its status word the whole of it fits one response of 65535 bytes."""

MAX_RECORDS: Final = 254
MAX_RECORD_SIZE: Final = 255

Content: TypeAlias = bytes | tuple[bytes, ...]
"""Of a transparent EF its bytes; of a record EF its records, number 1 first (of a cyclic EF the newest)."""

ReferenceId: TypeAlias = tuple[int, int]
"""Where a CHV or key lives (:data:`GLOBAL` or a DF number) and its reference as in P2 (local: bit 8 set)."""

DataObjectId: TypeAlias = tuple[int, int]
"""The number of the DF a data object belongs to, and its tag."""

ApplicationValueId: TypeAlias = tuple[int, bytes]
"""The number of the DF of an application, and the key of a value of it."""

EnvironmentId: TypeAlias = tuple[int, int]
"""The number of the DF a stored security environment belongs to, and its SEID."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class CardFile:
    """A DF or an EF without its content.

    Attributes:
        number: internal number.
        parent: number of the DF it lies in; 0 for the MF.
        fid: file identifier.
        kind: DF, or the structure of the EF.
        life_cycle: life cycle status.
        size: bytes that the content may take (EF).
        sfi: short EF identifier, 0 for none.
        name: DF name, 1 to 16 bytes, or ``None``.
        max_record_size: bytes in the longest (linear fixed, cyclic: in every) record.
        max_records: records at most.
        coding: data coding byte (:mod:`iso7816.data_coding`).
        security: access rules in compact format (value of tag 8C); with neither these nor ``expanded``: unrestricted.
        expanded: access rules in expanded format (value of tag AB), ``None`` where it has none.
        se_file: file identifier of the EF with the security environments of a DF (tag 8D).
        proprietary: data objects 85 and A5 as they stand.
        management: the data objects of the FMD template.
        application: the name of the application that a DF has (:mod:`emulator.applications`), or ``None``.
    """

    number: int
    parent: int
    fid: int
    kind: FileKind
    life_cycle: LifeCycle = LifeCycle.OPERATIONAL_ACTIVATED
    size: int = 0
    sfi: int = 0
    name: bytes | None = None
    max_record_size: int | None = None
    max_records: int | None = None
    coding: int = 0x41
    security: bytes | None = None
    expanded: bytes | None = None
    se_file: int | None = None
    proprietary: bytes = b""
    management: bytes = b""
    application: str | None = None


@unique
class CHVState(Enum):
    """Initial and later states of a CHV."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    """The verification requirement is off: conditions that name the CHV hold."""
    TRANSPORT = "transport"
    """Usable for nothing but CHANGE REFERENCE DATA until its value has been changed once."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class UnblockingCode:
    """The code (PUK) that RESET RETRY COUNTER takes, with the counter that it has itself."""

    value: bytes
    max_tries: int
    tries_left: int


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class CHV:
    """Cardholder verification data (a PIN).

    Attributes:
        value: the reference data; padded to ``max_length`` where ``padding`` is given.
        max_tries: what a successful verification sets the retry counter to.
        tries_left: the retry counter; 0 is blocked.
        min_length, max_length: bytes of verification data (without padding).
        padding: byte that fills the data up to ``max_length``, ``None``: the length varies.
        state: enabled, disabled, transport.
        may_be_disabled: whether DISABLE VERIFICATION REQUIREMENT is open to it.
        puk: unblocking code, or ``None``.
        unblock: what RESET RETRY COUNTER without unblocking code requires.
    """

    value: bytes
    max_tries: int
    tries_left: int
    min_length: int
    max_length: int
    padding: int | None = None
    state: CHVState = CHVState.ENABLED
    may_be_disabled: bool = True
    puk: UnblockingCode | None = None
    unblock: Requirement = Requirement.NEVER


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class DataObject:
    """A data object for GET DATA and PUT DATA.

    Attributes:
        value: its value field.
        size: bytes that the value may take.
        read, update: what GET DATA and PUT DATA require.
    """

    value: bytes
    size: int
    read: Requirement = Requirement.ALWAYS
    update: Requirement = Requirement.NEVER


@dataclass(frozen=True, slots=True)
class Identity:
    """What the card tells before any file.

    Attributes:
        atr: the answer-to-reset, at most 33 bytes.
        protocols: those the ATR offers, the first is the one in force without negotiation.
        memory: bytes that all EFs together may take.
        profile: the name of the definition it was made from.
        contactless: UID and ATS, ``None`` for a card with contacts.
    """

    atr: bytes
    protocols: tuple[TransmissionProtocol, ...]
    memory: int
    profile: str
    contactless: ContactlessIdentity | None = None


@unique
class Table(Enum):
    """The dictionaries of the persistent state, by the names they have in an image."""

    FILES = "files"
    CONTENTS = "contents"
    CHVS = "chvs"
    KEYS = "keys"
    DATA_OBJECTS = "data_objects"
    ENVIRONMENTS = "environments"
    APPLICATION_VALUES = "application_values"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Change:
    """One replaced record: ``old`` or ``new`` is ``None`` where there was or will be none."""

    table: Table
    key: Any
    old: Any
    new: Any


class PersistentState:
    """All that survives the loss of power.

    Attributes:
        files, contents, chvs, keys, data_objects, environments, application_values: the records; written through
            :meth:`write` only. A stored security environment is its control reference templates, one after the other.
        applications: from the number of a DF to the name of its application.
        decisions: what follows from files and their rules, per file number; see :mod:`emulator.access_control`.
        command_decisions: what follows from rules about commands, per DF number, INS, P1 and P2; see
            :mod:`emulator.command_rules`.
        children: from ``parent << 16 | fid`` to the number of the file.
        short_ids: from ``parent << 5 | sfi`` to the number of the EF.
        names: from DF name to the number of the DF.
        sorted_names: the DF names in order.
        allocated: bytes that all EFs together take.
        next_number: for the next new file.
    """

    __slots__ = (
        "allocated",
        "application_values",
        "applications",
        "children",
        "chvs",
        "command_decisions",
        "contents",
        "data_objects",
        "decisions",
        "environments",
        "files",
        "identity",
        "keys",
        "names",
        "next_number",
        "short_ids",
        "sorted_names",
    )

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.files: dict[int, CardFile] = {}
        self.contents: dict[int, Content] = {}
        self.chvs: dict[ReferenceId, CHV] = {}
        self.keys: dict[ReferenceId, Key] = {}
        self.data_objects: dict[DataObjectId, DataObject] = {}
        self.environments: dict[EnvironmentId, bytes] = {}
        self.application_values: dict[ApplicationValueId, bytes] = {}
        self.applications: dict[int, str] = {}
        self.decisions: dict[int, Decisions] = {}
        self.command_decisions: dict[tuple[int, int, int, int], Alternatives | None] = {}
        self.children: dict[int, int] = {}
        self.short_ids: dict[int, int] = {}
        self.names: dict[bytes, int] = {}
        self.sorted_names: list[bytes] = []
        self.allocated = 0
        self.next_number = MF_NUMBER

    def table(self, table: Table) -> dict[Any, Any]:
        """The dictionary of that name, to read."""
        records: dict[Any, Any] = getattr(self, table.value)
        return records

    def write(self, table: Table, key: Any, record: Any) -> Any:
        """Replace one record (``None`` removes it), keep the indexes, return the record that was there."""
        records = self.table(table)
        old = records.get(key)
        if table is Table.FILES:
            if old is not None:
                self._forget(old)
            if record is not None:
                self._index(record)
            self._forget_decisions()
        elif table is Table.CONTENTS and self._holds_security_environments(key):
            self._forget_decisions()
        if record is None:
            records.pop(key, None)
        else:
            records[key] = record
        return old

    def _forget_decisions(self) -> None:
        self.decisions.clear()
        self.command_decisions.clear()

    def fill(self, table: Table, records: Iterable[tuple[Any, Any]]) -> None:
        """The records of a table that has none yet, by their keys; files before all others."""
        if table is Table.FILES:
            for number, file in records:
                self.files[number] = file
                self._index(file)
        else:
            self.table(table).update(records)

    def _index(self, file: CardFile) -> None:
        self.children[file.parent << 16 | file.fid] = file.number
        if file.sfi != 0:
            self.short_ids[file.parent << 5 | file.sfi] = file.number
        if file.application is not None:
            self.applications[file.number] = file.application
        if file.name is not None:
            self.names[file.name] = file.number
            insort(self.sorted_names, file.name)
        self.allocated += file.size
        self.next_number = max(self.next_number, file.number + 1)

    def _forget(self, file: CardFile) -> None:
        del self.children[file.parent << 16 | file.fid]
        if file.sfi != 0:
            del self.short_ids[file.parent << 5 | file.sfi]
        self.applications.pop(file.number, None)
        if file.name is not None:
            del self.names[file.name]
            del self.sorted_names[bisect_left(self.sorted_names, file.name)]
        self.allocated -= file.size

    def _holds_security_environments(self, number: int) -> bool:
        file = self.files.get(number)
        if file is None:
            return False
        parent = self.files.get(file.parent)
        return parent is not None and parent.se_file == file.fid

    def copy(self) -> PersistentState:
        """A state of its own with the same records."""
        state = PersistentState(self.identity)
        state.files = self.files.copy()
        state.contents = self.contents.copy()
        state.chvs = self.chvs.copy()
        state.keys = self.keys.copy()
        state.data_objects = self.data_objects.copy()
        state.environments = self.environments.copy()
        state.application_values = self.application_values.copy()
        state.applications = self.applications.copy()
        state.children = self.children.copy()
        state.short_ids = self.short_ids.copy()
        state.names = self.names.copy()
        state.sorted_names = self.sorted_names.copy()
        state.allocated = self.allocated
        state.next_number = self.next_number
        return state

    def subtree(self, number: int) -> Iterator[int]:
        """The numbers of a file and of everything under it, a DF before its children."""
        below: dict[int, list[int]] = {}
        for file in self.files.values():
            below.setdefault(file.parent, []).append(file.number)
        waiting = [number]
        while waiting:
            current = waiting.pop()
            yield current
            waiting.extend(below.get(current, ()))


def difference(before: PersistentState, after: PersistentState) -> list[Change]:
    """The changes that lead from one state to another."""
    changes = []
    for table in Table:
        old, new = before.table(table), after.table(table)
        changes += [Change(table, key, old[key], None) for key in old.keys() - new.keys()]
        changes += [
            Change(table, key, old.get(key), record) for key, record in new.items() if old.get(key) is not record
        ]
    return changes

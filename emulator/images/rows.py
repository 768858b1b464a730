"""How records become rows of a card image and rows become records, table by table.

Every row begins with its key: the file's number, or the DF's number and the reference or tag.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from emulator.keys import OPERATION_NAMES, Key, KeyMaterial, KeyOperation
from emulator.persistent import (
    CHV,
    CardFile,
    CHVState,
    DataObject,
    Table,
    UnblockingCode,
)
from emulator.requirement import Requirement
from iso7816.file_control import LifeCycle
from iso7816.file_descriptor import FileKind
from iso7816.key_algorithms import KeyAlgorithm

Row = tuple[Any, ...]

COLUMNS: Final[Mapping[Table, tuple[str, ...]]] = {
    Table.FILES: (
        "number INTEGER PRIMARY KEY",
        "parent INTEGER NOT NULL",
        "fid INTEGER NOT NULL",
        "kind INTEGER NOT NULL",
        "life_cycle INTEGER NOT NULL",
        "size INTEGER NOT NULL",
        "sfi INTEGER NOT NULL",
        "name BLOB",
        "max_record_size INTEGER",
        "max_records INTEGER",
        "coding INTEGER NOT NULL",
        "security BLOB",
        "expanded BLOB",
        "se_file INTEGER",
        "proprietary BLOB NOT NULL",
        "management BLOB NOT NULL",
        "application TEXT",
    ),
    Table.CHVS: (
        "df INTEGER NOT NULL",
        "reference INTEGER NOT NULL",
        "value BLOB NOT NULL",
        "max_tries INTEGER NOT NULL",
        "tries_left INTEGER NOT NULL",
        "min_length INTEGER NOT NULL",
        "max_length INTEGER NOT NULL",
        "padding INTEGER",
        "state TEXT NOT NULL",
        "may_be_disabled INTEGER NOT NULL",
        "puk BLOB",
        "puk_max_tries INTEGER",
        "puk_tries_left INTEGER",
        "unblock TEXT NOT NULL",
        "PRIMARY KEY (df, reference)",
    ),
    Table.KEYS: (
        "df INTEGER NOT NULL",
        "reference INTEGER NOT NULL",
        "type TEXT NOT NULL",
        "bits INTEGER NOT NULL",
        "value BLOB",
        "is_public INTEGER NOT NULL",
        "operations TEXT NOT NULL",
        "mechanisms BLOB NOT NULL",
        "max_tries INTEGER",
        "tries_left INTEGER",
        "max_uses INTEGER",
        "uses_left INTEGER",
        "chv_each_time INTEGER NOT NULL",
        "use TEXT NOT NULL",
        "generate TEXT NOT NULL",
        "change TEXT NOT NULL",
        "read TEXT NOT NULL",
        "PRIMARY KEY (df, reference)",
    ),
    Table.DATA_OBJECTS: (
        "df INTEGER NOT NULL",
        "tag INTEGER NOT NULL",
        "value BLOB NOT NULL",
        "size INTEGER NOT NULL",
        "read TEXT NOT NULL",
        "change TEXT NOT NULL",
        "PRIMARY KEY (df, tag)",
    ),
    Table.ENVIRONMENTS: (
        "df INTEGER NOT NULL",
        "seid INTEGER NOT NULL",
        "templates BLOB NOT NULL",
        "PRIMARY KEY (df, seid)",
    ),
    Table.APPLICATION_VALUES: (
        "df INTEGER NOT NULL",
        "key BLOB NOT NULL",
        "value BLOB NOT NULL",
        "PRIMARY KEY (df, key)",
    ),
}
"""The columns of each table, as SQL declares them. Contents are no records: the image cuts them up itself."""


def _file_row(file: CardFile) -> Row:
    return (
        file.parent,
        file.fid,
        int(file.kind),
        int(file.life_cycle),
        file.size,
        file.sfi,
        file.name,
        file.max_record_size,
        file.max_records,
        file.coding,
        file.security,
        file.expanded,
        file.se_file,
        file.proprietary,
        file.management,
        file.application,
    )


def _file(row: Row) -> CardFile:
    number, parent, fid, kind, life_cycle, *rest = row
    return CardFile(number, parent, fid, FileKind(kind), LifeCycle(life_cycle), *rest)


def _chv_row(chv: CHV) -> Row:
    puk = (None, None, None) if chv.puk is None else (chv.puk.value, chv.puk.max_tries, chv.puk.tries_left)
    return (
        chv.value,
        chv.max_tries,
        chv.tries_left,
        chv.min_length,
        chv.max_length,
        chv.padding,
        chv.state.value,
        chv.may_be_disabled,
        *puk,
        str(chv.unblock),
    )


def _chv(row: Row) -> CHV:
    value, tries, left, shortest, longest, padding, state, may_be_disabled, puk, puk_tries, puk_left, unblock = row[2:]
    code = None if puk is None else UnblockingCode(puk, puk_tries, puk_left)
    rest = CHVState(state), bool(may_be_disabled), code, Requirement.parse(unblock)
    return CHV(value, tries, left, shortest, longest, padding, *rest)


def _key_row(key: Key) -> Row:
    material = key.material
    return (
        key.algorithm.value,
        key.bits,
        None if material is None else material.value,
        material is not None and material.is_public,
        ", ".join(key.operations.words),
        bytes(sorted(key.mechanisms)),
        key.max_tries,
        key.tries_left,
        key.max_uses,
        key.uses_left,
        key.chv_each_time,
        *map(str, (key.use, key.generate, key.update, key.read)),
    )


def _key(row: Row) -> Key:
    algorithm, bits, value, is_public, operations, mechanisms, tries, tries_left, uses, uses_left, each_time = row[2:13]
    usage = KeyOperation(0)
    for word in operations.split(", ") if operations else ():
        usage |= OPERATION_NAMES[word]
    material = None if value is None else KeyMaterial(_octets(value), is_public=bool(is_public))
    counters = tries, tries_left, uses, uses_left
    rules = map(Requirement.parse, row[13:])
    return Key(
        KeyAlgorithm(algorithm), bits, material, usage, frozenset(mechanisms), *counters, bool(each_time), *rules
    )


def _only_octets(row: Row) -> bytes:
    return _octets(row[2])


def _octets(value: Any) -> bytes:
    """Raises TypeError for what is no BLOB."""
    if not isinstance(value, bytes):
        raise TypeError("a value that is no bytes")
    return value


def _data_object_row(data_object: DataObject) -> Row:
    return data_object.value, data_object.size, str(data_object.read), str(data_object.update)


def _data_object(row: Row) -> DataObject:
    value, size, read, update = row[2:]
    return DataObject(value, size, Requirement.parse(read), Requirement.parse(update))


_TO_ROW: Final[Mapping[Table, Callable[[Any], Row]]] = {
    Table.FILES: _file_row,
    Table.CHVS: _chv_row,
    Table.KEYS: _key_row,
    Table.DATA_OBJECTS: _data_object_row,
    Table.ENVIRONMENTS: lambda templates: (templates,),
    Table.APPLICATION_VALUES: lambda value: (value,),
}
_FROM_ROW: Final[Mapping[Table, Callable[[Row], Any]]] = {
    Table.FILES: _file,
    Table.CHVS: _chv,
    Table.KEYS: _key,
    Table.DATA_OBJECTS: _data_object,
    Table.ENVIRONMENTS: _only_octets,
    Table.APPLICATION_VALUES: _only_octets,
}


def key_columns(table: Table) -> tuple[str, ...]:
    """The names of the columns that make the key."""
    return ("number",) if table is Table.FILES else tuple(column.split()[0] for column in COLUMNS[table][:2])


def key_values(table: Table, key: Any) -> Row:
    """The key as columns."""
    return (key,) if table is Table.FILES else tuple(key)


def row_of(table: Table, key: Any, record: Any) -> Row:
    """A record as a whole row."""
    return (*key_values(table, key), *_TO_ROW[table](record))


def record_of(table: Table, row: Row) -> tuple[Any, Any]:
    """Key and record of a row.

    Raises:
        ValueError, TypeError: the row holds no such record.
    """
    return (row[0] if table is Table.FILES else (row[0], row[1])), _FROM_ROW[table](row)

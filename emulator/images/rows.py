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
    if (puk is None) != (puk_tries is None) or (puk is None) != (puk_left is None):
        raise ValueError("an unblocking code without its counter, or the other way round")
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
    material = None if value is None else KeyMaterial(value, is_public=bool(is_public))
    counters = tries, tries_left, uses, uses_left
    rules = map(Requirement.parse, row[13:])
    return Key(
        KeyAlgorithm(algorithm), bits, material, usage, frozenset(mechanisms), *counters, bool(each_time), *rules
    )


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
    Table.ENVIRONMENTS: lambda row: row[2],
    Table.APPLICATION_VALUES: lambda row: row[2],
}


def key_values(table: Table, key: Any) -> Row:
    """The key as columns."""
    return (key,) if table is Table.FILES else tuple(key)


def columns_of(table: Table, record: Any) -> Row:
    """A record as the columns behind those of its key."""
    return _TO_ROW[table](record)


def record_of(table: Table, row: Row) -> tuple[Any, Any]:
    """Key and record of a row, whose values are of the kinds of their columns.

    Raises:
        ValueError, KeyError: the row holds no such record.
    """
    return (row[0] if table is Table.FILES else (row[0], row[1])), _FROM_ROW[table](row)

"""Whether a state is one that a card can have come to.

What the commands of the card keep to an image has to as well, so that none of them ever finds what it cannot have
written; and what would be refused here is not written in the first place. A content that was changed within its bounds
cannot be told from one that the card wrote.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from emulator.commands.data_objects import is_data_object_tag
from emulator.keys import BETWEEN_DEVICES, KeyOperation, possible_operations
from emulator.persistent import GLOBAL, MF_NUMBER, PersistentState, Table
from emulator.requirement import is_reference
from emulator.tlv_files import TLV_KINDS, by_tag, data_objects
from iso7816.access_rules import CompactRules
from iso7816.atr import ATR
from iso7816.ber_tlv import decode_all
from iso7816.control_reference import ControlReferenceTemplate
from iso7816.expanded_rules import ExpandedRules
from iso7816.file_descriptor import FileKind

if TYPE_CHECKING:
    from emulator.keys import Key
    from emulator.persistent import CHV, CardFile, Content

_LOCAL = 0x80
_RECORDS = (FileKind.LINEAR_FIXED, FileKind.LINEAR_VARIABLE, FileKind.CYCLIC)
_KINDS = (FileKind.DF, FileKind.TRANSPARENT, *_RECORDS, *TLV_KINDS)


def check_state(state: PersistentState) -> None:
    """Raises ValueError for a state that no card can have come to."""
    identity = state.identity
    _require(bool(identity.protocols), "no protocol")
    ATR.parse(identity.atr)
    _check_files(state)
    _check_places(state)
    for table in (Table.CHVS, Table.KEYS, Table.DATA_OBJECTS, Table.ENVIRONMENTS):
        for where, record in state.table(table).items():
            check_record(table, where, record)


def check_record(table: Table, where: tuple[int, int], record: Any) -> None:
    """Raises ValueError for what belongs to a DF or the card and is none of what can."""
    match table:
        case Table.CHVS:
            _check_chv(where, record)
        case Table.KEYS:
            _check_key(where, record)
        case Table.DATA_OBJECTS:
            _require(is_data_object_tag(where[1]), "a tag that no command can name")
            _require(len(record.value) <= record.size, "a data object that outgrows its room")
        case Table.ENVIRONMENTS:
            for template in decode_all(record):
                ControlReferenceTemplate.from_tlv(template)


def _require(condition: bool, otherwise: str) -> None:
    """Raises ValueError where the condition does not hold."""
    if not condition:
        raise ValueError(otherwise)


def _check_files(state: PersistentState) -> None:
    files = state.files
    _require(MF_NUMBER in files and files[MF_NUMBER].kind is FileKind.DF, "no MF")
    _require(state.allocated <= state.identity.memory, "more than the memory holds")
    # Where two files have the same identifier or name, the indexes hold but one of them.
    _require(len(state.children) == len(files), "a file identifier that two files have")
    _require(len(state.short_ids) == sum(file.sfi != 0 for file in files.values()), "a short EF identifier of two EFs")
    _require(len(state.names) == sum(file.name is not None for file in files.values()), "a DF name of two DFs")
    rules: set[bytes | None] = {None}
    expanded: set[bytes | None] = {None}
    for file in files.values():
        # A DF is always older than what is in it: so nothing can contain itself.
        is_mf = file.number == MF_NUMBER
        _require(file.parent == 0 if is_mf else 0 < file.parent < file.number, "a file outside every DF")
        _require(is_mf or (file.parent in files and files[file.parent].kind is FileKind.DF), "a file outside every DF")
        _require(file.kind in _KINDS, "a kind of file that this card does not have")
        if file.kind is FileKind.DF:
            _require(file.size == 0 and file.sfi == 0, "a DF with the room of an EF")
        else:
            _require(file.name is None and file.application is None, "an EF with the name of a DF")
            _check_content(file, state.contents[file.number])
        # Most files of a card have the rules of another one.
        if file.security not in rules:
            rules.add(CompactRules.parse(file.security or b"").to_bytes())
        if file.expanded not in expanded:
            ExpandedRules.parse(file.expanded or b"")
            expanded.add(file.expanded)
        if file.proprietary:
            decode_all(file.proprietary)
        if file.management:
            decode_all(file.management)


def _check_content(file: CardFile, content: Content) -> None:
    if isinstance(content, bytes):
        _require(len(content) <= file.size, "a content that outgrows its EF")
        return
    if file.kind in TLV_KINDS:
        _require(sum(map(len, content)) <= file.size, "data objects that outgrow their EF")
        _require(all(len(data_objects(file.kind, part)) == 1 for part in content), "a data object in parts")
        _require(len(by_tag(file, content)) == len(content), "two data objects of a tag")
        return
    longest, most = file.max_record_size or 0, file.max_records or 0
    _require(len(content) <= most, "more records than the EF takes")
    _require(all(len(record) <= longest for record in content), "a record longer than the EF takes")
    _require(sum(map(len, content)) <= file.size, "records that outgrow their EF")


def _check_places(state: PersistentState) -> None:
    """What belongs to a DF belongs to one that there is, and what belongs to the card has a global reference."""
    of_dfs: Iterable[tuple[int, object]] = (
        *(where for where in (*state.chvs, *state.keys) if where[0] != GLOBAL),
        *state.data_objects,
        *state.environments,
        *state.application_values,
    )
    for df, _where in of_dfs:
        _require(df in state.files and state.files[df].kind is FileKind.DF, "something of a DF that there is not")


def _check_reference(where: tuple[int, int]) -> None:
    df, reference = where
    _require(is_reference(reference), "a reference of no CHV and no key")
    _require((df == GLOBAL) == (reference < _LOCAL), "a reference that is not of its DF")


def _check_chv(where: tuple[int, int], chv: CHV) -> None:
    _check_reference(where)
    _require(chv.tries_left <= chv.max_tries, "more tries left than there are")
    _require(chv.puk is None or chv.puk.tries_left <= chv.puk.max_tries, "more tries left than there are")


def _check_key(where: tuple[int, int], key: Key) -> None:
    _check_reference(where)
    _require(key.bits in key.algorithm.sizes, "a size that keys of the algorithm do not have")
    _require(not key.operations & ~possible_operations(key.algorithm), "a use that keys of the algorithm do not have")
    if KeyOperation.DEVICE_AUTHENTICATION in key.operations:
        _require(key.operations == BETWEEN_DEVICES and key.bits == 128, "keys of devices of another kind")
    for most, left in ((key.max_tries, key.tries_left), (key.max_uses, key.uses_left)):
        _require(
            (most is None) == (left is None) and (left or 0) <= (most or 0), "more left of a counter than there is"
        )
    if key.material is not None and key.algorithm.is_secret:
        _require(
            len(key.material.value) == key.secret_length and not key.material.is_public, "a secret of another size"
        )

"""CREATE, DELETE, ACTIVATE and DEACTIVATE FILE (ISO/IEC 7816-9:2004, 6.1 to 6.4).

CREATE FILE takes one template 62 (or 6F) of file control parameters::

    82 descriptor     always, or in P1: then P2 is 00, or the short EF identifier in its bits 8 to 4
    83 FID            always
    80 (or 81) size   transparent, TLV and linear variable EFs; else it must be what 82 gives, or be absent
    84 DF name        8A life cycle (absent: activated)   8C rules (absent: no restriction)
    AB rules in expanded format     8D EF of security environments (DF)     85, A5 kept as they are
    88 short EF identifier; absent: the low five bits of the FID where they are free; empty: none

The others name the file as SELECT does with the same P1 (P2 = 00), or mean the current one where there
are neither data nor P1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from emulator.access_control import (
    ACTIVATE,
    CREATE_DF,
    CREATE_EF,
    DEACTIVATE,
    DELETE,
    DELETE_CHILD,
    authorise,
    is_allowed,
)
from emulator.command_rules import governs
from emulator.commands.selection import Method, locate, make_current
from emulator.file_control_information import initial_content
from emulator.file_lookup import implicit_sfi
from emulator.persistent import MAX_FILE_SIZE, MAX_RECORD_SIZE, MAX_RECORDS, MF_NUMBER, CardFile
from emulator.rule_resolution import has_rules
from emulator.tlv_files import TLV_KINDS
from iso7816.access_rules import CompactRules
from iso7816.ber_tlv import encode_all
from iso7816.data_coding import DataCoding, WriteBehaviour
from iso7816.errors import Iso7816Error
from iso7816.expanded_rules import EXPANDED_RULES, ExpandedRules
from iso7816.file_control import NO_SFI, FileControlParameters, LifeCycle
from iso7816.file_descriptor import FileDescriptor, FileKind
from iso7816.file_path import MAX_SFI, is_assignable
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

MAX_DEPTH: Final = 8
"""DFs inside one another, the MF included."""

_EF_KINDS: Final = (FileKind.TRANSPARENT, FileKind.LINEAR_FIXED, FileKind.LINEAR_VARIABLE, FileKind.CYCLIC, *TLV_KINDS)
_DEFAULT_CODING: Final = DataCoding(WriteBehaviour.OR).to_byte()
_TEMPLATES: Final = (0x62, 0x6F)
_METHODS = {method.value: method for method in Method}


@dataclass(frozen=True, slots=True)
class NewFile:
    """P1 and P2 of CREATE FILE.

    Attributes:
        descriptor: the file descriptor byte, ``None`` where the template has it.
        sfi: short EF identifier, ``None`` where the template may have it.
    """

    descriptor: int | None = None
    sfi: int | None = None


def parse_create(p1: int, p2: int) -> NewFile:
    """Raises StatusWordError 6A86 for a P2 without P1, or one that is no short EF identifier."""
    if p2 & 0x07 or p2 >> 3 > MAX_SFI or (p1 == 0 and p2 != 0):
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return NewFile(p1 if p1 != 0 else None, p2 >> 3 if p2 != 0 else None)


def parse_target(p1: int, p2: int) -> Method:
    """How the file is named. Raises StatusWordError 6A86 for another P1, or a P2 other than 00."""
    method = _METHODS.get(p1)
    if method is None or p2 != 0:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return method


def create_file(card: CardContext, command: CommandAPDU, new: NewFile) -> Response:
    """CREATE FILE (E0) in the current DF; the new file becomes current.

    6A80 for parameters that make no file of this card, 6A89 and 6A8A where FID or name are taken, 6A84 where
    the card has no room, 6982 and 6985 as the rules of the current DF say.
    """
    state = card.state
    df = card.channel.df
    parameters = _parse_template(command.data)
    descriptor = _descriptor(parameters, new)
    authorise(state, card.channel, df, CREATE_DF if descriptor.kind is FileKind.DF else CREATE_EF)
    fid = parameters.fid
    if fid is None or not is_assignable(fid):
        raise StatusWordError(SW.WRONG_DATA)
    if df << 16 | fid in state.children or state.files[df].fid == fid:
        raise StatusWordError(SW.FILE_EXISTS)
    common = CardFile(
        state.next_number,
        df,
        fid,
        descriptor.kind,
        _life_cycle(parameters),
        security=parameters.compact_security,
        expanded=_expanded_rules(parameters, descriptor.kind),
        proprietary=encode_all(parameters.proprietary),
    )
    file = (_new_df if descriptor.kind is FileKind.DF else _new_ef)(card, common, descriptor, parameters, new)
    if state.allocated + file.size > state.identity.memory:
        raise StatusWordError(SW.NOT_ENOUGH_MEMORY)
    card.work.put_file(file)
    if file.kind is not FileKind.DF:
        card.work.put_content(file.number, initial_content(file))
    # Committed first: a file that could not be written must not become current.
    card.work.commit()
    make_current(state, card.channel, file)
    return b""


def _parse_template(data: bytes) -> FileControlParameters:
    """Raises StatusWordError 6A80 for bytes that are no template of parameters that the card can keep to."""
    try:
        parameters = FileControlParameters.parse_template(data)
        if parameters.compact_security is not None:
            CompactRules.parse(parameters.compact_security)
    except Iso7816Error:
        raise StatusWordError(SW.WRONG_DATA) from None
    # What is not understood might be an access rule: a file that does not keep to it must not come to be.
    others = {tlv.tag for tlv in parameters.others} - {EXPANDED_RULES}
    if data[0] not in _TEMPLATES or others or parameters.management_data:
        raise StatusWordError(SW.WRONG_DATA)
    return parameters


def _expanded_rules(parameters: FileControlParameters, kind: FileKind) -> bytes | None:
    """The value of tag AB. Raises StatusWordError 6A80 for rules that the card would not keep to."""
    if not parameters.others:
        return None
    try:
        rules = ExpandedRules.parse(parameters.others[0].value)
    except Iso7816Error:
        raise StatusWordError(SW.WRONG_DATA) from None
    if len(parameters.others) > 1 or not governs(rules, kind):
        raise StatusWordError(SW.WRONG_DATA)
    return parameters.others[0].value


def _descriptor(parameters: FileControlParameters, new: NewFile) -> FileDescriptor:
    descriptor = parameters.descriptor
    if new.descriptor is not None:
        if descriptor is not None and descriptor.byte != new.descriptor:
            raise StatusWordError(SW.WRONG_DATA)
        if descriptor is None:
            descriptor = FileDescriptor.parse(bytes((new.descriptor,)))
    if descriptor is None or descriptor.internal or descriptor.kind not in (FileKind.DF, *_EF_KINDS):
        raise StatusWordError(SW.WRONG_DATA)
    return descriptor


def _life_cycle(parameters: FileControlParameters) -> LifeCycle:
    byte = parameters.life_cycle
    if byte is None or byte == LifeCycle.NO_INFORMATION:
        return LifeCycle.OPERATIONAL_ACTIVATED
    state = LifeCycle.of(byte)
    if state is None or state is LifeCycle.TERMINATED:
        raise StatusWordError(SW.WRONG_DATA)
    return state


def _new_df(
    card: CardContext,
    file: CardFile,
    _descriptor: FileDescriptor,
    parameters: FileControlParameters,
    new: NewFile,
) -> CardFile:
    state = card.state
    if new.sfi is not None or parameters.sfi not in (None, NO_SFI) or parameters.data_size is not None:
        raise StatusWordError(SW.WRONG_DATA)
    if parameters.df_name in state.names:
        raise StatusWordError(SW.DF_NAME_EXISTS)
    if _depth(card, file.parent) >= MAX_DEPTH:
        raise StatusWordError(SW.NOT_ENOUGH_MEMORY)
    return replace(file, name=parameters.df_name, se_file=parameters.se_file)


def _depth(card: CardContext, df: int) -> int:
    files = card.state.files
    depth = 0
    while df in files:
        df = files[df].parent
        depth += 1
    return depth


def _new_ef(
    card: CardContext, file: CardFile, descriptor: FileDescriptor, parameters: FileControlParameters, new: NewFile
) -> CardFile:
    if parameters.df_name is not None or parameters.se_file is not None:
        raise StatusWordError(SW.WRONG_DATA)
    size = parameters.total_size if parameters.data_size is None else parameters.data_size
    file = replace(
        file,
        sfi=_sfi(card, file, parameters, new),
        coding=_DEFAULT_CODING if descriptor.coding_byte is None else descriptor.coding_byte,
    )
    if file.kind is FileKind.TRANSPARENT or file.kind in TLV_KINDS:
        if descriptor.max_record_size is not None:
            raise StatusWordError(SW.WRONG_DATA)
    else:
        record_size, records = descriptor.max_record_size, descriptor.max_records
        if record_size is None or not 1 <= record_size <= MAX_RECORD_SIZE:
            raise StatusWordError(SW.WRONG_DATA)
        fixed = file.kind is not FileKind.LINEAR_VARIABLE
        if records is None and size is not None:
            records = min(size // record_size, MAX_RECORDS) if fixed else MAX_RECORDS
        if records is None or not 1 <= records <= MAX_RECORDS:
            raise StatusWordError(SW.WRONG_DATA)
        if fixed:
            if size is not None and size < records * record_size:
                raise StatusWordError(SW.WRONG_DATA)
            size = records * record_size
        file = replace(file, max_record_size=record_size, max_records=records)
    if size is None or size < 1:
        raise StatusWordError(SW.WRONG_DATA)
    if size > MAX_FILE_SIZE:
        raise StatusWordError(SW.NOT_ENOUGH_MEMORY)
    return replace(file, size=size)


def _sfi(card: CardContext, file: CardFile, parameters: FileControlParameters, new: NewFile) -> int:
    """Raises StatusWordError 6A80 where P2 and tag 88 differ, 6A89 where another EF has it."""
    sfi = parameters.sfi if new.sfi is None else new.sfi
    if new.sfi is not None and parameters.sfi not in (None, new.sfi):
        raise StatusWordError(SW.WRONG_DATA)
    if sfi is None:
        return implicit_sfi(card.state, file.parent, file.fid)
    if sfi != NO_SFI and file.parent << 5 | sfi in card.state.short_ids:
        raise StatusWordError(SW.FILE_EXISTS)
    return sfi


def target(card: CardContext, command: CommandAPDU, method: Method, root: int = MF_NUMBER) -> CardFile:
    """The file that the command means; ``root`` is the DF that counts as the MF."""
    channel = card.channel
    if method is Method.FILE_IDENTIFIER and not command.data:
        return card.state.files[channel.ef if channel.ef != 0 else channel.df]
    return card.state.files[locate(card.state, channel.df, method, command.data, root=root)]


def delete_file(card: CardContext, command: CommandAPDU, method: Method, root: int = MF_NUMBER) -> Response:
    """DELETE FILE (E4): a DF goes with all that is in it. 6985 for the MF, or ``root``, the DF that counts as it.

    The file's own rule for DELETE or its DF's rule for deleting children must allow it; 6982 where neither does. A DF
    without rules says nothing of its children. What was current in it is no more: the DF it lay in is.
    """
    state = card.state
    channel = card.channel
    file = target(card, command, method, root)
    if file.number == root:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    if not has_rules(state.files[file.parent]) or not is_allowed(state, channel, file.parent, DELETE_CHILD):
        authorise(state, channel, file.number, DELETE)
    going = list(state.subtree(file.number)) if file.kind is FileKind.DF else [file.number]
    for number in reversed(going):
        card.work.remove_file(number)
    for each in card.volatile.channels.values():
        if each.df in going or each.ef in going:
            make_current(state, each, state.files[file.parent])
    return b""


def activate_file(card: CardContext, command: CommandAPDU, method: Method) -> Response:
    """ACTIVATE FILE (44): from creation, initialisation or deactivated; also where it is activated already."""
    return _set_life_cycle(card, command, method, ACTIVATE, LifeCycle.OPERATIONAL_ACTIVATED)


def deactivate_file(card: CardContext, command: CommandAPDU, method: Method) -> Response:
    """DEACTIVATE FILE (04): only SELECT, ACTIVATE FILE and DELETE FILE remain; also where it is so already."""
    return _set_life_cycle(card, command, method, DEACTIVATE, LifeCycle.OPERATIONAL_DEACTIVATED)


def _set_life_cycle(
    card: CardContext, command: CommandAPDU, method: Method, operation: int, life_cycle: LifeCycle
) -> Response:
    file = target(card, command, method)
    if file.life_cycle is not life_cycle:
        authorise(card.state, card.channel, file.number, operation)
        if operation == DEACTIVATE and file.life_cycle is not LifeCycle.OPERATIONAL_ACTIVATED:
            raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
        card.work.put_file(replace(file, life_cycle=life_cycle))
        if file.kind is FileKind.DF:
            # Committed first: what could not be written has closed nothing.
            card.work.commit()
            card.leave_closed_applications()
    return b""

"""GET DATA and PUT DATA (ISO/IEC 7816-4:2005, 7.4), even INS.

::

    P1 P2  0040 to 00FE  BER-TLV tag of one byte       0100 to 01FF  private use
           0201 to 02FE  SIMPLE-TLV tag 01 to FE       4000 to FFFE  BER-TLV tag of two bytes
           0062, 0064, 006F  (GET DATA) FCP, FMD, FCI of the current EF, else of the current DF
           01A1  (GET DATA) where no object has that tag: identifiers of the files of the current DF

A data object belongs to a DF; it is looked up in the current DF and then in the DFs above. While an EF of TLV structure
is current, it is one of that EF. GET DATA returns, and PUT DATA replaces, its value field.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from emulator.access_control import READ, UPDATE, authorise, is_closed, is_met
from emulator.commands.listing import ALL_FILES, all_files
from emulator.file_control_information import control_parameters
from emulator.references import df_and_above
from emulator.tlv_files import TLV_KINDS, by_tag, with_objects
from iso7816.ber_tlv import TLV
from iso7816.errors import TLVError
from iso7816.file_control import FCI_TEMPLATE, FCP_TEMPLATE, FMD_TEMPLATE
from iso7816.file_descriptor import FileKind
from iso7816.simple_tlv import SimpleTLV
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from emulator.persistent import CardFile, DataObject, DataObjectId
    from emulator.requirement import Requirement
    from iso7816.apdu import CommandAPDU

_SIMPLE_TLV = 0x02
_RANGES = (range(0x0040, 0x00FF), range(0x0100, 0x0200), range(0x0201, 0x02FF), range(0x4000, 0xFFFF))


def is_data_object_tag(tag: int) -> bool:
    """Whether P1 and P2 can name a data object by this tag."""
    return any(tag in tags for tags in _RANGES)


def parse_tag(p1: int, p2: int) -> int:
    """The tag. Raises StatusWordError 6A86 for one outside the table above."""
    tag = p1 << 8 | p2
    if not is_data_object_tag(tag):
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return tag


def find_data_object(card: CardContext, tag: int) -> tuple[DataObjectId, DataObject]:
    """The data object in the current DF or above. Raises StatusWordError 6A88."""
    objects = card.state.data_objects
    for df in df_and_above(card.state, card.channel.df):
        found = objects.get((df, tag))
        if found is not None:
            return (df, tag), found
    raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)


def authorise_object(card: CardContext, df: int, requirement: Requirement) -> None:
    """Raises StatusWordError 6985 where the DF of the data object is closed, 6982 where its condition is not met."""
    if is_closed(card.state, df):
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    if not is_met(card.state, card.channel, requirement, df):
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)


def get_data(card: CardContext, _command: CommandAPDU, tag: int) -> Response:
    """GET DATA (CA): 6982 and 6985 as above."""
    if tag in (FCP_TEMPLATE, FMD_TEMPLATE, FCI_TEMPLATE):
        return _control_information(card, tag)
    if _has_current_tlv_file(card) and tag != ALL_FILES:
        return _get_from_file(card, tag)
    try:
        where, data_object = find_data_object(card, tag)
    except StatusWordError:
        if tag == ALL_FILES and not card.is_terminated:
            return all_files(card)
        raise
    authorise_object(card, where[0], data_object.read)
    return data_object.value


def put_data(card: CardContext, command: CommandAPDU, tag: int) -> Response:
    """PUT DATA (DA): 6982 and 6985 as above, 6A84 where the value is longer than the object or the EF may be."""
    if _has_current_tlv_file(card):
        _put_into_file(card, tag, command.data)
        return b""
    where, data_object = find_data_object(card, tag)
    authorise_object(card, where[0], data_object.update)
    if len(command.data) > data_object.size:
        raise StatusWordError(SW.NOT_ENOUGH_MEMORY)
    card.work.put_data_object(where, replace(data_object, value=command.data))
    return b""


def _has_current_tlv_file(card: CardContext) -> bool:
    number = card.channel.ef
    return number != 0 and card.state.files[number].kind in TLV_KINDS


def _get_from_file(card: CardContext, tag: int) -> bytes:
    """Raises StatusWordError 6982, 6985, 6A88."""
    file, content = _open_current(card, READ)
    found = by_tag(file, content).get(_tag_in(file, tag))
    if found is None:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    return found.value


def _put_into_file(card: CardContext, tag: int, value: bytes) -> None:
    """Raises StatusWordError 6982, 6985, 6A84; 6A80 for what is no tag of BER-TLV."""
    file, content = _open_current(card, UPDATE)
    try:
        new = (TLV if file.kind is FileKind.BER_TLV else SimpleTLV)(_tag_in(file, tag), value)
        changed = with_objects(file, content, (new,))
    except TLVError:
        raise StatusWordError(SW.WRONG_DATA) from None
    if sum(map(len, changed)) > file.size:
        raise StatusWordError(SW.NOT_ENOUGH_MEMORY)
    card.work.put_content(file.number, changed)


def _open_current(card: CardContext, operation: int) -> tuple[CardFile, tuple[bytes, ...]]:
    file = card.state.files[card.channel.ef]
    authorise(card.state, card.channel, file.number, operation)
    content = card.state.contents[file.number]
    return file, content if isinstance(content, tuple) else (content,)


def _tag_in(file: CardFile, tag: int) -> int:
    """The tag that P1-P2 is in that EF. Raises StatusWordError 6A88 for one of the other form."""
    is_simple = tag >> 8 == _SIMPLE_TLV
    if is_simple != (file.kind is FileKind.SIMPLE_TLV) or 0x0100 <= tag < 0x0200:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    return tag & 0xFF if is_simple else tag


def _control_information(card: CardContext, tag: int) -> bytes:
    channel = card.channel
    parameters = control_parameters(card.state.files[channel.ef if channel.ef != 0 else channel.df])
    if tag == FCP_TEMPLATE:
        return parameters.fcp_template()
    return parameters.fmd_template() if tag == FMD_TEMPLATE else parameters.fci_template()

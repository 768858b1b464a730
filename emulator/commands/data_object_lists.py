"""GET DATA and PUT DATA with an odd INS (ISO/IEC 7816-4:2005, 7.4): several data objects of an EF or of the DF.

::

    P1 P2  0000                        the current EF
           0000 0000 000s ssss         the EF with short identifier s (1 to 30), which becomes current
           3FFF                        the current DF
           else                        the EF with this file identifier in the current DF, which becomes current
    data   GET   5C tag list; an empty one: all that there are
           PUT   data objects, each in the place of the one of its tag, or added; in 3FFF also a key (4D):
                 :mod:`emulator.commands.key_import`

The EF is one of TLV structure (6981 for another). A tag list for a SIMPLE-TLV EF has one byte for each tag.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from emulator.access_control import READ, UPDATE, authorise
from emulator.commands.data_objects import authorise_object
from emulator.commands.key_import import import_key
from emulator.commands.offsets import short_identifier
from emulator.file_lookup import by_short_identifier
from emulator.tlv_files import TLV_KINDS, by_tag, data_objects, tags, with_objects
from iso7816.ber_tlv import TLV, decode_one
from iso7816.errors import TLVError
from iso7816.file_descriptor import FileKind
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from emulator.persistent import CardFile
    from iso7816.apdu import CommandAPDU

_CURRENT_DF: Final = 0x3FFF
_TAG_LIST: Final = 0x5C
_EXTENDED_HEADER_LIST: Final = 0x4D


def get_data(card: CardContext, command: CommandAPDU, place: int) -> Response:
    """GET DATA (CB): the data objects themselves. 6A88 where a tag is not there, 6A80 for another data field."""
    wanted = _tag_list(command.data)
    if place == _CURRENT_DF:
        return _of_current_df(card, wanted)
    file, content = open_tlv(card, place, READ)
    there = by_tag(file, content)
    try:
        asked = tags(file.kind, wanted) or tuple(there)
        return b"".join(there[tag].to_bytes() for tag in asked)
    except TLVError:
        raise StatusWordError(SW.WRONG_DATA) from None
    except KeyError:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND) from None


def put_data(card: CardContext, command: CommandAPDU, place: int) -> Response:
    """PUT DATA (DB): 6A80 where the data are no data objects, 6A84 where there is no room for them."""
    if place == _CURRENT_DF:
        if command.data[0] == _EXTENDED_HEADER_LIST:
            return import_key(card, command)
        _put_in_current_df(card, command.data)
        return b""
    file, content = open_tlv(card, place, UPDATE)
    try:
        changed = with_objects(file, content, data_objects(file.kind, command.data))
    except TLVError:
        raise StatusWordError(SW.WRONG_DATA) from None
    if sum(map(len, changed)) > file.size:
        raise StatusWordError(SW.NOT_ENOUGH_MEMORY)
    card.work.put_content(file.number, changed)
    return b""


def open_tlv(card: CardContext, place: int, operation: int) -> tuple[CardFile, tuple[bytes, ...]]:
    """The EF of TLV structure and its data objects.

    Raises:
        StatusWordError: 6986 no current EF, 6A82 no such file, 6981 of another structure, 6982 and 6985 as the access
            rules say.
    """
    channel, state = card.channel, card.state
    sfi = short_identifier(card, place)
    if sfi != 0:
        file = by_short_identifier(state, channel.df, sfi)
    elif channel.ef != 0:
        file = state.files[channel.ef]
    else:
        raise StatusWordError(SW.NO_CURRENT_EF)
    content = state.contents[file.number]
    if file.kind not in TLV_KINDS or not isinstance(content, tuple):
        raise StatusWordError(SW.INCOMPATIBLE_FILE_STRUCTURE)
    authorise(state, channel, file.number, operation)
    if channel.ef != file.number:
        channel.ef, channel.record = file.number, 0
    return file, content


def _tag_list(data: bytes) -> bytes:
    """The value of 5C. Raises StatusWordError 6A80."""
    try:
        tlv, rest = decode_one(data)
    except TLVError:
        raise StatusWordError(SW.WRONG_DATA) from None
    if tlv.tag != _TAG_LIST or rest:
        raise StatusWordError(SW.WRONG_DATA)
    return tlv.value


def _of_current_df(card: CardContext, wanted: bytes) -> bytes:
    """Those of the DF itself; where all are asked for, those that may be read."""
    df, objects = card.channel.df, card.state.data_objects
    try:
        asked = tags(FileKind.BER_TLV, wanted)
    except TLVError:
        raise StatusWordError(SW.WRONG_DATA) from None
    if not asked:
        return b"".join(_readable(card))
    parts = []
    for tag in asked:
        found = objects.get((df, tag))
        if found is None:
            raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
        authorise_object(card, df, found.read)
        parts.append(TLV(tag, found.value).to_bytes())
    return b"".join(parts)


def _readable(card: CardContext) -> list[bytes]:
    found = []
    for (df, tag), each in sorted(card.state.data_objects.items()):
        if df != card.channel.df:
            continue
        try:
            authorise_object(card, df, each.read)
            found.append(TLV(tag, each.value).to_bytes())
        except (StatusWordError, TLVError):
            continue
    return found


def _put_in_current_df(card: CardContext, data: bytes) -> None:
    df, objects = card.channel.df, card.state.data_objects
    try:
        new = data_objects(FileKind.BER_TLV, data)
    except TLVError:
        raise StatusWordError(SW.WRONG_DATA) from None
    for each in new:
        found = objects.get((df, each.tag))
        if found is None:
            raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
        authorise_object(card, df, found.update)
        if len(each.value) > found.size:
            raise StatusWordError(SW.NOT_ENOUGH_MEMORY)
        card.work.put_data_object((df, each.tag), replace(found, value=each.value))

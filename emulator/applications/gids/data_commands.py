"""GET DATA (CB) and PUT DATA (DB): data objects in the EF that P1 and P2 name (ISO/IEC 7816-4:2005, 7.4).

::

    P1 P2  3FFF the DF   5C 02 7F71 the tries of the PIN, 7F73 of the PUK     70 a key (CB its public half)
           2F01 EF.ATR   5C 00
           0000          the current EF
           any other     an EF, which becomes current
    CB     5C tags       those data objects; 5C without tags: all that there are
    DB     data objects, each of which replaces that of its tag; an empty one in place of an empty one removes it
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emulator.applications.gids.interface import APPLICATION_DF, EF_ATR, KEY_TEMPLATE, Code, DataAccess, FileType
from emulator.applications.gids.key_import import put_key
from emulator.applications.gids.reference_data import code_key
from emulator.applications.gids.security_status import current_ef, make_current
from emulator.applications.gids.stored_files import OBJECT, object_key, open_file, put_values, tag_in
from emulator.applications.gids.stored_keys import get_public_key
from emulator.applications.gids.templates import template_in
from emulator.applications.secret_codes import SecretCode
from iso7816.atr import ATR
from iso7816.ber_tlv import TLV, decode_all, decode_tags, encode_all
from iso7816.errors import Iso7816Error
from iso7816.historical_bytes import HistoricalBytes
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

_CURRENT: Final = 0x0000
_ANY: Final = 0xFFFF
_TAG_LIST: Final = 0x5C
_STATUS: Final = {0x7F71: Code.PIN, 0x7F73: Code.PUK}
_TRIES_LEFT: Final = 0x97
_MOST_TRIES: Final = 0x93
_SERVICE_DATA: Final = TLV(0x43, b"\xf4")
_CAPABILITIES: Final = 0x47
_PRE_ISSUING_DATA: Final = TLV(0x46, b"GIDS")


def parse_place(p1: int, p2: int) -> int:
    """The file identifier. Raises StatusWordError 6A86 for FFFF."""
    if p1 << 8 | p2 == _ANY:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return p1 << 8 | p2


def get_data(card: CardContext, command: CommandAPDU, fid: int) -> Response:
    """6A80 other data, 6A82 there is no such EF, 6986 none is current, 6981 it has a key, 6985 it is not activated,
    6982 its rules do not allow it, 6A88 a data object is not there."""
    if fid == APPLICATION_DF:
        return _get_from_df(card, command.data)
    tags = _tags(command.data)
    if fid == EF_ATR:
        if tags:
            raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
        return _ef_atr(card)
    fid = _open(card, fid, DataAccess.GET_DATA)
    values = card.values
    if not tags:
        tags = tuple(tag_in(key) for key in values.keys(OBJECT + fid.to_bytes(2, "big")))
    found = []
    for tag in tags:
        value = values.get(object_key(fid, tag))
        if value is None:
            raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
        found.append(TLV(tag, value))
    return encode_all(found)


def put_data(card: CardContext, command: CommandAPDU, fid: int) -> Response:
    """6A80 other data, 6A82 there is no such EF, 6986 none is current, 6981 it has a key, 6985 it is not activated,
    6982 its rules do not allow it, 6A84 no room."""
    if fid == APPLICATION_DF:
        put_key(card, template_in(command.data, KEY_TEMPLATE))
        return b""
    try:
        tlvs = decode_all(command.data)
    except Iso7816Error:
        raise StatusWordError(SW.WRONG_DATA) from None
    fid = _open(card, fid, DataAccess.PUT_DATA)
    changed: dict[bytes, bytes | None] = {}
    for tlv in tlvs:
        key = object_key(fid, tlv.tag)
        before = changed[key] if key in changed else card.values.get(key)
        changed[key] = None if tlv.value == before == b"" else tlv.value
    for key in changed:
        if changed[key] is None:
            card.values.remove(key)
    put_values(card, {key: value for key, value in changed.items() if value is not None})
    return b""


def _open(card: CardContext, fid: int, mode: DataAccess) -> int:
    """The EF that is meant, which becomes current."""
    if fid == _CURRENT:
        current = current_ef(card)
        if current is None:
            raise StatusWordError(SW.NO_CURRENT_EF)
        fid = current
    open_file(card, fid, FileType.DATA_OBJECTS, mode)
    make_current(card, fid)
    return fid


def _tags(data: bytes) -> tuple[int, ...]:
    """The tags of a tag list. Raises StatusWordError 6A80."""
    try:
        (tlv,) = decode_all(data)
        tags = decode_tags(tlv.value)
    except (Iso7816Error, ValueError):
        raise StatusWordError(SW.WRONG_DATA) from None
    if tlv.tag != _TAG_LIST:
        raise StatusWordError(SW.WRONG_DATA)
    return () if tags == (_TAG_LIST,) else tags


def _get_from_df(card: CardContext, data: bytes) -> bytes:
    if data[:1] == bytes((KEY_TEMPLATE,)):
        return get_public_key(card, template_in(data, KEY_TEMPLATE))
    tags = _tags(data)
    if len(tags) != 1 or tags[0] not in _STATUS:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    key = code_key(_STATUS[tags[0]])
    if key not in card.values:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    code = SecretCode.read(card, key)
    tries = TLV(_TRIES_LEFT, bytes((code.tries_left,))), TLV(_MOST_TRIES, bytes((code.max_tries,)))
    return TLV.constructed(tags[0], tries).to_bytes()


def _ef_atr(card: CardContext) -> bytes:
    """Card service data, the card capabilities that the ATR announces, pre-issuing data."""
    try:
        objects = HistoricalBytes.parse(ATR.parse(card.state.identity.atr).historical_bytes).objects
    except Iso7816Error:
        objects = ()
    capabilities = (TLV(each.ber_tag, each.value) for each in objects if each.ber_tag == _CAPABILITIES)
    return encode_all((_SERVICE_DATA, *capabilities, _PRE_ISSUING_DATA))

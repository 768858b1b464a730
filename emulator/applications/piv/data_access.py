"""SELECT, GET DATA and PUT DATA (SP 800-73-5, part 2, 3.1 and 3.3.1).

::

    SELECT    A4 04 00  AID, maybe right-truncated         response  61 { 4F AID  79 { 4F RID }  50 label  AC {...} }
    GET DATA  CB 3F FF  5C tag                             response  53 content, or the template 7E or 7F61
    PUT DATA  DB 3F FF  5C tag  53 content; or the template 7E or 7F61. Empty content removes the data object

The template AC is there where the card has a key for secure messaging: it tells the cipher suite.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from emulator.applications.piv.data_objects import (
    ATTESTATION_CERTIFICATE,
    BIOMETRIC_TEMPLATES,
    DISCOVERY,
    Reading,
    is_template,
    kind_of,
)
from emulator.applications.piv.enrolled_fingers import are_biometric_templates, biometric_templates, fingers_of
from emulator.applications.piv.security import (
    authorise_administrator,
    is_cardholder_verified,
    is_on_contact,
    is_pin_verified,
)
from emulator.applications.piv.stored_keys import is_extended
from emulator.applications.piv.stored_objects import (
    AID,
    CONTENT,
    WITH_COMPARISON,
    as_returned,
    is_discovery_object,
    object_key,
    occupied,
    pin_usage_policy,
)
from emulator.commands.selection import Answer, Method, Selection
from emulator.commands.selection import select as select_file
from emulator.file_lookup import Occurrence
from iso7816.ber_tlv import TLV, decode_all
from iso7816.errors import TLVError
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emulator.applications.piv.data_objects import DataObjectKind
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

_TAG_LIST: Final = 0x5C
_RID_LENGTH: Final = 5
_LABEL: Final = b"PIV Card Application"
_BY_NAME: Final = Selection(Method.DF_NAME, Answer.FCI, Occurrence.FIRST)
_RULES: Final[Mapping[Reading, Callable[[CardContext], bool]]] = {
    Reading.ALWAYS: lambda _card: True,
    Reading.PIN: is_pin_verified,
    Reading.CARDHOLDER: is_cardholder_verified,
}


def parse_selection(p1: int, p2: int) -> None:
    """Only by name, the first or only one. Raises StatusWordError 6A86."""
    if (p1, p2) != (Method.DF_NAME.value, 0):
        raise StatusWordError(SW.INCORRECT_P1_P2)


def parse_data(p1: int, p2: int) -> None:
    """P1-P2 is 3FFF. Raises StatusWordError 6A86."""
    if (p1, p2) != (0x3F, 0xFF):
        raise StatusWordError(SW.INCORRECT_P1_P2)


def select(card: CardContext, command: CommandAPDU, _parameters: None) -> Response:
    """SELECT (A4) while the application is the current one; 6A82 there is no such application on the card.

    Selected anew it keeps its security status; another application takes its place, and the status is gone.
    """
    if len(command.data) >= _RID_LENGTH and AID.startswith(command.data):
        return application_property_template(card)
    response = select_file(card, command, _BY_NAME)
    card.channel.end_session()
    return response


def application_property_template(card: CardContext) -> bytes:
    """What SELECT returns (SP 800-73-5, part 2, 3.1.1)."""
    from emulator.applications.piv.secure_channel import supported_suite

    tlvs = [
        TLV(0x4F, AID),
        TLV.constructed(0x79, [TLV(0x4F, AID[:_RID_LENGTH])]),
        TLV(0x50, _LABEL),
    ]
    suite = supported_suite(card.values)
    if suite is not None:
        tlvs.append(TLV.constructed(0xAC, [TLV(0x80, bytes((suite,))), TLV(0x06, b"\0")]))
    return TLV.constructed(0x61, tlvs).to_bytes()


def get_data(card: CardContext, command: CommandAPDU, _parameters: None) -> Response:
    """GET DATA (CB).

    6A80 the data are no tag list of one tag, 6A82 there is no such data object, 6982 its rule is not met.
    """
    tag = _tag_in(command.data)
    kind = kind_of(tag, extended=is_extended(card.values))
    if kind is None:
        raise StatusWordError(SW.FILE_NOT_FOUND)
    _authorise_reading(card, kind)
    content = _content(card, tag)
    if content is None:
        raise StatusWordError(SW.FILE_NOT_FOUND)
    return as_returned(tag, content)


def put_data(card: CardContext, command: CommandAPDU, _parameters: None) -> Response:
    """PUT DATA (DB).

    6A81 over the contactless interface, or a tag that there is not; 6982 the administrator has not been authenticated;
    6A80 the data have another form, are no discovery object, or tell of other fingers than the card has; 6A84 there is
    no room.
    """
    authorise_administrator(card)
    tag, content = _data_object_in(command.data)
    if kind_of(tag, extended=is_extended(card.values)) is None:
        raise StatusWordError(SW.FUNCTION_UNSUPPORTED)
    if not _fits(card, tag, content):
        raise StatusWordError(SW.WRONG_DATA)
    if occupied(card.values, but=tag) + len(content) > card.state.identity.memory:
        raise StatusWordError(SW.NOT_ENOUGH_MEMORY)
    if content:
        card.values.put(object_key(tag), content)
    else:
        card.values.remove(object_key(tag))
    return b""


def _fits(card: CardContext, tag: int, content: bytes) -> bool:
    """Whether what tells of the card is right, or is removed where there is nothing to tell of."""
    fingers = fingers_of(card.values)
    if tag == DISCOVERY:
        return not content or is_discovery_object(content, compares_fingers=fingers > 0)
    if tag == BIOMETRIC_TEMPLATES:
        return are_biometric_templates(content, fingers) if content else fingers == 0
    return True


def _authorise_reading(card: CardContext, kind: DataObjectKind) -> None:
    interface = kind.contactless or is_on_contact(card)
    if not interface or not _RULES[kind.reading](card):
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)


def _content(card: CardContext, tag: int) -> bytes | None:
    if tag == ATTESTATION_CERTIFICATE and is_extended(card.values):
        from emulator.applications.piv.attestation import ensure_attestation_key

        ensure_attestation_key(card)
    content = card.values.get(object_key(tag))
    if tag == BIOMETRIC_TEMPLATES and content is not None and not pin_usage_policy(card.values) & WITH_COMPARISON:
        return biometric_templates([])
    return content


@lru_cache(maxsize=256)
def _tag_in(data: bytes) -> int:
    """The tag that a tag list names. Raises StatusWordError 6A80."""
    try:
        tlvs = decode_all(data)
    except TLVError:
        raise StatusWordError(SW.WRONG_DATA) from None
    if len(tlvs) != 1 or tlvs[0].tag != _TAG_LIST or not 1 <= len(tlvs[0].value) <= 3:
        raise StatusWordError(SW.WRONG_DATA)
    return int.from_bytes(tlvs[0].value, "big")


def _data_object_in(data: bytes) -> tuple[int, bytes]:
    """Tag and content of what PUT DATA brings. Raises StatusWordError 6A80."""
    try:
        tlvs = decode_all(data)
    except TLVError:
        raise StatusWordError(SW.WRONG_DATA) from None
    if len(tlvs) == 1 and is_template(tlvs[0].tag):
        return tlvs[0].tag, tlvs[0].value
    if [tlv.tag for tlv in tlvs] == [_TAG_LIST, CONTENT]:
        tag = int.from_bytes(tlvs[0].value, "big")
        if 1 <= len(tlvs[0].value) <= 3 and not is_template(tag):
            return tag, tlvs[1].value
    raise StatusWordError(SW.WRONG_DATA)

"""SELECT, CREATE FILE and DELETE FILE in the DF of the application, which is the MF: 3F00 names it.

The commands are the card's own, but that rules stand under tag 86 (:mod:`access_conditions`), in templates that are
sent as in those that are returned.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from emulator.applications.pkcs15.access_conditions import from_expanded_rules, to_expanded_rules
from emulator.commands import management
from emulator.commands import selection as card_selection
from emulator.commands.selection import Answer, Method, locate, make_current
from emulator.file_control_information import control_parameters
from emulator.file_lookup import by_name
from emulator.references import df_and_above
from iso7816.ber_tlv import TLV, decode_one
from iso7816.errors import Iso7816Error
from iso7816.expanded_rules import EXPANDED_RULES
from iso7816.file_path import MF
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from emulator.commands.selection import Selection
    from emulator.persistent import CardFile
    from iso7816.apdu import CommandAPDU

ACCESS_CONDITIONS: Final = 0x86
_PARAMETERS: Final = frozenset((0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x88, 0x8A, 0xA5, ACCESS_CONDITIONS))
"""What CREATE FILE takes: rules in another form would not be told again."""


def select(card: CardContext, command: CommandAPDU, selection: Selection) -> Response:
    """SELECT (A4), as the card's own; by name also of the application itself, and of what lies outside."""
    state, channel = card.state, card.channel
    root = channel.application
    if selection.method is Method.DF_NAME:
        number = by_name(state, channel.df, command.data, selection.occurrence)
        if number == root or root not in df_and_above(state, number):
            return card_selection.select(card, command, selection)
    else:
        number = locate(state, channel.df, selection.method, command.data, root=root)
    file = state.files[number]
    answer = b""
    if command.ne is not None and selection.answer is not Answer.NONE:
        answer = _control_information(file, selection.answer, is_root=number == root)
        if len(answer) > command.ne:
            raise StatusWordError(SW.WRONG_LENGTH)
    make_current(state, channel, file)
    return answer


def _control_information(file: CardFile, answer: Answer, *, is_root: bool) -> bytes:
    parameters = control_parameters(file)
    others: tuple[TLV, ...] = ()
    if file.expanded is not None:
        others = (TLV(ACCESS_CONDITIONS, from_expanded_rules(file.expanded)),)
    parameters = replace(parameters, fid=MF if is_root else file.fid, others=others)
    if answer is Answer.FCP:
        return parameters.fcp_template()
    return parameters.fmd_template() if answer is Answer.FMD else parameters.fci_template()


def create_file(card: CardContext, command: CommandAPDU, new: management.NewFile) -> Response:
    """CREATE FILE (E0), as the card's own; a file without tag 86 is free. 6A80 for rules of other forms."""
    try:
        template, rest = decode_one(command.data)
        tlvs = template.children()
    except Iso7816Error:
        raise StatusWordError(SW.WRONG_DATA) from None
    if rest or not _PARAMETERS.issuperset(tlv.tag for tlv in tlvs):
        raise StatusWordError(SW.WRONG_DATA)
    data = TLV.constructed(template.tag, map(_to_card, tlvs)).to_bytes()
    return management.create_file(card, command._replace(data=data), new)


def _to_card(tlv: TLV) -> TLV:
    return TLV(EXPANDED_RULES, to_expanded_rules(tlv.value)) if tlv.tag == ACCESS_CONDITIONS else tlv


def delete_file(card: CardContext, command: CommandAPDU, method: Method) -> Response:
    """DELETE FILE (E4), as the card's own; 6985 for the DF of the application."""
    return management.delete_file(card, command, method, card.channel.application)

"""SELECT, CREATE FILE, ACTIVATE FILE, DELETE FILE.

::

    A4  P1 04  the application by its name, maybe right-truncated    P2 00 FCI, 04 FCP, 08 FMD, 0C nothing
        P1 00  3FFF, 3F00 or nothing: its DF; else an EF             P2 00 FCI, 04 FCP, 0C nothing
    E0  P1 P2 00  data: template 62 of a new EF, which becomes current, and is to be activated
    44  P1 P2 00  the current file; of the DF, which then is operational
    E4  P1 P2 00  the current EF, or that whose identifier the data are
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from emulator.applications.gids.environment import forget_environment
from emulator.applications.gids.interface import APPLICATION_DF, EF_ATR, DataAccess, DFAccess, FileType
from emulator.applications.gids.life_cycle import is_operational, life_cycle, make_operational
from emulator.applications.gids.security_status import (
    Role,
    authorise,
    current_ef,
    deauthenticate,
    make_current,
    require_role,
    speaks_of,
)
from emulator.applications.gids.stored_files import file_key, put_file, remove_file, stored_file, to_file
from emulator.commands import selection as card_selection
from emulator.commands.selection import Answer, Method
from iso7816.ber_tlv import TLV, encode_all
from iso7816.file_control import FCP_TEMPLATE, FMD_TEMPLATE, LifeCycle
from iso7816.file_descriptor import FileKind
from iso7816.file_path import MF, is_assignable
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from emulator.commands.selection import Selection
    from iso7816.apdu import CommandAPDU

DF_RULES: Final = bytes.fromhex("033030")
"""PIN or administrator's key to create EFs, and to delete them."""

_APPLICATION_TEMPLATE: Final = 0x61
_IDENTIFIER: Final = 0x4F
_DISCRETIONARY: Final = 0x73
_AUTHENTICATION_PROTOCOLS: Final = TLV(0x40, b"\xc0")
"""External and mutual authentication by the administrator's key."""
_PIN_USAGE: Final = TLV(0x5F2F, b"\x40")
"""There is a PIN of the application, and no global one."""
_OWN_NAMES: Final = (b"", APPLICATION_DF.to_bytes(2, "big"), MF.to_bytes(2, "big"))


def select(card: CardContext, command: CommandAPDU, selection: Selection) -> Response:
    """SELECT (A4): 6A82 there is no such file, 6A86 another way to name one, 6A87 data that are no identifier."""
    if selection.method is Method.DF_NAME:
        return card_selection.select(card, command, selection)
    if selection.method is not Method.FILE_IDENTIFIER:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    if command.data in _OWN_NAMES:
        make_current(card, None)
        return df_information(card, selection.answer)
    if len(command.data) != 2:
        raise StatusWordError(SW.NC_INCONSISTENT_WITH_P1_P2)
    file = stored_file(card.values, int.from_bytes(command.data, "big"))
    if selection.answer is Answer.FMD:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    make_current(card, file.fid)
    if selection.answer is Answer.NONE:
        return b""
    return file.parameters.fcp_template() if selection.answer is Answer.FCP else file.parameters.fci_template()


def df_information(card: CardContext, answer: Answer) -> bytes:
    """What is told of the DF of the application."""
    if answer is Answer.NONE:
        return b""
    if answer is Answer.FCP:
        state = TLV(0x8A, bytes((life_cycle(card.values),)))
        parameters = (TLV(0x82, bytes((FileKind.DF,))), state, TLV(0x8C, DF_RULES))
        return TLV.constructed(FCP_TEMPLATE, parameters).to_bytes()
    if answer is Answer.FMD:
        return TLV.constructed(FMD_TEMPLATE, [_PIN_USAGE]).to_bytes()
    name = card.state.files[card.channel.application].name or b""
    others = encode_all([_AUTHENTICATION_PROTOCOLS])
    return TLV.constructed(_APPLICATION_TEMPLATE, [TLV(_IDENTIFIER, name), TLV(_DISCRETIONARY, others)]).to_bytes()


def parse_no_parameters(p1: int, p2: int) -> None:
    """Raises StatusWordError 6A86 unless P1 and P2 are 00."""
    if p1 != 0 or p2 != 0:
        raise StatusWordError(SW.INCORRECT_P1_P2)


def create_file(card: CardContext, command: CommandAPDU, _parameters: None) -> Response:
    """CREATE FILE (E0): 6982 neither PIN nor administrator's key, 6A80 no file of this card, 6A89 it is there, 6A84.

    A file for the administrator's key is created by the administrator alone.
    """
    authorise(card, DF_RULES, DFAccess.CREATE_EF)
    file = to_file(command.data)
    if not is_assignable(file.fid):
        raise StatusWordError(SW.WRONG_DATA)
    if file.fid == EF_ATR or file_key(file.fid) in card.values:
        raise StatusWordError(SW.FILE_EXISTS)
    if file.kind is FileType.KEY and file.is_admin_key:
        require_role(card, Role.ADMINISTRATOR)
    put_file(card, file)
    # Committed first: a file that could not be written must not become current.
    card.work.commit()
    make_current(card, file.fid)
    return b""


def activate_file(card: CardContext, _command: CommandAPDU, _parameters: None) -> Response:
    """ACTIVATE FILE (44): an EF may be used from then on; of the DF the access rules are in force from then on."""
    fid = current_ef(card)
    if fid is not None:
        put_file(card, replace(stored_file(card.values, fid), life_cycle=LifeCycle.OPERATIONAL_ACTIVATED))
    elif not is_operational(card.values):
        make_operational(card.values)
        card.work.commit()
        deauthenticate(card)
    return b""


def delete_file(card: CardContext, command: CommandAPDU, _parameters: None) -> Response:
    """DELETE FILE (E4): 6985 the DF, 6A82 there is no such file, 6982 neither PIN nor administrator's key.

    Who deletes a file must be allowed to write it, too: else a new one in its place would be anybody's.
    """
    if command.data and len(command.data) != 2:
        raise StatusWordError(SW.NC_INCONSISTENT_WITH_P1_P2)
    fid = int.from_bytes(command.data, "big") if command.data else current_ef(card)
    if fid is None or command.data in _OWN_NAMES[1:]:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    file = stored_file(card.values, fid)
    authorise(card, DF_RULES, DFAccess.DELETE_EF)
    if file.rules is not None and speaks_of(file.rules, DataAccess.PUT_DATA):
        authorise(card, file.rules, DataAccess.PUT_DATA)
    remove_file(card, file.fid)
    card.work.commit()
    make_current(card, None)
    if file.kind is FileType.KEY:
        forget_environment(card)
    return b""

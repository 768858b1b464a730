"""TERMINATE DF, TERMINATE EF and TERMINATE CARD USAGE (ISO/IEC 7816-9:2004, 6.5 to 6.7): what no command takes back.

A terminated file can be selected (warning 6285) and deleted; what lies in a terminated DF cannot be reached. A
terminated card is at its end (:mod:`emulator.card_life_cycle`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from emulator.access_control import TERMINATE, authorise
from emulator.commands.management import target
from emulator.persistent import MF_NUMBER
from iso7816.file_control import LifeCycle
from iso7816.file_descriptor import FileKind
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from emulator.commands.selection import Method
    from emulator.persistent import CardFile
    from iso7816.apdu import CommandAPDU


def parse_nothing(p1: int, p2: int) -> None:
    """Raises StatusWordError 6A86 for anything but 0000."""
    if p1 != 0 or p2 != 0:
        raise StatusWordError(SW.INCORRECT_P1_P2)


def terminate_df(card: CardContext, command: CommandAPDU, method: Method) -> Response:
    """TERMINATE DF (E6): 6981 for an EF, 6985 for the MF, which goes with the card."""
    file = target(card, command, method)
    if file.kind is not FileKind.DF:
        raise StatusWordError(SW.INCOMPATIBLE_FILE_STRUCTURE)
    if file.number == MF_NUMBER:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    return _terminate(card, file)


def terminate_ef(card: CardContext, command: CommandAPDU, method: Method) -> Response:
    """TERMINATE EF (E8): 6981 for a DF."""
    file = target(card, command, method)
    if file.kind is FileKind.DF:
        raise StatusWordError(SW.INCOMPATIBLE_FILE_STRUCTURE)
    return _terminate(card, file)


def terminate_card_usage(card: CardContext, _command: CommandAPDU, _parameters: None) -> Response:
    """TERMINATE CARD USAGE (FE): as the MF's rule for its termination allows; everything volatile is gone."""
    _terminate(card, card.state.files[MF_NUMBER])
    card.work.commit()
    card.clear()
    return b""


def _terminate(card: CardContext, file: CardFile) -> Response:
    """Raises StatusWordError 6982 and 6985 as the access rules say; a file that is terminated stays so."""
    if file.life_cycle is not LifeCycle.TERMINATED:
        authorise(card.state, card.channel, file.number, TERMINATE)
        card.work.put_file(replace(file, life_cycle=LifeCycle.TERMINATED))
        if file.kind is FileKind.DF:
            # Committed first: what could not be written has closed nothing.
            card.work.commit()
            card.leave_closed_applications()
    return b""

"""LIST DIRECTORY: the file identifiers of what lies in the current DF.

ISO/IEC 7816-4 has no such command. This one, 80 AA, is what cards of the TCOS kind have, and programs that list
files know it; GET DATA of 01A1, as cards of the MyEID kind have it, can go under secure messaging, too::

    80 AA 01 00 Le   the DFs      80 AA 02 00 Le   the EFs      00 CA 01 A1 Le   all
    response         two bytes for each file, in the order of their creation; none: empty
"""

from __future__ import annotations

from enum import Enum, unique
from typing import TYPE_CHECKING, Final

from iso7816.file_descriptor import FileKind
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator.command import CardContext, Response
    from emulator.persistent import CardFile
    from iso7816.apdu import CommandAPDU

ALL_FILES: Final = 0x01A1
"""P1-P2 of GET DATA."""


@unique
class Listed(Enum):
    """P1."""

    DFS = 0x01
    EFS = 0x02


_LISTED = {listed.value: listed for listed in Listed}


def parse_list(p1: int, p2: int) -> Listed:
    """Raises StatusWordError 6A86 for a P1 not above, and a P2 other than 00."""
    listed = _LISTED.get(p1)
    if listed is None or p2 != 0:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return listed


def list_directory(card: CardContext, _command: CommandAPDU, listed: Listed) -> Response:
    """LIST DIRECTORY (80 AA), as free as SELECT; 6700 where Ne is too small for all identifiers."""
    wanted = listed is Listed.DFS
    return b"".join(file.fid.to_bytes(2, "big") for file in _files(card) if (file.kind is FileKind.DF) == wanted)


def all_files(card: CardContext) -> bytes:
    """The value of the data object 01A1, as free as SELECT."""
    return b"".join(file.fid.to_bytes(2, "big") for file in _files(card))


def _files(card: CardContext) -> Iterator[CardFile]:
    """What lies in the current DF, in the order of creation."""
    state, df = card.state, card.channel.df
    numbers = sorted(number for place, number in state.children.items() if place >> 16 == df)
    return (state.files[number] for number in numbers)

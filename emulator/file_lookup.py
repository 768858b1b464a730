"""Finding files: by file identifier, short EF identifier, path and DF name (ISO/IEC 7816-4:2020, 7.3)."""

from __future__ import annotations

from bisect import bisect_left
from enum import Enum, unique

from emulator.persistent import MF_NUMBER, CardFile, PersistentState
from iso7816.file_descriptor import FileKind
from iso7816.file_path import CURRENT_DF, MAX_SFI, MF, MIN_SFI
from iso7816.status_words import SW, StatusWordError


@unique
class Occurrence(Enum):
    """Which of the DFs that a partial name fits (P2 bits 2 and 1 of SELECT)."""

    FIRST = 0
    LAST = 1
    NEXT = 2
    PREVIOUS = 3


def child(state: PersistentState, df: int, fid: int) -> int:
    """The number of the file ``fid`` in a DF. Raises StatusWordError 6A82."""
    number = state.children.get(df << 16 | fid)
    if number is None or number == MF_NUMBER:
        raise StatusWordError(SW.FILE_NOT_FOUND)
    return number


def by_file_identifier(state: PersistentState, current_df: int, fid: int, root: int = MF_NUMBER) -> int:
    """As SELECT with P1 = 00 finds it: the MF, then a child of the current DF, its parent, then its siblings.

    The current DF itself is a child of its parent, and so found among the siblings. ``root`` is the DF that counts as
    the MF. Raises StatusWordError 6A82.
    """
    number = state.children.get(current_df << 16 | fid)
    if number is not None:
        return number
    if fid == MF:
        return root
    if fid == CURRENT_DF:
        return current_df
    if current_df != root:
        parent = state.files[current_df].parent
        if state.files[parent].fid == fid:
            return parent
        number = state.children.get(parent << 16 | fid)
        if number is not None:
            return number
    raise StatusWordError(SW.FILE_NOT_FOUND)


def by_path(state: PersistentState, start: int, path: bytes) -> int:
    """The file at a path of two-byte identifiers below ``start``; an empty path is ``start`` itself.

    Raises:
        StatusWordError: 6A82.
    """
    number = start
    for position in range(0, len(path), 2):
        if state.files[number].kind is not FileKind.DF:
            raise StatusWordError(SW.FILE_NOT_FOUND)
        number = child(state, number, path[position] << 8 | path[position + 1])
    return number


def by_short_identifier(state: PersistentState, df: int, sfi: int) -> CardFile:
    """The EF with that short identifier in a DF. Raises StatusWordError 6A82."""
    number = state.short_ids.get(df << 5 | sfi)
    if number is None:
        raise StatusWordError(SW.FILE_NOT_FOUND)
    return state.files[number]


def implicit_sfi(state: PersistentState, df: int, fid: int) -> int:
    """The short identifier of a new EF that names none: the low five bits of its FID where those are free, else 0."""
    sfi = fid & 0x1F
    return sfi if MIN_SFI <= sfi <= MAX_SFI and df << 5 | sfi not in state.short_ids else 0


def by_name(state: PersistentState, current_df: int, name: bytes, occurrence: Occurrence) -> int:
    """A DF whose name begins with ``name``; the order is that of the names.

    Next and previous count from the current DF; where its own name does not begin so they are first and last.

    Raises:
        StatusWordError: 6A82.
    """
    names = state.sorted_names
    low = bisect_left(names, name)
    high = bisect_left(names, _successor(name)) if name.strip(b"\xff") else len(names)
    here = state.files[current_df].name
    if occurrence is Occurrence.FIRST or occurrence is Occurrence.LAST or here is None or not here.startswith(name):
        forward = occurrence in (Occurrence.FIRST, Occurrence.NEXT)
        place = low if forward else high - 1
    else:
        place = bisect_left(names, here) + (1 if occurrence is Occurrence.NEXT else -1)
    if not low <= place < high:
        raise StatusWordError(SW.FILE_NOT_FOUND)
    return state.names[names[place]]


def _successor(prefix: bytes) -> bytes:
    """The least byte string that is greater than everything that begins with ``prefix``."""
    trimmed = prefix.rstrip(b"\xff")
    return trimmed[:-1] + bytes((trimmed[-1] + 1,))

"""File references: what the strings of ISCardFileAccess mean on an ISO/IEC 7816-4 card.

::

    SC_TYPE_BY_NAME      path       = [root] part *("/" part)      ("\\" does as well as "/")
                         root       = "/" | "3F00" ["/"] | name ["/"]
                         part       = identifier | "." | ".."
                         identifier = four hex digits
                         name       = DF name: 10 to 32 hex digits (an AID), or 1 to 16 printable characters
    SC_TYPE_BY_ID        one identifier: a child of the current directory, 3F00 the MF, 3FFF the current directory
    SC_TYPE_BY_SHORT_ID  "1" to "30", decimal: an EF of the current directory
    SC_TYPE_BY_ANY       one or two decimal digits a short identifier, four hex digits an identifier, else a name
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from iso7816.file_path import CURRENT_DF, MAX_SFI, MF, MIN_SFI, format_fid, is_assignable
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.published.enumerations import REFTYPE
from scardmgr.winscard.codes import SCardCode

_IDENTIFIER = re.compile(r"[0-9A-Fa-f]{4}")
_AID = re.compile(r"(?:[0-9A-Fa-f]{2}){5,16}")
_NAME = re.compile(r"[!-~]{1,16}")
_SHORT = re.compile(r"[0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class Location:
    """Where a file is: identifiers below a root, which is the MF or a DF known by its name alone.

    Attributes:
        df_name: the name of the root; ``None``: the MF.
        fids: the identifiers from below the root down to the file; empty for the root itself.
    """

    df_name: bytes | None = None
    fids: tuple[int, ...] = ()

    def child(self, fid: int) -> Location:
        """The location of a file in this directory."""
        return replace(self, fids=(*self.fids, fid))

    @property
    def parent(self) -> Location | None:
        """The directory that the file is in; ``None`` for a root."""
        return replace(self, fids=self.fids[:-1]) if self.fids else None

    def __str__(self) -> str:
        """The absolute path, readable by SC_TYPE_BY_NAME."""
        root = format_fid(MF) if self.df_name is None else name_text(self.df_name)
        return "/".join((root, *map(format_fid, self.fids)))


MASTER_FILE = Location()


@dataclass(frozen=True, slots=True)
class ShortReference:
    """An EF by its short identifier (1 to 30) in a directory."""

    directory: Location
    sfi: int

    def __str__(self) -> str:
        """For messages only."""
        return f"short identifier {self.sfi} in {self.directory}"


Target = Location | ShortReference


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to be created, and what its reference says of it."""

    directory: Location
    fid: int | None = None
    df_name: bytes | None = None
    sfi: int | None = None


def name_text(df_name: bytes) -> str:
    """A DF name as a reference: characters where they cannot be taken for anything else, else hex digits."""
    if all(0x21 <= byte <= 0x7E for byte in df_name):
        text = df_name.decode("ascii")
        if not (_IDENTIFIER.fullmatch(text) or _AID.fullmatch(text) or text in (".", "..") or set(text) & set("/\\")):
            return text
    return df_name.hex().upper()


def resolve(kind: REFTYPE, text: str, directory: Location) -> Target:
    """The file that a reference names, seen from ``directory``.

    Raises:
        HResultError: E_INVALIDARG: not a reference of that kind. SCARD_E_DIR_NOT_FOUND: above the root.
    """
    if kind is REFTYPE.SC_TYPE_BY_ANY:
        kind = _guess(text)
    if kind is REFTYPE.SC_TYPE_BY_SHORT_ID:
        return ShortReference(directory, _short(text))
    if kind is REFTYPE.SC_TYPE_BY_ID:
        return _step(directory, _identifier(text), first=True)
    return _walk(text, directory)


def resolve_new(kind: REFTYPE, text: str, directory: Location) -> NewFile:
    """The file to be created that a reference names: its last part is what does not exist yet.

    Raises:
        HResultError: as :func:`resolve`; E_INVALIDARG also for an identifier that no new file may bear.
    """
    if kind is REFTYPE.SC_TYPE_BY_ANY:
        kind = _guess(text)
    if kind is REFTYPE.SC_TYPE_BY_SHORT_ID:
        return NewFile(directory, sfi=_short(text))
    if kind is REFTYPE.SC_TYPE_BY_NAME:
        head, separator, text = text.replace("\\", "/").rpartition("/")
        if separator:
            directory = _walk(head or "/", directory)
        if not _IDENTIFIER.fullmatch(text):
            return NewFile(directory, df_name=_df_name(text))
    fid = _identifier(text)
    if not is_assignable(fid):
        raise _invalid(text, "an identifier that a new file may bear")
    return NewFile(directory, fid=fid)


def _guess(text: str) -> REFTYPE:
    if _SHORT.fullmatch(text):
        return REFTYPE.SC_TYPE_BY_SHORT_ID
    return REFTYPE.SC_TYPE_BY_ID if _IDENTIFIER.fullmatch(text) else REFTYPE.SC_TYPE_BY_NAME


def _walk(text: str, directory: Location) -> Location:
    parts = text.replace("\\", "/").split("/")
    if parts[0] == "":
        directory = MASTER_FILE
        parts = parts[1:] if len(parts) > 1 else parts
        if parts == [""]:
            return directory
    for index, part in enumerate(parts):
        if part == ".":
            continue
        if part == "..":
            parent = directory.parent
            if parent is None:
                raise HResultError(SCardCode.SCARD_E_DIR_NOT_FOUND, f"nothing is known above {directory}")
            directory = parent
        elif _IDENTIFIER.fullmatch(part):
            directory = _step(directory, int(part, 16), first=index == 0)
        elif index == 0:
            directory = Location(_df_name(part))
        else:
            raise _invalid(text, "a path: a DF name can only stand first")
    return directory


def _step(directory: Location, fid: int, *, first: bool) -> Location:
    if fid == MF and first:
        return MASTER_FILE
    if fid == CURRENT_DF and first:
        return directory
    if not is_assignable(fid):
        raise _invalid(format_fid(fid), "a file identifier that can stand here")
    return directory.child(fid)


def _identifier(text: str) -> int:
    if not _IDENTIFIER.fullmatch(text):
        raise _invalid(text, "a file identifier: four hex digits")
    return int(text, 16)


def _df_name(text: str) -> bytes:
    if _AID.fullmatch(text):
        return bytes.fromhex(text)
    if _NAME.fullmatch(text):
        return text.encode("ascii")
    raise _invalid(text, "a DF name: 10 to 32 hex digits, or 1 to 16 characters")


def _short(text: str) -> int:
    if not _SHORT.fullmatch(text) or not MIN_SFI <= int(text) <= MAX_SFI:
        raise _invalid(text, f"a short identifier: {MIN_SFI} to {MAX_SFI}, decimal")
    return int(text)


def _invalid(text: str, wanted: str) -> HResultError:
    return HResultError(HRESULT.E_INVALIDARG, f"{text!r} is not {wanted}")

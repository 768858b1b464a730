"""What is selected, as far as the dialogue shows it: so that a command can be said to read a file with a name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from iso7816.errors import Iso7816Error
from iso7816.file_control import FileControlParameters
from iso7816.file_path import CURRENT_DF, MF, format_fid

if TYPE_CHECKING:
    from iso7816.apdu import CommandAPDU
    from iso7816.describe.names import Names

_DF_PREFIXES = (0x3F, 0x5F, 0x7F)
"""First bytes that the customary numbering gives to DFs (ETSI TS 102 221, 8.5)."""


@dataclass(frozen=True, slots=True)
class Target:
    """A file that a command refers to.

    Attributes:
        path: from the MF, ``None`` where that is not known.
        fid: the file identifier, ``None`` for a file known by its DF name or short identifier only.
        is_df: whether it is a DF.
        sfi: the short EF identifier by which it is referred to.
    """

    path: tuple[int, ...] | None
    fid: int | None
    is_df: bool
    sfi: int | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Current DF and current EF of one logical channel.

    Attributes:
        names: of the card.
        df: path of the current DF from the MF, ``None`` where it was selected by an unknown name.
        ef: the current EF, ``None`` where there is none.
    """

    names: Names
    df: tuple[int, ...] | None = (MF,)
    ef: Target | None = None

    def label(self, target: Target) -> str:
        """The file in words: ``"MF"``, ``"EF 6F01 (greeting)"``, ``"EF with SFI 3"``."""
        name = None if target.path is None else self.names.name_of(target.path)
        if target.fid == MF:
            return "MF"
        kind = "DF" if target.is_df else "EF"
        text = f"{kind} with SFI {target.sfi}" if target.fid is None else f"{kind} {format_fid(target.fid)}"
        return text if name is None else f"{text} ({name})"

    @property
    def current_ef_label(self) -> str:
        """The current EF in words, ``"current EF"`` where it is not known."""
        return "current EF" if self.ef is None else self.label(self.ef)

    def by_sfi(self, sfi: int) -> Target:
        """The EF under the current DF with that short identifier."""
        named = None if self.df is None else self.names.by_sfi(self.df, sfi)
        if named is None:
            return Target(None, None, is_df=False, sfi=sfi)
        return Target(named.path.fids, named.path.name, is_df=False, sfi=sfi)

    def child(self, fid: int, *, is_df: bool) -> Target:
        """The file ``fid`` under the current DF."""
        return Target(None if self.df is None else (*self.df, fid), fid, is_df)

    def selected_by(self, apdu: CommandAPDU, response: bytes = b"") -> Target | None:
        """The file that SELECT (or DELETE, ACTIVATE, ... FILE) refers to.

        ``response`` is the response data; the file control information there tells a DF from an EF.
        ``None`` where the parameters are of no known form.
        """
        data = apdu.data
        match apdu.p1:
            case 0x00 if not data:
                return Target((MF,), MF, is_df=True)
            case 0x00 if len(data) == 2:
                return self._by_fid(data[0] << 8 | data[1], _says_df(response))
            case 0x01 | 0x02 if len(data) == 2:
                return self.child(data[0] << 8 | data[1], is_df=apdu.p1 == 0x01)
            case 0x03 if not data:
                parent = None if self.df is None else self.df[:-1] or (MF,)
                return Target(parent, None if parent is None else parent[-1], is_df=True)
            case 0x04 if data:
                # The first occurrence is the first DF named so; which one the others are, the card alone knows.
                named = self.names.by_df_name(data) if apdu.p2 & 0x03 == 0 else None
                return Target(None if named is None else named.path.fids, None, is_df=True)
            case 0x08 | 0x09 if data and len(data) % 2 == 0:
                fids = tuple(data[start] << 8 | data[start + 1] for start in range(0, len(data), 2))
                start = (MF,) if apdu.p1 == 0x08 else self.df
                path = None if start is None else (*start, *(fids[1:] if fids[0] in (MF, CURRENT_DF) else fids))
                return Target(path, fids[-1], self._is_df(path, fids[-1], _says_df(response)))
            case _:
                return None

    def after_selecting(self, target: Target) -> Selection:
        """What is selected once ``target`` is."""
        if target.is_df:
            return replace(self, df=target.path, ef=None)
        if target.path is not None:
            return replace(self, df=target.path[:-1], ef=target)
        return replace(self, ef=target)

    def without_ef(self) -> Selection:
        """The same DF, and no current EF."""
        return replace(self, ef=None)

    def _by_fid(self, fid: int, says_df: bool | None) -> Target:
        """By file identifier: a child, a sibling, the current DF or its parent, whichever has a name."""
        if fid == MF:
            return Target((MF,), MF, is_df=True)
        df = self.df
        if df is None:
            return Target(None, fid, self._is_df(None, fid, says_df))
        near = [(*df, fid), (*df[:-1], fid)] if len(df) > 1 else [(*df, fid)]
        near += [path for path in (df, df[:-1]) if path and path[-1] == fid]
        path = next((path for path in near if self.names.file(path) is not None), near[0])
        return Target(path, fid, self._is_df(path, fid, says_df))

    def _is_df(self, path: tuple[int, ...] | None, fid: int, says_df: bool | None) -> bool:
        if says_df is not None:
            return says_df
        named = None if path is None else self.names.file(path)
        return named.is_df if named is not None else fid >> 8 in _DF_PREFIXES


def _says_df(response: bytes) -> bool | None:
    """Whether file control information says that the file is a DF; ``None`` where it does not tell."""
    try:
        fcp = FileControlParameters.parse_template(response)
    except Iso7816Error:
        return None
    if fcp.descriptor is not None:
        return fcp.descriptor.kind.is_df
    return True if fcp.df_name is not None else None

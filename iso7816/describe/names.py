"""Names of what a card holds, so that a dialogue reads ``EF 6F01 (greeting)``.

A data file per profile, all keys optional::

    profile = "iso7816"

    [files]                                  # by path from the MF
    "3F00/7F10"      = { name = "demo", df = true, df_name = "A000..." }
    "3F00/7F10/6F01" = { name = "greeting", sfi = 1 }

    [chvs]                                   # by reference, as P2 carries it
    "01" = "card holder"
    [keys]
    "01" = "AES-128"
    [data_objects]                           # by tag or P1-P2; those named here are public, never masked
    "0101" = "counter"                       # behind P1-P2 3FFF: by the tag that the tag list of GET DATA names
    secret_objects = ["5FC109"]              # of those behind a tag list: whose values are masked (stands on top)
    [commands]                               # proprietary ones, by CLA INS; their data stay masked
    "80AA" = "LIST DIRECTORY"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from iso7816.errors import Iso7816Error, NamesError
from iso7816.file_path import MF, FilePath

_RESERVED_FIDS = {0x2F00: "EF.DIR", 0x2F01: "EF.ATR/INFO"}


@dataclass(frozen=True, slots=True)
class NamedFile:
    """One file's name.

    Attributes:
        path: from the MF.
        name: what to call it.
        is_df: whether it is a DF.
        sfi: its short EF identifier, ``None`` where it has none.
        df_name: its DF name, ``None`` where it has none.
    """

    path: FilePath
    name: str
    is_df: bool = False
    sfi: int | None = None
    df_name: bytes | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """Names of files, CHVs, keys and data objects of one kind of card.

    Attributes:
        profile: the profile's name, empty for none.
        files: in any order.
        chvs: by reference byte.
        keys: by reference byte.
        data_objects: by tag or P1-P2; one that is named is public and shown.
        commands: proprietary commands by ``CLA << 8 | INS``.
        secret_objects: tags of data objects whose values GET DATA with a tag list returns and nobody shows.
    """

    profile: str = ""
    files: tuple[NamedFile, ...] = ()
    chvs: Mapping[int, str] = field(default_factory=dict)
    keys: Mapping[int, str] = field(default_factory=dict)
    data_objects: Mapping[int, str] = field(default_factory=dict)
    commands: Mapping[int, str] = field(default_factory=dict)
    secret_objects: frozenset[int] = frozenset()

    @classmethod
    def parse(cls, text: str) -> Names:
        """Read a data file's text.

        Raises:
            NamesError: not TOML, a key that is not one of the above, or a value of another kind.
        """
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise NamesError(f"not TOML: {error}") from error
        _only(table, "profile", "files", "chvs", "keys", "data_objects", "commands", "secret_objects")
        listed = _table(table, "files")
        parts = {part: _by_number(_table(table, part), part) for part in ("chvs", "keys", "data_objects", "commands")}
        return cls(
            _string(table.get("profile", ""), "profile"),
            tuple(_named_file(path, entry) for path, entry in listed.items()),
            parts["chvs"],
            parts["keys"],
            parts["data_objects"],
            parts["commands"],
            secret_objects=_tags(table.get("secret_objects", [])),
        )

    @classmethod
    def load(cls, profile: str) -> Names:
        """The names of a built-in profile.

        Raises:
            NamesError: there is no data file for it.
        """
        return _load(profile)

    def file(self, path: tuple[int, ...]) -> NamedFile | None:
        """The file at that path from the MF."""
        return next((file for file in self.files if file.path.fids == path), None)

    def by_sfi(self, df: tuple[int, ...], sfi: int) -> NamedFile | None:
        """The EF with that short identifier under the DF at that path."""
        return next((file for file in self.files if file.sfi == sfi and file.path.fids[:-1] == df), None)

    def by_df_name(self, name: bytes) -> NamedFile | None:
        """The first DF whose name begins with ``name``."""
        return next((file for file in self.files if file.df_name is not None and file.df_name.startswith(name)), None)

    def name_of(self, path: tuple[int, ...]) -> str | None:
        """The name of the file at that path; the MF and the reserved identifiers under it have theirs anyway."""
        named = self.file(path)
        if named is not None:
            return named.name
        if path == (MF,):
            return "MF"
        return _RESERVED_FIDS.get(path[1]) if len(path) == 2 and path[0] == MF else None


@cache
def _load(profile: str) -> Names:
    source = files("iso7816.describe").joinpath(f"{profile}.toml") if profile.isidentifier() else None
    if source is None or not source.is_file():
        raise NamesError(f"no names for a profile {profile!r}")
    return Names.parse(source.read_text(encoding="utf-8"))


def _only(table: Mapping[str, Any], *keys: str) -> None:
    for key in table:
        if key not in keys:
            raise NamesError(f"{key!r} is not a key of a names file: {', '.join(keys)} are")


def _table(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise NamesError(f"{key} is a table")
    return value


def _tags(value: object) -> frozenset[int]:
    if not isinstance(value, list):
        raise NamesError("secret_objects is a list")
    try:
        return frozenset(int(_string(tag, "a tag in secret_objects"), 16) for tag in value)
    except NamesError:
        raise
    except ValueError as error:
        raise NamesError("secret_objects has tags in hex") from error


def _string(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise NamesError(f"{what} is a string")
    return value


def _by_number(table: Mapping[str, Any], what: str) -> Mapping[int, str]:
    try:
        return MappingProxyType({int(key, 16): _string(name, f"{what}.{key}") for key, name in table.items()})
    except NamesError:
        raise
    except ValueError as error:
        raise NamesError(f"the keys of {what} are hex numbers") from error


def _named_file(path: str, entry: object) -> NamedFile:
    if not isinstance(entry, dict):
        raise NamesError(f"files.{path} is a table")
    _only(entry, "name", "df", "sfi", "df_name")
    sfi, is_df = entry.get("sfi"), entry.get("df", False)
    if sfi is not None and (not isinstance(sfi, int) or not 1 <= sfi <= 30):
        raise NamesError(f"files.{path}.sfi is a number from 1 to 30")
    if not isinstance(is_df, bool):
        raise NamesError(f"files.{path}.df is true or false")
    try:
        parsed = FilePath.parse(path)
        df_name = bytes.fromhex(_string(entry["df_name"], f"files.{path}.df_name")) if "df_name" in entry else None
    except NamesError:
        raise
    except (Iso7816Error, ValueError) as error:
        raise NamesError(f"files.{path}: {error}") from error
    return NamedFile(parsed, _string(entry.get("name"), f"files.{path}.name"), is_df, sfi, df_name)

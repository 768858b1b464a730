"""Card definitions by name or path: the built-in profiles, and files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator.definition.whole_card import build_state
from emulator.errors import CardDefinitionError

if TYPE_CHECKING:
    from emulator.persistent import PersistentState

_PROFILES = Path(__file__).parent.parent / "profiles"


def built_in_profiles() -> list[str]:
    """The names of the profiles that come with the package."""
    return sorted(path.stem for path in _PROFILES.glob("*.toml"))


@dataclass(frozen=True, slots=True, repr=False)
class Definition:
    """A card definition as it was read: a table of TOML, and what it takes to make a card of it.

    Attributes:
        table: the definition.
        name: of the definition.
        check_keys: whether the numbers of its key pairs are tried.
        folder: what the paths of files of Python in it are relative to; ``None``: the working directory.
    """

    table: Mapping[str, Any]
    name: str
    check_keys: bool = True
    folder: Path | None = None

    def build(self) -> PersistentState:
        """A new card. Raises CardDefinitionError where it is refused."""
        return build_state(self.table, self.name, check_keys=self.check_keys, folder=self.folder)


def load_profile(profile: str | PathLike[str]) -> PersistentState:
    """A new card from a built-in profile (a bare name) or a definition file (anything else).

    Raises:
        CardDefinitionError: there is no such profile or file, or it is refused.
    """
    return read_definition(profile).build()


def read_definition(profile: str | PathLike[str]) -> Definition:
    """The definition of a built-in profile (a bare name) or in a file (anything else).

    Raises:
        CardDefinitionError: there is no such profile or file, or it is no TOML.
    """
    given = fspath(profile)
    path = Path(given)
    built_in = path.name == given and not path.suffix
    if built_in:
        path = _PROFILES / f"{given}.toml"
        if not path.is_file():
            names = ", ".join(built_in_profiles())
            raise CardDefinitionError("", f"there is no built-in profile {given!r}; there are: {names}")
    try:
        source = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CardDefinitionError("", f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CardDefinitionError("", f"{path} cannot be read: it is no text in UTF-8") from None
    # The keys of built-in profiles are tried by their test: trying them needs what takes long to load.
    return Definition(_table(source), path.stem, not built_in, path.parent)


def parse_definition(source: str, name: str, *, check_keys: bool = True, folder: Path | None = None) -> PersistentState:
    """A new card from the text of a card definition.

    Args:
        source: the text.
        name: of the definition.
        check_keys: whether the numbers of its key pairs are tried.
        folder: what the paths of files of Python in it are relative to; ``None``: the working directory.

    Raises:
        CardDefinitionError: it is no TOML, or is refused.
    """
    return Definition(_table(source), name, check_keys, folder).build()


def _table(source: str) -> dict[str, Any]:
    """Raises CardDefinitionError for what is no TOML."""
    try:
        return tomllib.loads(source)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise CardDefinitionError("", f"expected TOML: {error}") from None

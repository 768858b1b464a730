"""Card definitions by name or path: the built-in profiles, and files."""

from __future__ import annotations

import tomllib
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.definition.whole_card import build_state
from emulator.errors import CardDefinitionError

if TYPE_CHECKING:
    from emulator.persistent import PersistentState

_PROFILES = Path(__file__).parent.parent / "profiles"


def built_in_profiles() -> list[str]:
    """The names of the profiles that come with the package."""
    return sorted(path.stem for path in _PROFILES.glob("*.toml"))


def load_profile(profile: str | PathLike[str]) -> PersistentState:
    """A new card from a built-in profile (a bare name) or a definition file (anything else).

    Raises:
        CardDefinitionError: there is no such profile or file, or it is refused.
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
    return parse_definition(source, path.stem, check_keys=not built_in, folder=path.parent)


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
    try:
        table = tomllib.loads(source)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise CardDefinitionError("", f"expected TOML: {error}") from None
    return build_state(table, name, check_keys=check_keys, folder=folder)

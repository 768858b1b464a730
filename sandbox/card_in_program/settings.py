"""What the program's process is told: variables of its environment. Imports next to nothing."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without importing typing
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal, Self

    Mode = Literal["rw", "rw, flushed", "copy", "profile", "vpicc"]

_CARD = "SCARDMGR_RUN_CARD"
_MODE = "SCARDMGR_RUN_MODE"
_KEY = "SCARDMGR_RUN_KEY"
_MODES = ("rw", "rw, flushed", "copy", "profile", "vpicc")
_SEARCH_PATH = "PYTHONPATH"


class Settings:
    """Which card.

    Attributes:
        card: a profile, or the absolute path of a card definition file or an image; or port (0: any) and command of
            a foreign card, a space between them.
        mode: "rw": an image, in which changes are kept as they happen; "rw, flushed": likewise, each flushed to the
            disk; "copy": an image that stays as it is; "profile": a profile or a definition; "vpicc": a foreign card.
        key: what opens a sealed image, derived from its passphrase (:attr:`emulator.Passphrase.derived`); else empty.
    """

    __slots__ = ("card", "key", "mode")

    def __init__(self, card: str, mode: Mode, key: str = "") -> None:
        self.card = card
        self.mode = mode
        self.key = key

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """The variables to be set for the program, beside those that it inherits."""
        folders = [SITE, inherited.get(_SEARCH_PATH, "")]
        return {
            _SEARCH_PATH: os.pathsep.join(filter(None, folders)),
            _CARD: self.card,
            _MODE: self.mode,
            _KEY: self.key,
        }

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self | None:
        """The settings that ``environment`` holds; ``None`` when it holds none."""
        card, mode = environment.get(_CARD), environment.get(_MODE)
        return None if card is None or mode not in _MODES else cls(card, mode, environment.get(_KEY, ""))  # type: ignore[arg-type]


#: Variables for a program that finds its card elsewhere, though our own process may have been told of one.
NO_CARD = {_CARD: "", _MODE: "", _KEY: ""}

#: The folder with our ``sitecustomize``.
SITE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "site")  # noqa: PTH100, PTH118, PTH120 - see the title

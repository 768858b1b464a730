"""At the start of a Python process: be there when it first asks for a card. Imports next to nothing."""

from __future__ import annotations

import atexit
import os
import sys
from importlib.machinery import ModuleSpec, PathFinder

from sandbox.card_in_program.process_card import ProcessCard
from sandbox.card_in_program.settings import Settings

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without importing typing
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType
    from typing import Any

_PYSCARD = "smartcard"
_SELECTION = "scardmgr.winscard.selection"


def start() -> None:
    """Wait for the first import of pyscard, or of what gives out the process-wide resource manager."""
    settings = Settings.of(os.environ)
    if settings is not None and not any(isinstance(finder, FirstUse) for finder in sys.meta_path):
        first_use = FirstUse(settings)
        sys.meta_path.insert(0, first_use)
        first_use.catch_up()


class FirstUse:
    """A finder that finds nothing, but notices what is looked for.

    It stays in front: pytest, for one, puts its own finder there, which finds what it rewrites the assertions of (all
    packages of a distribution that has a plugin, such as ours) without asking anybody else.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._card: ProcessCard | None = None
        self._serving = False
        # Now, so that what the program registers later runs before: the card is there as long as anybody wants it.
        atexit.register(self._at_exit)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Prepare what a first import needs; let others find it."""
        if sys.meta_path[0] is not self:
            sys.meta_path.remove(self)
            sys.meta_path.insert(0, self)
        if fullname == _PYSCARD and not self._serving:
            self._serve()
        elif fullname == _SELECTION:
            spec = PathFinder.find_spec(fullname, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = LoaderAndThen(spec.loader, self._populate)  # type: ignore[assignment]
            return spec
        return None

    def catch_up(self) -> None:
        """Prepare what was imported before us, as by a .pth file."""
        if _SELECTION in sys.modules:
            self._populate(sys.modules[_SELECTION])
        if _PYSCARD in sys.modules:
            self._serve()

    def _serve(self) -> None:
        self._serving = True
        from scardmgr.winscard.pyscard_programs import serve_for_good
        from scardmgr.winscard.selection import resource_manager

        serve_for_good(lambda: resource_manager("embedded"))

    def _populate(self, selection: ModuleType) -> None:
        self._card = ProcessCard(self._settings)
        selection.when_made(self._card.populate)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=lambda: self._after_fork(selection))

    def _after_fork(self, selection: ModuleType) -> None:
        """A forked process has a copy of everything, and owns none of it: it begins again with a card of its own."""
        if self._card is not None:
            self._card.disown()
            selection.begin_again()

    def _at_exit(self) -> None:
        if self._card is not None:
            self._card.close()


class LoaderAndThen:
    """A loader that calls ``then`` with the module that it has loaded."""

    def __init__(self, loader: Any, then: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._then = then

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As the loader does."""
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """As the loader does, and then."""
        self._loader.exec_module(module)
        self._then(module)

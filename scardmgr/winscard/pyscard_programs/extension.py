"""The extension module ``smartcard.scard._scard``: its functions exchanged, or a module of ours in its place.

Where pyscard's own is loaded, its functions are replaced in it and put back. Where it cannot be loaded, because it was
never compiled or libpcsclite is missing, a finder gives pyscard a module of ours to stand on; what was imported of
pyscard then is set aside when the last block is left, so that outside it is missing as before.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any

from scardmgr.winscard.errors import PyscardMissing
from scardmgr.winscard.pyscard_programs.constants import constants_of
from scardmgr.winscard.pyscard_programs.database_functions import WindowsScardFunctions
from scardmgr.winscard.pyscard_programs.platforms import Platform, this_platform
from scardmgr.winscard.pyscard_programs.scard_functions import ScardFunctions
from scardmgr.winscard.pyscard_programs.switchboard import SWITCHBOARD

if TYPE_CHECKING:
    from scardmgr.winscard.manager import ResourceManager

EXTENSION = "smartcard.scard._scard"
#: What SWIG writes around the extension module; in a source tree that was never built it is missing, too.
WRAPPER = "smartcard.scard.scard"

#: Functions that need no resource manager: pyscard's own are right on every platform.
_PURE = ("SCardGetErrorMessage", "SCARD_CTL_CODE")


@cache
def functions_of(platform: Platform) -> Mapping[str, Callable[..., Any]]:
    """The functions of the extension module, by name."""
    kind = WindowsScardFunctions if platform.is_windows else ScardFunctions
    functions = kind(SWITCHBOARD, platform)
    return MappingProxyType(
        {name: getattr(functions, name) for name in dir(functions) if name.startswith(("SCard", "SCARD_"))}
    )


def module_of_ours(name: str, platform: Platform) -> ModuleType:
    """A module with everything that ``smartcard.scard`` offers."""
    module = ModuleType(name, "The functions and constants of smartcard.scard, on a resource manager in this process.")
    error = type("error", (Exception,), {"__module__": "scard"})
    vars(module).update(constants_of(platform), **functions_of(platform), error=error)
    return module


class Exchange:
    """The extension module in the hands of the switchboard, from the first block on until the last one is left."""

    def __init__(self) -> None:
        self._changed: dict[str, Callable[..., Any]] = {}
        self._module: ModuleType | None = None
        self._finder: _Finder | None = None
        self._modules_of_ours: dict[str, ModuleType] = {}
        self._for_good = False

    def begin(self) -> None:
        """Put our functions where pyscard's are.

        Raises:
            PyscardMissing: there is no pyscard.
        """
        if self._for_good:
            return
        module = _loaded_extension()
        if module is None:
            self._stand_in()
        else:
            self._replace(module, callable_originals=_libpcsclite_is_there())

    def end(self) -> None:
        """Put everything back."""
        if self._for_good:
            return
        if self._module is not None:
            vars(self._module).update(self._changed)
            self._module = None
            SWITCHBOARD.originals = {}
        if self._finder is not None:
            sys.meta_path.remove(self._finder)
            self._finder = None
            self._modules_of_ours = {name: sys.modules.pop(name) for name in _modules_of_pyscard()}

    def stay(self) -> None:
        """Serve this process to its end, and let pyscard's own extension module never be loaded."""
        module = sys.modules.get(EXTENSION)
        if module is not None:
            self._replace(module, callable_originals=False)
        else:
            sys.meta_path.insert(0, _Finder())
        self._for_good = True

    def _replace(self, module: ModuleType, *, callable_originals: bool) -> None:
        ours = functions_of(this_platform())
        self._changed = {name: vars(module)[name] for name in ours if name in vars(module) and name not in _PURE}
        self._module = module
        SWITCHBOARD.originals = self._changed if callable_originals else {}
        vars(module).update({name: ours[name] for name in self._changed})

    def _stand_in(self) -> None:
        if PathFinder.find_spec("smartcard") is None:
            raise PyscardMissing("there is no pyscard here whose programs could run: pip install pyscard")
        sys.modules.update(self._modules_of_ours)
        self._finder = _Finder()
        sys.meta_path.insert(0, self._finder)


#: The one of this process.
EXCHANGE = Exchange()


def serve_for_good(make_manager: Callable[[], ResourceManager]) -> None:
    """Have every pyscard program in this process served by what ``make_manager`` returns, to the end of the process.

    Nothing is imported and nothing called before the program asks for it. ``make_manager`` is called each time.
    """
    SWITCHBOARD.stand_on(make_manager)
    EXCHANGE.stay()


def _loaded_extension() -> ModuleType | None:
    """pyscard's own extension module, loaded if need be; ``None`` where it cannot be."""
    module = sys.modules.get(EXTENSION)
    if module is not None or not _libpcsclite_is_there():
        return module
    before = set(_modules_of_pyscard())
    try:
        return import_module(EXTENSION)
    except ImportError:
        for name in set(_modules_of_pyscard()) - before:
            del sys.modules[name]
        return None


@cache
def _libpcsclite_is_there() -> bool:
    """Whether pyscard's own functions can be called: without the library they are there, and crash."""
    if sys.platform in ("win32", "darwin"):
        return True
    import ctypes

    try:
        ctypes.CDLL("libpcsclite.so.1")
    except OSError:
        return False
    return True


def _modules_of_pyscard() -> list[str]:
    return [name for name in sys.modules if name == "smartcard" or name.startswith("smartcard.")]


class _Finder(MetaPathFinder):
    """Gives pyscard our module where it looks for its extension module."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,  # noqa: ARG002 - the protocol's signature
    ) -> ModuleSpec | None:
        """Our module for :data:`EXTENSION`; for :data:`WRAPPER` where there is none."""
        if fullname == EXTENSION or (fullname == WRAPPER and PathFinder.find_spec(fullname, path) is None):
            return ModuleSpec(fullname, _LoaderOfOurs(), origin="scardmgr")
        return None


class _LoaderOfOurs(Loader):
    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return module_of_ours(spec.name, this_platform())

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is left to do."""

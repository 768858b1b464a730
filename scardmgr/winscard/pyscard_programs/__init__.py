"""Programs written on pyscard, unchanged, on a resource manager of ours.

pyscard is Python down to one extension module, ``smartcard.scard._scard``, whose functions everything else calls.
Those functions are exchanged, and nothing else: so a name that any module imported from pyscard, whenever and however,
works on the resource manager inside the block and on real PC/SC again after it.

* ``platforms``: what pyscard looks like on Linux, macOS and Windows: numbers and names;
* ``constants``: the constants of ``smartcard.scard``;
* ``swig_arguments``: which arguments pyscard's functions refuse, and how;
* ``switchboard``: the blocks that are entered, and whom a call is for;
* ``scard_functions``: the functions, which take each call to the resource manager it is for;
* ``database_functions``: those that only Windows has, or that do nothing elsewhere;
* ``extension``: the extension module, pyscard's own or, where it cannot be loaded, one of ours;
* ``singletons``: pyscard's monitors and reader groups, made anew inside;
* ``survivors``: objects that outlive the block;
* ``block``: :func:`pyscard_on`, which puts the others together.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scardmgr.winscard.pyscard_programs.block import pyscard_on
    from scardmgr.winscard.pyscard_programs.extension import serve_for_good

__all__ = ["pyscard_on", "serve_for_good"]

_MODULE_OF = {"pyscard_on": "block", "serve_for_good": "extension"}


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

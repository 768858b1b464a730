"""Objects of pyscard that outlive the block in which they were made.

A connection that a variable still holds releases its context when it goes, maybe much later; and by then the context is
gone. So what was opened in a block is released with it, and such an object is then as one that was released.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import FrameType
from typing import Any

_HOLDERS = (
    # module, class
    ("smartcard.pcsc.PCSCCardConnection", "PCSCCardConnection"),
    ("smartcard.pcsc.PCSCCardRequest", "PCSCCardRequest"),
)
_NUMBERS = ("hcard", "hcontext")

#: How far above our function its caller is looked for: pyscard's wrapper is between them, a program's may be, too.
_FRAMES = 8


def holder_that_calls() -> Any:
    """The object of pyscard that establishes a context in this call, and will hold it; ``None``: no such object.

    It is found by the method that calls. To look for holders afterwards takes all objects of the process: 50 ms.
    """
    kinds = tuple(
        getattr(sys.modules[module], name) for module, name in _HOLDERS if hasattr(sys.modules.get(module), name)
    )
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - what inspect.currentframe is
    for _ in range(_FRAMES):
        if frame is None or not kinds:
            break
        caller = frame.f_locals.get("self")
        # by its type: asking an object itself would wake up those that stand in for others
        if issubclass(type(caller), kinds):
            return caller
        frame = frame.f_back
    return None


def let_go(holders: Mapping[int, Any]) -> None:
    """Have every holder of one of these contexts forget it."""
    for context, holder in list(holders.items()):
        if vars(holder).get("hcontext") == context:
            vars(holder).update(dict.fromkeys(name for name in _NUMBERS if name in vars(holder)))

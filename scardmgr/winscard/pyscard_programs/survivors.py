"""Objects of pyscard that outlive the block in which they were made.

A connection that a variable still holds releases its context when it goes, maybe much later; and by then the context is
gone. So what was opened in a block is released with it, and such an object is then as one that was released.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Collection

_HOLDERS = (
    # module, class
    ("smartcard.pcsc.PCSCCardConnection", "PCSCCardConnection"),
    ("smartcard.pcsc.PCSCCardRequest", "PCSCCardRequest"),
)
_NUMBERS = ("hcard", "hcontext")


def let_go(contexts: Collection[int]) -> None:
    """Have every object that holds one of these contexts forget it."""
    kinds = tuple(
        getattr(sys.modules[module], name) for module, name in _HOLDERS if hasattr(sys.modules.get(module), name)
    )
    if not kinds or not contexts:
        return
    for each in gc.get_objects():
        # by its type: asking an object itself would wake up those that stand in for others
        if issubclass(type(each), kinds) and vars(each).get("hcontext") in contexts:
            vars(each).update(dict.fromkeys(name for name in _NUMBERS if name in vars(each)))

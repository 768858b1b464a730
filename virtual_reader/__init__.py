"""What joins a card to a resource manager.

::

    with insert(card, via="embedded") as reader: ...   # in this process, nothing else needed
    with insert(card, via="pcscd") as reader: ...      # a private, real pcscd
    with insert(card, via="vpcd", address="localhost:35963") as reader: ...
    with PrivateDaemon() as daemon:                    # for programs of their own, as many as wanted
        daemon.insert(card)
        subprocess.run(["opensc-tool", "--atr"], env=os.environ | daemon.environment)

A card is anything that satisfies :class:`iso7816.icc.ICC`. A program that speaks the card's side of the vpcd protocol
is made one by :class:`VpiccCard`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .daemon import PrivateDaemon
    from .errors import (
        BoundElsewhere,
        CardLost,
        DaemonUnavailable,
        FramingError,
        NoFreeSlot,
        NotShown,
        NotVisibleOutside,
        OpenPortWarning,
        OversizedFrame,
        ReaderArgumentError,
        SlotOccupied,
        TruncatedFrame,
        VirtualReaderError,
    )
    from .foreign.card import VpiccCard
    from .insertion import insert
    from .readers import Reader
    from .trace import TracingICC

_MODULES = {
    "BoundElsewhere": "errors",
    "CardLost": "errors",
    "DaemonUnavailable": "errors",
    "FramingError": "errors",
    "NoFreeSlot": "errors",
    "NotShown": "errors",
    "NotVisibleOutside": "errors",
    "OpenPortWarning": "errors",
    "OversizedFrame": "errors",
    "PrivateDaemon": "daemon",
    "Reader": "readers",
    "ReaderArgumentError": "errors",
    "SlotOccupied": "errors",
    "TracingICC": "trace",
    "TruncatedFrame": "errors",
    "VirtualReaderError": "errors",
    "VpiccCard": "foreign.card",
    "insert": "insertion",
}

__all__ = [
    "BoundElsewhere",
    "CardLost",
    "DaemonUnavailable",
    "FramingError",
    "NoFreeSlot",
    "NotShown",
    "NotVisibleOutside",
    "OpenPortWarning",
    "OversizedFrame",
    "PrivateDaemon",
    "Reader",
    "ReaderArgumentError",
    "SlotOccupied",
    "TracingICC",
    "TruncatedFrame",
    "VirtualReaderError",
    "VpiccCard",
    "insert",
]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

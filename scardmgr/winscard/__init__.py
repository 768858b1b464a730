"""The SCard API: a resource manager of our own, and the platform's, with the same two faces.

* typed: ``establish_context``, ``connect``, ``transmit`` ... on bytes and enums, raising :class:`SCardError`;
* pyscard's: ``SCardEstablishContext`` ... returning what ``smartcard.scard`` returns, raising for no code.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scardmgr.winscard.codes import SCardCode
    from scardmgr.winscard.constants import (
        Attribute,
        CardState,
        Disposition,
        Protocols,
        ReaderStateFlag,
        ReaderType,
        Scope,
        ShareMode,
    )
    from scardmgr.winscard.database import CardType, DatabaseScope, ProviderId, SmartCardDatabase
    from scardmgr.winscard.embedded import EmbeddedResourceManager, Slot
    from scardmgr.winscard.embedded.pin_pad import PINPad
    from scardmgr.winscard.errors import (
        DatabaseFault,
        PyscardMissing,
        SCardError,
        SlotError,
        UnknownManagerKind,
        WinscardError,
    )
    from scardmgr.winscard.manager import ResourceManager
    from scardmgr.winscard.part10.dialogue import Key
    from scardmgr.winscard.pcsc import PCSCResourceManager
    from scardmgr.winscard.pyscard_programs import pyscard_on
    from scardmgr.winscard.selection import resource_manager
    from scardmgr.winscard.values import ATRPattern, CardStatus, Connection, ReaderState

__all__ = [
    "ATRPattern",
    "Attribute",
    "CardState",
    "CardStatus",
    "CardType",
    "Connection",
    "DatabaseFault",
    "DatabaseScope",
    "Disposition",
    "EmbeddedResourceManager",
    "Key",
    "PCSCResourceManager",
    "PINPad",
    "Protocols",
    "ProviderId",
    "PyscardMissing",
    "ReaderState",
    "ReaderStateFlag",
    "ReaderType",
    "ResourceManager",
    "SCardCode",
    "SCardError",
    "Scope",
    "ShareMode",
    "Slot",
    "SlotError",
    "SmartCardDatabase",
    "UnknownManagerKind",
    "WinscardError",
    "pyscard_on",
    "resource_manager",
]

_MODULES = {
    "codes": ("SCardCode",),
    "constants": (
        "Attribute",
        "CardState",
        "Disposition",
        "Protocols",
        "ReaderStateFlag",
        "ReaderType",
        "Scope",
        "ShareMode",
    ),
    "database": ("CardType", "DatabaseScope", "ProviderId", "SmartCardDatabase"),
    "embedded": ("EmbeddedResourceManager", "Slot"),
    "errors": ("DatabaseFault", "PyscardMissing", "SCardError", "SlotError", "UnknownManagerKind", "WinscardError"),
    "embedded.pin_pad": ("PINPad",),
    "manager": ("ResourceManager",),
    "part10.dialogue": ("Key",),
    "pcsc": ("PCSCResourceManager",),
    "pyscard_programs": ("pyscard_on",),
    "selection": ("resource_manager",),
    "values": ("ATRPattern", "CardStatus", "Connection", "ReaderState"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    try:
        module = _MODULE_OF[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    value: object = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

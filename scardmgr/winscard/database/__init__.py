"""The smart card database: card types, readers and reader groups, for one user and for all.

One file per concept, from the ground up:

* ``schema``: the tables, and how a file of an earlier version gets to them;
* ``faults``, ``file_header``: refusing a file that is not ours before SQLite touches it;
* ``opening``, ``making``: opening a file, and making one;
* ``turns``: one operation at a time within a process;
* ``stores``: a file or memory, to read from and to write to;
* ``location``: where the files lie;
* ``names``: which names there can be, and which are the same;
* ``kinds_of_card``, ``readers``: what is known of each, and its rows;
* ``seed``: the card types that come with this package;
* ``layers``: the user's entries above the system's;
* ``card_type_records``, ``reader_records``, ``smart_card_database``: the operations;
* ``cached_items``: what SCardWriteCache keeps, which is in no database.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scardmgr.winscard.database.card_type_records import Origin
    from scardmgr.winscard.database.kinds_of_card import CardType, ProviderId
    from scardmgr.winscard.database.schema import DatabaseScope
    from scardmgr.winscard.database.smart_card_database import SmartCardDatabase
    from scardmgr.winscard.errors import DatabaseFault

__all__ = ["CardType", "DatabaseFault", "DatabaseScope", "Origin", "ProviderId", "SmartCardDatabase"]

_MODULES = {
    "scardmgr.winscard.database.card_type_records": ("Origin",),
    "scardmgr.winscard.database.kinds_of_card": ("CardType", "ProviderId"),
    "scardmgr.winscard.database.schema": ("DatabaseScope",),
    "scardmgr.winscard.database.smart_card_database": ("SmartCardDatabase",),
    "scardmgr.winscard.errors": ("DatabaseFault",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    try:
        module = _MODULE_OF[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    value: object = getattr(import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

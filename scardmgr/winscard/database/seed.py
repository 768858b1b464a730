"""The card types that come with this package (``card_types.toml``).

They are no rows: every database has them below the system's entries, and a later version of this package brings
its own. What hides or replaces one is a row, and stays.

A table of the file::

    [[card_type]]
    name = "..."                 # display name
    atr = "3B ..."               # hex digits
    mask = "FF ..."              # may be left out: all bits count
    primary_provider = "{...}"   # a GUID; may be left out
    interfaces = ["{...}"]       # GUIDs; may be left out
    csp = "..."                  # names of providers; each may be left out
    ksp = "..."
    card_module = "..."
    source = "..."               # where the ATR is published
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from scardmgr.winscard.database import turns
from scardmgr.winscard.database.kinds_of_card import CardType, ProviderId
from scardmgr.winscard.database.names import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROVIDERS = {"csp": ProviderId.CSP, "ksp": ProviderId.KSP, "card_module": ProviderId.CARD_MODULE}


@cache
def seed() -> Mapping[str, CardType]:
    """The card types by key, in the order of the file.

    Raises:
        DatabaseFault: other operations of this process took too long.
    """
    # A turn, lest a child be forked in the middle of imports.
    with turns.taken("the list of card types", turns.PATIENCE_S):
        import tomllib
        from importlib.resources import files

        text = files(__package__).joinpath("card_types.toml").read_text(encoding="utf-8")
        types = [_card_type(table) for table in tomllib.loads(text)["card_type"]]
    return MappingProxyType({key_of(card_type.name): card_type for card_type in types})


def _card_type(table: Mapping[str, Any]) -> CardType:
    primary = table.get("primary_provider")
    mask = table.get("mask")
    return CardType(
        table["name"],
        bytes.fromhex(table["atr"]),
        None if mask is None else bytes.fromhex(mask),
        None if primary is None else UUID(primary),
        tuple(UUID(interface) for interface in table.get("interfaces", ())),
        {number: table[word] for word, number in _PROVIDERS.items() if word in table},
    )

"""What is known of a card type, for a person and for a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scardmgr.winscard.database import CardType, DatabaseScope, SmartCardDatabase

#: Providers that go by a name: what a script calls them, and a person.
PROVIDERS = {"csp": "CSP", "ksp": "KSP", "card_module": "Card module"}


def facts(card_type: CardType, origin: str) -> dict[str, Any]:
    """For a script: bytes in hex, ``None`` for what it has not. ``origin`` is whose entry it is."""
    from scardmgr.winscard.database import ProviderId

    primary = card_type.primary_provider
    return {
        "name": card_type.name,
        "atr": card_type.atr.hex().upper(),
        "mask": None if card_type.mask is None else card_type.mask.hex().upper(),
        "primary_provider": None if primary is None else str(primary).upper(),
        "interfaces": [str(iid).upper() for iid in card_type.interfaces],
        **{option: card_type.provider_names.get(ProviderId[option.upper()]) for option in PROVIDERS},
        "from": origin,
    }


def origins(database: SmartCardDatabase, scope: DatabaseScope) -> dict[str, str]:
    """Whose entry each card type is that a scope sees, by name: "user", "system" or "package"."""
    return {card_type.name: origin.name.lower() for origin, card_type in database.card_types_by_origin(scope=scope)}


def pattern(card_type: CardType) -> str:
    """The ATR with a dot for each half of a byte of which not every bit counts."""
    mask = card_type.mask or b"\xff" * len(card_type.atr)
    digits = [
        digit if counts == "F" else "."
        for digit, counts in zip(card_type.atr.hex().upper(), mask.hex().upper(), strict=True)
    ]
    return " ".join("".join(digits[place : place + 2]) for place in range(0, len(digits), 2))

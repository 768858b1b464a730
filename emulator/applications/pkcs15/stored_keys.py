"""The private keys of the application: under ``key`` and the reference, in PKCS #8."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext
    from iso7816.asymmetric_keys import PrivateKey


def key_name(reference: int) -> bytes:
    """What a key's value is kept under."""
    return b"key" + bytes((reference,))


def stored_key(card: CardContext, reference: int) -> PrivateKey:
    """The key with a reference. Raises StatusWordError 6A88 where there is none."""
    value = card.values.get(key_name(reference))
    if value is None:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    return card.loaded_keys.private_key(value)


def store_key(card: CardContext, reference: int, key: PrivateKey) -> None:
    """Put a key in place, of an earlier one too; durable with the command."""
    from iso7816.asymmetric_keys import private_key_bytes

    card.values.put(key_name(reference), private_key_bytes(key))

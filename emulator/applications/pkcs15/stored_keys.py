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
    from iso7816.asymmetric_keys import load_private_key

    name = key_name(reference)
    value = card.values.get(name)
    if value is None:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    # Reading a key takes longer than what is around a signature: it is kept until another selection.
    state = card.channel.application_state
    read: tuple[bytes, PrivateKey] | None = state.get(repr(name))
    if read is None or read[0] is not value:
        read = state[repr(name)] = value, load_private_key(value, check=False)
    return read[1]


def store_key(card: CardContext, reference: int, key: PrivateKey) -> None:
    """Put a key in place, of an earlier one too; durable with the command."""
    from iso7816.asymmetric_keys import private_key_bytes

    card.values.put(key_name(reference), private_key_bytes(key))

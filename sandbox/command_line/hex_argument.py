"""Bytes that an argument gives in hex."""

from __future__ import annotations

import click


def bytes_of(text: str) -> bytes:
    """The bytes that ``text`` gives in hex; spaces and colons may stand between them."""
    try:
        return bytes.fromhex(text.replace(":", " "))
    except ValueError as error:
        raise click.UsageError(f"'{text}' is not hex: give whole bytes, such as 3B8001") from error


def hex_bytes(_ctx: click.Context, _parameter: click.Parameter, text: str | None) -> bytes | None:
    """The same; for the ``callback`` of an option."""
    return None if text is None else bytes_of(text)


def atr_bytes(ctx: click.Context, parameter: click.Parameter, text: str | None) -> bytes | None:
    """The same, for an ATR as the smart card database compares it."""
    from scardmgr.winscard.database.kinds_of_card import MAX_ATR_SIZE

    atr = hex_bytes(ctx, parameter, text)
    if atr is not None and not 0 < len(atr) <= MAX_ATR_SIZE:
        raise click.UsageError(f"--atr has {len(atr)} bytes: an ATR has 1 to {MAX_ATR_SIZE}")
    return atr

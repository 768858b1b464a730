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

"""``scard atr``: a card's answer-to-reset, taken apart."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import click

from sandbox.command_line.exit_status import ExitStatus, Failure
from sandbox.command_line.hex_argument import bytes_of
from sandbox.command_line.output import json_option, spaced_hex, write_json, write_table
from sandbox.command_line.reader_choice import chosen_reader, reader_options, reader_states

if TYPE_CHECKING:
    from iso7816.atr import ATR
    from scardmgr.winscard.manager import ResourceManager


@click.command(short_help="Show a card's answer-to-reset, taken apart.")
@reader_options
@json_option
@click.argument("atr", required=False, metavar="[ATR]")
def command(reader: str | None, card: str | None, as_json: bool, atr: str | None) -> None:
    """Show a card's answer-to-reset, taken apart, with the card types that it matches ('scard cards' lists them).

    Without --reader and --card: of the only reader that holds a card. With an ATR in hex, that one is
    taken apart and no card is asked.

    \b
    scard atr
    scard atr --card iso7816
    scard atr --reader "Some Reader 00 00" --json
    scard atr 3B6700002920006F789000

    Exit status: 0; 1 when the ATR is malformed; 3 when there is no reader, daemon or card.
    """
    if atr is not None:
        data = bytes_of(atr)
        types = card_types(data, None)
    else:
        with chosen_reader(reader, card) as chosen:
            [state] = reader_states(chosen.manager, chosen.name)
            data = state.atr
            types = card_types(data, chosen.manager)
    from iso7816.atr import ATR
    from iso7816.errors import Iso7816Error

    try:
        parsed = ATR.parse(data)
    except Iso7816Error as error:
        raise Failure(ExitStatus.REFUSED, f"ATR {spaced_hex(data)}: {error}") from error
    known = [*facts(parsed), ("card_types", "Card types", types)]
    if as_json:
        write_json({name: value for name, _, value in known})
    else:
        write_table(("", str(parsed)), [(label, words(value)) for _, label, value in known if value not in (None, [])])


def card_types(atr: bytes, manager: ResourceManager | None) -> list[str]:
    """The names of the card types that the ATR matches, the best match first; none, with a warning, where the
    database cannot be used: an ATR can be taken apart without it.

    Args:
        atr: the ATR.
        manager: whose database is asked; ``None``: the one of this user.
    """
    from scardmgr.winscard.database import SmartCardDatabase
    from scardmgr.winscard.errors import SCardError

    try:
        if manager is not None:
            return manager.list_cards(None, atr)
        return [card_type.name for card_type in SmartCardDatabase.of_this_user().card_types(atr)]
    except SCardError as error:
        warnings.warn(str(error), stacklevel=1)
        return []


def words(value: Any) -> str:
    """A fact as a person reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(words(item) for item in value)
    return str(value)


def facts(atr: ATR) -> list[tuple[str, str, Any]]:
    """(name for a script, label for a person, value) of what the ATR tells; ``None`` where it does not apply."""
    from iso7816.errors import Iso7816Error
    from iso7816.historical_bytes import HistoricalBytes

    factors, mode = atr.transmission_factors, atr.specific_mode
    offers_t0, offers_t1 = 0 in atr.protocols, 1 in atr.protocols
    try:
        historical: HistoricalBytes | None = HistoricalBytes.parse(atr.historical_bytes)
    except Iso7816Error:
        historical = None
    capabilities = historical.card_capabilities if historical else None
    commands = capabilities.commands if capabilities else None
    return [
        ("atr", "ATR", atr.to_bytes().hex().upper()),
        ("convention", "TS, convention", atr.convention.name.lower()),
        ("protocols", "Protocols offered", [f"T={t}" for t in atr.protocols]),
        ("specific_mode", "Specific mode", None if mode is None else f"T={mode.protocol}"),
        ("fi", "Fi", factors.fi),
        ("di", "Di", factors.di),
        ("max_clock_khz", "Highest clock, kHz", factors.max_clock_khz),
        ("extra_guard_time", "Extra guard time N", atr.extra_guard_time),
        ("waiting_integer", "Waiting integer (T=0)", atr.waiting_integer if offers_t0 else None),
        ("ifsc", "IFSC, bytes (T=1)", atr.ifsc if offers_t1 else None),
        ("block_waiting_integer", "BWI (T=1)", atr.block_waiting_integer if offers_t1 else None),
        ("character_waiting_integer", "CWI (T=1)", atr.character_waiting_integer if offers_t1 else None),
        ("crc", "CRC (T=1)", atr.uses_crc if offers_t1 else None),
        ("historical_bytes", "Historical bytes", spaced_hex(atr.historical_bytes) or None),
        ("category", "Category indicator", None if historical is None else f"{historical.category:02X}"),
        (
            "objects",
            "COMPACT-TLV objects",
            None
            if historical is None
            else [f"{tlv.tag:X}: {spaced_hex(tlv.value)}" for tlv in historical.objects] or None,
        ),
        ("command_chaining", "Command chaining", None if commands is None else commands.command_chaining),
        ("extended_lengths", "Extended lengths", None if commands is None else commands.extended_lengths),
        ("logical_channels", "Logical channels", None if commands is None else commands.max_channels),
        ("tck", "TCK", None if atr.tck is None else f"{atr.tck:02X}"),
    ]

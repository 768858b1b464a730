"""``scard cards``: the card types in the smart card database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sandbox.command_line.card_database import (
    database_option,
    guid,
    interface_guids,
    opened_database,
    published_interfaces,
    scope_of,
    scope_option,
)
from sandbox.command_line.card_type_facts import PROVIDERS, facts, origins, pattern
from sandbox.command_line.exit_status import ExitStatus, Failure
from sandbox.command_line.hex_argument import atr_bytes, hex_bytes
from sandbox.command_line.output import json_option, spaced_hex, write_json, write_table

if TYPE_CHECKING:
    from uuid import UUID

    from scardmgr.winscard.database import CardType, DatabaseScope, SmartCardDatabase

LISTING = "list"


class ListingByDefault(click.Group):
    """Arguments that begin with no subcommand are those of ``list``."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order of this file."""
        return list(self.commands)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the subcommand in where there is none."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = [LISTING, *args]
        return super().parse_args(ctx, args)


@click.group(cls=ListingByDefault, short_help="List, introduce and forget the card types that are known.")
def command() -> None:
    """List, introduce and forget the card types that are known.

    The smart card database tells what kind of card an ATR belongs to, and which service provider serves it. It is
    the one that SCardListCards, SCardIntroduceCardType and the ISCard interfaces ask; no reader and no daemon is
    needed. Without a subcommand the card types are listed: 'scard cards list --help' tells with which options.

    \b
    scard cards
    scard cards --atr "3B 80 01 81"
    scard cards show "My card"
    scard cards introduce "My card" --atr 3B82014D418F --mask FFFFFFFF0000 --interface ISCardAuth
    scard cards forget "My card"

    Exit status: 0; 1 when there is no such card type, or already one of that name; 2 for wrong usage; 3 when the
    database cannot be used.
    """


@command.command(LISTING, short_help="List the card types, the best match first.")
@click.option("--atr", metavar="HEX", callback=atr_bytes, help="Only those that a card with this ATR is of.")
@click.option(
    "--interface",
    "interfaces",
    multiple=True,
    metavar="GUID",
    callback=interface_guids,
    help="Only those that support this interface, by GUID or published name; may be repeated.",
)
@scope_option
@database_option
@json_option
def list_command(
    atr: bytes | None, interfaces: tuple[UUID, ...], scope: str, database: str | None, *, as_json: bool
) -> None:
    """List the card types, those of the user first, then the system's, then those that come with this package.

    With --scope system what is known to all users.

    \b
    scard cards list --atr 3B800181 --json | jq -r '.[].name'
    scard cards list --interface ISCardFileAccess

    Exit status: 0 also when there is none; 3 when the database cannot be used.
    """
    with opened_database(database) as opened:
        found = opened.card_types(atr, interfaces or None, scope=scope_of(scope))
        origin_of = origins(opened, scope_of(scope))
    if as_json:
        write_json([facts(card_type, origin_of[card_type.name]) for card_type in found])
        return
    if not found:
        click.echo("no card type", err=True)
        return
    write_table(
        ("Card type", "ATR", "From"),
        [(card_type.name, pattern(card_type), origin_of[card_type.name]) for card_type in found],
    )


@command.command("show", short_help="Show all that is known of a card type.")
@click.argument("name")
@scope_option
@database_option
@json_option
def show_command(name: str, scope: str, database: str | None, *, as_json: bool) -> None:
    """Show all that is known of a card type.

    \b
    scard cards show "My card" --json

    Exit status: 0; 1 when there is no such card type; 3 when the database cannot be used.
    """
    with opened_database(database) as opened:
        card_type = known(opened, name, scope_of(scope))
        known_facts = facts(card_type, origins(opened, scope_of(scope))[card_type.name])
    if as_json:
        write_json(known_facts)
        return
    names = published_interfaces()
    rows = [
        ("ATR", spaced_hex(card_type.atr)),
        ("Mask", "all bits count" if card_type.mask is None else spaced_hex(card_type.mask)),
        ("Primary provider", known_facts["primary_provider"] or "none"),
        *[
            ("Interface", f"{text} {names.get(iid, '')}".rstrip())
            for iid, text in zip(card_type.interfaces, known_facts["interfaces"], strict=True)
        ],
        *[(words, known_facts[option]) for option, words in PROVIDERS.items() if known_facts[option] is not None],
        ("From", known_facts["from"]),
    ]
    write_table(("", card_type.name), rows)


@command.command("introduce", short_help="Make a card type known.")
@click.argument("name")
@click.option("--atr", required=True, metavar="HEX", callback=atr_bytes, help="The ATR of such a card.")
@click.option(
    "--mask", metavar="HEX", callback=hex_bytes, help="Which of its bits count: as long as the ATR; else all."
)
@click.option("--provider", metavar="GUID", callback=guid, help="The primary service provider.")
@click.option(
    "--interface",
    "interfaces",
    multiple=True,
    metavar="GUID",
    callback=interface_guids,
    help="An interface that such a card supports, by GUID or published name; may be repeated.",
)
@click.option("--csp", metavar="NAME", help="The cryptographic service provider.")
@click.option("--ksp", metavar="NAME", help="The key storage provider.")
@click.option("--module", "card_module", metavar="NAME", help="The card module.")
@scope_option
@database_option
def introduce_command(
    name: str,
    atr: bytes,
    mask: bytes | None,
    provider: UUID | None,
    interfaces: tuple[UUID, ...],
    scope: str,
    database: str | None,
    **provider_names: str | None,
) -> None:
    """Make a card type known, under a name that it does not have yet.

    Bits of the ATR that the mask leaves open are cleared, since only then does any card match.

    \b
    scard cards introduce "My card" --atr 3B82014D418F
    scard cards introduce "Any of mine" --atr 3B82014D418F --mask FFFFFFFF0000 --module mycards.dll

    Exit status: 0; 1 when there is a card type of that name; 2 for wrong usage; 3 when the database cannot be used.
    """
    from scardmgr.winscard.database import CardType, ProviderId
    from scardmgr.winscard.database.card_type_records import ERROR_ALREADY_EXISTS
    from scardmgr.winscard.errors import SCardError

    if mask is not None:
        if len(mask) != len(atr):
            raise click.UsageError(f"--mask has {len(mask)} bytes and --atr {len(atr)}: give as many")
        atr = bytes(given & bits for given, bits in zip(atr, mask, strict=True))
    named: dict[int, str] = {
        ProviderId[option.upper()]: text for option, text in provider_names.items() if text is not None
    }
    try:
        card_type = CardType(name, atr, mask, provider, interfaces, named)
    except SCardError as error:
        raise click.UsageError(
            "a name has 1 to 255 characters, that of a provider 1 to 1024, all of them text: one that is given has not"
        ) from error
    with opened_database(database) as opened:
        wanted = scope_of(scope)
        try:
            opened.introduce_card_type(card_type, scope=wanted)
        except SCardError as error:
            if error.code != ERROR_ALREADY_EXISTS:
                raise
            raise Failure(
                ExitStatus.REFUSED,
                f"there is a card type '{name}' already; 'scard cards forget' makes room for another",
            ) from error


@command.command("forget", short_help="Forget a card type.")
@click.argument("name")
@scope_option
@database_option
def forget_command(name: str, scope: str, database: str | None) -> None:
    """Forget a card type: one of your own, or for yourself alone one of the system's or of this package's.

    \b
    scard cards forget "My card"

    Exit status: 0; 1 when there is no such card type; 3 when the database cannot be used.
    """
    with opened_database(database) as opened:
        known(opened, name, scope_of(scope))
        opened.forget_card_type(name, scope=scope_of(scope))


def known(database: SmartCardDatabase, name: str, scope: DatabaseScope) -> CardType:
    """The card type of that name.

    Raises:
        Failure: 1, there is none.
    """
    from scardmgr.winscard.codes import SCardCode
    from scardmgr.winscard.errors import SCardError

    try:
        return database.card_type(name, scope=scope)
    except SCardError as error:
        if error.code != SCardCode.SCARD_E_UNKNOWN_CARD:
            raise
        raise Failure(ExitStatus.REFUSED, f"there is no card type '{name}'; 'scard cards' lists them") from error

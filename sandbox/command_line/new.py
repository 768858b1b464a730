"""``scard new``: make a card of one's own, with keys and certificates on it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sandbox.command_line.card_making.key_options import KeysCommand
from sandbox.command_line.card_making.secret_argument import secret_of
from sandbox.command_line.exit_status import ExitStatus, Failure
from sandbox.command_line.passphrase_source import failure
from sandbox.command_line.seal_options import check_seal, passphrase_of_seal, seal_options
from sandbox.command_line.signals import Terminated, handled, raise_terminated
from sandbox.named_card import CardUnusable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emulator import Card, Passphrase
    from emulator.applications.issuing import GivenKey
    from emulator.definition.profiles import Definition
    from sandbox.command_line.card_making.key_options import KeyOptions

_FILE = click.Path(exists=True, dir_okay=False)


@click.command("new", cls=KeysCommand, short_help="Make a card with your certificates and keys on it.")
@click.option(
    "--slot", multiple=True, metavar="SLOT", help="Where the key that follows goes; the first slot, unless told."
)
@click.option("--cert", multiple=True, type=_FILE, metavar="FILE", help="Its certificate, in PEM or DER.")
@click.option("--key", multiple=True, type=_FILE, metavar="FILE", help="The private key, in PEM or DER.")
@click.option("--p12", multiple=True, type=_FILE, metavar="FILE", help="Key and certificate in one, in PKCS #12.")
@click.option("--generate", multiple=True, metavar="KIND", help="Make a key: rsa2048, p256, ed25519 ...")
@click.option("--subject", multiple=True, metavar="NAME", help='Whom a certificate made here is of: "CN=Test".')
@click.option("--days", multiple=True, type=click.IntRange(1), metavar="N", help="For how long that is valid.")
@click.option(
    "--passphrase-file",
    multiple=True,
    type=_FILE,
    metavar="FILE",
    help="Its first line is the passphrase of the key's file.",
)
@click.option("--pin", metavar="CODE", help="The cardholder's PIN, itself or as env:NAME or file:PATH.")
@click.option("--puk", metavar="CODE", help="The code that unblocks it, likewise.")
@click.option("--so-pin", metavar="CODE", help="The security officer's PIN, likewise.")
@click.option("--admin-pin", metavar="CODE", help="The administrator's PIN, likewise.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Another value for a setting of the profile's definition.",
)
@click.option("--allow-weak", is_flag=True, help="Take RSA below 2048 bits, where the card can hold it.")
@seal_options
@click.option("--force", is_flag=True, help="Replace an image that is there.")
@click.option("--list", "is_list", is_flag=True, help="List the profiles, or PROFILE alone, with codes and slots.")
@click.argument("profile", metavar="PROFILE", required=False)
@click.argument("out", metavar="OUT.card", required=False, type=click.Path(dir_okay=False))
def command(
    keys: tuple[KeyOptions, ...],
    settings: tuple[str, ...],
    allow_weak: bool,
    seal: bool,
    seal_passphrase_file: str | None,
    force: bool,
    is_list: bool,
    profile: str | None,
    out: str | None,
    **codes: str | None,
) -> int:
    """Make a card with your certificates and keys on it, and write it to the image OUT.card.

    PROFILE is a built-in profile or a card definition file; --list shows which there are, the slots that each
    has, and what a slot takes. Without keys the card is as its definition has it.

    The options of a key are --slot and one of --key (with --cert), --p12 and --generate; each further --slot
    begins another key. A new key, and a --key with a --subject, sign a certificate for themselves. A PIN may be
    given itself, as env:NAME or as file:PATH. The passphrase of a file is in --passphrase-file, or in the
    variable SCARDMGR_KEY_PASSPHRASE, or asked for.

    --set pin_tries=5 sets an option of the card's application; any other key of a definition is a path, as
    refusals name it: --set card.memory=65536, --set 'applications[0].options.serial=42'.

    --seal enciphers codes and keys in OUT.card, as 'scard seal' does, before anything of it is written.

    Where something is refused there is no OUT.card; one that is there is replaced with --force alone.

    \b
    scard new piv my.card --cert cert.pem --key key.pem
    scard new piv my.card --generate p256 --subject "CN=Test" --pin 654321
    scard new piv my.card --slot 9a --p12 auth.p12 --slot 9c --cert sign.pem --key sign.key
    scard new pkcs15 my.card --generate rsa2048 --pin env:MY_PIN --set interface=1
    scard new piv my.card --cert cert.pem --key key.pem --seal
    scard new --list

    Exit status: 0; 1 when the card cannot hold what it is given, or there is an OUT.card; 2 for wrong usage; 3 when
    there is no such profile, no passphrase to seal with, or OUT.card cannot be written.
    """
    if is_list:
        _list(profile)
        return ExitStatus.DONE
    if profile is None or out is None:
        raise click.UsageError("give PROFILE and OUT.card; --list shows the profiles")
    check_seal(seal=seal, file=seal_passphrase_file)
    wanted = {
        name.replace("_", "-"): secret_of(f"--{name.replace('_', '-')}", code)
        for name, code in codes.items()
        if code is not None
    }
    if not force and Path(out).exists():
        # Before anybody is asked for a passphrase; what comes meanwhile is not replaced either.
        raise Failure(ExitStatus.REFUSED, f"{out} is there already: --force replaces an image")
    definition = _definition(profile, settings)
    try:
        passphrase = passphrase_of_seal(seal=seal, file=seal_passphrase_file)
    except CardUnusable as error:
        raise failure(error, out) from error
    # One for all keys of a card: OpenPGP keys that belong together are of one date.
    now = datetime.now(UTC).replace(microsecond=0)
    given = [_given(each, now, weak_allowed=allow_weak) for each in keys]
    card = _made(definition, wanted, given, is_set=bool(settings))
    try:
        # Nothing half written is left, whoever ends us.
        with handled(raise_terminated):
            _write(card, out, passphrase, force=force)
    except Terminated as terminated:
        return ExitStatus.KILLED + terminated.signum
    return ExitStatus.DONE


def _list(profile: str | None) -> None:
    from emulator import CardError
    from emulator.definition.profiles import built_in_profiles
    from sandbox.command_line.card_making.profile_list import rows_of
    from sandbox.command_line.output import write_table

    rows: list[tuple[str, ...]] = []
    for name in built_in_profiles() if profile is None else [profile]:
        try:
            rows += rows_of(name, _definition(name, ()).build())
        except CardError as error:
            raise Failure(ExitStatus.UNAVAILABLE, f"profile {name}: {error}") from error
    write_table(("Profile", "Option", "For", "Takes"), rows)


def _definition(profile: str, settings: Sequence[str]) -> Definition:
    from emulator import CardDefinitionError
    from emulator.definition.profiles import read_definition
    from emulator.definition.settings import with_settings

    try:
        definition = read_definition(profile)
    except CardDefinitionError as error:
        raise Failure(ExitStatus.UNAVAILABLE, f"profile {profile}: {error}") from error
    try:
        return with_settings(definition, settings)
    except CardDefinitionError as error:
        if not error.key:
            raise click.UsageError(f"--set: {error}") from error
        raise Failure(ExitStatus.REFUSED, f"--set {error}") from error


def _given(options: KeyOptions, now: datetime, *, weak_allowed: bool) -> GivenKey:
    """The key that options tell of, with its certificate."""
    from emulator.applications.issuing import GivenKey
    from sandbox.command_line.card_making.generated_keys import common_name, generated_key, self_signed
    from sandbox.command_line.card_making.key_files import read_certificate, read_key, read_pkcs12

    certificate = None
    if options.p12 is not None:
        key, certificate = read_pkcs12(options.p12, options.passphrase_file)
    elif options.key is not None:
        key = read_key(options.key, options.passphrase_file)
        if options.cert is not None:
            certificate = read_certificate(options.cert, key)
        elif options.subject is not None:
            certificate = self_signed(key, options.subject, options.days, now)
    else:
        key = generated_key(options.generate or "")
        certificate = self_signed(key, options.subject, options.days, now)
    return GivenKey(key, options.slot, certificate, common_name(certificate) or "Key", weak_allowed)


def _made(definition: Definition, codes: Mapping[str, bytes], keys: Sequence[GivenKey], *, is_set: bool) -> Card:
    """The new card, in memory.

    Args:
        definition: what it begins as.
        codes: by name.
        keys: with their slots.
        is_set: whether the definition has settings of the command line, whose fault a refusal may be.
    """
    from emulator import Card, CardDefinitionError, CardError, PersonalisationError, WeakKeyError
    from emulator.applications.issuing import issue

    try:
        state = issue(definition.build(), codes, keys)
    except PersonalisationError as error:
        option = " (--allow-weak)" if isinstance(error, WeakKeyError) else ""
        raise Failure(ExitStatus.REFUSED, f"{error}{option}") from error
    except CardDefinitionError as error:
        if not is_set:
            raise Failure(ExitStatus.UNAVAILABLE, f"profile {definition.name}: {error}") from error
        # What looks like a number is taken for one where there was no string before.
        quotes = ": a string of digits needs quotes of its own, as in --set 'name=\"123456\"'"
        advice = quotes if "expected a string" in error.expected else ""
        raise Failure(ExitStatus.REFUSED, f"--set {error}{advice}") from error
    except CardError as error:
        raise Failure(ExitStatus.UNAVAILABLE, f"profile {definition.name}: {error}") from error
    return Card.from_state(state)


def _write(card: Card, out: str, passphrase: Passphrase | None, *, force: bool) -> None:
    from emulator import CardError, CardImageExists

    try:
        card.save(out, passphrase=passphrase, replace=force)
    except CardImageExists as error:
        raise Failure(ExitStatus.REFUSED, f"{error}: --force replaces an image") from error
    except CardError as error:
        raise Failure(ExitStatus.UNAVAILABLE, str(error)) from error

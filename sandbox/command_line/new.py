"""``scard new``: make a card of one's own, with keys and certificates on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sandbox.command_line.card_making.key_options import KeysCommand
from sandbox.command_line.card_making.secret_argument import passphrase_option, secret_of
from sandbox.command_line.exit_status import ExitStatus, Failure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emulator import Card
    from emulator.applications.issuing import GivenKey
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
    "--passphrase",
    multiple=True,
    callback=passphrase_option,
    metavar="WHERE",
    help="Where a file's passphrase is: env:NAME or file:PATH; it is asked for, unless told.",
)
@click.option("--pin", metavar="CODE", help="The cardholder's PIN, itself or as env:NAME or file:PATH.")
@click.option("--puk", metavar="CODE", help="The code that unblocks it, likewise.")
@click.option("--so-pin", metavar="CODE", help="The security officer's PIN, likewise.")
@click.option("--admin-pin", metavar="CODE", help="The administrator's PIN, likewise.")
@click.option("--allow-weak", is_flag=True, help="Take RSA below 2048 bits, where the card can hold it.")
@click.option("--force", is_flag=True, help="Replace an image that is there.")
@click.argument("profile")
@click.argument("out", metavar="OUT.card", type=click.Path(dir_okay=False))
def command(
    keys: tuple[KeyOptions, ...],
    allow_weak: bool,
    force: bool,
    profile: str,
    out: str,
    **codes: str | None,
) -> None:
    """Make a card with your certificates and keys on it, and write it to the image OUT.card.

    \b
    scard new piv my.card --cert cert.pem --key key.pem

    Exit status: 0; 1 when the card cannot hold what it is given; 2 for wrong usage; 3 when there is no such profile
    or OUT.card cannot be written.
    """
    given = [_given(each, weak_allowed=allow_weak) for each in keys]
    wanted = {
        name.replace("_", "-"): secret_of(f"--{name.replace('_', '-')}", code)
        for name, code in codes.items()
        if code is not None
    }
    _write(_made(profile, wanted, given), out, force=force)


def _given(options: KeyOptions, *, weak_allowed: bool) -> GivenKey:
    """The key that options tell of, with its certificate."""
    from emulator.applications.issuing import GivenKey
    from sandbox.command_line.card_making.generated_keys import common_name, generated_key, self_signed
    from sandbox.command_line.card_making.key_files import read_certificate, read_key, read_pkcs12

    certificate = None
    if options.p12 is not None:
        key, certificate = read_pkcs12(options.p12, options.passphrase)
    elif options.key is not None:
        key = read_key(options.key, options.passphrase)
        if options.cert is not None:
            certificate = read_certificate(options.cert, key)
        elif options.subject is not None:
            certificate = self_signed(key, options.subject, options.days)
    else:
        key = generated_key(options.generate or "")
        certificate = self_signed(key, options.subject, options.days)
    return GivenKey(key, options.slot, certificate, common_name(certificate) or "Key", weak_allowed)


def _made(profile: str, codes: Mapping[str, bytes], keys: Sequence[GivenKey]) -> Card:
    """The new card, in memory."""
    from emulator import Card, CardError, CardSnapshot, PersonalisationError
    from emulator.applications.issuing import issue
    from emulator.definition.profiles import read_definition

    try:
        state = issue(read_definition(profile).build(), codes, keys)
    except PersonalisationError as error:
        raise Failure(ExitStatus.REFUSED, str(error)) from error
    except CardError as error:
        raise Failure(ExitStatus.UNAVAILABLE, f"{profile}: {error}") from error
    return Card.from_snapshot(CardSnapshot(state))


def _write(card: Card, out: str, *, force: bool) -> None:
    from emulator import CardError, CardImageExists

    try:
        card.save(out, replace=force)
    except CardImageExists as error:
        raise Failure(ExitStatus.REFUSED, f"{error}: --force replaces an image") from error
    except CardError as error:
        raise Failure(ExitStatus.UNAVAILABLE, str(error)) from error

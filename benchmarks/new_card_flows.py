"""What it takes to make cards and use them, as the README has it: ``scard new``, and then ``scard run``.

See ``program_flows.py``. ``scard new`` and ``scard show`` are ours, and no card is in a reader: they have no share.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import gnupg_home
from gnupg_home import AROUND, CODE, GPG
from measure import Figure
from program_flows import IMAGE, MODULE, MOST_SHARE, PKCS11, Desk, Flow, Taken, WholeCommands, share_figure

SCARD = str(Path(sys.executable).with_name("scard"))
USE = ("--input-file", "message", "--output-file", "signed")
DECIPHERED = ("--input-file", "cryptogram", "--output-file", "plain")
PIV_TOOL = ("yubico-piv-tool", "--reader", "Virtual", "--action")
GIVEN = ("--cert", "certificate.pem", "--key", "key.pem")
TAKE = "--quick-generate-key ada@example.org card default never"


@dataclass(frozen=True, slots=True)
class Made:
    """A card that is made, and what is done with it.

    Attributes:
        name: of the figure that tells how long it takes to make it.
        arguments: of ``scard new``, but for the image.
        uses: one after the other.
        begin: is called before them, with the card's image in the folder.
        around: see :class:`WholeCommands`.
    """

    name: str
    arguments: Sequence[str]
    uses: Sequence[Flow] = ()
    begin: Callable[[Desk], object] | None = None
    around: Sequence[str] = ()


def _sign(identifier: str, what: str, pin: str = "123456") -> Flow:
    pkcs11 = ("pkcs11-tool", "--module", str(MODULE), "--login", "--pin", pin)
    mechanism = ("--mechanism", "SHA256-RSA-PKCS")
    return Flow(f"pkcs11-tool: sign (RSA-2048), {what}", [(*pkcs11, "--sign", "--id", identifier, *mechanism, *USE)])


def _begin_gnupg(desk: Desk) -> None:
    """GnuPG takes the present time for that of the keys, of which it is a part, unless it is told."""
    gnupg_home.begin(desk)
    desk.use("sh", "-c", "gpg --card-status --with-colons | sed -n 's/^fprtime:\\([0-9]*\\):.*/\\1/p' >date")


MADE = (
    Made(
        "scard new piv --generate rsa2048",
        ("piv", "--generate", "rsa2048"),
        (
            Flow("ssh-keygen: list, a card of scard new", [("ssh-keygen", "-D", str(MODULE))]),
            _sign("01", "a card of scard new"),
        ),
    ),
    Made(
        "scard new piv with a certificate and a key",
        ("piv", *GIVEN),
        (Flow("yubico-piv-tool: status, a card of scard new", [(*PIV_TOOL, "status")]),),
    ),
    Made(
        "scard new piv with PKCS #12",
        ("piv", "--p12", "both.p12", "--passphrase-file", "passphrase"),
    ),
    Made(
        "scard new piv with keys in 9a, 9c and 82",
        ("piv", "--slot", "9a", *GIVEN, "--slot", "9c", "--generate", "p384", "--slot", "82", *GIVEN),
        (
            Flow(
                "pkcs11-tool: decrypt by a retired key (RSA-2048), a card of scard new",
                [(*PKCS11, "--decrypt", "--id", "05", "--mechanism", "RSA-PKCS", *DECIPHERED)],
            ),
        ),
    ),
    Made(
        "scard new piv --seal",
        ("piv", *GIVEN, "--seal", "--seal-passphrase-file", "passphrase"),
    ),
    Made(
        "scard new pkcs15 with a certificate and a key",
        ("pkcs15", *GIVEN),
        (
            Flow("pkcs15-tool: dump, a pkcs15 card of scard new", [("pkcs15-tool", "--dump")]),
            _sign("01", "a pkcs15 card of scard new"),
            Flow(
                "pkcs15-init: store a key (RSA-2048), a pkcs15 card of scard new",
                [("pkcs15-init", "--store-private-key", "key.pem", "--auth-id", "FF", "--pin", "123456", "--id", "02")],
            ),
        ),
    ),
    Made(
        "scard new pkcs15 --generate rsa4096, of version 1",
        ("pkcs15", "--set", "interface=1", "--generate", "rsa4096"),
    ),
    Made(
        "scard new openpgp with a certificate and a key",
        ("openpgp", "--slot", "authentication", *GIVEN),
        (_sign("03", "an openpgp card of scard new"),),
    ),
    Made(
        "scard new openpgp with three keys",
        (
            *("openpgp", "--pin", CODE, "--admin-pin", CODE, "--slot", "signature", "--generate", "rsa2048"),
            *("--slot", "decryption", "--generate", "p256", "--slot", "authentication", "--generate", "rsa2048"),
        ),
        (
            Flow(
                "gpg: take the keys of an openpgp card of scard new",
                [("sh", "-c", f'"$@" --faked-system-time "$(cat date)!" {TAKE}', "sh", *GPG)],
            ),
            Flow(
                "gpg: sign (RSA-2048), an openpgp card of scard new",
                [(*GPG, "--output", "signed", "--sign", "message")],
            ),
        ),
        _begin_gnupg,
        AROUND,
    ),
    Made(
        "scard new gids with a certificate and a key",
        ("gids", *GIVEN, "--pin", "654321"),
        (
            Flow("pkcs15-tool: dump, a gids card of scard new", [("pkcs15-tool", "--dump")]),
            _sign("00", "a gids card of scard new", "654321"),
        ),
    ),
)


def _prepare(desk: Desk) -> None:
    (desk.folder / "message").write_bytes(b"what is signed")
    (desk.folder / "passphrase").write_text("a passphrase\n", encoding="ascii")
    made = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-subj", "/CN=Ada")
    desk.run(*made, "-keyout", "key.pem", "-out", "certificate.pem")
    both = ("-inkey", "key.pem", "-in", "certificate.pem", "-out", "both.p12", "-passout", "file:passphrase")
    desk.run("openssl", "pkcs12", "-export", *both)
    encrypt = ("openssl", "pkeyutl", "-encrypt", "-certin", "-inkey", "certificate.pem")
    desk.run(*encrypt, "-in", "message", "-out", "cryptogram")


SHOWS: dict[str, Sequence[str]] = {
    "scard new --list": ("new", "--list"),
    "scard show": ("show", IMAGE),
    "scard show of a sealed card": ("show", "sealed.card", "--passphrase-file", "passphrase"),
}
EPHEMERAL = Flow(
    "yubico-piv-tool: change the PIN, --ephemeral",
    [(*PIV_TOOL, "change-pin", "--pin", "123456", "--new-pin", "111111")],
)


def figures(rounds: int) -> list[Figure]:
    """New cards in each round; raises CalledProcessError where a program is not content."""
    alone: dict[str, list[float]] = {name: [] for name in (*(made.name for made in MADE), *SHOWS)}
    uses: dict[Flow, list[Taken]] = {flow: [] for flow in (*(flow for made in MADE for flow in made.uses), EPHEMERAL)}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            _prepare(WholeCommands(folder))
            for made in MADE:
                desk = WholeCommands(folder, made.around)
                (folder / IMAGE).unlink(missing_ok=True)
                profile, *options = made.arguments
                alone[made.name].append(desk.run(SCARD, "new", profile, IMAGE, *options))
                if made.begin is not None:
                    made.begin(desk)
                for flow in made.uses:
                    uses[flow].append(flow.take(desk))
            desk = WholeCommands(folder, options=("--ephemeral",))
            seal = ("--seal", "--seal-passphrase-file", "passphrase")
            desk.run(SCARD, "new", "piv", "sealed.card", *GIVEN, *seal)
            desk.run(SCARD, "new", "piv", IMAGE, *GIVEN, "--force")
            for what, arguments in SHOWS.items():
                alone[what].append(desk.run(SCARD, *arguments))
            uses[EPHEMERAL].append(EPHEMERAL.take(desk))
    return [
        *(Figure(what, statistics.median(taken), "s") for what, taken in alone.items()),
        *(share_figure(flow.name, taken, MOST_SHARE) for flow, taken in uses.items()),
    ]

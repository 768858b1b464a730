"""What GnuPG and OpenSSH take with keys of the profile openpgp, and the card's share: see ``program_flows.py``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gnupg_home import END, GPG, JANE, definition, edit, edit_card, measured_with_gnupg
from program_flows import Flow, refused
from ssh_login import LOG_IN, open_server_for_agent

if TYPE_CHECKING:
    from measure import Figure
    from program_flows import Desk, Step

# Answers to key-attr: 2 is a curve, and then which; RSA stays what it is.
ATTRIBUTES = {
    "RSA-2048": (),
    "Curve25519": ("key-attr", *("2", "1") * 3),
    "P-256": ("key-attr", *("2", "3") * 3),
    "P-384": ("key-attr", *("2", "4") * 3),
    "P-521": ("key-attr", *("2", "5") * 3),
    "brainpoolP256r1": ("key-attr", *("2", "6") * 3),
    "brainpoolP384r1": ("key-attr", *("2", "7") * 3),
    "brainpoolP512r1": ("key-attr", *("2", "8") * 3),
    "secp256k1": ("key-attr", *("2", "9") * 3),
}
OF_SSH = ("RSA-2048", "Curve25519", "P-256")
"""What OpenSSH has, too, and gpg-agent for it."""

# No backup, for ever, name, address, no comment.
GENERATE = ("generate", "n", "0", "Jane Doe", JANE, "")
SIGN = (*GPG, "--local-user", JANE, "--output", "signed", "--sign", "message")
DECRYPT = (*GPG, "--output", "plain", "--decrypt", "message.gpg")
SSH = 'SSH_AUTH_SOCK="$(gpgconf --list-dirs agent-ssh-socket)"'


def _write(desk: Desk) -> None:
    (desk.folder / "message").write_bytes(b"what is signed")


def _encrypt(desk: Desk) -> None:
    _write(desk)
    desk.run(*GPG, "--recipient", JANE, "--output", "message.gpg", "--encrypt", "message")


def _open_server(desk: Desk) -> None:
    desk.use("sh", "-c", f"{SSH} ssh-add -L >card.pub")
    open_server_for_agent(desk, "card.pub")


def _sign(kind: str) -> Flow:
    return Flow(f"gpg: sign ({kind})", [SIGN])


def _decrypt(kind: str) -> Flow:
    return Flow(f"gpg: decrypt ({kind})", [DECRYPT])


def _ssh(kind: str) -> Sequence[Step]:
    return (
        _open_server,
        Flow(
            f"ssh-keygen: sign through gpg-agent ({kind})",
            [("sh", "-c", f"rm -f message.sig; {SSH} ssh-keygen -Y sign -n file -f card.pub message")],
        ),
        Flow(f"ssh-add: list through gpg-agent ({kind})", [("sh", "-c", f"{SSH} ssh-add -L")]),
        Flow(f"ssh: log in through gpg-agent ({kind})", [("sh", "-c", f"{SSH} {' '.join(LOG_IN)}")]),
    )


def _generated(kind: str, suffix: str = "") -> Sequence[Step]:
    """Keys that the card generates."""
    generate = edit_card("admin", *ATTRIBUTES[kind], *GENERATE)
    kind += suffix
    return (
        Flow(f"gpg: generate three keys ({kind})", [generate], is_judged=False),
        _encrypt,
        Flow(f"gpg: card status ({kind})", [("gpg", "--card-status")]),
        _sign(kind),
        _decrypt(kind),
        *(_ssh(kind) if kind in OF_SSH else ()),
    )


def _generate(desk: Desk) -> None:
    desk.use(*edit_card("admin", *ATTRIBUTES["Curve25519"], *GENERATE))
    _encrypt(desk)


def _make_keys(desk: Desk, primary: str, *others: str) -> None:
    """Keys of GnuPG's own. What was started for them does not know the reader, and is ended."""
    alone = ("--passphrase", "", "--pinentry-mode", "loopback")
    desk.run(*GPG, *alone, "--quick-generate-key", f"Jane Doe <{JANE}>", primary, "cert,sign", "never")
    first = f"gpg --with-colons --list-keys {JANE} | sed -n 's/^fpr:*\\([0-9A-F]*\\):/\\1/p' | head -1"
    for kind, usage in zip(others, ("encr", "auth"), strict=False):
        desk.run("sh", "-c", f'"$@" --quick-add-key $({first}) {kind} {usage} never', "sh", *GPG, *alone)
    desk.run(*END)


def _brought(signing: str, deciphering: str, *names: str) -> Sequence[Step]:
    """Keys that are brought to the card: of kinds that GnuPG has these names for, for two slots or three."""
    # y: the primary key, too; the number of the slot
    lines = ["keytocard", "y", "1", "key 1", "keytocard", "2"]
    if len(names) == 3:
        lines += ["key 1", "key 2", "keytocard", "3"]
    kinds = ", ".join(dict.fromkeys((signing, deciphering)))
    return (
        lambda desk: _make_keys(desk, *names),
        Flow(f"gpg: keytocard, {len(names)} keys ({kinds})", [edit(f"--edit-key {JANE}", *lines, "save")]),
        _encrypt,
        _sign(f"{signing}, brought"),
        _decrypt(f"{deciphering}, brought"),
    )


BROUGHT = (
    ("RSA-2048", "RSA-2048", "rsa2048", "rsa2048", "rsa2048"),
    ("RSA-4096", "RSA-3072", "rsa4096", "rsa3072", "rsa2048"),
    ("P-256", "P-256", "nistp256", "nistp256"),
    ("Curve25519", "Curve25519", "ed25519", "cv25519", "ed25519"),
    ("brainpoolP384r1", "P-521", "brainpoolP384r1", "nistp521"),
)


ONE: Sequence[Step] = (
    lambda desk: _make_keys(desk, "rsa2048"),
    # y: the primary key; 1: to signatures
    Flow("gpg: keytocard (RSA-2048)", [edit(f"--edit-key {JANE}", "keytocard", "y", "1", "save")]),
)


def _wait_for_button(desk: Desk) -> None:
    """The keys wait for the button from now on, which gpg 2.2 has no command for: scdaemon sends it."""
    serial = "$(gpg-connect-agent 'scd serialno' /bye | cut -d ' ' -f 3 -s)"
    flags = " ".join(f"'scd apdu 00 DA 00 {tag} 02 01 20'" for tag in ("D6", "D7", "D8"))
    desk.use("sh", "-c", f'gpg-connect-agent --hex "scd checkpin {serial}[CHV3]" {flags} /bye')


PRESSED: Sequence[Step] = (
    _generate,
    _wait_for_button,
    _sign("Curve25519, a button is pressed"),
    _decrypt("Curve25519, a button is pressed"),
)
NOT_PRESSED: Sequence[Step] = (
    _generate,
    _wait_for_button,
    Flow("gpg: sign, no button is pressed", [refused(*SIGN)]),
    Flow("gpg: decrypt, no button is pressed", [refused(*DECRYPT)]),
)


WRITE_KEYS = (
    "gpg-connect-agent 'scd serialno' 'scd setattr SM-KEY-ENC the key that enciphers and so on'"
    " 'scd setattr SM-KEY-MAC the key that checks and so forth' /bye"
)
MESSAGING: Sequence[Step] = (
    Flow("scdaemon: write the keys of secure messaging", [("sh", "-c", f"test $({WRITE_KEYS} | grep -c ^OK) = 3")]),
    Flow("gpg: card status (secure messaging)", [("gpg", "--card-status")]),
)


def figures(rounds: int) -> list[Figure]:
    """The flows, in turns; raises CalledProcessError where a program is not content."""
    found: list[Figure] = []
    with (
        definition() as card,
        definition("touch = false\n") as untouched,
        definition('secure_messaging = "aes-256"\n') as messaging,
        definition(is_on_t0=True) as on_t0,
    ):
        for steps in (*map(_generated, ATTRIBUTES), ONE, *(_brought(*kinds) for kinds in BROUGHT), PRESSED):
            found += measured_with_gnupg(card, steps, rounds)
        found += measured_with_gnupg(untouched, NOT_PRESSED, rounds)
        found += measured_with_gnupg(messaging, MESSAGING, rounds)
        for kind in ("RSA-2048", "Curve25519"):
            found += measured_with_gnupg(on_t0, _generated(kind, ", T=0"), rounds)
    return found

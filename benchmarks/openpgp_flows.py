"""What GnuPG, OpenSSH and OpenSC take with the profile openpgp, and the card's share: see ``program_flows.py``.

With a card that stays, gpg-agent and scdaemon stay from program to program, as they do on a desk. A ``scard run`` has
its own: they are started and ended in it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from program_flows import MODULE, Flow, measured

import emulator

if TYPE_CHECKING:
    from measure import Figure
    from program_flows import Desk, Step

CODE = "12345678"
"""PW1 as well as PW3, so that one answer does for every window."""

PINENTRY = f"""#!/bin/sh
echo OK
while read -r word rest; do
    case $word in GETPIN) echo "D {CODE}" ;; esac
    echo OK
    case $word in BYE) exit ;; esac
done
"""
FILES = {
    "gpg.conf": "no-tty\nno-auto-key-locate\ndisable-dirmngr\nno-greeting\n",
    "scdaemon.conf": "disable-ccid\npcsc-driver libpcsclite.so.1\n",
}
# RSA stays what it is; 2 and 1: a curve, Curve25519; 2 and 3: P-256. No backup, for ever, name, address, no comment.
ANSWERS = {
    "RSA-2048": ("admin", "generate", "n", "0", "Jane Doe", "jane@example.org", "", "quit"),
    "Curve25519": (
        *("admin", "key-attr", "2", "1", "2", "1", "2", "1", "generate", "n", "0", "Jane Doe", "jane@example.org"),
        *("", "quit"),
    ),
    "P-256": (
        *("admin", "key-attr", "2", "3", "2", "3", "2", "3", "generate", "n", "0", "Jane Doe", "jane@example.org"),
        *("", "quit"),
    ),
}
GPG = ("gpg", "--batch", "--yes", "--trust-model", "always")
JANE = "jane@example.org"
SSH = 'SSH_AUTH_SOCK="$(gpgconf --list-dirs agent-ssh-socket)"'
END = ("gpgconf", "--kill", "all")
AROUND = ("sh", "-c", f"trap '{' '.join(END)}' EXIT; gpgconf --launch gpg-agent; \"$@\"", "sh")


def _begin(desk: Desk) -> None:
    home = desk.folder / ".gnupg"
    home.mkdir(mode=0o700)
    pinentry = home / "pinentry.sh"
    pinentry.write_text(PINENTRY, encoding="ascii")
    pinentry.chmod(0o700)
    for name, content in {**FILES, "gpg-agent.conf": f"enable-ssh-support\npinentry-program {pinentry}\n"}.items():
        (home / name).write_text(content, encoding="ascii")


def _write(desk: Desk) -> None:
    (desk.folder / "message").write_bytes(b"what is signed")


def _prepare(desk: Desk) -> None:
    _write(desk)
    desk.run(*GPG, "--recipient", JANE, "--output", "message.gpg", "--encrypt", "message")
    desk.use("sh", "-c", f"{SSH} ssh-add -L >card.pub")


def _edit(what: str, *lines: str) -> Sequence[str]:
    """gpg with answers to what it asks."""
    said = "".join(f"{line}\\n" for line in lines)
    return ("sh", "-c", f"printf '{said}' | gpg --expert --command-fd 0 --status-fd 1 {what}")


def _steps(kind: str) -> Sequence[Step]:
    return (
        _begin,
        Flow(f"gpg: generate three keys ({kind})", [_edit("--card-edit", *ANSWERS[kind])], is_judged=False),
        _prepare,
        Flow(f"gpg: card status ({kind})", [("gpg", "--card-status")]),
        Flow(f"gpg: sign ({kind})", [(*GPG, "--local-user", JANE, "--output", "signed", "--sign", "message")]),
        Flow(f"gpg: decrypt ({kind})", [(*GPG, "--output", "plain", "--decrypt", "message.gpg")]),
        Flow(
            f"ssh-keygen: sign through gpg-agent ({kind})",
            [("sh", "-c", f"rm -f message.sig; {SSH} ssh-keygen -Y sign -n file -f card.pub message")],
        ),
    )


def _make_key(desk: Desk) -> None:
    """A key of GnuPG's own. What was started for it does not know the reader, and is ended."""
    made = ("--passphrase", "", "--pinentry-mode", "loopback", "--quick-generate-key", f"Jane Doe <{JANE}>")
    desk.run(*GPG, *made, "rsa2048", "cert,sign", "never")
    desk.run(*END)


EDIT: Sequence[Step] = (
    _begin,
    Flow("gpg: write the holder's name", [_edit("--card-edit", "admin", "name", "Doe", "Jane", "quit")]),
    Flow("gpg: change the PIN", [_edit("--card-edit", "passwd", "quit")]),
    _make_key,
    # y: the primary key; 1: to signatures
    Flow("gpg: keytocard (RSA-2048)", [_edit(f"--edit-key {JANE}", "keytocard", "y", "1", "save")]),
)

# OpenSC takes a reader that does not tell the sizes of its APDUs for one of short ones.
SIZES = "app default { reader_driver pcsc { max_send_size = 65535; max_recv_size = 65536; } }\n"
WITH_SIZES = ("env", "OPENSC_CONF=opensc.conf")
TOOL = (*WITH_SIZES, "openpgp-tool", "--verify", "CHV3", "--pin", CODE)
PKCS11 = (*WITH_SIZES, "pkcs11-tool", "--module", str(MODULE), "--login", "--pin", CODE)
USE = ("--input-file", "message", "--output-file", "signed")


def _name_sizes(desk: Desk) -> None:
    (desk.folder / "opensc.conf").write_text(SIZES, encoding="ascii")


OPENSC: Sequence[Step] = (
    _name_sizes,
    Flow("openpgp-tool: generate RSA-2048", [(*TOOL, "--gen-key", "1")], is_judged=False),
    _write,
    Flow("openpgp-tool: card information", [(*WITH_SIZES, "openpgp-tool", "--card-info", "--key-info")]),
    Flow("pkcs11-tool: list, openpgp", [(*PKCS11, "--list-objects")]),
    Flow(
        "pkcs11-tool: sign (RSA-2048), openpgp",
        [(*PKCS11, "--slot", "1", "--sign", "--id", "01", "--mechanism", "SHA256-RSA-PKCS", *USE)],
    ),
)
"""With nobody else at the card: scdaemon has it for itself."""


def figures(rounds: int) -> list[Figure]:
    """The flows, in turns; raises CalledProcessError where a program is not content."""
    text = (Path(emulator.__file__).parent / "profiles" / "openpgp.toml").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        definition = Path(folder) / "openpgp.toml"
        definition.write_text(f'{text}[applications.options]\npw1 = "{CODE}"\npw3 = "{CODE}"\n', encoding="utf-8")
        flows = (*(_steps(kind) for kind in ANSWERS), EDIT)
        gpg = [measured(definition, steps, rounds, around=AROUND, after=END) for steps in flows]
        return [figure for found in (*gpg, measured(definition, OPENSC, rounds)) for figure in found]

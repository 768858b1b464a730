"""GnuPG as flows of :mod:`program_flows` have it: a home of its own, and a pinentry that gives one answer.

With a card that stays, gpg-agent and scdaemon stay from program to program, as they do on a desk. A ``scard run`` has
its own: they are started and ended in it.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from program_flows import measured

import emulator

if TYPE_CHECKING:
    from measure import Figure
    from program_flows import Desk, Step

# Command chaining in place of extended lengths, which T=0 has no room for.
ON_T0 = 'protocols = ["T=0"]\nhistorical_bytes = "00 31 F5 73 C0 01 80 00 90 00"'
CODE, WRONG_CODE = "12345678", "99999999"
"""CODE is PW1 as well as PW3, so that one answer does for every window."""

PINENTRY = """#!/bin/sh
echo OK
while read -r word rest; do
    case $word in GETPIN) read -r code <"${0%/*}/code"; echo "D $code" ;; esac
    echo OK
    case $word in BYE) exit ;; esac
done
"""
FILES = {
    "gpg.conf": "no-tty\nno-auto-key-locate\ndisable-dirmngr\nno-greeting\n",
    "scdaemon.conf": "disable-ccid\npcsc-driver libpcsclite.so.1\n",
    "code": f"{CODE}\n",
}
GPG = ("gpg", "--batch", "--yes", "--trust-model", "always")
JANE = "jane@example.org"
END = ("gpgconf", "--kill", "all")
AROUND = ("sh", "-c", f"trap '{' '.join(END)}' EXIT; gpgconf --launch gpg-agent; \"$@\"", "sh")


def begin(desk: Desk) -> None:
    """Make the home."""
    home = desk.folder / ".gnupg"
    home.mkdir(mode=0o700)
    pinentry = home / "pinentry.sh"
    pinentry.write_text(PINENTRY, encoding="ascii")
    pinentry.chmod(0o700)
    for name, content in {**FILES, "gpg-agent.conf": f"enable-ssh-support\npinentry-program {pinentry}\n"}.items():
        (home / name).write_text(content, encoding="ascii")


def answer(desk: Desk, code: str) -> None:
    """What the pinentry says from now on."""
    (desk.folder / ".gnupg" / "code").write_text(f"{code}\n", encoding="ascii")


def edit(what: str, *lines: str) -> Sequence[str]:
    """gpg with answers to what it asks."""
    said = "".join(f"{line}\\n" for line in lines)
    return ("sh", "-c", f"printf '{said}' | gpg --expert --command-fd 0 --status-fd 1 {what}")


def edit_card(*lines: str) -> Sequence[str]:
    """``gpg --card-edit`` with these lines."""
    return edit("--card-edit", *lines, "quit")


def shows(desk: Desk, line: str) -> None:
    """Make sure of a line of ``gpg --card-status --with-colons``, of which the beginning is given.

    Raises:
        CalledProcessError: it is not there.
    """
    desk.use("sh", "-c", f"gpg --card-status --with-colons | grep -q '^{line}'")


@contextmanager
def definition(options: str = "", *, is_on_t0: bool = False) -> Iterator[Path]:
    """The definition of an OpenPGP card with CODE.

    Args:
        options: others of its application, a line each.
        is_on_t0: whether its ATR offers T=0 alone.
    """
    text = (Path(emulator.__file__).parent / "profiles" / "openpgp.toml").read_text(encoding="utf-8")
    if is_on_t0:
        text = re.sub("^atr = .*$", ON_T0, text, flags=re.MULTILINE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "openpgp.toml"
        path.write_text(f'{text}[applications.options]\npw1 = "{CODE}"\npw3 = "{CODE}"\n{options}', encoding="utf-8")
        yield path


def measured_with_gnupg(profile: Path, steps: Sequence[Step], rounds: int) -> list[Figure]:
    """As ``measured``, with a home of GnuPG, whose agents are ended."""
    return measured(profile, (begin, *steps), rounds, around=AROUND, after=END)

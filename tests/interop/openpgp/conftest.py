"""GnuPG with a home of its own and a pinentry that knows its answers, OpenSC, and the card in the test's reader."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

BOUND = 60
"""Seconds after which a program counts as hanging."""

Done = subprocess.CompletedProcess[str]
PINENTRY = Path(__file__).parent / "programs" / "scripted_pinentry.py"
SCDAEMON = (Path("/usr/lib/gnupg/scdaemon"), Path("/usr/libexec/scdaemon"), Path("/usr/lib/gnupg2/scdaemon"))

USER_PIN, ADMIN_PIN = "123456", "12345678"
KNOWS_ITS_PINS = (("Admin PIN", ADMIN_PIN), ("PIN", USER_PIN))

# OpenSC takes a reader that does not tell the sizes of its APDUs (PC/SC part 10) for one of short APDUs.
OPENSC_CONFIGURATION = """
app default {
    reader_driver pcsc { max_send_size = 65535; max_recv_size = 65536; }
}
"""


class GnuPG:
    """GnuPG as its user has it, who answers what is asked and sees no reader but that of the test.

    Attributes:
        home: its folder; what it is to read and write may be there, too.
        environment: in which its programs run.
    """

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        self.home = home
        self.environment = {**environment, "GNUPGHOME": str(home), "SCRIPTED_PINENTRY": str(home / "pinentry")}
        (home / "pinentry").mkdir()
        (home / "pinentry.sh").write_text(f'#!/bin/sh\nexec "{sys.executable}" -I "{PINENTRY}"\n')
        (home / "pinentry.sh").chmod(0o700)
        (home / "scdaemon.conf").write_text("disable-ccid\npcsc-driver libpcsclite.so.1\n")
        (home / "gpg-agent.conf").write_text(f"enable-ssh-support\npinentry-program {home}/pinentry.sh\n")
        (home / "gpg.conf").write_text("no-tty\nno-auto-key-locate\ndisable-dirmngr\nno-greeting\n")
        self.answer(*KNOWS_ITS_PINS)

    def answer(self, *pairs: tuple[str, str]) -> None:
        """What is answered from now on: to a window with these words, that PIN."""
        (self.home / "pinentry" / "answers").write_text(json.dumps(pairs), encoding="utf-8")

    def asked(self) -> list[str]:
        """What stood in the windows that wanted a PIN, until now."""
        asked = self.home / "pinentry" / "asked"
        return [json.loads(line) for line in asked.read_text(encoding="utf-8").splitlines()] if asked.exists() else []

    def run(self, *command: str, text: str = "", check: bool = True) -> Done:
        """Run one of its programs, or another one in the same environment."""
        done = subprocess.run(
            command, check=False, env=self.environment, input=text, capture_output=True, text=True, timeout=BOUND
        )
        assert not check or done.returncode == 0, f"{command} -> {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def gpg(self, *arguments: str, text: str = "", check: bool = True) -> Done:
        """Run gpg, which asks nothing."""
        return self.run("gpg", "--batch", "--trust-model", "always", *arguments, text=text, check=check)

    def edit_card(self, *lines: str, expert: bool = False, check: bool = True) -> Done:
        """``gpg --card-edit`` with these lines; what was done is in its status lines."""
        return self._edit(*(("--expert",) if expert else ()), "--card-edit", lines=(*lines, "quit"), check=check)

    def edit_key(self, user: str, *lines: str) -> Done:
        """``gpg --edit-key`` likewise; the changes are saved."""
        return self._edit("--edit-key", user, lines=(*lines, "save"))

    def _edit(self, *arguments: str, lines: tuple[str, ...], check: bool = True) -> Done:
        text = "".join(f"{line}\n" for line in lines)
        return self.run("gpg", "--command-fd", "0", "--status-fd", "1", *arguments, text=text, check=check)

    def generate(self, *answers: str) -> None:
        """Keys generated on the card, for Jane Doe; the answers are those to ``key-attr``."""
        before = ("key-attr", *answers) if answers else ()
        # no backup of the encryption key, which never expires; name, address, no comment
        keys = ("generate", "n", "0", "Jane Doe", "jane@example.org", "")
        self._edit("--expert", "--card-edit", lines=("admin", *before, *keys, "quit"))

    def card_status(self) -> dict[str, list[str]]:
        """``gpg --card-status`` in its fields: ``{"version": ["0304"], ...}``.

        Those of which there are several have their number: ``keyattr1``, ``private_do1``.
        """
        fields: dict[str, list[str]] = {}
        for line in self.gpg("--card-status", "--with-colons").stdout.splitlines():
            name, *values = line.split(":")
            if name in ("keyattr", "private_do"):
                name, *values = f"{name}{values[0]}", *values[1:]
            fields[name] = values[:-1]
        return fields

    @property
    def processes(self) -> list[int]:
        """The agents that it has started and that are still there."""
        here = f"GNUPGHOME={self.home}".encode()
        found = []
        for process in Path("/proc").iterdir():
            try:
                if process.name.isdigit() and here in (process / "environ").read_bytes().split(b"\0"):
                    found.append(int(process.name))
            except OSError:
                continue
        return found


@pytest.fixture
def gnupg(reader: Any, eventually: Callable[[Callable[[], object]], None]) -> Iterator[GnuPG]:
    """GnuPG with a new home; its agents end with the test, and nothing of it is left."""
    if shutil.which("gpg") is None or not any(path.exists() for path in SCDAEMON):
        pytest.skip("needs GnuPG and its scdaemon (apt-get install gnupg scdaemon)")
    # A socket has a path of at most 107 bytes, and sockets are in the home.
    home = Path(tempfile.mkdtemp(prefix="gpg-", dir="/tmp"))
    here = GnuPG(home, {**os.environ, **reader.environment, "HOME": str(home), "LC_ALL": "C.UTF-8"})
    try:
        yield here
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], check=False, env=here.environment, timeout=BOUND)
        eventually(lambda: not here.processes)
        shutil.rmtree(home)


@pytest.fixture
def opensc(reader: Any, tmp_path: Path) -> Callable[..., Done]:
    """Run a program of OpenSC that knows what the reader takes."""
    configuration = tmp_path / "opensc.conf"
    configuration.write_text(OPENSC_CONFIGURATION)
    own = {"OPENSC_CONF": str(configuration), "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}

    def run(*command: str, check: bool = True) -> Done:
        environment = {**os.environ, **reader.environment, **own}
        done = subprocess.run(
            command, check=False, env=environment, capture_output=True, text=True, timeout=BOUND, cwd=tmp_path
        )
        assert not check or done.returncode == 0, f"{command} -> {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return run

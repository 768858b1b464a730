"""The same pyscard program on the embedded resource manager and on a PC/SC daemon."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCARD = [sys.executable, "-c", "from sandbox.command_line import main; main()"]
PROGRAMS = Path(__file__).with_name("programs")


def scard_run(via: str, program: str, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SCARD, "run", "--via", via, "--card", "iso7816", *options, "--", sys.executable, str(PROGRAMS / program)],
        check=False,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_tour_of_pyscard_tells_the_same() -> None:
    embedded, on_a_daemon = (scard_run(via, "pyscard_tour.py") for via in ("embedded", "pcscd"))
    assert (embedded.returncode, on_a_daemon.returncode) == (0, 0), embedded.stderr + on_a_daemon.stderr
    assert embedded.stdout.count("\n") > 12
    assert embedded.stdout == on_a_daemon.stdout
    assert embedded.stderr == on_a_daemon.stderr == ""


def test_a_plain_program_tells_the_same() -> None:
    embedded, on_a_daemon = (scard_run(via, "plain_pyscard.py") for via in ("embedded", "pcscd"))
    assert embedded.returncode == on_a_daemon.returncode == 0
    assert embedded.stdout.splitlines()[:5] == on_a_daemon.stdout.splitlines()[:5]


def test_it_needs_neither_the_daemon_nor_its_library_nor_root() -> None:
    hidden = (
        "for file in /usr/sbin/pcscd $(/sbin/ldconfig -p | sed -n 's/.*libpcsclite[^ ]* .*=> //p'); do "
        'if [ -e "$file" ]; then mount --bind /dev/null "$(realpath "$file")"; fi; done; exec "$@"'
    )
    alone = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", hidden, "sh"]
    if subprocess.run([*alone, "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("unprivileged user namespaces are forbidden here")
    program = [*SCARD, "run", "--via", "embedded", "--card", "iso7816", "--", sys.executable]
    done = subprocess.run(
        [*alone, *program, str(PROGRAMS / "pyscard_tour.py")], check=False, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == scard_run("embedded", "pyscard_tour.py").stdout

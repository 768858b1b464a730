"""``--flushed``: what is kept in an image is on the disk, too, before a response leaves."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from emulator import Card

#: Notes what SQLite is told to flush, in every process that opens an image to be changed.
SITE = """
import os, sqlite3, sys

class Noting(sqlite3.Connection):
    def execute(self, sql, *parameters):
        if sql.startswith("PRAGMA synchronous"):
            with open(os.environ["NOTES"], "a") as notes:
                notes.write(sql + "\\n")
        return super().execute(sql, *parameters)

connect = sqlite3.connect
sqlite3.connect = lambda *arguments, **more: connect(*arguments, factory=Noting, **more)
"""
UPDATE = "00D6000004CAFEBABE"
WRITER = (
    "from smartcard.System import readers\n"
    "with readers()[0].createConnection() as connection:\n"
    "    connection.connect()\n"
    "    for command in ('00A4000C020100', '" + UPDATE + "'):\n"
    "        assert connection.transmit(list(bytes.fromhex(command)))[1:] == (0x90, 0x00)\n"
)
CHANGES = "PRAGMA synchronous = NORMAL", "PRAGMA synchronous = FULL"
"""What a card is told when it is opened: without and with the option. When it is closed it is told FULL either way."""


@pytest.fixture
def noting(tmp_path: Path) -> dict[str, str]:
    """Variables for a process whose notes are in the file ``NOTES``."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(SITE)
    path = os.pathsep.join(filter(None, [str(tmp_path / "site"), os.environ.get("PYTHONPATH", "")]))
    return {"PYTHONPATH": path, "NOTES": str(tmp_path / "notes")}


def told(noting: dict[str, str]) -> list[str]:
    return Path(noting["NOTES"]).read_text().splitlines()


@pytest.mark.parametrize("via", ["pcscd", "embedded"])
@pytest.mark.parametrize("flushed", [False, True])
def test_run(image: Path, scard: Any, noting: dict[str, str], via: str, flushed: bool) -> None:
    options = ["--flushed"] if flushed else []
    program = [sys.executable, "-c", WRITER]
    done = scard("run", "--card", str(image), "--via", via, *options, "--", *program, **noting)
    assert done.returncode == 0, done.stderr
    # Embedded, our own process opens and closes the image before and after the program.
    ours = [] if via == "pcscd" else [CHANGES[False]]
    assert told(noting)[::2] == [*ours, CHANGES[flushed], *ours]
    with Card.open(image, "copy") as card:
        assert any(content[:4] == bytes.fromhex("CAFEBABE") for content in card.snapshot().state().contents.values())


@pytest.mark.parametrize("flushed", [False, True])
def test_serve(image: Path, scard_command: tuple[str, ...], noting: dict[str, str], flushed: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as vpcd:
        vpcd.settimeout(30)
        address = f"127.0.0.1:{vpcd.getsockname()[1]}"
        options = ["--flushed"] if flushed else []
        command = [*scard_command, "serve", "--card", str(image), "--vpcd", address, *options]
        with subprocess.Popen(command, env={**os.environ, **noting}, stdout=subprocess.DEVNULL) as process:
            connection, _ = vpcd.accept()
            with connection:
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=60)
    assert told(noting)[0] == CHANGES[flushed]


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--card", "iso7816", "--flushed", "--", "true"),
        ("run", "--card", "{image}", "--ephemeral", "--flushed", "--", "true"),
        ("run", "--card", "iso7816", "--save", "{image}", "--flushed", "--", "true"),
        ("serve", "--card", "iso7816", "--flushed"),
        ("serve", "--card", "{image}", "--ephemeral", "--flushed"),
    ],
)
def test_there_must_be_something_that_is_kept(image: Path, scard: Any, arguments: tuple[str, ...]) -> None:
    done = scard(*(argument.format(image=image) for argument in arguments))
    assert done.returncode == (125 if arguments[0] == "run" else 2)
    assert "--flushed is about an image" in done.stderr


def test_a_foreign_card_keeps_what_it_likes(scard: Any) -> None:
    done = scard("run", "--vpicc", "true {port}", "--flushed", "--", "true")
    assert done.returncode == 125
    assert "its own affair" in done.stderr

"""``scard run``: real programs change a card, and the image keeps it or not, as asked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from emulator import Card

SCARD = [sys.executable, "-c", "from sandbox.command_line import main; main()"]
READ_THE_FILE = [bytes.fromhex("00A4040C0A") + b"\xf0scardmgr\x01", bytes.fromhex("00B0810000")]


def scard(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SCARD, *arguments], check=False, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
    )


def first_file(path: Path) -> bytes:
    with Card.open(path, mode="copy") as card:
        card.power_on()
        return [card.transmit(command) for command in READ_THE_FILE][-1]


@pytest.fixture
def image(card: Card, tmp_path: Path) -> Path:
    path = tmp_path / "image.card"
    card.save(path)
    return path


@pytest.fixture
def script(tmp_path: Path) -> str:
    path = tmp_path / "script"
    path.write_text('verify CHV1 "1234"\ncd 7F10\nupdate_binary 6F01 0 "HELLO"\n', encoding="ascii")
    return str(path)


def test_an_image_keeps_what_a_program_changes(image: Path, script: str) -> None:
    assert first_file(image).startswith(b"Hello, smart card.")
    done = scard("run", "--card", str(image), "--", "opensc-explorer", "-c", "default", script)
    assert done.returncode == 0, done.stderr
    assert first_file(image).startswith(b"HELLO, smart card.")


def test_an_ephemeral_run_leaves_the_image_alone(image: Path, script: str) -> None:
    before = image.read_bytes()
    done = scard("run", "--card", str(image), "--ephemeral", "--", "opensc-explorer", "-c", "default", script)
    assert done.returncode == 0, done.stderr
    assert image.read_bytes() == before


def test_a_profile_is_saved_where_asked(tmp_path: Path, script: str) -> None:
    out = tmp_path / "out.card"
    done = scard("run", "--card", "iso7816", "--save", str(out), "--", "opensc-explorer", "-c", "default", script)
    assert done.returncode == 0, done.stderr
    assert first_file(out).startswith(b"HELLO, smart card.")


def test_the_daemon_is_the_programs_own(card: Card) -> None:
    done = scard("run", "--card", "iso7816", "--", "sh", "-c", 'echo "$PCSCLITE_CSOCK_NAME"; opensc-tool --atr')
    assert done.returncode == 0, done.stderr
    socket, atr = done.stdout.split()
    assert bytes.fromhex(atr.replace(":", "")) == card.atr
    assert not Path(socket).parent.exists()

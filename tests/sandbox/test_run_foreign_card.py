"""``scard run --vpicc``: the card is a program, too."""

from __future__ import annotations

import shlex
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).parents[1] / "virtual_reader" / "programs" / "card_program.py"
SEES_THE_CARD = """
import sys
from smartcard.System import readers
from smartcard.Exceptions import NoCardException
with readers()[0].createConnection() as connection:
    try:
        connection.connect()
    except NoCardException:
        sys.exit("no card")
    print(bytes(connection.getATR()).hex())
    for command in sys.argv[1:]:
        print(bytes(connection.transmit(list(bytes.fromhex(command)))[0]).hex())
"""
LOOKS_FOR_A_CARD_ITSELF = """
import os, runpy, sys
assert os.environ["SCARDMGR_RUN_CARD"] == os.environ["SCARDMGR_RUN_MODE"] == "", "it is told of a card"
assert "PCSCLITE_CSOCK_NAME" not in os.environ, "it is told of our daemon"
sys.argv[:] = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
VIAS = ["embedded", "pcscd"]


def card_of(conduct: str, *arguments: str) -> str:
    return shlex.join([sys.executable, "-I", "-S", str(PROGRAM), "{port}", conduct, *arguments])


@pytest.fixture(params=VIAS)
def via(request: Any) -> str:
    return str(request.param)


def test_a_program_finds_the_foreign_card(scard: Any, via: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PCSCLITE_CSOCK_NAME", raising=False)
    card = shlex.join([sys.executable, "-c", LOOKS_FOR_A_CARD_ITSELF, str(PROGRAM), "{port}", "behaves"])
    done = scard("run", "--via", via, "--vpicc", card, "--", sys.executable, "-c", SEES_THE_CARD, "0084000008")
    assert done.stdout.split() == ["3b80800101", "0084000008"], done.stderr
    assert (done.returncode, done.stderr) == (0, "")


def test_the_card_ends_with_the_program(scard: Any, via: str) -> None:
    asked = b"PID ".hex()
    done = scard("run", "--via", via, "--vpicc", card_of("behaves"), "--", sys.executable, "-c", SEES_THE_CARD, asked)
    pid = bytes.fromhex(done.stdout.split()[1]).split()[0].decode()
    assert not Path("/proc", pid).exists()


def test_a_card_that_dies_is_told_and_the_status_is_the_programs(scard: Any, via: str) -> None:
    done = scard(
        "run", "--via", via, "--vpicc", card_of("dies"), "--", sys.executable, "-c", SEES_THE_CARD, "0084000008"
    )
    assert done.returncode == 1
    told = "scard: the foreign card closed the connection, and ended with exit status 1; it said: this was too much"
    assert done.stderr.splitlines().count(told) == 1


def test_a_card_that_does_not_start(scard: Any, via: str) -> None:
    done = scard("run", "--via", via, "--vpicc", card_of("says"), "--", sys.executable, "-c", SEES_THE_CARD)
    told = "ended with exit status 1; it said: it cannot go on"
    assert [
        line.endswith(told) and line.startswith("scard: the foreign card did not connect")
        for line in done.stderr.splitlines()
        if told in line
    ] == [True]
    if via == "pcscd":
        assert done.returncode == 125
        assert len(done.stderr.splitlines()) == 1
    else:
        assert done.stderr.splitlines()[-1] == "no card"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("", "answered to reset with 0 bytes: an ATR has 2 to 33"),
        ("00" * 34, "answered to reset with 34 bytes: an ATR has 2 to 33"),
        ("0000000000", "answered to reset with 00 00 00 00 00, which is no ATR: TS is 00, and not 3B or 3F"),
    ],
)
def test_a_card_that_answers_to_reset_with_no_atr(scard: Any, via: str, answer: str, told: str) -> None:
    card = card_of("has the ATR", answer)
    done = scard("run", "--via", via, "--vpicc", card, "--", sys.executable, "-c", SEES_THE_CARD)
    lines = [line for line in done.stderr.splitlines() if told in line]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("scard: ")
    if via == "pcscd":
        assert done.returncode == 125
        assert len(done.stderr.splitlines()) == 1
    else:
        assert done.stderr.splitlines()[-1] == "no card"


def test_a_port_that_the_card_knows(scard: Any) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    card = card_of("behaves").replace("'{port}'", port)
    done = scard(
        *("run", "--via", "embedded", "--vpicc-port", port, "--vpicc", card),
        *("--", sys.executable, "-c", SEES_THE_CARD),
    )
    assert done.stdout.split() == ["3b80800101"], done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--vpicc", "no-such-program {port}"], "--vpicc: no-such-program: no such program"),
        (["--vpicc", "true"], "--vpicc: true is not told where to connect: put {port} among its arguments"),
        (["--vpicc", "an 'open quotation"], "--vpicc: No closing quotation"),
        (["--vpicc", ""], "--vpicc: a card's command is a list"),
        (["--vpicc", "true {port}", "--card", "iso7816"], "one of them"),
        ([], "one of them"),
        (["--vpicc", "true {port}", "--ephemeral"], "its own affair"),
        (["--vpicc", "true {port}", "--save", "out.card"], "its own affair"),
        (["--card", "iso7816", "--vpicc-port", "35963"], "--vpicc-port belongs to --vpicc"),
    ],
)
def test_wrong_usage_is_one_line_and_125(scard: Any, options: list[str], message: str) -> None:
    done = scard("run", *options, "--", "true")
    assert done.returncode == 125
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1

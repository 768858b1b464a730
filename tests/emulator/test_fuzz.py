"""A small count of the fuzz run, and that it would see what is wrong."""

from __future__ import annotations

import importlib.util
import itertools
import re
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from emulator import Card
from emulator.command_table import COMMANDS

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "fuzz_card.py"


@pytest.fixture(scope="module")
def fuzz() -> Iterator[ModuleType]:
    sys.path.insert(0, str(SCRIPT.parent))
    specification = importlib.util.spec_from_file_location("fuzz_card", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["fuzz_card"] = module
    specification.loader.exec_module(module)
    yield module
    del sys.modules["fuzz_card"]
    sys.path.remove(str(SCRIPT.parent))


def test_twenty_thousand_apdus(fuzz: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz.run(20_000, seed=7) == 0
    said = capsys.readouterr().out
    assert "every answer well formed" in said
    assert " 0 under secure messaging" not in said
    for channel in (0, 1, 3, 4, 19):
        assert re.search(rf"^channel {channel}: [1-9]\d{{2,}} answered$", said, re.MULTILINE)
    ways = itertools.product(("mutual authentication", "static keys"), ("aes", "3des"))
    for way, cipher in (*ways, ("device authentication", "3des")):
        channels = re.findall(rf"sessions by {way}, {cipher}, channel (\d+)$", said, re.MULTILINE)
        assert "0" in channels
        assert set(channels) & {"1", "3", "4", "19"}
    for row in COMMANDS:
        assert re.search(rf"^{row.name} \({row.ins:02X}\): [1-9]\d* of \d+ succeeded$", said, re.MULTILINE), row.name
    for fault in ("with a bit turned", "said again", "out of order"):
        assert re.search(rf"^[1-9]\d* protected commands {fault}, each refused$", said, re.MULTILINE), fault


@pytest.mark.parametrize(
    ("profile", "fault"),
    [
        ("iso7816", "with a bit turned"),
        ("iso7816", "said again"),
        ("iso7816", "out of order"),
        ("openpgp", "with a bit turned"),
    ],
)
def test_a_protected_command_that_is_taken_though_it_must_not_be_is_reported(
    fuzz: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], profile: str, fault: str
) -> None:
    transmit = Card.transmit

    def take_every_one(card: Card, command: bytes) -> bytes:
        response = transmit(card, command)
        return b"\x90\x00" if response == b"\x69\x88" else response

    monkeypatch.setattr(Card, "transmit", take_every_one)
    monkeypatch.setattr(sys.modules["fuzz_dialogue"], "FAULTS", (fault,))
    assert fuzz.run(20_000, seed=7, profile=profile) == 1
    assert f"a protected command {fault} was not refused" in capsys.readouterr().err


def test_a_part_of_a_chain_is_no_success_of_its_command(
    fuzz: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    transmit = Card.transmit

    def take_parts_only(card: Card, command: bytes) -> bytes:
        is_part = command[1:2] == b"\xe2" and command[0] & 0x10
        return transmit(card, command) if is_part or command[1:2] != b"\xe2" else b"\x6a\x81"

    monkeypatch.setattr(Card, "transmit", take_parts_only)
    assert fuzz.run(2_000, seed=1) == 0
    assert re.search(r"^APPEND RECORD \(E2\): 0 of [1-9]\d* succeeded$", capsys.readouterr().out, re.MULTILINE)


def test_a_channel_that_the_card_does_not_open_is_not_spoken_on(
    fuzz: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    transmit = Card.transmit

    def open_none(card: Card, command: bytes) -> bytes:
        return b"\x6a\x81" if command[1:2] == b"\x70" else transmit(card, command)

    monkeypatch.setattr(Card, "transmit", open_none)
    assert fuzz.run(2_000, seed=1) == 0
    said = capsys.readouterr().out
    assert "channel 0: " in said
    # What is no APDU is answered, whatever its class byte says; if the channel were spoken on, some dozens would be.
    assert sum(map(int, re.findall(r"^channel 4: (\d+) answered$", said, re.MULTILINE))) < 10


@pytest.mark.parametrize("profile", ["piv", "pkcs15", "openpgp", "gids"])
def test_ten_thousand_apdus_to_cards_of_an_application(
    fuzz: ModuleType, capsys: pytest.CaptureFixture[str], profile: str
) -> None:
    assert fuzz.run(10_000, seed=7, profile=profile) == 0
    said = capsys.readouterr().out
    assert "every answer well formed" in said
    assert (" 0 under secure messaging" in said) == (profile != "openpgp")


@pytest.mark.parametrize(
    ("apdu", "response", "t0", "what"),
    [
        ("00A40000", "90", False, "fewer than two"),
        ("00A40000", "6000", False, "SW1 is 60"),
        ("00A40000", "A000", False, "SW1 is A0"),
        ("00A40000", "6F00", False, "exception"),
        ("00A40000", "6110", False, "SW1 61 on T=1"),
        ("002A9E9A01", "006101", False, None),
        ("002A9E9A02", "006101", False, "1 bytes and 6101 where Ne is 2"),
        ("002A9E9A01", "6C01", False, "SW1 6C on T=1"),
        ("00B0000001", "00009000", False, "2 bytes where Ne is 1"),
        ("00A40000", "009000", False, "Ne is None"),
        ("00A4", "009000", False, "no APDU"),
        ("00A40000023F0000", "009000", True, "command data on T=0"),
        ("00B0000001", "009000", False, None),
        ("00B00000", "009000", True, None),
        ("00A40000", "6110", True, None),
    ],
)
def test_it_sees_what_is_wrong(fuzz: ModuleType, apdu: str, response: str, t0: bool, what: str | None) -> None:
    found = fuzz.complaint(bytes.fromhex(apdu), bytes.fromhex(response), t0=t0)
    assert (found is None) == (what is None)
    assert what is None or what in found


def test_an_exception_is_reported_with_the_session(
    fuzz: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = []

    def fail(_card: Card, command: bytes) -> bytes:
        sent.append(command)
        raise IndexError("out of range")

    monkeypatch.setattr(Card, "transmit", fail)
    assert fuzz.run(10, seed=1) == 1
    errors = capsys.readouterr().err
    assert "IndexError" in errors
    assert sent[0].hex().upper() in errors


#: So large a piece of memory comes from the system each time: what the process has freed before does not do for it.
LARGE = 1 << 18


@pytest.mark.parametrize(("leaked", "judged_from", "status"), [(LARGE, 100, 1), (LARGE, 201, 0), (0, 100, 0)])
def test_memory_is_judged_where_the_run_is_long(
    fuzz: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    leaked: int,
    judged_from: int,
    status: int,
) -> None:
    kept = []

    def leak(_card: Card, _command: bytes) -> bytes:
        kept.append(bytes([1]) * leaked)
        return b"\x6d\x00"

    monkeypatch.setattr(Card, "transmit", leak)
    monkeypatch.setattr(fuzz, "MEMORY_JUDGED_FROM", judged_from)
    assert fuzz.run(200, seed=1) == status
    assert ("grew by more than 2.0 MiB" in capsys.readouterr().err) == (status == 1)


def test_a_card_that_does_not_answer_is_reported(
    fuzz: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def block(_card: Card, _command: bytes) -> bytes:
        threading.Event().wait()
        return b""

    before = signal.getsignal(signal.SIGALRM)
    monkeypatch.setattr(Card, "transmit", block)
    monkeypatch.setattr(fuzz, "HANG_SECONDS", 0.05)
    assert fuzz.run(10, seed=1) == 1
    assert "no answer in 0.05 seconds" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)

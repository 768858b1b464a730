"""Codes among the values of an application: tries are spent before they are compared, and durably."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from emulator import Application, Card, register_application
from emulator.applications import registry
from emulator.applications.secret_codes import SecretCode, block, present
from emulator.command import CardContext, Case, CommandRow, Response
from emulator.definition.section import Section
from iso7816 import CommandAPDU, ICCMute

DEFINITION = """
[[applications]]
name = "F0 61 62 63 64 65 66 67"
path = "3F00/7F30"
type = "tests.codes"
[files."3F00/6F02"]
type = "transparent"
content = "x"
"""
SELECT = "00A4040008F061626364656667"
PIN = b"pin"


def enter(card: CardContext, command: CommandAPDU, _: None) -> Response:
    present(card, PIN, command.data)
    return b""


def look(card: CardContext, _command: CommandAPDU, _: None) -> Response:
    code = SecretCode.read(card, PIN)
    return bytes((code.tries_left, code.is_blocked)) + code.counter_word.to_bytes(2, "big")


def shut(card: CardContext, _command: CommandAPDU, _: None) -> Response:
    block(card, PIN)
    return b""


def change(card: CardContext, command: CommandAPDU, _: None) -> Response:
    SecretCode.read(card, PIN).with_value(command.data).put(card, PIN)
    return b""


def anything(_p1: int, _p2: int) -> None:
    return None


class Codes(Application):
    NAME = "tests.codes"
    COMMANDS = (
        CommandRow("ENTER", 0x20, "here", Case.COMMAND, anything, enter),
        CommandRow("LOOK", 0x22, "here", Case.RESPONSE, anything, look),
        CommandRow("SHUT", 0x24, "here", Case.NO_DATA, anything, shut),
        CommandRow("CHANGE", 0x26, "here", Case.COMMAND, anything, change),
    )

    @classmethod
    def define(cls, _options: Section) -> Mapping[bytes, bytes]:
        return {PIN: SecretCode.new(b"1234", 3).to_bytes()}


class CutAtOnce:
    def __init__(self) -> None:
        self.armed = 0

    def reached(self, _name: str) -> None:
        from emulator.unit_of_work import PowerCut

        if self.armed:
            self.armed -= 1
            if not self.armed:
                raise PowerCut


@pytest.fixture
def fault() -> CutAtOnce:
    return CutAtOnce()


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: CutAtOnce) -> Iterator[Callable[..., str]]:
    monkeypatch.setattr(registry, "_registered", {})
    register_application(Codes)
    path = tmp_path / "card.toml"
    path.write_text(DEFINITION, encoding="utf-8")
    with Card.from_profile(path, fault_point=fault) as card:

        def answer(*commands: str) -> str:
            said = b""
            card.power_on()
            for command in (SELECT, *commands):
                said = card.transmit(bytes.fromhex(command))
            return said.hex().upper()

        yield answer


RIGHT, WRONG, LOOK = "002000000431323334", "002000000430303030", "0022000000"


def test_wrong_codes_block_and_a_right_one_fills_the_counter(say: Callable[..., str]) -> None:
    assert say(WRONG) == "63C2"
    assert say(WRONG) == "63C1"
    assert say(RIGHT) == "9000"
    assert say(LOOK) == "030063C39000"
    assert [say(WRONG) for _ in range(3)] == ["63C2", "63C1", "63C0"]
    assert say(RIGHT) == "6983"
    assert say(LOOK) == "000163C09000"


def test_it_can_be_blocked_and_changed(say: Callable[..., str]) -> None:
    assert say("00240000", RIGHT) == "6983"
    assert say("00260000023939", "00200000023939") == "9000"


@pytest.mark.parametrize("place", [1, 2])
@pytest.mark.parametrize("code", [RIGHT, WRONG])
def test_a_power_cut_never_gives_a_try_back(say: Callable[..., str], fault: CutAtOnce, place: int, code: str) -> None:
    assert say(WRONG) == "63C2"
    say()
    fault.armed = place
    if code == WRONG and place == 2:  # a wrong code is written once
        assert say(code) == "63C1"
    else:
        with pytest.raises(ICCMute):
            say(code)
    fault.armed = 0
    assert say(LOOK)[:2] == ("02" if place == 1 else "01")


def test_no_repr_shows_a_code() -> None:
    assert repr(SecretCode.new(b"1234", 3)) == "SecretCode(3 of 3 tries)"


@pytest.mark.parametrize(("most", "left"), [(0, 0), (256, 1), (3, 4), (3, -1)])
def test_counters_have_a_range(most: int, left: int) -> None:
    with pytest.raises(ValueError, match="tries"):
        SecretCode(b"", most, left)

"""T=0: a command that is answered 6CXX leaves the card as it was, for it is sent again with the right length."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from emulator import Application, register_application
from emulator.applications import registry
from emulator.command import CardContext, Case, CommandRow, Response
from emulator.definition.section import Section
from iso7816.apdu import CommandAPDU

APPLICATION = """
[card]
protocols = ["T=0"]
[[applications]]
name = "F0 01"
path = "3F00/7F30"
type = "tests.diary"
"""
CHANNELS = """
[card]
protocols = ["T=0"]
historical_bytes = "80 31 E0 73 F7 41 FF"
[files."3F00/6F01"]
type = "transparent"
"""


def note(card: CardContext, command: CommandAPDU, _: None) -> Response:
    card.channel.application_state["noted"] = command.data
    return b""


def turn(card: CardContext, _command: CommandAPDU, _: None) -> Response:
    """The next page; what is on it differs in length."""
    state = card.channel.application_state
    state["page"] = state.get("page", 0) + 1
    return bytes(state["page"])


def tell(card: CardContext, _command: CommandAPDU, _: None) -> Response:
    return bytes(card.channel.application_state.get("noted", b""))


class Diary(Application):
    NAME = "tests.diary"
    COMMANDS = (
        CommandRow("NOTE", 0x10, "here", Case.COMMAND, lambda _p1, _p2: None, note, cla=0x80),
        CommandRow("TURN", 0x12, "here", Case.RESPONSE, lambda _p1, _p2: None, turn, cla=0x80),
        CommandRow("TELL", 0x14, "here", Case.RESPONSE, lambda _p1, _p2: None, tell, cla=0x80),
    )

    @classmethod
    def define(cls, _options: Section) -> Mapping[bytes, bytes]:
        return {}


@pytest.fixture
def diary(define: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """A terminal whose card has the application selected, with a note in it."""
    monkeypatch.setattr(registry, "_registered", {})
    register_application(Diary)
    terminal = define(APPLICATION)
    terminal.ok("00A4040C02F001", "8010000003010203")
    return terminal


def test_a_selection_that_is_to_be_done_again_leaves_the_application_as_it_was(diary: Any) -> None:
    assert diary.sw("00A4000001")[:2] == "6C"
    assert diary.ok("8014000003") == b"\1\2\3"
    assert diary.sw("00A4000001")[:2] == "6C"
    assert diary.sw("00A4000C") == "9000"
    assert diary.sw("8014000003") == "6D00"


def test_what_an_application_keeps_is_as_it_was(diary: Any) -> None:
    assert [diary.sw("8012000000") for _ in range(3)] == ["6C01"] * 3
    assert diary.ok("8012000001") == b"\0"
    assert diary.sw("8012000001") == "6C02"
    assert diary.ok("8012000002") == b"\0\0"
    assert diary.ok("8014000003") == b"\1\2\3"


def test_a_logical_channel_is_opened_once_and_can_be_closed(define: Callable[[str], Any]) -> None:
    terminal = define(CHANNELS)
    assert terminal.sw("0070000000") == "6101"
    assert terminal.ok("00C0000001") == b"\1"
    assert terminal.ok("0070000001") == b"\2"
    for closing in ("00708001", "0070800200"):
        assert terminal.sw(closing) == "9000"
        assert terminal.sw(closing) == "6985"
    assert terminal.ok("0070000001") == b"\1"

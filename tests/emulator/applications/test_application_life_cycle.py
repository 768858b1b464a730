"""The life cycle of an application is that of its DF: closed, it is not there, and the card's own commands are."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emulator import Application, Card, register_application
from emulator.applications import registry
from emulator.applications.registry import application_type
from emulator.command import CardContext, Case, CommandRow, Response
from emulator.command_table import ROWS
from emulator.commands import selection
from emulator.images import opening
from emulator.persistent import Table
from iso7816 import CommandAPDU, ResponseAPDU
from iso7816.file_control import LifeCycle

SELECT, MF, COUNT = "00A40400 02 F001 00", "00A4000C 02 3F00", "80100000 01"
DEACTIVATE, ACTIVATE, TERMINATE = "00040000 02 7F30", "00440000 02 7F30", "00E60000 02 7F30"
DEACTIVATED, TERMINATED = "6283", "6285"
DEFINITION = """
[card]
historical_bytes = "80 31 E0 73 F7 41 FF"
[[applications]]
name = "F0 01"
path = "3F00/7F30"
type = "%s"
[files."3F00/7F30"]
type = "DF"
access = { deactivate = "always", activate = "always", terminate = "always", delete = "always" }
[files."3F00/7F30/6F01"]
type = "transparent"
content = "in it"
access = { read = "always" }
"""


def nothing(_p1: int, _p2: int) -> None:
    """Takes any P1 and P2."""


def count(card: CardContext, _command: CommandAPDU, _parameters: None) -> Response:
    """How often it came in this selection."""
    times = int(card.channel.application_state.get("times", 0)) + 1
    card.channel.application_state["times"] = times
    return bytes((times,))


class PassThrough:
    """The card's end of a session that protects nothing, and tells of itself."""

    OUTLIVES_PLAIN_COMMANDS = True

    def open(self, command: CommandAPDU) -> CommandAPDU:
        return command._replace(cla=0)

    def protect(self, _command: CommandAPDU, response: ResponseAPDU) -> ResponseAPDU:
        return ResponseAPDU(b"session" + response.data, response.sw)


def begin(card: CardContext, _command: CommandAPDU, _parameters: None) -> Response:
    card.begin_session(PassThrough())
    return b""


class Shared(Application):
    """Beside the card's own commands."""

    NAME = "tests.shared"
    COMMANDS = (
        CommandRow("COUNT", 0x10, "here", Case.RESPONSE, nothing, count, cla=0x80),
        CommandRow("BEGIN", 0x12, "here", Case.NO_DATA, nothing, begin),
    )

    @classmethod
    def select(cls, _card: CardContext, _command: CommandAPDU, _control_information: bytes) -> Response:
        return b"hello"


class Alone(Shared):
    """The card's own commands, but SELECT, are gone while it is current."""

    NAME = "tests.alone"
    COMMANDS = (
        *Shared.COMMANDS,
        CommandRow("SELECT", 0xA4, "here", Case.COMMAND | Case.BOTH, selection.parse_select, selection.select),
    )
    KEEPS_CARD_COMMANDS = False
    LENIENT_LE = True


class Default(Alone):
    """And a reset selects it."""

    NAME = "tests.default"
    SELECTED_AFTER_RESET = True


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registered", {})
    for application in (Shared, Alone, Default):
        register_application(application)


@pytest.fixture
def make(define: Callable[[str], Any]) -> Callable[..., Any]:
    """A terminal with a card that has one of the applications; the MF is the current DF."""

    def new(application: type[Application] = Alone, more: str = "") -> Any:
        terminal = define(DEFINITION % application.NAME + more)
        assert terminal.sw(MF) == "9000"
        return terminal

    return new


def on_channel_1(command: str) -> str:
    return "01" + command[2:]


def words(terminal: Any, *commands: str) -> list[str]:
    return [terminal.sw(command) for command in commands]


def is_served(terminal: Any) -> bool:
    """Whether SELECT and a command are the application's."""
    answers = [terminal.send(SELECT), terminal.send(COUNT)]
    return answers == [(b"hello", 0x9000), (b"\x01", 0x9000)]


@pytest.mark.parametrize("application", [Shared, Alone])
@pytest.mark.parametrize(("close", "warning"), [(DEACTIVATE, DEACTIVATED), (TERMINATE, TERMINATED)])
def test_select_warns_and_its_commands_are_refused(
    make: Callable[..., Any], application: type[Application], close: str, warning: str
) -> None:
    terminal = make(application)
    assert terminal.sw(close) == "9000"
    data, word = terminal.send(SELECT)
    assert f"{word:04X}" == warning
    assert data[:1] == b"\x6f", "the control information, as of any DF"
    assert words(terminal, COUNT, "00120000") == ["6985", "6985"]
    # As in any DF that is closed.
    assert words(terminal, "00A4020C 02 6F01", "00B00000 00", COUNT) == ["9000", "6985", "6985"]
    assert words(terminal, "90100000 01", "00FF0000") == ["6E00", "6D00"]


@pytest.mark.parametrize("application", [Shared, Alone])
def test_it_can_be_activated_again_from_within_and_without(
    make: Callable[..., Any], application: type[Application]
) -> None:
    terminal = make(application)
    assert words(terminal, DEACTIVATE, SELECT, "00440000", COUNT) == ["9000", DEACTIVATED, "9000", "9000"]
    terminal.card.reset()
    assert words(terminal, DEACTIVATE, ACTIVATE) == ["9000", "9000"]
    assert is_served(terminal)


@pytest.mark.parametrize("application", [Shared, Alone])
def test_a_terminated_one_can_only_be_deleted(make: Callable[..., Any], application: type[Application]) -> None:
    terminal = make(application)
    assert words(terminal, TERMINATE, ACTIVATE, DEACTIVATE) == ["9000", "6985", "6985"]
    assert words(terminal, SELECT, "00440000", "00E40000", SELECT) == [TERMINATED, "6985", "9000", "6A82"]


@pytest.mark.parametrize("close", [DEACTIVATE, TERMINATE])
def test_it_is_closed_on_every_channel_and_keeps_nothing(make: Callable[..., Any], close: str) -> None:
    terminal = make()
    assert words(terminal, "00700001", SELECT, COUNT, "00120000") == ["9000"] * 4
    assert terminal.send("0C100000") == (b"session", 0x6D00)
    assert words(terminal, on_channel_1(close), COUNT) == ["9000", "6985"]
    assert terminal.sw("0C100000") == "6882", "its session is over, and the card has no key for one of its own"
    if close == DEACTIVATE:
        assert terminal.sw("00440000") == "9000"
        assert terminal.send(COUNT) == (b"\x01", 0x9000)


def test_a_df_above_closes_it_as_well(make: Callable[..., Any]) -> None:
    terminal = make(
        Alone,
        '[[applications]]\nname = "F0 02"\npath = "3F00/7F40/7F41"\ntype = "tests.alone"\n'
        '[files."3F00/7F40"]\ntype = "DF"\naccess = { deactivate = "always", activate = "always" }\n',
    )
    below = "00A40400 02 F002 00"
    assert terminal.sw("00700001") == "9000"
    assert terminal.send(below) == (b"hello", 0x9000)
    assert words(terminal, "01040000 02 7F40", COUNT) == ["9000", "6985"]
    data, word = terminal.send(below)
    assert (data[:1], word) == (b"\x6f", 0x9000), "its own life cycle is none to warn of"
    assert words(terminal, COUNT, "01440000 02 7F40", below, COUNT) == ["6985", "9000", "9000", "9000"]


def test_a_reset_selects_it_only_while_it_is_open(make: Callable[..., Any]) -> None:
    terminal = make(Default)
    terminal.card.reset()
    assert words(terminal, COUNT, MF, DEACTIVATE) == ["9000", "9000", "9000"]
    terminal.card.reset()
    assert words(terminal, COUNT, SELECT, COUNT) == ["6D00", DEACTIVATED, "6985"]
    terminal.card.reset()
    assert words(terminal, "00440000 02 7F30", COUNT) == ["9000", "6D00"]
    terminal.card.reset()
    assert terminal.sw(COUNT) == "9000"


@pytest.mark.parametrize("application", [Shared, Alone, Default])
@pytest.mark.parametrize(("close", "warning"), [(DEACTIVATE, DEACTIVATED), (TERMINATE, TERMINATED)])
def test_it_stays_closed_over_reset_and_image(
    make: Callable[..., Any],
    make_terminal: Callable[[Card], Any],
    tmp_path: Path,
    application: type[Application],
    close: str,
    warning: str,
) -> None:
    terminal = make(application)
    assert terminal.sw(close) == "9000"
    terminal.card.reset()
    assert words(terminal, SELECT, COUNT) == [warning, "6985"]
    image = tmp_path / "closed.card"
    terminal.card.save(image)
    with Card.open(image) as card:
        again = make_terminal(card)
        assert words(again, SELECT, COUNT) == [warning, "6985"]
        assert again.sw("00440000") == ("9000" if warning == DEACTIVATED else "6985")
    with Card.open(image, mode="copy") as card:
        assert is_served(make_terminal(card)) == (warning == DEACTIVATED)


def test_a_snapshot_from_before_brings_it_back(make: Callable[..., Any]) -> None:
    terminal = make()
    mark = terminal.card.snapshot()
    assert words(terminal, TERMINATE, SELECT) == ["9000", TERMINATED]
    terminal.card.restore(mark)
    terminal.card.power_on()
    assert is_served(terminal)


def test_on_t0_the_card_s_own_commands_serve_there_as_well(define: Callable[[str], Any]) -> None:
    terminal = define(DEFINITION.replace("[card]", '[card]\nprotocols = ["T=0"]') % Alone.NAME)
    assert words(terminal, DEACTIVATE, "00A4040C 02 F001", COUNT) == ["9000", DEACTIVATED, "6985"]
    assert words(terminal, "00440000", COUNT) == ["9000", "9000"]


@pytest.mark.parametrize("profile", ["piv", "openpgp", "pkcs15", "gids"])
def test_the_applications_of_the_profiles_are_no_exception(profile: str, make_terminal: Callable[[Card], Any]) -> None:
    """By the life cycle of its DF, which commands of its own never change."""
    state = Card.from_profile(profile).snapshot().state()
    (df,) = state.applications
    file = state.files[df]
    assert file.name is not None
    state.write(
        Table.FILES, df, replace(file, life_cycle=LifeCycle.OPERATIONAL_DEACTIVATED, security=None, expanded=None)
    )
    terminal = make_terminal(Card.from_state(state))
    only_its_own = (f"{row.code:04X}0000" for row in application_type(profile).COMMANDS if row.code not in ROWS)
    # All commands of one are the card's as well: its files cannot be come by.
    own = next(only_its_own, "00E00000 09 6207 820138 83027F20")
    select = f"00A40400{len(file.name):02X}{file.name.hex()}00"
    assert words(terminal, select, own) == [DEACTIVATED, "6985"]
    assert words(terminal, "00440000", select) == ["9000", "9000"]
    assert terminal.sw("80AA0100 00") in ("6D00", "6E00"), "the card's own are gone again"


@pytest.mark.parametrize("close", [DEACTIVATE, TERMINATE])
def test_what_could_not_be_written_has_closed_nothing(
    make: Callable[..., Any],
    make_terminal: Callable[[Card], Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    close: str,
) -> None:
    def fail(*_arguments: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    image = tmp_path / "open.card"
    make().card.save(image)
    with Card.open(image) as card:
        terminal = make_terminal(card)
        assert words(terminal, "00700001", SELECT, COUNT, "00120000") == ["9000"] * 4
        monkeypatch.setattr(opening, "write_change", fail)
        assert terminal.sw(on_channel_1(close)) == "6581"
        monkeypatch.undo()
        assert terminal.send(COUNT) == (b"\x02", 0x9000)
        assert terminal.send("0C100000") == (b"session", 0x6D00)

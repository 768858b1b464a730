"""Behaviour of the command table, command by command: each scenario is data, one test each.

A scenario file holds tables ``[[scenario]]`` with ``name``, ``steps``, and where it needs them ``card`` (a
definition; else the built-in profile) and ``protocol``. A step is a line::

    COMMAND > RESPONSE     # why

in hex, where ``[...]`` stands for its length in one byte and its content; in a response ``..`` is any byte, ``*``
any data. ``reset`` and ``off`` (power off and on) are steps too, and ``authenticate P1 P2 > WORD``, which
is GET CHALLENGE and EXTERNAL AUTHENTICATE with the key of the built-in profile that P2 refers to.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emulator import Card
from emulator.command_table import COMMANDS, ROWS
from emulator.commands.chv import DataInChange, DataInReset, DataInSwitch, Verification
from emulator.commands.listing import Listed
from emulator.commands.records import Which
from emulator.commands.selection import Answer, Method
from emulator.file_lookup import Occurrence
from iso7816.apdu import CommandAPDU
from iso7816.authentication import KeyType, authentication_token
from iso7816.errors import APDUError
from iso7816.icc import TransmissionProtocol

FOLDER = Path(__file__).parent / "scenarios"
KEYS = {
    1: (KeyType.AES, bytes.fromhex("000102030405060708090A0B0C0D0E0F")),
    2: (KeyType.TRIPLE_DES, bytes.fromhex("404142434445464748494A4B4C4D4E4F")),
}
PROTOCOLS = {"T=0": TransmissionProtocol.T0, "T=1": TransmissionProtocol.T1}


@dataclass(frozen=True)
class Step:
    line: str
    command: str
    response: str

    @property
    def sw(self) -> str:
        return self.response[-4:].upper()


@dataclass(frozen=True)
class Scenario:
    where: str
    name: str
    steps: tuple[Step, ...]
    card: str | None
    protocol: str | None


def read_scenarios() -> Iterator[Scenario]:
    for path in sorted(FOLDER.glob("*.toml")):
        for table in tomllib.loads(path.read_text(encoding="utf-8"))["scenario"]:
            unknown = set(table) - {"name", "steps", "card", "protocol"}
            assert not unknown, f"{path.name}: {unknown}"
            yield Scenario(
                path.stem,
                table["name"],
                tuple(read_steps(table["steps"])),
                table.get("card"),
                table.get("protocol"),
            )


def read_steps(text: str) -> Iterator[Step]:
    for line in text.splitlines():
        content = line.partition("#")[0].strip()
        if content in ("reset", "off"):
            yield Step(line, content, "9000")
        elif content:
            command, arrow, response = content.partition(">")
            assert arrow, f"no response in {line!r}"
            yield Step(line.strip(), with_lengths(command), with_lengths(response))


def with_lengths(text: str) -> str:
    """Replace ``[...]``, the innermost first, by length and content."""
    text = text.replace(" ", "")
    while "[" in text:
        text = re.sub(r"\[([^\[\]]*)\]", lambda found: f"{len(found[1]) // 2:02X}{found[1]}", text)
    return text


SCENARIOS = list(read_scenarios())


def pattern(response: str) -> re.Pattern[str]:
    return re.compile(response.replace("..", "[0-9A-F]{2}").replace("*", "[0-9A-F]*"), re.IGNORECASE)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: f"{scenario.where}: {scenario.name}")
def test_scenario(scenario: Scenario, card: Card, define: Callable[[str], Any]) -> None:
    if scenario.card is not None:
        card = define(scenario.card).card
    if scenario.protocol is not None:
        card.set_protocol(PROTOCOLS[scenario.protocol])
    for step in scenario.steps:
        if step.command.startswith("authenticate"):
            response = authenticate(card, bytes.fromhex(step.command.removeprefix("authenticate"))).hex().upper()
            assert response == step.response, step.line
        elif step.command == "reset":
            card.reset()
        elif step.command == "off":
            card.power_off()
            card.power_on()
        else:
            response = card.transmit(bytes.fromhex(step.command)).hex().upper()
            assert pattern(step.response).fullmatch(response), f"{step.line}\nanswered {response}"


def authenticate(card: Card, parameters: bytes) -> bytes:
    key_type, key = KEYS[parameters[1] & 0x1F]
    size = key_type.challenge_length
    challenge = card.transmit(bytes((0x00, 0x84, 0x00, 0x00, size)))[:-2]
    token = authentication_token(key_type, key, challenge)
    return card.transmit(bytes((0x00, 0x82, *parameters, size)) + token)


def steps_of(code: int) -> list[Step]:
    return [
        step
        for scenario in SCENARIOS
        for step in scenario.steps
        if step.command[:4].upper() == f"{code:04X}" or (code == 0x82 and step.command.startswith("authenticate"))
    ]


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.name)
def test_every_row_has_a_clause_and_a_scenario_of_success_and_of_refusal(row: Any) -> None:
    clause = r"ISO/IEC 7816-[489]:\d{4}, \d+(\.\d+)*" if row.cla < 0x80 else r"proprietary, .+"
    assert re.fullmatch(clause, row.clause)
    words = {step.sw for step in steps_of(row.code)}
    assert words & {"9000"}, "no scenario in which it succeeds"
    assert {word for word in words if word[:2] in ("63", "67", "69", "6A", "6B")}, "no scenario in which it is refused"


def test_no_two_rows_share_an_instruction_and_every_one_is_valid() -> None:
    assert len(ROWS) == len(COMMANDS)
    assert [row.code for row in COMMANDS] == sorted(row.code for row in COMMANDS)
    assert not [row.name for row in COMMANDS if row.ins >> 4 in (6, 9)]


def test_with_lengths() -> None:
    assert with_lengths("00E0 [62 [82 [01] 83 [6F10]]]") == "00E00962078201018302" + "6F10"


def parameters_in_success(code: int) -> set[Any]:
    """Every enumeration member that P1 and P2 gave in a step that was not refused."""
    members: set[Any] = set()
    for step in steps_of(code):
        if step.sw[:2] in ("90", "61", "62"):
            try:
                command = CommandAPDU.parse(bytes.fromhex(step.command))
            except APDUError:
                continue
            value = ROWS[code].parse(command.p1, command.p2)
            fields = value if isinstance(value, tuple) else [getattr(value, name, value) for name in _names(value)]
            members.update(field for field in fields if hasattr(type(field), "__members__"))
    return members


def _names(value: Any) -> list[str]:
    return list(getattr(value, "__slots__", ())) or [""]


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        (0xA4, {*Method, *Answer, *Occurrence}),
        (0xB2, set(Which)),
        (0xD2, {Which.FIRST, Which.LAST, Which.NEXT, Which.PREVIOUS, Which.NUMBER}),
        (0xDC, {Which.FIRST, Which.LAST, Which.NEXT, Which.PREVIOUS, Which.NUMBER}),
        (0x0C, {Which.NUMBER, Which.FROM_NUMBER}),
        (0x20, set(Verification)),
        (0x24, set(DataInChange)),
        (0x26, set(DataInSwitch)),
        (0x28, set(DataInSwitch)),
        (0x2C, set(DataInReset)),
        (0xE4, set(Method) - {Method.PARENT}),
        (0x04, set(Method) - {Method.PARENT}),
        (0x44, set(Method) - {Method.PARENT}),
        (0x80AA, set(Listed)),
    ],
    ids=lambda value: f"{value:04X}" if isinstance(value, int) else "",
)
def test_every_form_of_p1_and_p2_succeeds_in_some_scenario(code: int, wanted: set[Any]) -> None:
    assert parameters_in_success(code) >= wanted


def test_every_status_word_that_the_card_can_refuse_with_is_met_in_a_scenario() -> None:
    words = {step.sw for scenario in SCENARIOS for step in scenario.steps}
    wanted = (
        "6282 6283 6285 6300 63C0 63C2 6700 6881 6882 6884 6981 6982 6983 6984 6985 6986 6988 6A80 6A81 6A82 6A83 6A84 "
        "6A86 6A87 6A88 6A89 6A8A 6B00 6D00 6E00"
    )
    assert set(wanted.split()) - words == set()
    assert {word[:2] for word in words} >= {"61", "6C"}

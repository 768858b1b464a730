"""What Le asks for: at most so many bytes, or all that there are; and the most that goes either way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator import Application, Card, register_application
from emulator.applications import registry
from emulator.command import CardContext, Case, CommandRow, Response
from iso7816.apdu import MAX_NC, MAX_NE, CommandAPDU
from iso7816.icc import TransmissionProtocol

DEFINITION = """
[card]
protocols = ["T=1"]
[[data_objects]]
tag = 0x0101
value = { hex = "%s" }
size = 300
read = "always"
[files."3F00/6F01"]
type = "transparent"
size = 100
access = { read = "always" }
[files."3F00/6F02"]
type = "linear variable"
records = ["a record"]
access = { read = "always" }
""" % (300 * "AB")
GET_DATA, READ_BINARY, READ_RECORD = "00CA0101", "00B08100", "00B20114"


@pytest.fixture
def terminal(define: Callable[[str], Any]) -> Any:
    return define(DEFINITION)


@pytest.mark.parametrize(
    ("command", "size", "sw"),
    [
        (GET_DATA + "00", 256, 0x612C),
        (GET_DATA + "FF", 0, 0x6700),
        (GET_DATA + "000000", 300, 0x9000),
        (GET_DATA + "0000FF", 0, 0x6700),
        (GET_DATA + "000100", 0, 0x6700),
        (GET_DATA + "00012B", 0, 0x6700),
        (GET_DATA + "00012C", 300, 0x9000),
        (READ_BINARY + "00", 100, 0x9000),
        (READ_BINARY + "000000", 100, 0x9000),
        (READ_BINARY + "000064", 100, 0x9000),
        (READ_BINARY + "0000FF", 100, 0x6282),
        (READ_BINARY + "000100", 100, 0x6282),
        (READ_BINARY + "000101", 100, 0x6282),
        (READ_RECORD + "00", 8, 0x9000),
        (READ_RECORD + "000100", 8, 0x6282),
        ("0084000000", 256, 0x9000),
        ("00840000000100", 256, 0x9000),
    ],
)
def test_256_bytes_are_all_in_a_short_le_field_only(terminal: Any, command: str, size: int, sw: int) -> None:
    data, found = terminal.send(command)
    assert (len(data), f"{found:04X}") == (size, f"{sw:04X}")


# The most that goes either way

PATTERN = bytes(range(251)) * 262
"""65,762 bytes; what is missing or out of place is seen."""


def nothing(_p1: int, _p2: int) -> None:
    """Takes any P1 and P2."""


def echo(_card: CardContext, command: CommandAPDU, _parameters: None) -> Response:
    return command.data


def as_long_as_can_be(_card: CardContext, _command: CommandAPDU, _parameters: None) -> Response:
    return PATTERN[:MAX_NE]


class Echo(Application):
    NAME = "tests.echo"
    COMMANDS = (
        CommandRow("ECHO", 0x10, "here", Case.COMMAND | Case.BOTH, nothing, echo, cla=0x80),
        CommandRow("ECHO, in parts", 0x10, "here", Case.COMMAND | Case.BOTH, nothing, echo),
        CommandRow("TELL", 0x12, "here", Case.RESPONSE, nothing, as_long_as_can_be, cla=0x80),
    )


@pytest.fixture
def echoing(define: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Card:
    """A card with the application selected; it takes both protocols, and T=1 is in force."""
    monkeypatch.setattr(registry, "_registered", {})
    register_application(Echo)
    application = '[[applications]]\nname = "F0 01"\npath = "3F00/7F30"\ntype = "tests.echo"\n'
    terminal = define('[card]\nprotocols = ["T=0", "T=1"]\n' + application)
    card: Card = terminal.card
    card.set_protocol(TransmissionProtocol.T1)
    terminal.ok("00A4040C02F001")
    return card


def exchange(card: Card, command: CommandAPDU) -> tuple[bytes, str]:
    response = card.transmit(command.to_bytes())
    return response[:-2], response[-2:].hex().upper()


@pytest.mark.parametrize(
    ("ne", "size"),
    [(None, 0), (MAX_NE, MAX_NC), (MAX_NC, MAX_NC), (MAX_NC - 1, 0)],
    ids=["none", "all", "exact", "less"],
)
def test_lc_is_ffff(echoing: Card, ne: int | None, size: int) -> None:
    command = CommandAPDU(0x80, 0x10, 0, 0, PATTERN[:MAX_NC], ne)
    assert command.to_bytes()[4:7] == b"\x00\xff\xff"
    data, word = exchange(echoing, command)
    assert (data, word) == (PATTERN[:size], "6700" if ne == MAX_NC - 1 else "9000")


def test_a_response_has_65536_bytes(echoing: Card) -> None:
    command = CommandAPDU(0x80, 0x12, 0, 0, b"", MAX_NE)
    assert command.to_bytes()[4:] == bytes(3)
    assert exchange(echoing, command) == (PATTERN[:MAX_NE], "9000")
    assert exchange(echoing, command._replace(ne=MAX_NE - 1)) == (b"", "6700")


@pytest.mark.parametrize("part", [255, 32767, MAX_NC])
def test_parts_make_a_command_of_65535_bytes_and_no_longer_one(echoing: Card, part: int) -> None:
    parts = [PATTERN[start : min(start + part, MAX_NC)] for start in range(0, MAX_NC, part)]
    for each in parts[:-1]:
        assert exchange(echoing, CommandAPDU(0x10, 0x10, 0, 0, each)) == (b"", "9000")
    whole = exchange(echoing, CommandAPDU(0x00, 0x10, 0, 0, parts[-1], MAX_NE))
    assert whole == (PATTERN[:MAX_NC], "9000")
    for each in parts:
        assert exchange(echoing, CommandAPDU(0x10, 0x10, 0, 0, each)) == (b"", "9000")
    one_more = CommandAPDU(0x00, 0x10, 0, 0, b"!", MAX_NE)
    assert exchange(echoing, one_more) == (b"", "6700")
    assert exchange(echoing, one_more) == (b"!", "9000"), "the parts are given up"
    for each in parts:
        exchange(echoing, CommandAPDU(0x10, 0x10, 0, 0, each))
    assert exchange(echoing, CommandAPDU(0x10, 0x10, 0, 0, b"!")) == (b"", "6700"), "in a part that is not the last"
    assert exchange(echoing, one_more) == (b"!", "9000")


def test_on_t0_the_longest_command_and_response_come_in_pieces(echoing: Card) -> None:
    echoing.set_protocol(TransmissionProtocol.T0)
    command = CommandAPDU(0x80, 0x10, 0, 0, PATTERN[:MAX_NC], MAX_NE).to_bytes()
    pieces = [command[start : start + 255] for start in range(0, len(command), 255)]
    for piece in pieces[:-1]:
        assert exchange(echoing, CommandAPDU(0x00, 0xC2, 0, 0, piece)) == (b"", "9000")
    data, word = exchange(echoing, CommandAPDU(0x00, 0xC2, 0, 0, pieces[-1]))
    while word.startswith("61"):
        more, word = exchange(echoing, CommandAPDU(0x00, 0xC0, 0, 0, b"", bytes.fromhex(word)[1] or 256))
        data += more
    assert (data, word) == (PATTERN[:MAX_NC], "9000")

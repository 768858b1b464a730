"""What the tests of the card share: a terminal that sends hex and expects status words, and cards made on the spot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emulator import Card

AID = "F073636172646D677201"


class Terminal:
    """Sends APDUs written in hex (spaces allowed) to a card."""

    def __init__(self, card: Card) -> None:
        self.card = card
        card.power_on()

    def send(self, command: str) -> tuple[bytes, int]:
        """Response data and status word."""
        response = self.card.transmit(bytes.fromhex(command))
        return response[:-2], int.from_bytes(response[-2:], "big")

    def sw(self, command: str) -> str:
        """The status word as four hex digits."""
        return f"{self.send(command)[1]:04X}"

    def ok(self, *commands: str) -> bytes:
        """The data of the last of several commands, all of which must answer 9000."""
        data = b""
        for command in commands:
            data, sw = self.send(command)
            assert f"{sw:04X}" == "9000", command
        return data

    def select(self, *path: str) -> bytes:
        """Select from the MF down, each by its file identifier."""
        return self.ok("00A4000C023F00", *(f"00A4000C02{fid}" for fid in path))

    def create(self, parameters: str) -> None:
        """CREATE FILE with file control parameters in hex, without their template."""
        value = bytes.fromhex(parameters)
        self.ok(f"00E00000{len(value) + 2:02X}62{len(value):02X}{value.hex()}")

    def verify(self, reference: int = 1, value: bytes = b"1234") -> str:
        """The status word of VERIFY."""
        return self.sw(f"002000{reference:02X}{len(value):02X}{value.hex()}")


@pytest.fixture
def terminal(card: Card) -> Terminal:
    """A terminal with a new card of the built-in profile, powered."""
    return Terminal(card)


@pytest.fixture
def make_terminal() -> type[Terminal]:
    """Makes a terminal for a card."""
    return Terminal


@pytest.fixture
def define(tmp_path: Path) -> Iterator[Callable[[str], Terminal]]:
    """Makes a terminal with a card from the text of a definition."""
    count = 0

    def make(definition: str) -> Terminal:
        nonlocal count
        count += 1
        path = tmp_path / f"card-{count}.toml"
        path.write_text(definition, encoding="utf-8")
        return Terminal(Card.from_profile(path))

    return make

"""A card that needs no emulator: it echoes commands and keeps a diary of what was done to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

ATR = bytes.fromhex("3B80800101")


class EchoICC:
    """Answers every command with itself and 9000.

    Attributes:
        diary: the verbs it met, in order: "on", "off", "reset", "transmit".
        commands: the commands it met.
    """

    def __init__(self, atr: bytes = ATR) -> None:
        self.atr = atr
        self.diary: list[str] = []
        self.commands: list[bytes] = []

    def power_on(self) -> bytes:
        self.diary.append("on")
        return self.atr

    def power_off(self) -> None:
        self.diary.append("off")

    def reset(self) -> bytes:
        self.diary.append("reset")
        return self.atr

    def transmit(self, command: bytes) -> bytes:
        self.diary.append("transmit")
        self.commands.append(command)
        return command + b"\x90\x00"


@pytest.fixture
def atr() -> bytes:
    """The ATR of the echoing card."""
    return ATR


@pytest.fixture
def make_card() -> Callable[..., EchoICC]:
    """The class of the echoing card; its one argument is the ATR."""
    return EchoICC

"""An image that cannot be written is a memory failure, and the card goes on as it was."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from emulator import Card
from emulator.images import opening

SELECT_EF = bytes.fromhex("00A4000C020100")
READ = bytes.fromhex("00B0000003")
UPDATE = bytes.fromhex("00D60000034E4557")


def test_a_storage_that_cannot_write_is_a_memory_failure(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with Card.open(image) as card:
        card.power_on()
        write, written = opening.write_change, []

        def fail_later(*arguments: Any) -> None:
            written.append(arguments)
            (write if len(written) == 1 else fail)(*arguments)

        monkeypatch.setattr(opening, "write_change", fail_later)
        assert card.transmit(bytes.fromhex("002000010431323334")) == b"\x65\x81"
        monkeypatch.undo()
        assert card.transmit(bytes.fromhex("00200001")) == b"\x63\xc2"  # a try is spent, nothing is verified
        assert card.transmit(SELECT_EF) == b"\x90\x00"
        content = card.transmit(READ)
        monkeypatch.setattr(opening, "write_change", fail)
        assert card.transmit(UPDATE) == b"\x65\x81"
        monkeypatch.undo()
        assert card.transmit(READ) == content
        assert card.transmit(UPDATE) == b"\x90\x00"
        assert card.transmit(READ) == b"NEW\x90\x00" != content

"""The gate, tested with tickets out of thin air.

`pytest` runs it in this process on an emulated reader, `pytest --scard-via pcscd` on a real PC/SC daemon. Nothing in
gate.py knows of either.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import gate
import pytest
from smartcard.CardConnection import CardConnection
from smartcard.System import readers

from sandbox.pytest_plugin import CardReader

CODE = "90210"

pytestmark = [pytest.mark.card("ticket.toml"), pytest.mark.card_effects("writes", "tries")]


@pytest.fixture
def connection(reader: CardReader) -> Iterator[CardConnection]:
    """A connection of pyscard's to the ticket, as gate.py gets one."""
    (ours,) = [one for one in readers() if one.name == reader.name]
    connected = ours.createConnection()
    connected.connect()
    yield connected
    connected.disconnect()


def test_a_ride_is_taken_off(connection: CardConnection) -> None:
    assert gate.take_ride(connection, CODE) == 9


def test_ten_rides_and_no_more(connection: CardConnection) -> None:
    assert [gate.take_ride(connection, CODE) for _ in range(10)] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    with pytest.raises(gate.NoEntryError, match="used up"):
        gate.take_ride(connection, CODE)


def test_another_gate_takes_nothing_off(connection: CardConnection) -> None:
    with pytest.raises(gate.NoEntryError, match="does not know this gate"):
        gate.take_ride(connection, "00000")
    assert gate.take_ride(connection, CODE) == 9


@pytest.mark.card("iso7816")
def test_another_card_is_no_ticket(connection: CardConnection) -> None:
    with pytest.raises(gate.NoEntryError, match="no ticket"):
        gate.take_ride(connection, CODE)


@pytest.mark.usefixtures("reader")
def test_who_has_a_ticket_may_come_in(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("GATE_CODE", CODE)
    assert gate.main() == 0
    assert capsys.readouterr().out == "come in, 9 rides left\n"


def test_who_has_none_may_not(reader: CardReader, capsys: pytest.CaptureFixture[str]) -> None:
    reader.remove()
    assert gate.main("0.1") == 1
    assert capsys.readouterr().err == "no ticket\n"


@pytest.mark.card(via="pcscd")
def test_the_program_as_it_is_run(reader: CardReader) -> None:
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("gate.py")],
        check=False,
        env={**os.environ, **reader.environment, "GATE_CODE": CODE},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (done.returncode, done.stdout) == (0, "come in, 9 rides left\n")

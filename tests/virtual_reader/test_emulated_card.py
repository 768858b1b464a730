"""The emulated card behind the real daemon: what the emulator promises holds for programs, too."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from virtual_reader import TracingICC

pytestmark = pytest.mark.card(via="pcscd")

PROGRAM = """
import sys
from smartcard.scard import *
def check(hresult, *outs):
    assert hresult == 0, SCardGetErrorMessage(hresult)
    return outs
context, = check(*SCardEstablishContext(SCARD_SCOPE_USER))
card, protocol = check(*SCardConnect(context, sys.argv[1], SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1))
print(protocol)
def transmit(text):
    response, = check(*SCardTransmit(card, protocol, list(bytes.fromhex(text))))
    print(bytes(response).hex())
for command in sys.argv[2:]:
    if command == "reset":
        check(*SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, SCARD_RESET_CARD))
    else:
        transmit(command)
check(SCardDisconnect(card, SCARD_LEAVE_CARD))
"""


@pytest.fixture
def talk(reader):
    """The protocol (1: T=0, 2: T=1) and the responses that a pyscard program gets."""

    def run(*commands: str) -> list[str]:
        arguments = [sys.executable, "-c", PROGRAM, reader.name, *commands]
        environment = os.environ | reader.environment
        done = subprocess.run(arguments, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    return run


def test_a_reset_between_programs_and_within_one_takes_the_rights_away(reader, talk):
    verify, notes = "0020000104" + b"1234".hex(), "00A4040C0AF0736361 72646D677201"
    read = "00B0850000"
    said = talk(verify, notes, read, "reset", notes, read)
    assert said[0] == "2"
    assert said[1:3] == ["9000", "9000"]
    assert said[3][-4:] in ("9000", "6282")
    assert said[4:] == ["9000", "6982"]
    assert talk(verify)[1] == "9000"
    reader.reset()
    assert talk(notes, read)[1:] == ["9000", "6982"]


def test_a_snapshot_is_restored_under_a_running_program_s_reader(card, talk):
    write, read = "00D6000002CAFE", "00B0000002"
    select = "00A4000C020100"
    mark = card.snapshot()
    assert talk(select, write, read)[-1] == "cafe9000"
    card.restore(mark)
    assert talk(select, read)[-1] == "00009000"


def test_each_command_of_a_program_is_told_to_a_listener(card, reader, talk):
    heard = []
    reader.swap(TracingICC(card, lambda command, response: heard.append((command.hex(), response.hex()))))
    said = talk("00A4000C023F00")
    assert heard == [("00a4000c023f00", said[1])]


@pytest.mark.card("cards/large_file.toml", via="pcscd")
def test_the_longest_apdus_that_the_daemon_carries(talk):
    """The stock driver carries 65,535 bytes either way, and not one more."""
    pattern = (bytes(range(251)) * 262)[:65528]
    update = "00D60000" + "00FFF8" + pattern.hex()
    assert len(bytes.fromhex(update)) == 65535
    said = talk("00A4000C026F01", update, "00B00000000000")
    assert said[1:3] == ["9000", "9000"]
    response = bytes.fromhex(said[3])
    assert len(response) == 65535
    assert response == pattern + bytes(5) + b"\x90\x00"

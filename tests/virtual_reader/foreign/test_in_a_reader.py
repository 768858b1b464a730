"""Foreign cards in our readers: one that goes, or talks nonsense, is a card that was pulled."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from scardmgr.winscard import Disposition, ReaderState, ReaderStateFlag
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.errors import SCardError
from virtual_reader import NotShown, TracingICC, insert

COMMAND = bytes.fromhex("0084000008")


def opensc_tool(reader, *arguments):
    """A program of its own that uses the card."""
    return subprocess.run(
        ["opensc-tool", "--reader", reader.name, "--card-driver", "default", *arguments],
        check=False,
        env=os.environ | reader.environment,
        capture_output=True,
        timeout=60,
    )


def program_fails(reader):
    """Whether a program of its own gets no response to the command."""
    done = opensc_tool(reader, "--send-apdu", COMMAND.hex())
    return done.returncode != 0 and b"Received" not in done.stdout


def foreign_messages(caplog):
    """What the log tells of foreign cards."""
    return [each.getMessage() for each in caplog.records if each.name.startswith("virtual_reader.foreign")]


@pytest.mark.parametrize("via", ["embedded", "pcscd"])
def test_in_a_reader(make, via, atr, eventually):
    card, heard = make("dies"), []
    with insert(TracingICC(card, lambda *pair: heard.append(pair)), via=via) as reader:
        if via == "embedded":
            manager = reader.resource_manager
            handle = manager.connect(manager.establish_context(), reader.name).handle
            assert manager.status(handle).atr == atr
            manager.transmit(handle, b"PID ")
            with pytest.raises(SCardError) as refused:
                manager.transmit(handle, COMMAND)
            assert refused.value.code == SCardCode.SCARD_E_NO_SMARTCARD
            assert [command for command, _ in heard] == [b"PID "]
        else:
            assert program_fails(reader)
            assert reader.wait(60)
        assert card.failure is not None
        assert card.failure.endswith("it said: this was too much")
        card.close()
        reader.insert(card)
        assert card.failure is None


def test_a_card_that_dies_while_nobody_talks_to_it_is_removed(make, eventually, pids):
    card = make()
    with insert(TracingICC(card, lambda *_: None)) as reader:
        manager = reader.resource_manager
        context = manager.establish_context()
        (state,) = manager.get_status_change(context, 0, [ReaderState(reader.name)])
        (pid,) = pids(card)
        os.kill(pid, signal.SIGKILL)
        (state,) = manager.get_status_change(context, 20_000, [ReaderState(reader.name, state.event_state)])
        assert state.event_state & ReaderStateFlag.EMPTY
        manager.release_context(context)
    eventually(lambda: card.failure)
    assert card.failure == "the foreign card closed the connection, and was ended by SIGKILL"


def test_a_card_that_dies_while_nobody_talks_to_it_is_removed_from_pcscd(make, pids):
    card = make()
    with insert(card, via="pcscd") as reader:
        (pid,) = pids(card)
        os.kill(pid, signal.SIGKILL)
        assert reader.wait(60)
        card.close()
        reader.insert(card)


@pytest.mark.parametrize("via", ["embedded", "pcscd"])
def test_a_card_that_does_not_start_is_no_card_and_the_error_says_why(make, via):
    card = make("says")
    with pytest.raises(NotShown, match="exit status 1; it said: it cannot go on"):
        insert(card, via=via)


@pytest.mark.parametrize("via", ["embedded", "pcscd"])
@pytest.mark.parametrize(
    ("raw", "failure"),
    [
        ("0000", "answered a command with 0 bytes, and a response APDU has at least 2"),
        ("000190", "answered a command with 1 bytes, and a response APDU has at least 2"),
        ("0002900000", "broke the rules of vpcd: it said more than it was asked"),
        ("0003", "began an answer and did not end it within 3 s"),
        ("FFFF9000", "began an answer and did not end it within 3 s"),
    ],
)
def test_a_card_that_talks_nonsense_is_removed_and_it_is_said_why(make, via, raw, failure, caplog):
    card = make("says raw", raw, answer_s=3.0)
    with insert(card, via=via) as reader:
        if via == "embedded":
            manager = reader.resource_manager
            context = manager.establish_context()
            handle = manager.connect(context, reader.name).handle
            for code in (SCardCode.SCARD_E_NO_SMARTCARD, SCardCode.SCARD_W_REMOVED_CARD):
                with pytest.raises(SCardError) as refused:
                    manager.transmit(handle, COMMAND)
                assert refused.value.code == code
            (state,) = manager.get_status_change(context, 0, [ReaderState(reader.name)])
            assert state.event_state & ReaderStateFlag.EMPTY
            manager.release_context(context)
        else:
            assert program_fails(reader)
            assert reader.wait(60)
        assert card.failure is not None
        assert card.failure.startswith(f"the foreign card {failure}")
        assert foreign_messages(caplog) == [card.failure]
        card.close()
        reader.insert(card)
        assert card.failure is None


NO_ATR = [
    ("0000", "answered to reset with 0 bytes: an ATR has 2 to 33"),
    ("0022" + "00" * 34, "answered to reset with 34 bytes: an ATR has 2 to 33"),
    ("00050000000000", "answered to reset with 00 00 00 00 00, which is no ATR: TS is 00, and not 3B or 3F"),
    ("00023B80", "answered to reset with 3B 80, which is no ATR: the ATR ends before TD1, which it announces"),
    ("FFFF3B80", "began an answer and did not end it within 3 s"),
]


@pytest.mark.parametrize("via", ["embedded", "pcscd"])
@pytest.mark.parametrize(("raw", "failure"), NO_ATR)
def test_a_card_that_answers_to_power_with_no_atr_is_no_card_and_it_is_said_why(make, via, raw, failure, caplog):
    card = make("answers to power with", raw, answer_s=3.0)
    with pytest.raises(NotShown) as refused:
        insert(card, via=via)
    assert card.failure is not None
    assert card.failure.startswith(f"the foreign card {failure}")
    assert str(refused.value).endswith(card.failure)
    assert foreign_messages(caplog) == [card.failure]


@pytest.mark.parametrize("via", ["embedded", "pcscd"])
@pytest.mark.parametrize(("raw", "failure"), NO_ATR)
def test_a_card_that_answers_to_a_later_reset_with_no_atr_is_removed(make, via, raw, failure, caplog):
    card = make("answers to reset with", raw, answer_s=3.0)
    with insert(card, via=via) as reader:
        if via == "embedded":
            manager = reader.resource_manager
            context = manager.establish_context()
            handle = manager.connect(context, reader.name).handle
            with pytest.raises(SCardError) as refused:
                manager.reconnect(handle, initialization=Disposition.RESET)
            assert refused.value.code in (SCardCode.SCARD_E_NO_SMARTCARD, SCardCode.SCARD_W_REMOVED_CARD)
            (state,) = manager.get_status_change(context, 0, [ReaderState(reader.name)])
            assert state.event_state & ReaderStateFlag.EMPTY
            manager.release_context(context)
        else:
            opensc_tool(reader, "--reset=warm")
            assert reader.wait(60)
        assert card.failure is not None
        assert card.failure.startswith(f"the foreign card {failure}")
        assert foreign_messages(caplog) == [card.failure]


@pytest.mark.parametrize("answer", ["3B80800102", "3B808001", "3B00AABB", "3B8001", "3B0201"])
def test_pcscd_takes_an_atr_whatever_follows_its_interface_bytes(make, answer):
    """So it is taken here, too; whatever the slot's last ATR was, of which pcscd keeps what is not overwritten."""
    before = make("has the ATR", "3B0F" + "8E" * 15)
    with insert(before, via="pcscd") as reader:
        reader.remove()
        reader.insert(make("has the ATR", answer))
        done = opensc_tool(reader, "--send-apdu", COMMAND.hex())
        assert b"SW1=0x90, SW2=0x00" in done.stdout

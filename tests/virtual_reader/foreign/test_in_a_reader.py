"""Foreign cards in our readers: one that goes is a card that was pulled."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from scardmgr.winscard import ReaderState, ReaderStateFlag
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.errors import SCardError
from virtual_reader import NotShown, TracingICC, insert

COMMAND = bytes.fromhex("0084000008")


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
            done = subprocess.run(
                ["opensc-tool", "--reader", reader.name, "--card-driver", "default", "--send-apdu", "0084000008"],
                check=False,
                env=os.environ | reader.environment,
                capture_output=True,
                timeout=60,
            )
            assert done.returncode != 0
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

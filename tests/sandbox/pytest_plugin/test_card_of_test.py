"""What a test says to its card without the reader is in the report, in its place and once."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from emulator import Card
from virtual_reader import TracingICC


@pytest.mark.parametrize("via", ["embedded", "pcscd"])
def test_the_test_and_the_reader_take_turns(run_pytest: Callable[..., pytest.RunResult], via: str) -> None:
    result = run_pytest(
        f"""
        @pytest.mark.card(via="{via}")
        def test_fails(reader, resource_manager, card):
            def ask():
                context = resource_manager.establish_context()
                handle = resource_manager.connect(context, reader.name).handle
                resource_manager.transmit(handle, bytes.fromhex("0084000008"))
                resource_manager.release_context(context)
            card.transmit(bytes.fromhex("00A4000C027F10"))
            ask()
            card.transmit(bytes.fromhex("002000010431323334"))
            assert False
        """
    )
    result.assert_outcomes(failed=1)
    shown = result.stdout.str().partition("card dialogue")[2]
    assert re.findall(r"^(SELECT|GET CHALLENGE|VERIFY)\b", shown, re.MULTILINE) == ["SELECT", "GET CHALLENGE", "VERIFY"]
    assert "> 00 20 00 01 04 ** ** ** **" in shown


def test_it_is_the_emulators_card_and_can_be_wrapped(card: Card, reader: object) -> None:
    assert isinstance(card, Card)
    assert TracingICC(card, lambda *_: None).transmit(bytes.fromhex("00A4000C023F00")) == b"\x90\x00"


@pytest.mark.parametrize("via", ["embedded", "pcscd"])
def test_a_card_whose_power_the_reader_has_taken_has_it_again_for_the_test(
    run_pytest: Callable[..., pytest.RunResult], via: str
) -> None:
    """pcscd takes it from every card that nobody is connected to."""
    result = run_pytest(
        f"""
        import time

        from iso7816.icc import ICCMute
        from scardmgr.winscard.constants import Disposition

        SELECT, READ = bytes.fromhex("00A4000C020100"), bytes.fromhex("00B0000004")

        @pytest.mark.card(via="{via}")
        def test_fails(reader, resource_manager, card):
            context = resource_manager.establish_context()
            handle = resource_manager.connect(context, reader.name).handle
            resource_manager.disconnect(handle, Disposition.UNPOWER)
            bound = time.monotonic() + 30
            while card._powered:
                assert time.monotonic() < bound
            assert card.transmit(SELECT) == bytes.fromhex("9000")
            assert card.transmit(READ)[-2:] == bytes.fromhex("9000"), "it has its power once"
            card.power_off()
            with pytest.raises(ICCMute):
                card.transmit(SELECT)
            handle = resource_manager.connect(context, reader.name).handle
            resource_manager.transmit(handle, SELECT)
            assert card.transmit(READ)[-2:] == bytes.fromhex("9000")
            raise AssertionError("all done")
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*all done*"])
    shown = result.stdout.str().partition("card dialogue")[2]
    told = re.findall(r"^(power on|power off|SELECT|READ BINARY)\b", shown, re.MULTILINE)
    assert told[:4] == ["power off", "power on", "SELECT", "READ BINARY"]

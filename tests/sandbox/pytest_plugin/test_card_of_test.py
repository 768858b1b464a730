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

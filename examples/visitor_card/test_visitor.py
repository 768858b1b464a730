"""What the visitor card does, asked through the reader it sits in: run ``pytest`` in this folder."""

from pathlib import Path

import pytest

from sandbox.pytest_plugin import CardReader
from scardmgr import SCARD_PROTOCOLS, SCARD_SHARE_MODES, SCard, SCardCmd

CARD = str(Path(__file__).parent / "visitor.toml")
SELECT = "00A4040008F076697369746F7200"
VERIFY = "002000010431323334"

pytestmark = [pytest.mark.card(CARD), pytest.mark.card_effects("writes")]


def said(reader: CardReader, *commands: str) -> str:
    """What the card answers to the last of some commands, in hex."""
    with SCard(reader.resource_manager) as card:
        card.AttachByReader(reader.name, SCARD_SHARE_MODES.SHARED, SCARD_PROTOCOLS.T1)
        for command in commands:
            answer = card.Transaction(SCardCmd(bytes.fromhex(command)))
        return answer.ApduReply.hex().upper()


def test_select_tells_the_holder(reader: CardReader) -> None:
    assert said(reader, SELECT) == b"Ada Lovelace".hex().upper() + "9000"


def test_visits_are_counted_and_kept(reader: CardReader) -> None:
    assert said(reader, SELECT, VERIFY, "8010000004" + b"Rome".hex(), "8012000000") == "00019000"
    assert said(reader, SELECT, "8014000000") == b"Rome".hex().upper() + "9000"
    assert said(reader, SELECT, "8014000100") == "6A83"


def test_entering_needs_the_code_and_a_visit_that_is_left(reader: CardReader) -> None:
    enter = "8010000004" + b"Rome".hex()
    assert said(reader, SELECT, enter) == "6982"
    assert said(reader, SELECT, VERIFY, enter, enter, enter) == "9000"
    assert said(reader, SELECT, enter) == "6A84"


def test_elsewhere_on_the_card_its_commands_are_unknown(reader: CardReader) -> None:
    assert said(reader, "00A4000C023F00", "8012000000") == "6D00"
    assert said(reader, SELECT, "0084000008")[-4:] == "9000"

"""A storage that cannot be written any more: commands are refused with 6581, and the card goes on as it was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from emulator import Card
from emulator.definition.profiles import load_profile
from emulator.persistent import Change
from emulator.storage import VolatileStorage
from emulator.unit_of_work import WriteFailure


class Disk(VolatileStorage):
    """A storage that can be full."""

    is_full = False

    def commit(self, changes: Sequence[Change]) -> None:
        if self.is_full:
            raise WriteFailure("no space")
        super().commit(changes)


@pytest.mark.parametrize(
    ("before", "command", "after"),
    [
        (["00A4000C020100"], "00D60000021234", {"00B0000002": "00009000"}),
        ([], "00E000000D620B8002001082010183026F10", {"00A4000C026F10": "6A82", "00B0000001": "6986"}),
        ([], "00E000000962078201388302 7F20", {"00A4000C027F20": "6A82", "00A4000C022F01": "9000"}),
        (["00A4000C027F10", "00A4000C026F03"], "00E200000141", {"00B2000400": "6A83"}),
        (["00A4000C027F10", "00B2012400"], "00DC000308" + 8 * "FF", {"00B2012400": 14 * "0" + "029000"}),
        (["00A4000C027F10"], "00E40000026F01", {"00A4000C026F01": "9000"}),
        ([], "00DA5F200141", {"00CA5F2000": b"CARDHOLDER/SAMPLE".hex().upper() + "9000"}),
        ([], "00240001083132333439393939", {"00200001": "9000"}),
        ([], "002000010431323334", {"00200001": "9000"}),
    ],
    ids=[
        "UPDATE BINARY",
        "CREATE FILE (EF)",
        "CREATE FILE (DF)",
        "APPEND RECORD",
        "UPDATE RECORD",
        "DELETE FILE",
        "PUT DATA",
        "CHANGE REFERENCE DATA",
        "VERIFY",
    ],
)
def test_what_cannot_be_written_is_refused_and_changes_nothing(
    make_terminal: Any, before: list[str], command: str, after: dict[str, str]
) -> None:
    disk = Disk()
    terminal = make_terminal(Card(load_profile("iso7816"), disk))
    terminal.verify()
    terminal.ok(*before)
    disk.is_full = True
    assert terminal.sw(command) == "6581"
    for question, answer in after.items():
        assert terminal.card.transmit(bytes.fromhex(question)).hex().upper() == answer, question
    disk.is_full = False
    assert terminal.sw(command) == "9000"

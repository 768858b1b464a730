"""FEATURE_MODIFY_PIN_DIRECT that comes to nothing, at each of its three prompts: the card hears of no PIN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scardmgr.winscard import Key, PINPad
from scardmgr.winscard.embedded import EmbeddedResourceManager
from scardmgr.winscard.part10.features import Feature, feature_code
from scardmgr.winscard.part10.structures import Confirmation, PINFormat, PINModification

BOUND_S = 10.0
MODIFY = feature_code(Feature.MODIFY_PIN_DIRECT)
PINS = ("1234", "56789", "56789")
PROMPTS = ("current", "new", "confirmation")
CHANGED = "0024000109313233343536373839"


class PadDesk:
    """A reader with a PIN pad, and a card that answers 9000 to everything."""

    def __init__(self, card: Any) -> None:
        self.card = card
        self.pad = PINPad(BOUND_S)
        self.rm = EmbeddedResourceManager(BOUND_S)
        slot = self.rm.add_reader("Reader with keys", self.pad)
        slot.insert(card)
        self.handle = self.rm.connect(self.rm.establish_context(), slot.name).handle

    def change(self, **changes: Any) -> str:
        values: dict[str, Any] = {
            "format": PINFormat(0x82, 0x00, 0x00),
            "minimum": 4,
            "maximum": 8,
            "apdu": bytes.fromhex("0024000100"),
        }
        return self.rm.control(self.handle, MODIFY, PINModification(**(values | changes)).to_bytes()).hex().upper()

    def key(self, *pins: str) -> None:
        for pin in pins:
            self.pad.press(pin, Key.ENTER)

    @property
    def heard(self) -> list[str]:
        return [each.hex().upper() for each in self.card.history if isinstance(each, bytes)]

    def is_as_before(self) -> None:
        """Nothing has reached the card, no key has been left for the next entry, and that one goes its way."""
        assert self.heard == []
        self.key(*PINS)
        assert self.change() == "9000"
        assert self.heard == [CHANGED]


@pytest.fixture
def desk(scripted_card: Any) -> PadDesk:
    return PadDesk(scripted_card())


def cancel(pad: PINPad) -> None:
    pad.press(Key.CANCEL)


@pytest.mark.parametrize("prompt", range(3), ids=PROMPTS)
@pytest.mark.parametrize("begun", ["", "5", "567", "56789"])
@pytest.mark.parametrize(
    ("end", "status"), [(cancel, "6401"), (PINPad.let_time_run_out, "6400")], ids=["cancelled", "time out"]
)
def test_at_each_prompt(desk: PadDesk, prompt: int, begun: str, end: Callable[[PINPad], None], status: str) -> None:
    desk.key(*PINS[:prompt])
    desk.pad.press(begun)
    end(desk.pad)
    assert desk.change() == status
    desk.is_as_before()


@pytest.mark.parametrize("prompt", range(3), ids=PROMPTS)
@pytest.mark.parametrize(
    ("end", "status"), [(cancel, "6401"), (PINPad.let_time_run_out, "6400")], ids=["cancelled", "time out"]
)
def test_while_keys_are_waited_for(
    desk: PadDesk, threads: Any, prompt: int, end: Callable[[PINPad], None], status: str
) -> None:
    answer = threads.start(desk.change)
    assert desk.pad.wait_until_asked(BOUND_S)
    desk.key(*PINS[:prompt])
    desk.pad.press("12")
    end(desk.pad)
    assert answer() == status
    assert not desk.pad.wait_until_asked(0)
    desk.is_as_before()


@pytest.mark.parametrize("prompt", range(3), ids=PROMPTS)
def test_the_time_that_the_program_gives_runs_out(desk: PadDesk, prompt: int) -> None:
    desk.pad.time_out_s = 1000.0
    desk.key(*PINS[:prompt])
    assert desk.change(time_out=1) == "6400"
    assert desk.heard == []


@pytest.mark.parametrize("prompt", range(3), ids=PROMPTS)
@pytest.mark.parametrize("wrong", ["123", "123456789"])
def test_a_pin_of_another_length(desk: PadDesk, prompt: int, wrong: str) -> None:
    desk.key(*PINS[:prompt], wrong)
    assert desk.change() == "6403"
    desk.is_as_before()


@pytest.mark.parametrize(
    ("confirmation", "prompt"),
    [
        (Confirmation(0), 0),
        (Confirmation.CURRENT, 0),
        (Confirmation.CURRENT, 1),
        (Confirmation.NEW_TWICE, 0),
        (Confirmation.NEW_TWICE, 1),
    ],
)
def test_where_fewer_pins_are_asked_for(desk: PadDesk, confirmation: Confirmation, prompt: int) -> None:
    desk.key(*["56789"] * prompt)
    cancel(desk.pad)
    assert desk.change(confirmation=confirmation) == "6401"
    desk.key(*["56789"] * prompt)
    desk.pad.let_time_run_out()
    assert desk.change(confirmation=confirmation) == "6400"
    desk.is_as_before()

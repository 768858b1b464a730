"""From keystrokes to PINs."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scardmgr.winscard.part10.dialogue import EntryRefused, EntryStatus, Key, PINDialogue, Prompt, Validation

VERIFY = (Prompt.CURRENT,)
CHANGE = (Prompt.CURRENT, Prompt.NEW, Prompt.CONFIRM)
TIME = "time"


def dialogue(
    *strokes: str | Key,
    prompts: tuple[Prompt, ...] = VERIFY,
    validation: Validation = Validation.KEY_PRESSED,
    minimum: int = 4,
    maximum: int = 8,
) -> PINDialogue:
    taken = PINDialogue(prompts, minimum, maximum, validation)
    for stroke in strokes:
        if stroke == TIME:
            taken.run_out()
        elif isinstance(stroke, Key):
            taken.press(stroke)
        else:
            for digit in stroke:
                taken.press(int(digit))
    return taken


@pytest.mark.parametrize(
    "strokes",
    [
        ("1234", Key.ENTER),
        ("12", Key.CORRECT, "234", Key.ENTER),
        ("9999", Key.CLEAR, "1234", Key.ENTER),
        (Key.CORRECT, Key.CLEAR, "1234", Key.ENTER),
        (Key.ENTER, "1234", Key.ENTER),
    ],
)
def test_one_pin(strokes: tuple[str | Key, ...]) -> None:
    done = dialogue(*strokes)
    assert done.complete
    assert done.pins == (b"\1\2\3\4",)


def test_nothing_is_complete_without_enter() -> None:
    begun = dialogue("12345678")
    assert not begun.complete
    assert begun.pins == ()


def test_the_most_digits_complete_a_pin_where_that_is_asked_for() -> None:
    assert dialogue("12345678", validation=Validation.MAX_REACHED).pins == (bytes(range(1, 9)),)
    assert not dialogue("1234", Key.ENTER, validation=Validation.MAX_REACHED).complete
    either = Validation.MAX_REACHED | Validation.KEY_PRESSED
    assert dialogue("1234", Key.ENTER, validation=either).complete
    assert dialogue("12345678", validation=either).complete


def test_the_time_completes_a_pin_that_is_begun_where_that_is_asked_for() -> None:
    assert dialogue("1234", TIME, validation=Validation.TIME_OUT).pins == (b"\1\2\3\4",)


@pytest.mark.parametrize(
    ("strokes", "validation", "status"),
    [
        pytest.param((Key.CANCEL,), Validation.KEY_PRESSED, EntryStatus.CANCELLED, id="cancel at once"),
        pytest.param(("1234", Key.CANCEL), Validation.KEY_PRESSED, EntryStatus.CANCELLED, id="cancel in the end"),
        pytest.param((TIME,), Validation.KEY_PRESSED, EntryStatus.TIME_OUT, id="time without a key"),
        pytest.param(("1234", TIME), Validation.KEY_PRESSED, EntryStatus.TIME_OUT, id="time before ENTER"),
        pytest.param((TIME,), Validation.TIME_OUT, EntryStatus.TIME_OUT, id="time completes nothing"),
        pytest.param(("1", Key.CORRECT, TIME), Validation.TIME_OUT, EntryStatus.TIME_OUT, id="nor what was taken back"),
        pytest.param(("123", TIME), Validation.TIME_OUT, EntryStatus.WRONG_LENGTH, id="time before the fewest"),
        pytest.param(("123", Key.ENTER), Validation.KEY_PRESSED, EntryStatus.WRONG_LENGTH, id="too short"),
        pytest.param(("123456789", Key.ENTER), Validation.KEY_PRESSED, EntryStatus.WRONG_LENGTH, id="too long"),
    ],
)
def test_entries_that_come_to_nothing(
    strokes: tuple[str | Key, ...], validation: Validation, status: EntryStatus
) -> None:
    with pytest.raises(EntryRefused) as refusal:
        dialogue(*strokes, validation=validation)
    assert refusal.value.status is status


def test_a_change() -> None:
    done = dialogue("1234", Key.ENTER, "5678", Key.ENTER, "5678", Key.ENTER, prompts=CHANGE)
    assert done.complete
    assert done.pins == (b"\1\2\3\4", b"\5\6\7\x08")


@pytest.mark.parametrize("again", ["5679", "567", "56780"])
def test_a_new_pin_that_is_not_the_same_twice(again: str) -> None:
    with pytest.raises(EntryRefused) as refusal:
        dialogue("1234", Key.ENTER, "5678", Key.ENTER, again, Key.ENTER, prompts=CHANGE, minimum=3)
    assert refusal.value.status is EntryStatus.PINS_DIFFER


def test_a_time_begins_with_each_pin_and_with_its_first_digit_only() -> None:
    taken = dialogue(prompts=CHANGE)
    clocks = [taken.clock]
    for stroke in (1, Key.CLEAR, 2, 3, 4, 5, Key.ENTER, 5):
        taken.press(stroke)
        clocks.append(taken.clock)
    assert clocks == [(3, False), *[(3, True)] * 6, (2, False), (2, True)]


def test_no_error_tells_a_digit() -> None:
    with pytest.raises(EntryRefused) as refusal:
        dialogue("987", Key.ENTER)
    assert str(refusal.value) == "6403 WRONG_LENGTH"
    assert "98735612" not in repr(dialogue("98735612"))


@given(
    st.lists(st.integers(0, 9).map(str) | st.sampled_from(Key) | st.just(TIME)),
    st.sampled_from([VERIFY, CHANGE, CHANGE[1:], CHANGE[:2], (Prompt.NEW,)]),
    st.integers(1, 7).map(Validation),
)
def test_whatever_is_keyed_pins_have_an_allowed_length_or_there_are_none(
    strokes: list[str | Key], prompts: tuple[Prompt, ...], validation: Validation
) -> None:
    taken = PINDialogue(prompts, 2, 3, validation)
    with suppress(EntryRefused):
        for stroke in strokes:
            if taken.complete:
                break
            if stroke == TIME:
                taken.run_out()
            else:
                taken.press(stroke if isinstance(stroke, Key) else int(stroke))
    assert all(2 <= len(pin) <= 3 for pin in taken.pins)

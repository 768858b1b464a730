"""From keystrokes to PINs: what a PIN pad asks for, and when an entry is complete. No keys and no clock here."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from enum import Enum, IntEnum, IntFlag, unique

from scardmgr.winscard.errors import WinscardError

MOST_DIGITS = 16
"""How many digits a PIN pad here takes for one PIN, whatever a program allows."""


class Key(Enum):
    """The keys of a PIN pad beside its digits."""

    CORRECT = "correct"
    """Take the last digit back."""
    CLEAR = "clear"
    """Take all digits of this PIN back."""
    ENTER = "enter"
    CANCEL = "cancel"


class Validation(IntFlag):
    """When a PIN is complete (bEntryValidationCondition)."""

    MAX_REACHED = 0x01
    KEY_PRESSED = 0x02
    TIME_OUT = 0x04


@unique
class Prompt(Enum):
    """The PINs that are asked for, one after the other."""

    CURRENT = "current"
    NEW = "new"
    CONFIRM = "confirm"


@unique
class EntryStatus(IntEnum):
    """What a PIN pad answers in place of the card (PC/SC part 10, 2.5.2 and 2.5.3)."""

    TIME_OUT = 0x6400
    CANCELLED = 0x6401
    PINS_DIFFER = 0x6402
    WRONG_LENGTH = 0x6403
    INVALID_STRUCTURE = 0x6B80


class EntryRefused(WinscardError):  # noqa: N818 - says what is the case
    """No command goes to the card.

    Attributes:
        status: what the program gets for a response.
    """

    def __init__(self, status: EntryStatus) -> None:
        """Keep the status."""
        super().__init__(f"{status:04X} {status.name}")
        self.status = status


class PINDialogue:
    """Takes keystrokes until every PIN is there.

    Args:
        prompts: what is asked for, in this order.
        minimum, maximum: how many digits a PIN has.
        validation: when one is complete.
    """

    __slots__ = ("_begun", "_digits", "_maximum", "_minimum", "_pins", "_prompts", "_validation")

    def __init__(self, prompts: Sequence[Prompt], minimum: int, maximum: int, validation: Validation) -> None:
        self._prompts = list(prompts)
        self._minimum = minimum
        self._maximum = maximum
        self._validation = validation
        self._digits = bytearray()
        self._begun = False
        self._pins: dict[Prompt, bytes] = {}

    @property
    def complete(self) -> bool:
        """Whether nothing is asked for any more."""
        return not self._prompts

    @property
    def clock(self) -> tuple[int, bool]:
        """How many PINs are asked for, and whether the first of them is begun: when this changes, a time begins."""
        return len(self._prompts), self._begun

    @property
    def pins(self) -> tuple[bytes, ...]:
        """The PINs that go to the card, current before new: a byte of 0 to 9 for each digit."""
        return tuple(self._pins[prompt] for prompt in (Prompt.CURRENT, Prompt.NEW) if prompt in self._pins)

    def press(self, key: int | Key) -> None:
        """Take a digit, 0 to 9, or another key. ENTER before the first digit is overlooked.

        Raises:
            EntryRefused: CANCELLED, WRONG_LENGTH, PINS_DIFFER.
        """
        if key is Key.CANCEL:
            raise EntryRefused(EntryStatus.CANCELLED)
        if key is Key.CORRECT:
            del self._digits[-1:]
        elif key is Key.CLEAR:
            self._digits.clear()
        elif key is Key.ENTER:
            if self._digits and Validation.KEY_PRESSED in self._validation:
                self._take()
        elif isinstance(key, int):
            self._digits.append(key)
            self._begun = True
            if len(self._digits) == self._maximum and Validation.MAX_REACHED in self._validation:
                self._take()

    def run_out(self) -> None:
        """Take note that the time has run out.

        Raises:
            EntryRefused: TIME_OUT, unless that completes a PIN that was begun; then as :meth:`press`.
        """
        if not self._digits or Validation.TIME_OUT not in self._validation:
            raise EntryRefused(EntryStatus.TIME_OUT)
        self._take()

    def _take(self) -> None:
        """The PIN that is asked for is complete."""
        pin = bytes(self._digits)
        self._digits.clear()
        self._begun = False
        if not self._minimum <= len(pin) <= self._maximum:
            raise EntryRefused(EntryStatus.WRONG_LENGTH)
        prompt = self._prompts.pop(0)
        if prompt is Prompt.CONFIRM and not hmac.compare_digest(pin, self._pins[Prompt.NEW]):
            raise EntryRefused(EntryStatus.PINS_DIFFER)
        self._pins[prompt] = pin

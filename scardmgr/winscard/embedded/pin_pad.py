"""A virtual PIN pad: keys that a test presses, or whoever plays the card holder."""

from __future__ import annotations

from collections import deque
from enum import Enum
from threading import Lock
from time import monotonic

from scardmgr.winscard.embedded.waking import Bell, alarm_on
from scardmgr.winscard.part10.dialogue import Key

DEFAULT_TIME_OUT_S = 30.0

_DIGITS = "0123456789"


class Lapse(Enum):
    """What is no keystroke, but stands in line with them."""

    TIME_RUNS_OUT = "time runs out"


Stroke = int | Key | Lapse


class PINPad:
    """The keys of a reader; any thread may press them, before a program asks for a PIN or while it waits.

    Keystrokes wait in line until a PIN is asked for; nothing shows or logs them. Pass it to
    ``EmbeddedResourceManager.add_reader`` or to ``virtual_reader.insert``::

        pad = PINPad()
        pad.press("1234", Key.ENTER)

    Args:
        time_out_s: how long a program that gives no time waits for each PIN, in seconds.

    Attributes:
        time_out_s: the same.
        changed: rings at each keystroke, and when an entry ends. For the reader.
    """

    def __init__(self, time_out_s: float = DEFAULT_TIME_OUT_S) -> None:
        self.time_out_s = time_out_s
        self.changed = Bell()
        self._line: deque[Stroke] = deque()
        self._turn = Lock()
        self._asked = Bell()

    def __repr__(self) -> str:
        """Nothing of what was pressed."""
        return "<PINPad>"

    # The card holder's side

    def press(self, *keys: str | Key) -> None:
        """Press keys: a string is its digits.

        Raises:
            ValueError: something else in a string than digits; then nothing is pressed. It is not repeated.
        """
        if any(not isinstance(each, Key) and not set(each) <= set(_DIGITS) for each in keys):
            raise ValueError("a PIN pad has the digits 0 to 9, and the keys that Key names")
        for each in keys:
            self._line.extend([each] if isinstance(each, Key) else map(int, each))
        self.changed.ring()

    def let_time_run_out(self) -> None:
        """What is not keyed by now comes too late: for whoever waits behind the keystrokes in line, time is out."""
        self._line.append(Lapse.TIME_RUNS_OUT)
        self.changed.ring()

    def discard(self) -> None:
        """Forget the keystrokes in line."""
        self._line.clear()

    def wait_until_asked(self, seconds: float) -> bool:
        """Wait until a program asks for a PIN; whether one does, within so many seconds."""
        deadline = monotonic() + seconds
        with alarm_on((self._asked,)) as alarm:
            while not self._turn.locked():
                remaining = deadline - monotonic()
                if remaining <= 0:
                    return False
                alarm.sleep(remaining)
        return True

    # The reader's side

    def take_turn(self) -> bool:
        """Begin an entry, unless there is one already; whether it has begun."""
        taken = self._turn.acquire(blocking=False)
        if taken:
            self._asked.ring()
        return taken

    def give_turn(self) -> None:
        """End the entry."""
        self._turn.release()
        self.changed.ring()

    def next_stroke(self) -> Stroke | None:
        """The keystroke that is longest in line, ``None`` if there is none."""
        try:
            return self._line.popleft()
        except IndexError:
            return None

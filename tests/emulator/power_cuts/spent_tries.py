"""A try is spent, durably, before the comparison: at the first commit nothing tells right from wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from emulator import Card
from iso7816.icc import ICCMute

from .cutting import Leaves, is_spent, leaves

Send = Callable[[Any], str]


class CutAfterCommit:
    """Cuts the power at the first write after the first commit.

    Attributes:
        armed: whether it watches, and cuts.
        has_cut: whether it did.
    """

    def __init__(self) -> None:
        self.armed = False
        self.has_cut = False
        self._has_committed = False

    def reached(self, name: str) -> None:
        if not self.armed:
            return
        if self._has_committed:
            self.has_cut = True
            raise RuntimeError("the lights go out")
        self._has_committed = name == "commit"


def spends_before_it_compares(image: Path, prepare: Callable[[Card], Any], right: Send, wrong: Send) -> None:
    """Assert it of the card in an image.

    Args:
        image: the card. It is as before when all is done.
        prepare: powers the card and sends what comes before; returns what the command is sent with.
        right: sends the command with the right value.
        wrong: sends it with a wrong one of the same form.
    """
    original = image.read_bytes()
    before, after_right, was_cut = _first_commit(image, prepare, right)
    assert was_cut, "after the commit there is nothing more, though the value is right"
    assert is_spent(before, after_right)
    image.write_bytes(original)
    before_wrong, after_wrong, was_cut = _first_commit(image, prepare, wrong)
    assert not was_cut, "more than the try is written, though the value is wrong"
    assert (before_wrong, after_wrong) == (before, after_right)
    image.write_bytes(original)


def _first_commit(image: Path, prepare: Callable[[Card], Any], send: Send) -> tuple[Leaves, Leaves, bool]:
    """The state before, that in the image after the first commit, and whether there would have been more."""
    fault = CutAfterCommit()
    with Card.open(image, fault_point=fault) as card:
        terminal = prepare(card)
        before = leaves(card)
        fault.armed = True
        try:
            word = send(terminal)
        except ICCMute:
            assert fault.has_cut
        else:
            assert word != "9000"
    with Card.open(image) as card:
        return before, leaves(card), fault.has_cut

"""A card program of which any conduct can be had, and the card that it is to us."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from iso7816.icc import ICCMute
from virtual_reader import VpiccCard

PROGRAM = Path(__file__).parents[1] / "programs" / "card_program.py"
#: How long it may take on a busy machine until a program connects, in seconds.
START_S = 60.0


@pytest.fixture
def command_of() -> Callable[..., list[str]]:
    """The command of a card with a certain conduct; the program tells what there is."""
    return lambda *conduct: [sys.executable, "-I", "-S", str(PROGRAM), "{port}", *(conduct or ("behaves",))]


@pytest.fixture
def make(command_of: Callable[..., list[str]]) -> Iterator[Callable[..., VpiccCard]]:
    """A card of a certain conduct; closed at the end."""
    made = []

    def card(*conduct: str, **options: float) -> VpiccCard:
        options = {"start_s": START_S, **options}
        made.append(VpiccCard(command_of(*conduct), **options))  # type: ignore[arg-type]
        return made[-1]

    yield card
    for one in made:
        one.close()


@pytest.fixture
def pids() -> Callable[[VpiccCard], list[int]]:
    """Of a card's program, and of the child of that, where it has one."""
    return lambda card: [int(word) for word in card.transmit(b"PID ")[:-2].split() if word != b"0"]


@pytest.fixture
def patiently(eventually: Callable[[Callable[[], object]], None]) -> Callable[[Callable[[], bytes]], bytes]:
    """Ask a card that is given little time until it answers in it: on a busy machine it may be late."""

    def ask(verb: Callable[[], bytes]) -> bytes:
        answers: list[bytes] = []

        def answered() -> bool:
            try:
                answers.append(verb())
            except ICCMute:
                return False
            return True

        eventually(answered)
        return answers[0]

    return ask

"""One reader in a resource manager, and 1,000: what is done at one of them costs the same."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable
from contextlib import ExitStack
from itertools import cycle

from measure import Figure, median_ratio, rates

from emulator import Card
from scardmgr.winscard.embedded import EmbeddedResourceManager
from scardmgr.winscard.values import ReaderState

FEW, MANY = 1, 1_000
SELECT = bytes.fromhex("00A4000C023F00")
BAR = 0.9


class Desk:
    """A resource manager with as many readers, each with a card of the built-in profile."""

    def __init__(self, readers: int, stack: ExitStack) -> None:
        self.manager = EmbeddedResourceManager()
        self.context = self.manager.establish_context()
        self.slots = []
        cards = []
        for number in range(readers):
            slot = self.manager.add_reader(f"Reader {number}")
            cards.append(stack.enter_context(Card.from_profile("iso7816")))
            slot.insert(cards[-1])
            self.slots.append(slot)
        handles = [self.manager.connect(self.context, slot.name).handle for slot in self.slots]
        self._handle = handles[readers // 2]
        self._name = self.slots[readers // 2].name
        self._handles = cycle(handles)
        self._cards = cycle(cards)

    def transmit(self) -> None:
        """One APDU, always to the same card."""
        self.manager.transmit(self._handle, SELECT)

    def transmit_around(self) -> None:
        """One APDU, to each card in turns."""
        self.manager.transmit(next(self._handles), SELECT)

    def transmit_around_alone(self) -> None:
        """The same without the resource manager: what the cards themselves cost more where there are many."""
        next(self._cards).transmit(SELECT)

    def connect(self) -> None:
        """SCardConnect and SCardDisconnect."""
        self.manager.disconnect(self.manager.connect(self.context, self._name).handle)

    def look(self) -> None:
        """SCardGetStatusChange that finds a reader as nobody has seen it."""
        self.manager.get_status_change(self.context, 0, [ReaderState(self._name)])

    def pull_and_push(self) -> None:
        """A card is taken out and put in again."""
        slot = self.slots[len(self.slots) // 2]
        icc = slot.inserted
        slot.remove()
        assert icc is not None  # noqa: S101 - it was put in above
        slot.insert(icc)


def figures(seconds: float, rounds: int) -> list[Figure]:
    """Rates among few and among many readers, in turns."""
    found: list[Figure] = []
    with ExitStack() as stack:
        desks = {str(count): Desk(count, stack) for count in (FEW, MANY)}
        gc.collect()
        acts: dict[str, tuple[Callable[[Desk], Callable[[], None]], float | None]] = {
            "APDU": (lambda desk: desk.transmit, BAR),
            "APDU to each in turns": (lambda desk: desk.transmit_around, None),
            "APDU to each in turns, by the cards alone": (lambda desk: desk.transmit_around_alone, None),
            "connect and disconnect": (lambda desk: desk.connect, BAR),
            "look at one reader's state": (lambda desk: desk.look, BAR),
            "removal and insertion": (lambda desk: desk.pull_and_push, BAR),
        }
        for name, (act, bar) in acts.items():
            taken = rates({key: act(desk) for key, desk in desks.items()}, seconds=seconds, rounds=rounds)
            few, many = taken[str(FEW)], taken[str(MANY)]
            found += [
                Figure(f"{name}, {FEW} reader", statistics.median(few), "/s"),
                Figure(
                    f"{name}, {MANY:,} readers",
                    statistics.median(many),
                    "/s",
                    median_ratio(many, few),
                    f"over {FEW} reader",
                    bar,
                ),
            ]
    return found

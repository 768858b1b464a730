"""What a person does with programs of others and an emulated card: how long it takes, and the card's share of it.

Each flow is measured in two ways, in turns:

- as ``scard run --card IMAGE -- PROGRAM``, from the start of that command to its exit. This is what a person waits
  for, so the card's share of it, the time inside ``Card.transmit``, is held to a bar;
- as PROGRAM alone, from its start to its exit, at a reader that is there already and stays.

A flow without a bar is one that has a key generated: how long that takes is chance.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import Figure

from emulator import Card
from iso7816.forwarding import ForwardingICC
from virtual_reader import insert

BOUND_S = 60
MOST_SHARE = 0.05
MODULE = next(iter(sorted(Path("/usr/lib").glob("*/opensc-pkcs11.so"))), Path("/usr/lib/opensc-pkcs11.so"))
PKCS11 = ("pkcs11-tool", "--module", str(MODULE), "--login", "--pin", "123456")
IMAGE = "my.card"
ALONE = ": the program alone"
"""How the name of the figure ends that is of the program alone."""
TIMED_SCARD = (sys.executable, str(Path(__file__).with_name("peers") / "timed_scard.py"))


class TimedICC(ForwardingICC):
    """A card whose time is taken.

    Attributes:
        seconds: inside ``transmit``, altogether.
    """

    __slots__ = ("seconds",)

    def __init__(self, icc: Card) -> None:
        super().__init__(icc)
        self.seconds = 0.0

    def transmit(self, command: bytes) -> bytes:
        """As the card's; its time is added."""
        start = time.perf_counter()
        try:
            return self._icc.transmit(command)
        finally:
            self.seconds += time.perf_counter() - start


@dataclass(frozen=True, slots=True)
class Taken:
    """What a program, or several, took.

    Attributes:
        wall_s: from start to exit.
        card_s: of it, inside ``transmit``.
    """

    wall_s: float
    card_s: float


class Desk(ABC):
    """Where programs work with a card.

    Args:
        folder: in which they run, and which they have for their home.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *command: str, environment: Mapping[str, str] | None = None) -> float:
        """The seconds from start to exit of a program.

        Raises:
            CalledProcessError: it is not content, or takes longer than ``BOUND_S``.
        """
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env={**os.environ, **(environment or {}), "HOME": str(self.folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # A wait with a time limit looks every so often, in the end every 50 ms.
        limit = threading.Timer(BOUND_S, process.kill)
        limit.start()
        status = process.wait()
        seconds = time.perf_counter() - start
        limit.cancel()
        if status != 0:
            raise subprocess.CalledProcessError(status, command)
        return seconds

    @abstractmethod
    def use(self, *command: str) -> Taken:
        """Run a program with the card; raises as ``run`` does."""


class WholeCommands(Desk):
    """Each program in a ``scard run`` of its own, with the card in the image ``my.card``.

    Args:
        folder: the programs' and the image's.
        around: a program that runs another one, and ends what that has left running.
        options: of ``scard run``, beside the card.
    """

    def __init__(self, folder: Path, around: Sequence[str] = (), options: Sequence[str] = ()) -> None:
        super().__init__(folder)
        self._around = around
        self._options = options

    def use(self, *command: str) -> Taken:
        """Run it by ``scard run``."""
        run = ("run", "--card", IMAGE, *self._options, "--", *self._around, *command)
        wall_s = self.run(*TIMED_SCARD, "seconds", *run)
        return Taken(wall_s, float((self.folder / "seconds").read_text(encoding="ascii")))


class StayingReader(Desk):
    """Programs alone, with a card that stays in its reader.

    Args:
        folder: the programs'.
        environment: by which they find the reader.
        card: what is in it.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], card: TimedICC) -> None:
        super().__init__(folder)
        self._environment = environment
        self._card = card

    def use(self, *command: str) -> Taken:
        """Run it as it is."""
        before = self._card.seconds
        wall_s = self.run(*command, environment=self._environment)
        return Taken(wall_s, self._card.seconds - before)


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """Something that a person does.

    Attributes:
        name: what.
        commands: the programs, one after the other.
        is_judged: whether the card's share is held to the bar.
    """

    name: str
    commands: Sequence[Sequence[str]]
    is_judged: bool = True

    def take(self, desk: Desk) -> Taken:
        """Do it."""
        taken = [desk.use(*command) for command in self.commands]
        return Taken(sum(one.wall_s for one in taken), sum(one.card_s for one in taken))


def refused(*command: str) -> Sequence[str]:
    """A program that is to be refused what it wants: content where it is not, and was found."""
    return ("sh", "-c", '"$@"; case $? in 0 | 126 | 127) exit 1 ;; esac', "sh", *command)


def done_anyway(*command: str) -> Sequence[str]:
    """A program whose exit status says nothing: what it did is looked at by the next one."""
    return ("sh", "-c", '"$@"; :', "sh", *command)


Step = Flow | Callable[[Desk], object]
"""A flow, or what is done at a desk without being measured."""


def measured(
    profile: str | Path, steps: Sequence[Step], rounds: int, around: Sequence[str] = (), after: Sequence[str] = ()
) -> list[Figure]:
    """Figures of the flows among the steps.

    Args:
        profile: a name, or the path of a definition. Each round begins with two new cards of it, one in an image and
            one in a reader that stays, and with an empty folder for each.
        steps: what is done with each card, one after the other.
        rounds: how often all of them.
        around: see :class:`WholeCommands`.
        after: a program that is run in each folder at the end, come what may.

    Raises:
        CalledProcessError: a program is not content.
    """
    flows = [step for step in steps if isinstance(step, Flow)]
    whole: dict[Flow, list[Taken]] = {flow: [] for flow in flows}
    alone: dict[Flow, list[Taken]] = {flow: [] for flow in flows}
    for _ in range(rounds):
        card = TimedICC(Card.from_profile(profile))
        with (
            tempfile.TemporaryDirectory() as one,
            tempfile.TemporaryDirectory() as other,
            insert(card, via="pcscd") as reader,
        ):
            with Card.from_profile(profile) as saved:
                saved.save(Path(one) / IMAGE)
            commands = WholeCommands(Path(one), around)
            staying = StayingReader(Path(other), reader.environment, card)
            try:
                for step in steps:
                    if isinstance(step, Flow):
                        whole[step].append(step.take(commands))
                        alone[step].append(step.take(staying))
                    else:
                        step(commands)
                        step(staying)
            finally:
                if after:
                    commands.run(*after)
                    staying.run(*after)
    return [
        figure
        for flow in flows
        for figure in (
            share_figure(flow.name, whole[flow], MOST_SHARE if flow.is_judged else None),
            share_figure(f"{flow.name}{ALONE}", alone[flow]),
        )
    ]


def share_figure(name: str, taken: Sequence[Taken], bar: float | None = None) -> Figure:
    """How long it takes, and the card's share, median."""
    return Figure(
        name,
        statistics.median(one.wall_s for one in taken),
        "s",
        ratio=statistics.median(one.card_s / one.wall_s for one in taken),
        peer="of it in the card",
        bar=bar,
        at_least=False,
    )

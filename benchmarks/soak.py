"""A million APDUs and two thousand insertions through one private daemon: nothing grows.

usage: python benchmarks/soak.py [--apdus N] [--insertions N] [--slots N] [--rounds N] [--json FILE]

One process owns the daemon and its cards. A thread per slot pulls its card and pushes a new one, waits until pcscd
shows it, and has a program of its own use it: that connects in a new context, sends its share of the commands with and
without a transaction, resets, leaves. All slots move at once, as pcscd looks at each every 400 ms. Now and then a
reader is given back altogether, and another one taken.

After each round, when everybody has left and the cards are in, memory, threads and descriptors of this process, of the
daemon's supervisor, of pcscd and of the programs (the mean of their memory, the most of the others) are looked at; of
this process also what the allocators of Python and of the C library have given out. What the latter keeps it is told
to give back before: among 16 threads it keeps some megabytes, and differently each time. The first half of the run is
for warming up. What grows from the third quarter to the last is named, and the status is 1.

Each slot has a program, and not a thread of one: libpcsclite looks for the handle that SCardDisconnect is given without
holding its lock, and now and then a process dies of it in which another thread releases a context.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import os
import pickle
import queue
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from processes import Usage, name_of, offspring, usage

from emulator import Card
from virtual_reader import insert

if TYPE_CHECKING:
    from virtual_reader import Reader

PROFILE: Final = "iso7816"
PROGRAM: Final = Path(__file__).with_name("peers") / "card_user.py"
ALLOWED_KIB: Final = 512
"""Resident memory, between medians: less than 2 bytes per APDU, or 1 KiB per insertion, of a whole run."""
ALLOWED_HEAP_KIB: Final = 32
ALLOWED_BLOCKS: Final = 100
"""One object for every fifth insertion of a whole run."""
GIVEN_BACK: Final = 50
"""One insertion of so many goes into a reader that was given back and taken anew."""
CALL_BOUND_S: Final = 300.0


@dataclass
class Totals:
    """What was done, and what went wrong."""

    apdus: int = 0
    insertions: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Held:
    """What this process has asked for and not given back.

    Attributes:
        blocks: of Python's allocator.
        heap_kib: from malloc.
    """

    blocks: int
    heap_kib: int


@dataclass(frozen=True)
class Sample:
    """A look at a process after a round; at this one also what it holds, and its resident memory before trimming."""

    process: str
    apdus: int
    insertions: int
    usage: Usage
    held: Held | None = None
    untrimmed_kib: int | None = None


class MallInfo(ctypes.Structure):
    """``struct mallinfo2``."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keep",
        )
    ]


LIBC: Final = ctypes.CDLL(None)
LIBC.mallinfo2.restype = MallInfo


class Program:
    """A program that uses cards, in a process of its own.

    Args:
        environment: with which it finds the readers.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(PROGRAM)],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid

    def use(self, reader: str, number: int, apdus: int) -> list[str]:
        """Have it use the card; what went wrong."""
        process = self._process
        if process.stdin is None or process.stdout is None:
            raise TypeError("a program has pipes")
        process.stdin.write(json.dumps({"reader": reader, "number": number, "apdus": apdus}) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the program ended with status {process.wait(CALL_BOUND_S)}")
        wrong: list[str] = json.loads(answer)["wrong"]
        return wrong

    def close(self) -> None:
        """End it."""
        try:
            self._process.communicate(timeout=CALL_BOUND_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


def typical(usages: list[Usage]) -> Usage:
    """The mean memory, and the most threads and descriptors, of several processes that do the same."""
    return Usage(
        resident_kib=round(statistics.mean(one.resident_kib for one in usages)),
        proportional_kib=round(statistics.mean(one.proportional_kib for one in usages)),
        private_kib=round(statistics.mean(one.private_kib for one in usages)),
        threads=max(one.threads for one in usages),
        descriptors=max(one.descriptors for one in usages),
    )


class Soak:
    """One daemon, its slots, and those who use them.

    Args:
        slots: how many readers work at once.
        apdus: how many commands follow an insertion.
    """

    def __init__(self, slots: int, apdus: int) -> None:
        self.totals = Totals()
        self._slots = slots
        self._apdus = apdus
        self._tally = threading.Lock()
        self._readers: list[Reader] = []
        self._cards: list[Card] = []
        for _ in range(slots):
            card = Card.from_profile(PROFILE)
            self._cards.append(card)
            self._readers.append(insert(card, via="pcscd", slots=slots))
        self._programs = [Program(self._readers[0].environment) for _ in range(slots)]
        self._tasks: queue.SimpleQueue[int] = queue.SimpleQueue()

    def round(self, numbers: range) -> None:
        """Do these insertions, all slots at once."""
        for number in numbers:
            self._tasks.put(number)
        threads = [threading.Thread(target=self._work, args=(slot,), daemon=True) for slot in range(self._slots)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(CALL_BOUND_S)
            if thread.is_alive():
                self.totals.wrong.append(f"a thread did not end within {CALL_BOUND_S:g} s")

    def close(self) -> None:
        """End the programs, and pull all cards."""
        for program in self._programs:
            program.close()
        for reader, card in zip(self._readers, self._cards, strict=True):
            reader.close()
            card.close()

    def _work(self, slot: int) -> None:
        try:
            while True:
                try:
                    number = self._tasks.get_nowait()
                except queue.Empty:
                    return
                self._exchange_card(slot, number)
                wrong = self._programs[slot].use(self._readers[slot].name, number, self._apdus)
                with self._tally:
                    self.totals.insertions += 1
                    self.totals.apdus += self._apdus
                    self.totals.wrong += wrong
        except Exception as error:  # noqa: BLE001 - whatever it is, the run has failed
            self.totals.wrong.append(f"slot {slot}: {type(error).__name__}: {error}")

    def _exchange_card(self, slot: int, number: int) -> None:
        """Pull the card in that slot, and push a new one."""
        card = Card.from_profile(PROFILE)
        if number % GIVEN_BACK == GIVEN_BACK - 1:
            self._readers[slot].close()
            self._readers[slot] = insert(card, via="pcscd", slots=self._slots)
        else:
            self._readers[slot].remove()
            self._readers[slot].insert(card)
        self._cards[slot].close()
        self._cards[slot] = card

    def look(self) -> list[Sample]:
        """At this process, the supervisor and pcscd, when nothing is under way."""
        gc.collect()
        untrimmed = usage(os.getpid()).resident_kib
        LIBC.malloc_trim(0)
        info = LIBC.mallinfo2()
        held = Held(sys.getallocatedblocks(), (info.uordblks + info.hblkhd) // 1024)
        totals = self.totals
        looks = [Sample("this process", totals.apdus, totals.insertions, usage(os.getpid()), held, untrimmed)]
        programs = {program.pid for program in self._programs}
        for pid in offspring(os.getpid()):
            if pid not in programs:
                name = "pcscd" if name_of(pid) == "pcscd" else "supervisor"
                looks.append(Sample(name, totals.apdus, totals.insertions, usage(pid)))
        looks.append(Sample("a program", totals.apdus, totals.insertions, typical([usage(pid) for pid in programs])))
        return looks


def settle(seconds: float = 5.0) -> None:
    """Until the threads of those who have left are gone, too: their number twice the same, bounded."""
    deadline = time.monotonic() + seconds
    before: list[int] = []
    while time.monotonic() < deadline:
        now = [usage(pid).threads for pid in (os.getpid(), *offspring(os.getpid()))]
        if now == before:
            return
        before = now
        time.sleep(0.5)


def growth(samples: list[Sample]) -> list[str]:
    """What grew from the third quarter of the looks at each process to the last, in words."""
    found: list[str] = []

    def compare(what: str, values: list[int], allowed: int) -> None:
        quarter = max(1, len(values) // 4)
        before, after = (int(statistics.median(part)) for part in (values[-2 * quarter : -quarter], values[-quarter:]))
        if after > before + allowed:
            found.append(f"{what}: {before:,} grew to {after:,}")

    for process in dict.fromkeys(sample.process for sample in samples):
        looks = [sample for sample in samples if sample.process == process]
        compare(f"{process}, threads", [look.usage.threads for look in looks], 0)
        compare(f"{process}, descriptors", [look.usage.descriptors for look in looks], 0)
        compare(f"{process}, KiB resident", [look.usage.resident_kib for look in looks], ALLOWED_KIB)
        held = [look.held for look in looks if look.held is not None]
        if held:
            compare(f"{process}, Python's blocks", [one.blocks for one in held], ALLOWED_BLOCKS)
            compare(f"{process}, KiB from malloc", [one.heap_kib for one in held], ALLOWED_HEAP_KIB)
    return found


def in_words(look: Sample) -> str:
    """One look."""
    words = f"{look.process}: {look.usage.resident_kib:,} KiB, "
    if look.held is not None:
        words += f"({look.untrimmed_kib:,} untrimmed, {look.held.heap_kib:,} + {look.held.blocks:,} blocks in use), "
    return words + f"{look.usage.threads} threads, {look.usage.descriptors} descriptors"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--apdus", type=int, default=1_000_000, help="how many commands in all")
    parser.add_argument("--insertions", type=int, default=2_000, help="how many cards are pushed in all")
    parser.add_argument("--slots", type=int, default=16, help="of the daemon, even, 2 to 16")
    parser.add_argument("--rounds", type=int, default=20, help="how often it is looked at what grew")
    parser.add_argument("--json", type=Path, help="keep all that was seen here")
    arguments = parser.parse_args()
    rounds = arguments.rounds
    per_insertion = -(-arguments.apdus // arguments.insertions)
    start = time.perf_counter()
    soak = Soak(arguments.slots, per_insertion)
    # What has been seen is kept outside of the memory that is looked at.
    with tempfile.TemporaryFile() as notes:
        try:
            for number in range(rounds):
                done = arguments.insertions * number // rounds
                soak.round(range(done, arguments.insertions * (number + 1) // rounds))
                settle()
                looks = soak.look()
                pickle.dump(looks, notes)
                print(f"{looks[0].apdus:>9,} APDUs {looks[0].insertions:>5,} insertions", end="  ")
                print("  ".join(map(in_words, looks)), flush=True)
                if soak.totals.wrong:
                    break
        finally:
            soak.close()
        seconds = time.perf_counter() - start
        notes.seek(0)
        samples = list(read_notes(notes))
    wrong = soak.totals.wrong + growth(samples)
    if offspring(os.getpid()):
        wrong.append("processes are left behind")
    if arguments.json is not None:
        arguments.json.write_text(json.dumps([asdict(sample) for sample in samples], indent=1))
    print(f"{soak.totals.apdus:,} APDUs and {soak.totals.insertions:,} insertions in {seconds:.0f} s")
    for each in wrong[:20]:
        print(each, file=sys.stderr)
    print("nothing grew, every answer was right" if not wrong else f"{len(wrong)} things wrong")
    raise SystemExit(1 if wrong else 0)


def read_notes(notes: IO[bytes]) -> Iterator[Sample]:
    """All that was noted."""
    while True:
        try:
            yield from pickle.load(notes)  # noqa: S301 - we wrote it
        except EOFError:
            return


if __name__ == "__main__":
    main()

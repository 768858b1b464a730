"""64 threads on 8 readers whose cards come and go: no deadlock, no lost event, and the totals add up.

usage: python benchmarks/many_threads.py [--threads N] [--readers N] [--seconds S] [--seed N]

Each thread connects, sends commands with and without a transaction, looks around, resets, disconnects, and begins anew,
on any reader. A hand pulls and pushes cards; a watcher per reader waits for that. In the end:

* every thread has ended within ten seconds of being told to;
* the cards have executed as many APDUs as the threads have had answered, or had torn out by the hand, and each in
  its turn: none twice, none before one that was sent earlier;
* between the first and the last command of a transaction a card has executed nobody else's;
* each watcher's event counter has advanced by as many events as the hand has made;
* nobody holds a card, and every reader is free for EXCLUSIVE use.

Otherwise what is wrong is printed, and the status is 1.
"""

from __future__ import annotations

import argparse
import faulthandler
import random
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Final

from measure import Figure

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.constants import Attribute, Disposition, ReaderStateFlag, ShareMode
from scardmgr.winscard.embedded import EmbeddedResourceManager
from scardmgr.winscard.errors import SCardError, StatusChangeError
from scardmgr.winscard.values import ReaderState

ATR: Final = bytes.fromhex("3B800181")
END_S: Final = 10.0
SLOW: Final = 200
"""One command of so many takes its time."""
EMPTY, PRESENT = ReaderStateFlag.EMPTY.value, ReaderStateFlag.PRESENT.value
ALONE, FIRST, WITHIN, LAST = range(4)
"""The place of a command in a transaction."""

#: What may happen to a thread among others, cards coming and going: it begins anew.
EXPECTED: Final = frozenset(
    {
        SCardCode.SCARD_W_RESET_CARD,
        SCardCode.SCARD_W_REMOVED_CARD,
        SCardCode.SCARD_E_NO_SMARTCARD,
        SCardCode.SCARD_E_SHARING_VIOLATION,
    }
)


@dataclass
class Totals:
    """What a run came to.

    Attributes:
        executed: APDUs as the cards count them.
        answered: APDUs as the threads count them.
        torn: APDUs that were executed while the hand pulled the card.
        transactions: transactions that came to their end.
        events: insertions and removals.
        longest_wait_s: longest time that connecting or beginning a transaction took.
        wrong: what should not have been.
    """

    executed: int = 0
    answered: int = 0
    torn: int = 0
    transactions: int = 0
    events: int = 0
    longest_wait_s: float = 0.0
    wrong: list[str] = field(default_factory=list)


class CountingCard:
    """A card that counts, and knows who is in the middle of a transaction.

    A command is the thread's number (2 bytes), its place in a transaction (1 byte), and a count (4 bytes).
    """

    always_ends = True

    def __init__(self, done: list[int], wrong: list[str]) -> None:
        self.executed = 0
        self._done = done
        self._wrong = wrong
        self._within: int | None = None
        self._busy = False

    def power_on(self) -> bytes:
        """A new life: no transaction."""
        self._within = None
        return ATR

    def reset(self) -> bytes:
        """The same."""
        return self.power_on()

    def power_off(self) -> None:
        """The same."""
        self._within = None

    def transmit(self, command: bytes) -> bytes:
        """Count, and see that all is in its order."""
        if self._busy:
            self._wrong.append("a card was given two commands at once")
        self._busy = True
        thread, place, number = int.from_bytes(command[:2]), command[2], int.from_bytes(command[3:])
        if self._within not in (None, thread):
            self._wrong.append(f"thread {thread} came into the transaction of thread {self._within}")
        if number != self._done[thread] + 1:
            self._wrong.append(f"thread {thread}: command {number} after {self._done[thread]}")
        if number % SLOW == 0:
            time.sleep(0.002)  # others run meanwhile, the hand among them
        self._done[thread] = number
        self._within = thread if place in (FIRST, WITHIN) else None
        self.executed += 1
        self._busy = False
        return command + b"\x90\x00"


class Run:
    """The threads, the readers, and what they share."""

    def __init__(self, threads: int, readers: int, seed: int) -> None:
        self.totals = Totals()
        self.manager = EmbeddedResourceManager()
        self.end = threading.Event()
        self.seed = seed
        # The number of the last command that was executed, for each thread: written by cards, while it waits.
        self.done = [0] * threads
        self.slots = [self.manager.add_reader(f"Reader {number}") for number in range(readers)]
        self.cards = [CountingCard(self.done, self.totals.wrong) for _ in self.slots]
        for slot, card in zip(self.slots, self.cards, strict=True):
            slot.insert(card)
        self.contexts = [self.manager.establish_context() for _ in self.slots]
        self.before = [self._counter(number) for number in range(readers)]
        self.watched = [0] * readers
        self._tally = threading.Lock()

    def _counter(self, number: int) -> int:
        state = ReaderState(self.slots[number].name)
        [state] = self.manager.get_status_change(self.contexts[number], 0, [state])
        return state.event_counter

    # A program

    def work(self, thread: int) -> None:
        """Use the readers until the end."""
        rng = random.Random(f"{self.seed}.{thread}")
        manager = self.manager
        answered = refused = transactions = 0
        longest = 0.0
        while not self.end.is_set():
            context = manager.establish_context()
            try:
                mode = ShareMode.EXCLUSIVE if rng.random() < 0.02 else ShareMode.SHARED
                start = time.monotonic()
                handle = manager.connect(context, rng.choice(self.slots).name, mode).handle
                longest = max(longest, time.monotonic() - start)
                for _ in range(rng.randrange(1, 30)):
                    self._look_around(rng, handle)
                    within = rng.random() < 0.5
                    if within:
                        start = time.monotonic()
                        try:
                            manager.begin_transaction(handle)
                        finally:
                            longest = max(longest, time.monotonic() - start)
                    for place in (FIRST, *[WITHIN] * rng.randrange(8), LAST) if within else (ALONE,):
                        command = thread.to_bytes(2) + bytes((place,)) + (self.done[thread] + 1).to_bytes(4)
                        if manager.transmit(handle, command) != command + b"\x90\x00":
                            self.totals.wrong.append(f"thread {thread} got another's answer")
                        answered += 1
                    if within:
                        transactions += 1
                        manager.end_transaction(handle, _mostly_leave(rng))
                        manager.reconnect(handle)
                if rng.random() < 0.5:
                    manager.disconnect(handle, _mostly_leave(rng))
            except SCardError as error:
                refused += error.code == SCardCode.SCARD_E_NO_SMARTCARD
                if error.code not in EXPECTED:
                    self.totals.wrong.append(f"thread {thread}: {error}")
            finally:
                manager.release_context(context)
        # The card executed the command that was refused where the hand pulled it in the middle.
        torn = self.done[thread] - answered
        if not 0 <= torn <= refused:
            self.totals.wrong.append(f"thread {thread}: {torn} commands more executed than answered, {refused} refused")
        with self._tally:
            self.totals.answered += answered
            self.totals.torn += torn
            self.totals.transactions += transactions
            self.totals.longest_wait_s = max(self.totals.longest_wait_s, longest)

    def _look_around(self, rng: random.Random, handle: int) -> None:
        """Now and then something else than commands."""
        dice = rng.random()
        if dice < 0.04:
            self.manager.status(handle)
        elif dice < 0.06:
            self.manager.get_attribute(handle, Attribute.ATR_STRING)
        elif dice < 0.07:
            self.manager.reconnect(handle, initialization=Disposition.RESET)
        elif dice < 0.08:
            self.manager.reconnect(handle, initialization=Disposition.UNPOWER)

    # The hand, and who watches it

    def pull_and_push(self) -> None:
        """Take cards out and put them in again until the end; they are all in when it comes."""
        rng = random.Random(self.seed)
        while not self.end.wait(rng.random() * 0.02):
            number = rng.randrange(len(self.slots))
            slot = self.slots[number]
            slot.remove()
            slot.insert(self.cards[number])
            self.totals.events += 2

    def watch(self, number: int) -> None:
        """Follow the events of a reader until cancelled: as many as its counter advances."""
        [state] = self.manager.get_status_change(self.contexts[number], 0, [ReaderState(self.slots[number].name)])
        known, cancelled = self.before[number], False
        while not cancelled:
            # The counter has 16 bits, and is never 0.
            self.watched[number] += (state.event_counter - known) % 0xFFFF
            known = state.event_counter
            # The card alone is waited for, whoever uses it.
            believed = ReaderState(state.reader, state.event_state & (0xFFFF0000 | EMPTY | PRESENT))
            try:
                [state] = self.manager.get_status_change(self.contexts[number], None, [believed])
            except StatusChangeError as error:
                [state] = error.states
                cancelled = True
        self.watched[number] += (state.event_counter - known) % 0xFFFF

    # All of it

    def go(self, seconds: float) -> Totals:
        """Run; the totals, with all that is wrong."""
        workers = [threading.Thread(target=self.work, args=(n,), daemon=True) for n in range(len(self.done))]
        workers.append(threading.Thread(target=self.pull_and_push, daemon=True))
        watchers = [threading.Thread(target=self.watch, args=(n,), daemon=True) for n in range(len(self.slots))]
        for thread in (*watchers, *workers):
            thread.start()
        time.sleep(seconds)
        self.end.set()
        if self._ended(workers):
            # Whoever is cancelled before it waits goes on to wait: cancelled until it has ended.
            while any(watcher.is_alive() for watcher in watchers) and not self._ended(watchers, within_s=0.01):
                for context in self.contexts:
                    self.manager.cancel(context)
            self._judge()
        else:
            self.totals.wrong.append("threads did not end: their stacks are on standard error")
            faulthandler.dump_traceback(all_threads=True)
        return self.totals

    def _ended(self, threads: list[threading.Thread], within_s: float = END_S) -> bool:
        deadline = time.monotonic() + within_s
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def _judge(self) -> None:
        totals = self.totals
        totals.executed = sum(card.executed for card in self.cards)
        if totals.executed != totals.answered + totals.torn:
            totals.wrong.append(f"{totals.executed} executed, {totals.answered} answered, {totals.torn} torn")
        if sum(self.watched) != totals.events:
            totals.wrong.append(f"{totals.events} events, {sum(self.watched)} seen")
        context = self.manager.establish_context()
        for slot in self.slots:
            try:
                handle = self.manager.connect(context, slot.name, ShareMode.EXCLUSIVE).handle
                self.manager.begin_transaction(handle)
                self.manager.disconnect(handle)
            except SCardError as error:
                totals.wrong.append(f"{slot.name} in the end: {error}")
        self.manager.release_context(context)


def _mostly_leave(rng: random.Random) -> Disposition:
    return Disposition.RESET if rng.random() < 0.1 else Disposition.LEAVE


def figures(seconds: float) -> list[Figure]:
    """What a run of 64 threads came to."""
    totals = Run(threads=64, readers=8, seed=1).go(seconds)
    name = f"64 threads on 8 readers, {seconds:g} s"
    return [
        Figure(f"{name}: APDUs, all answered", totals.answered / seconds, "APDU/s"),
        Figure(f"{name}: transactions, none interleaved", totals.transactions / seconds, "/s"),
        Figure(f"{name}: insertions and removals, all seen", totals.events / seconds, "/s"),
        Figure(f"{name}: longest wait for a reader", totals.longest_wait_s, "s"),
        Figure(f"{name}: what went wrong", len(totals.wrong), "", bar=0, at_least=False),
    ]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--threads", type=int, default=64, help="how many programs")
    parser.add_argument("--readers", type=int, default=8, help="on how many readers")
    parser.add_argument("--seconds", type=float, default=30.0, help="for how long")
    parser.add_argument("--seed", type=int, default=1, help="of the random numbers")
    arguments = parser.parse_args()
    totals = Run(arguments.threads, arguments.readers, arguments.seed).go(arguments.seconds)
    print(
        f"{totals.executed:,} APDUs executed, {totals.answered:,} answered, {totals.torn:,} torn by the hand; "
        f"{totals.transactions:,} transactions, {totals.events:,} events; "
        f"longest wait for a reader {totals.longest_wait_s:.2f} s"
    )
    for each in totals.wrong[:20]:
        print(each, file=sys.stderr)
    print("no deadlock, no lost event, the totals add up" if not totals.wrong else f"{len(totals.wrong)} things wrong")
    raise SystemExit(1 if totals.wrong else 0)


if __name__ == "__main__":
    main()

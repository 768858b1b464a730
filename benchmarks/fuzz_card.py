"""Random and mutated APDUs against cards of a built-in profile, on T=1 and T=0.

No exception, no hang, every answer well formed.

usage: python benchmarks/fuzz_card.py [--count N] [--seed N] [--profile NAME]

A session begins with the card as the profile describes it, and sends a few dozen commands: commands that make
sense (they verify, create, select, write ...), the same with bytes changed, cut or added, and plain noise; now
and then a reset. Half of the sessions on T=1 go over several logical channels and under secure messaging: there what
comes within a protected response is judged, too, and a protected command that is spoilt, said again or out of order
must be refused. When an answer is not as it should be, the session so far is printed and the status is 1. It is 1 also
when a million APDUs and more let the process grow by more than 2 MiB. In the end it tells how many commands of each row
of the command table succeeded.

Well formed is: two bytes of status, 61 to 6F or 90 to 9F, never 6F00; before them as many bytes as Ne allows at
most, and none without an Le field or, on T=0, behind command data. On T=1 61XX comes only behind as many bytes as
Ne allows.
"""

from __future__ import annotations

import argparse
import itertools
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

from fuzz_dialogue import Dialogue
from fuzz_fields import mutate
from fuzz_static_keys import StaticKeysDialogue

from iso7816.apdu import CommandAPDU
from iso7816.errors import APDUError
from iso7816.icc import TransmissionProtocol

if TYPE_CHECKING:
    from emulator import Card
    from emulator.command import AnyCommandRow
    from iso7816.authentication import KeyType

SESSION: Final = 40
HANG_SECONDS: Final = 20
"""For a session."""
MEMORY_BAR: Final = 2048
"""KiB by which the process may grow after the first tenth of a run."""
MEMORY_JUDGED_FROM: Final = 1_000_000
"""APDUs; a tenth of fewer does not fill what is kept for good."""
SUCCESS: Final = (0x90, 0x61)
"""SW1."""
CHAINING: Final = 0x10
PROPRIETARY: Final = 0x80
"""Bits of the class byte."""
PROFILES: Final = ("iso7816", "piv", "pkcs15", "openpgp", "gids")


@dataclass(frozen=True, slots=True)
class Subject:
    """What is fuzzed.

    Attributes:
        cards: the cards.
        apdus: commands for them, without end, by random numbers.
        rows: the command table of the cards, or of the application on them.
        prepare: is called with a card at the beginning of half of the sessions, ``None``: nothing is.
        lenient_le: whether a command without Le is answered as one with Le 00.
        dialogue: what is around the commands of half of the sessions on T=1, channels and secure messaging, ``None``:
            nothing is.
    """

    cards: list[Card]
    apdus: Callable[[random.Random], Iterator[bytes]]
    rows: tuple[AnyCommandRow, ...]
    prepare: Callable[[Card], object] | None = None
    lenient_le: bool = False
    dialogue: Callable[[random.Random], Dialogue | StaticKeysDialogue] | None = Dialogue


def subject(profile: str) -> Subject:
    """The subject that a profile makes."""
    if profile == "piv":
        import fuzz_piv

        return Subject(
            fuzz_piv.new_cards(),
            _mutating(fuzz_piv.apdus),
            fuzz_piv.PIVCard.COMMANDS,
            fuzz_piv.administrate,
            lenient_le=True,
            dialogue=None,
        )
    if profile == "pkcs15":
        import fuzz_pkcs15

        return Subject(
            fuzz_pkcs15.new_cards(),
            _mutating(fuzz_pkcs15.apdus),
            fuzz_pkcs15.PKCS15.COMMANDS,
            fuzz_pkcs15.let_in,
            lenient_le=True,
            dialogue=None,
        )
    if profile == "openpgp":
        import fuzz_openpgp

        return Subject(
            fuzz_openpgp.new_cards(),
            _mutating(fuzz_openpgp.apdus),
            fuzz_openpgp.OpenPGPCard.COMMANDS,
            fuzz_openpgp.let_in,
            dialogue=StaticKeysDialogue,
        )
    if profile == "gids":
        import fuzz_gids

        return Subject(
            fuzz_gids.new_cards(),
            _mutating(fuzz_gids.apdus),
            fuzz_gids.COMMANDS,
            fuzz_gids.authenticate,
            lenient_le=True,
            dialogue=None,
        )
    import fuzz_iso7816

    return Subject(fuzz_iso7816.new_cards(), fuzz_iso7816.apdus, fuzz_iso7816.COMMANDS)


def _mutating(source: Callable[[random.Random], Iterator[bytes]]) -> Callable[[random.Random], Iterator[bytes]]:
    """The commands of a source, every third of them mutated, and now and then random bytes."""

    def mixed(rng: random.Random) -> Iterator[bytes]:
        for each in source(rng):
            dice = rng.random()
            yield each if dice < 0.65 else mutate(rng, each) if dice < 0.95 else rng.randbytes(rng.randrange(21))

    return mixed


def complaint(apdu: bytes, response: bytes, *, t0: bool, lenient_le: bool = False) -> str | None:
    """What is wrong with a response, ``None`` for nothing."""
    if len(response) < 2:
        return "fewer than two bytes"
    sw1, sw2 = response[-2:]
    if not (0x61 <= sw1 <= 0x6F or 0x90 <= sw1 <= 0x9F):
        return f"SW1 is {sw1:02X}"
    if (sw1, sw2) == (0x6F, 0x00):
        return "an exception within (6F00; the log has it)"
    length = len(response) - 2
    if not t0 and (sw1 == 0x6C or (sw1 == 0x61 and length == 0)):
        return f"SW1 {sw1:02X} on T=1"
    if length == 0:
        return None
    try:
        parsed = CommandAPDU.parse(apdu)
    except APDUError:
        return "data in answer to what is no APDU"
    ne = parsed.ne if not t0 or parsed.ne is not None else 256
    if ne is None and lenient_le:
        ne = 65536 if parsed.needs_extended else 256
    if ne is None or length > ne:
        return f"{length} bytes where Ne is {ne}"
    if not t0 and sw1 == 0x61 and length != ne:
        return f"{length} bytes and 61{sw2:02X} where Ne is {ne}"
    return "data behind command data on T=0" if t0 and parsed.data else None


def _on_alarm(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"no answer in {HANG_SECONDS} seconds")


class FaultFoundError(Exception):
    """An answer is not as it should be.

    Attributes:
        response: the answer, empty for none.
    """

    def __init__(self, wrong: str, response: bytes) -> None:
        super().__init__(wrong)
        self.response = response


@dataclass(slots=True)
class Tally:
    """What a run has seen.

    Attributes:
        words: answers, by status word.
        sent: commands, by class (00 or 80) and instruction byte; of a chain the last one.
        succeeded: those that were answered with 9000 or 61XX.
        opened: protected responses that were opened.
        refused: protected commands that could not be accepted and were not, by what was wrong with them.
        begun: sessions of secure messaging, by the way they began, the cipher and the channel.
        answered: by logical channel, answers other than that there is no such channel; of sessions over several.
    """

    words: Counter[bytes] = field(default_factory=Counter)
    sent: Counter[int] = field(default_factory=Counter)
    succeeded: Counter[int] = field(default_factory=Counter)
    opened: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    begun: Counter[tuple[str, KeyType, int]] = field(default_factory=Counter)
    answered: Counter[int] = field(default_factory=Counter)

    def count(self, apdu: bytes, response: bytes) -> None:
        """A command and its answer; a part of a chain, which is taken whatever it is a part of, does not count."""
        if len(apdu) > 1 and not apdu[0] & CHAINING:
            code = (apdu[0] & PROPRIETARY) << 8 | apdu[1]
            self.sent[code] += 1
            if response[-2] in SUCCESS:
                self.succeeded[code] += 1


def run(count: int, seed: int, profile: str = "iso7816") -> int:
    """Send ``count`` APDUs; the exit status."""
    before = signal.signal(signal.SIGALRM, _on_alarm)
    try:
        return _run(count, random.Random(seed), seed, subject(profile))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _run(count: int, rng: random.Random, seed: int, fuzzed: Subject) -> int:
    cards = fuzzed.cards
    marks = [card.snapshot() for card in cards]
    source = fuzzed.apdus(rng)
    tally = Tally()
    start = time.perf_counter()
    done = 0
    early = 0
    while done < count:
        which = rng.randrange(len(cards))
        card = cards[which]
        card.restore(marks[which])
        card.power_on()
        sent: list[bytes] = []
        length = min(SESSION, count - done)
        signal.setitimer(signal.ITIMER_REAL, HANG_SECONDS)
        try:
            _session(rng, fuzzed, card, itertools.islice(source, length), sent, tally)
        except FaultFoundError as fault:
            _report(sent, fault, seed, t0=card.protocol is TransmissionProtocol.T0)
            return 1
        done += length
        if early == 0 and done >= count // 10:
            early = _resident()
    for row in fuzzed.rows:
        print(f"{row.name} ({row.ins:02X}): {tally.succeeded[row.code]} of {tally.sent[row.code]} succeeded")
    return _summary(tally, done, time.perf_counter() - start, early, judged=count >= MEMORY_JUDGED_FROM)


def _session(
    rng: random.Random, fuzzed: Subject, card: Card, source: Iterator[bytes], sent: list[bytes], tally: Tally
) -> None:
    """Some commands to a card that was just put in. Raises FaultFoundError."""
    t0 = card.protocol is TransmissionProtocol.T0
    dialogue = fuzzed.dialogue(rng) if fuzzed.dialogue is not None and not t0 and rng.random() < 0.5 else None
    if fuzzed.prepare is not None and rng.random() < 0.5:
        fuzzed.prepare(card)

    def exchange(apdu: bytes) -> bytes:
        sent.append(apdu)
        response = b""
        try:
            response = card.transmit(apdu)
            wrong = complaint(apdu, response, t0=t0, lenient_le=fuzzed.lenient_le)
            if wrong is None and dialogue is not None:
                wrong = dialogue.complaint(response)
        except Exception as error:  # noqa: BLE001 (any exception is the finding)
            wrong = f"{type(error).__name__}: {error}"
        if wrong is not None:
            raise FaultFoundError(wrong, response)
        tally.count(apdu, response)
        if dialogue is not None:
            dialogue.count(apdu, response)
        return response

    for apdu in source:
        if rng.random() < 0.02:
            card.reset()
            sent.append(b"")
            if dialogue is not None:
                dialogue.reset()
        if dialogue is not None and rng.random() < 0.15:
            for prepared, see in dialogue.preparation():
                see(exchange(prepared))
        tally.words[exchange(apdu if dialogue is None else dialogue.dressed(apdu))[-2:]] += 1
    if dialogue is not None:
        tally.opened += dialogue.opened
        tally.refused += dialogue.refused
        tally.begun += dialogue.begun
        tally.answered += dialogue.answered


def _summary(tally: Tally, done: int, seconds: float, early: int, *, judged: bool) -> int:
    """Print what was seen; the exit status."""
    ok = sum(number for word, number in tally.words.items() if word[0] in SUCCESS)
    print(
        f"{done} APDUs in {seconds:.1f} s, {len(tally.words)} different status words, {100 * ok // max(done, 1)} % "
        f"succeeded, {tally.opened} under secure messaging"
    )
    for number, answers in sorted(tally.answered.items()):
        print(f"channel {number}: {answers} answered")
    for what, commands in sorted(tally.refused.items()):
        print(f"{commands} protected commands {what}, each refused")
    for (way, key_type, number), sessions in sorted(tally.begun.items(), key=lambda each: str(each[0])):
        print(f"{sessions} sessions by {way}, {key_type.value}, channel {number}")
    print("no exception, no hang, every answer well formed")
    grown = _resident() - early
    print(f"memory after a tenth of the run {early / 1024:.1f} MiB, at its end {grown / 1024:+.1f} MiB")
    if judged and grown > MEMORY_BAR:
        print(f"the process grew by more than {MEMORY_BAR / 1024:.1f} MiB", file=sys.stderr)
        return 1
    return 0


def _resident() -> int:
    """KiB of memory that the process has now; 0 where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return int(status.partition("VmRSS:")[2].split()[0])


def _report(sent: list[bytes], fault: FaultFoundError, seed: int, *, t0: bool) -> None:
    print(f"seed {seed}, T={0 if t0 else 1}: {fault}", file=sys.stderr)
    print(
        f"response {fault.response.hex().upper()}; the session, a line each (an empty one is a reset):", file=sys.stderr
    )
    for apdu in sent:
        print(apdu.hex().upper(), file=sys.stderr)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=100_000, help="how many APDUs to send")
    parser.add_argument("--seed", type=int, default=1, help="of the random numbers")
    parser.add_argument("--profile", choices=PROFILES, default=PROFILES[0], help="the cards to send them to")
    arguments = parser.parse_args()
    raise SystemExit(run(arguments.count, arguments.seed, arguments.profile))


if __name__ == "__main__":
    main()

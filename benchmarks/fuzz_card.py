"""Random and mutated APDUs against cards of a built-in profile, on T=1 and T=0.

No exception, no hang, every answer well formed.

usage: python benchmarks/fuzz_card.py [--count N] [--seed N] [--profile NAME]

A session begins with the card as the profile describes it, and sends a few dozen commands: commands that make
sense (they verify, create, select, write ...), the same with bytes changed, cut or added, and plain noise; now
and then a reset. Half of the sessions on T=1 go over several logical channels and under secure messaging: there what
comes within a protected response is judged, too. When an answer is not as it should be, the session so far is printed
and the status is 1. It is 1 also when a million APDUs and more let the process grow by more than 2 MiB.

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

from fuzz_dialogue import SESSION_KEYS, Dialogue
from fuzz_static_keys import StaticKeysDialogue

import emulator
from emulator import Card
from emulator.command_table import COMMANDS
from emulator.commands.security_operation import SecurityOperation
from emulator.definition.profiles import parse_definition
from emulator.storage import VolatileStorage
from iso7816.apdu import CommandAPDU
from iso7816.errors import APDUError
from iso7816.icc import TransmissionProtocol
from iso7816.mechanisms import MECHANISMS

if TYPE_CHECKING:
    from iso7816.authentication import KeyType

SESSION: Final = 40
HANG_SECONDS: Final = 20
"""For a session."""
MEMORY_BAR: Final = 2048
"""KiB by which the process may grow after the first tenth of a run."""
MEMORY_JUDGED_FROM: Final = 1_000_000
"""APDUs; a tenth of fewer does not fill what is kept for good."""
PROFILES: Final = ("iso7816", "piv", "pkcs15", "openpgp", "gids")

INTERESTING: Final = [
    bytes.fromhex(text)
    for text in [
        "3F00",
        "7F10",
        "0100",
        "6F01",
        "6F02",
        "6F03",
        "6F04",
        "6F05",
        "6F06",
        "2F00",
        "2F01",
        "5E00",
        "3FFF",
        "7F106F01",
        "7F106F04",
        "F073636172646D677201",
        "F073",
        "31323334",
        "3132333435363738",
        "35363738",
        "31323335",
        "620B800200108201018302",
    ]
]
FIDS: Final = [bytes.fromhex(fid) for fid in ["6F10", "6F11", "6F12", "7F20", "6F21", "6F22", "0200", "3F00", "6F01"]]
CHALLENGES: Final = [bytes(16), bytes(8), bytes(range(16))]
OPERATIONS: Final = [(operation.value >> 8, operation.value & 0xFF) for operation in SecurityOperation]
KEYS: Final = {
    0x03: {"sign", "verify"},
    0x04: {"sign", "verify"},
    0x05: {"encipher", "decipher"},
    0x06: {"encipher", "decipher", "compute checksum", "verify checksum"},
    0x07: {"compute checksum", "verify checksum"},
    0x08: {"agree"},
    0x0A: {"sign", "verify", "encipher", "decipher"},
    0x0B: {"sign", "verify"},
    0x0C: {"agree"},
}
TEMPLATES: Final = (0xA4, 0xA6, 0xAA, 0xB4, 0xB6, 0xB8)
MECHANISM_BYTES: Final = (*MECHANISMS, 0x00, 0xFF)
SMALL_KEYS: Final = """
[[keys]]
reference = 0x0A
type = "rsa"
usage = ["sign", "verify", "encipher", "decipher", "internal", "external", "verify certificate"]
generated = true
size = 1024
uses = 1000
[[keys]]
reference = 0x0B
type = "ed25519"
usage = ["sign", "verify", "internal", "external"]
generated = true
generate = "always"
update = "always"
[[keys]]
reference = 0x0C
type = "x25519"
usage = ["agree"]
generated = true
generate = "always"
[[keys]]
reference = 0x0D
type = "3des"
usage = ["internal", "external", "encipher", "decipher", "compute checksum", "verify checksum"]
empty = true
size = 128
update = "always"
"""
"""Beside the keys of the profile, so that no key takes long."""
TLV_FILES: Final = """
[files."3F00/6F39"]
type = "BER-TLV"
content = { hex = "45 02 1122  5F2D 02 656E" }
size = 200
[files."3F00/6F3A"]
type = "SIMPLE-TLV"
content = { hex = "01 02 1122" }
size = 100
"""
TLV_PLACES: Final = ((0x3F, 0xFF), (0x6F, 0x39), (0x6F, 0x3A), (0x00, 0x00), (0x00, 0x19))


def new_cards() -> list[Card]:
    """The built-in profile as it is (T=1), and offering T=0."""
    source = (Path(emulator.__file__).parent / "profiles" / "iso7816.toml").read_text(encoding="utf-8")
    source = source.replace("[[data_objects]]", f"{SMALL_KEYS}{SESSION_KEYS}{TLV_FILES}[[data_objects]]", 1)
    # Now and then a card comes to its end.
    source = source.replace('delete_child = "CHV 1" }', 'delete_child = "CHV 1", terminate = "CHV 1" }', 1)
    t0 = source.replace('protocols = ["T=1"]', 'protocols = ["T=0"]')
    return [Card(parse_definition(text, "fuzz"), VolatileStorage()) for text in (source, t0)]


def length_fields(rng: random.Random, data: bytes, ne: int | None) -> bytes:
    """Lc, data and Le, mostly short, now and then extended."""
    if len(data) <= 255 and (ne is None or ne <= 256) and rng.random() < 0.95:
        return (bytes((len(data),)) + data if data else b"") + (b"" if ne is None else bytes((ne & 0xFF,)))
    lc = b"\0" + len(data).to_bytes(2, "big") + data if data else b""
    le = b"" if ne is None else (ne & 0xFFFF).to_bytes(2, "big")
    return lc + (b"\0" + le if le and not data else le)


def template(rng: random.Random) -> bytes:
    """A template for CREATE FILE, mostly right."""
    fields = [b"\x83\x02" + rng.choice(FIDS)]
    kind = rng.choice((0x01, 0x02, 0x04, 0x06, 0x38, 0x39, 0x3A, rng.randrange(256)))
    if kind in (0x02, 0x04, 0x06):
        fields.append(
            bytes((0x82, 5, kind, rng.choice((0x01, 0x21, 0x41, 0x61)), 0, rng.randrange(20), rng.randrange(9)))
        )
    else:
        fields.append(bytes((0x82, 1, kind)))
    if kind != 0x38 and rng.random() < 0.9:
        fields.append(bytes((0x80, 2, rng.choice((0, 0, 1, 0xFF)), rng.randrange(256))))
    if rng.random() < 0.3:
        fields.append(bytes((0x88, 1, rng.randrange(32) << 3)))
    if rng.random() < 0.3:
        fields.append(bytes((0x8A, 1, rng.choice((1, 3, 4, 5, 7, 12, rng.randrange(256))))))
    if rng.random() < 0.3:
        rights = bytes(rng.choice((0x00, 0x11, 0x21, 0x91, 0xFF, rng.randrange(256))) for _ in range(7))
        fields.append(b"\x8c\x08\x7f" + rights)
    if kind == 0x38 and rng.random() < 0.5:
        fields.append(b"\x84\x05" + rng.randbytes(5))
    rng.shuffle(fields)
    value = b"".join(fields)
    return bytes((rng.choice((0x62, 0x6F)), len(value))) + value


def command(rng: random.Random) -> bytes:
    """A command that some row of the table may well accept."""
    row = rng.choice(COMMANDS)
    p1, p2 = _parameters(rng, row.ins)
    data = b""
    ne: int | None = None
    wanted = rng.choice([case for case in (1, 2, 4, 8) if row.cases & case])
    if wanted in (4, 8):
        if row.ins == 0xE0:
            data = template(rng)
        elif row.ins in (0x82, 0x88):
            data = rng.choice((*CHALLENGES, bytes(32), bytes(80), bytes(128)))
        elif row.ins == 0x22:
            data = reference_template(rng)
        elif row.ins == 0xCB or (row.ins == 0xDB and (p1, p2) != (0x3F, 0xFF)):
            data = data_objects(rng, row.ins)
        elif row.ins in (0x2A, 0x46, 0xDB) and rng.random() < 0.9:
            data = operation_data(rng, row.ins)
        elif rng.random() < 0.7:
            data = rng.choice(INTERESTING)
        else:
            data = rng.randbytes(rng.choice((1, 2, 4, 8, 16, 300)))
    if wanted in (2, 8):
        ne = rng.choice((1, 8, 16, 255, 256, 256, 65536, rng.randrange(1, 1000)))
    cla = row.cla | (0x10 if rng.random() < 0.03 else 0)
    return bytes((cla, row.ins, p1, p2)) + length_fields(rng, data, ne)


def tlv(tag: int, value: bytes) -> bytes:
    """A data object of less than 256 bytes."""
    length = bytes((len(value),)) if len(value) < 0x80 else bytes((0x81, len(value) & 0xFF))
    return tag.to_bytes(2 if tag > 0xFF else 1, "big") + length + value


def data_objects(rng: random.Random, ins: int) -> bytes:
    """A tag list, or data objects to put."""
    tags = rng.choices((0x45, 0x5F2D, 0x01, 0x02, 0x44, 0x7F21, rng.randrange(1, 0xFF)), k=rng.randrange(4))
    if ins == 0xCB:
        return tlv(0x5C, b"".join(tag.to_bytes(2 if tag > 0xFF else 1, "big") for tag in tags))
    return b"".join(tlv(tag, rng.randbytes(rng.choice((0, 1, 5, 40)))) for tag in tags) or b"\0"


def reference_template(rng: random.Random) -> bytes:
    """The value of a control reference template, mostly right."""
    fields = []
    if rng.random() < 0.8:
        fields.append(tlv(0x80, bytes((rng.choice(MECHANISM_BYTES),))))
    fields += [
        tlv(tag, bytes((rng.choice((*range(1, 15), rng.randrange(256))),)))
        for tag in (0x83, 0x84)
        if rng.random() < 0.7
    ]
    if rng.random() < 0.2:
        fields.append(tlv(0x87, rng.randbytes(rng.choice((0, 8, 16)))))
    if rng.random() < 0.1:
        fields.append(tlv(0x95, rng.randbytes(1)))
    return b"".join(fields)


def operation_data(rng: random.Random, ins: int) -> bytes:
    """Data of a security operation, of the generation or of the import of a key."""
    reference = tlv(rng.choice(TEMPLATES), reference_template(rng))
    if ins == 0x46:
        return reference
    if ins == 0xDB:
        values = [(tag, rng.randbytes(rng.choice((1, 8, 16, 32)))) for tag in rng.sample((0x90, 0x91, 0x92, 0x99), 1)]
        headers = b"".join(bytes((tag, len(value))) for tag, value in values)
        kind = rng.choice(((0x7F48, 0x5F48), (0x7F49, 0x5F49)))
        return tlv(0x4D, reference + tlv(kind[0], headers) + tlv(kind[1], b"".join(value for _tag, value in values)))
    digest = rng.randbytes(rng.choice((20, 32, 32, 64, 16, 1)))
    return rng.choice(
        (
            digest,
            bytes((rng.randrange(3),)) + rng.randbytes(rng.choice((16, 128))),
            tlv(rng.choice((0x9A, 0x90, 0x80, 0xAC, 0xBC)), digest) + tlv(rng.choice((0x9E, 0x8E)), rng.randbytes(64)),
            tlv(0xA6, tlv(0x7F49, tlv(0x86, rng.randbytes(32)))),
            tlv(0x7F4E, digest) + tlv(0x5F37, rng.randbytes(64)),
        )
    )


def _parameters(rng: random.Random, ins: int) -> tuple[int, int]:
    """P1 and P2, mostly of the forms that the instruction has."""
    if ins == 0xA4:
        return rng.choice((0, 0, 0, 1, 2, 3, 4, 8, 9)), rng.choice((0x00, 0x04, 0x08, 0x0C, 0x02))
    if ins in (0xB0, 0xD0, 0xD6, 0x0E):
        return rng.choice((0, 0, 0, 1, 0x81, 0x82, 0x85, 0x86, 0x90)), rng.choice((0, 0, 1, 63, rng.randrange(256)))
    if ins in (0xB2, 0xD2, 0xDC, 0x0C, 0xE2):
        return rng.choice((0, 0, 1, 2, 5, rng.randrange(256))), rng.randrange(8) << 3 | rng.randrange(8)
    if ins in (0x20, 0x24, 0x26, 0x28, 0x2C, 0x82, 0x88):
        return rng.choice((0, 0, 1, 2, 3, 0xFF)), rng.choice((1, 1, 2, 0x81, rng.randrange(256)))
    if ins == 0x2A:
        return rng.choice(OPERATIONS)
    if ins == 0x22:
        return rng.choice(
            (
                (0x41, rng.choice(TEMPLATES)),
                (0xC1, rng.choice(TEMPLATES)),
                (rng.randrange(0xF2, 0xF5), rng.randrange(4)),
            )
        )
    if ins == 0x46:
        return rng.choice((0x00, 0x80, 0x81, 0x84)), 0
    if ins in (0xCB, 0xDB):
        return rng.choice(TLV_PLACES)
    if ins == 0xFE:
        return 0, 0
    if ins in (0xCA, 0xDA):
        return rng.choice(
            ((0x5F, 0x20), (0x01, 0x01), (0x00, 0x62), (0x00, 0x6F), (rng.randrange(256), rng.randrange(256)))
        )
    return rng.choice((0, 0, 0, 1, 2, 8, rng.randrange(256))), rng.choice((0, 0, 0, 8, rng.randrange(256)))


def key_operation(rng: random.Random) -> Iterator[bytes]:
    """An environment, and an operation by it, after the verification of a CHV: the two mostly fit each other."""
    kind, p1, p2, operation = rng.choice(
        (
            (0xB6, 0x9E, 0x9A, "sign"),
            (0xB6, 0x9E, 0xAC, "sign"),
            (0xB6, 0x00, 0xA8, "verify"),
            (0xB4, 0x8E, 0x80, "compute checksum"),
            (0xB4, 0x00, 0xA2, "verify checksum"),
            (0xB8, 0x86, 0x80, "encipher"),
            (0xB8, 0x80, 0x86, "decipher"),
            (0xB8, 0x80, 0x86, "agree"),
        )
    )
    reference = rng.choice([key for key, usage in KEYS.items() if operation in usage])
    key = bytes((reference,))
    mechanism = tlv(0x80, bytes((rng.choice(MECHANISM_BYTES),))) if rng.random() < 0.3 else b""
    template = mechanism + tlv(0x83, key) + tlv(0x84, key)
    yield bytes.fromhex("002000010431323334")
    yield bytes((0x00, 0x22, 0xC1, kind)) + length_fields(rng, template, None)
    data = operation_data(rng, 0x2A)
    ne = None if p1 == 0 else 256
    if len(data) > 1 and rng.random() < 0.2:
        yield bytes((0x10, 0x2A, p1, p2)) + length_fields(rng, data[:1], None)
        data = data[1:]
    yield bytes((0x00, 0x2A, p1, p2)) + length_fields(rng, data, ne)
    if rng.random() < 0.3:
        yield bytes((0x00, 0xC0, 0x00, 0x00, rng.choice((0, 1, 64))))


def mutate(rng: random.Random, apdu: bytes) -> bytes:
    """Bytes changed, cut, doubled or added."""
    changed = bytearray(apdu)
    for _ in range(rng.choice((1, 1, 2, 4))):
        how = rng.randrange(5)
        place = rng.randrange(len(changed)) if changed else 0
        if how == 0 and changed:
            changed[place] = rng.randrange(256)
        elif how == 1 and changed:
            changed[place] ^= 1 << rng.randrange(8)
        elif how == 2:
            del changed[place:]
        elif how == 3:
            changed[place:place] = rng.randbytes(rng.choice((1, 2, 5)))
        else:
            changed += changed[place:]
    return bytes(changed)


def apdus(rng: random.Random) -> Iterator[bytes]:
    """Without end."""
    while True:
        dice = rng.random()
        if dice < 0.05:
            yield from key_operation(rng)
        elif dice < 0.55:
            yield command(rng)
        elif dice < 0.6:
            yield bytes.fromhex("00A4000C027F10")
        elif dice < 0.65:
            yield bytes.fromhex("002000010431323334")
        elif dice < 0.95:
            yield mutate(rng, command(rng))
        else:
            yield rng.randbytes(rng.choice((0, 1, 3, 4, 5, 6, 7, 8, 20, 300)))


@dataclass(frozen=True, slots=True)
class Subject:
    """What is fuzzed.

    Attributes:
        cards: the cards.
        apdus: commands for them, without end, by random numbers.
        prepare: is called with a card at the beginning of half of the sessions, ``None``: nothing is.
        lenient_le: whether a command without Le is answered as one with Le 00.
        dialogue: what is around the commands of half of the sessions on T=1, channels and secure messaging, ``None``:
            nothing is.
    """

    cards: list[Card]
    apdus: Callable[[random.Random], Iterator[bytes]]
    prepare: Callable[[Card], object] | None = None
    lenient_le: bool = False
    dialogue: Callable[[random.Random], Dialogue | StaticKeysDialogue] | None = Dialogue


def subject(profile: str) -> Subject:
    """The subject that a profile makes."""
    if profile == "piv":
        import fuzz_piv

        return Subject(
            fuzz_piv.new_cards(), _mutating(fuzz_piv.apdus), fuzz_piv.administrate, lenient_le=True, dialogue=None
        )
    if profile == "pkcs15":
        import fuzz_pkcs15

        return Subject(
            fuzz_pkcs15.new_cards(), _mutating(fuzz_pkcs15.apdus), fuzz_pkcs15.let_in, lenient_le=True, dialogue=None
        )
    if profile == "openpgp":
        import fuzz_openpgp

        return Subject(
            fuzz_openpgp.new_cards(), _mutating(fuzz_openpgp.apdus), fuzz_openpgp.let_in, dialogue=StaticKeysDialogue
        )
    if profile == "gids":
        import fuzz_gids

        return Subject(
            fuzz_gids.new_cards(), _mutating(fuzz_gids.apdus), fuzz_gids.authenticate, lenient_le=True, dialogue=None
        )
    return Subject(new_cards(), apdus)


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
        opened: protected responses that were opened.
        begun: sessions of secure messaging, by the way they began, the cipher and the channel.
        answered: by logical channel, answers other than that there is no such channel; of sessions over several.
    """

    words: Counter[bytes] = field(default_factory=Counter)
    opened: int = 0
    begun: Counter[tuple[str, KeyType, int]] = field(default_factory=Counter)
    answered: Counter[int] = field(default_factory=Counter)


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
        tally.begun += dialogue.begun
        tally.answered += dialogue.answered


def _summary(tally: Tally, done: int, seconds: float, early: int, *, judged: bool) -> int:
    """Print what was seen; the exit status."""
    ok = sum(number for word, number in tally.words.items() if word[0] in (0x90, 0x61))
    print(
        f"{done} APDUs in {seconds:.1f} s, {len(tally.words)} different status words, {100 * ok // max(done, 1)} % "
        f"succeeded, {tally.opened} under secure messaging"
    )
    for number, answers in sorted(tally.answered.items()):
        print(f"channel {number}: {answers} answered")
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

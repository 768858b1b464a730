"""Random and mutated APDUs against the built-in profile, on T=1 and T=0.

No exception, no hang, every answer well formed.

usage: python benchmarks/fuzz_card.py [--count N] [--seed N]

A session begins with the card as the profile describes it, and sends a few dozen commands: commands that make
sense (they verify, create, select, write ...), the same with bytes changed, cut or added, and plain noise; now
and then a reset. When an answer is not as it should be, the session so far is printed and the status is 1.

Well formed is: two bytes of status, 61 to 6F or 90 to 9F, never 6F00; before them as many bytes as Ne allows at
most, and none without an Le field or, on T=0, behind command data.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Final

import emulator
from emulator import Card
from emulator.command_table import COMMANDS
from emulator.definition.profiles import parse_definition
from emulator.storage import VolatileStorage
from iso7816.apdu import CommandAPDU
from iso7816.errors import APDUError
from iso7816.icc import TransmissionProtocol

SESSION: Final = 40
HANG_SECONDS: Final = 20

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


def new_cards() -> list[Card]:
    """The built-in profile as it is (T=1), and offering T=0."""
    source = (Path(emulator.__file__).parent / "profiles" / "iso7816.toml").read_text(encoding="utf-8")
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
    kind = rng.choice((0x01, 0x02, 0x04, 0x06, 0x38, rng.randrange(256)))
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
            data = rng.choice(CHALLENGES)
        elif rng.random() < 0.7:
            data = rng.choice(INTERESTING)
        else:
            data = rng.randbytes(rng.choice((1, 2, 4, 8, 16, 300)))
    if wanted in (2, 8):
        ne = rng.choice((1, 8, 16, 255, 256, 256, 65536, rng.randrange(1, 1000)))
    return bytes((row.cla, row.ins, p1, p2)) + length_fields(rng, data, ne)


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
    if ins in (0xCA, 0xDA):
        return rng.choice(
            ((0x5F, 0x20), (0x01, 0x01), (0x00, 0x62), (0x00, 0x6F), (rng.randrange(256), rng.randrange(256)))
        )
    return rng.choice((0, 0, 0, 1, 2, 8, rng.randrange(256))), rng.choice((0, 0, 0, 8, rng.randrange(256)))


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
        if dice < 0.55:
            yield command(rng)
        elif dice < 0.6:
            yield bytes.fromhex("00A4000C027F10")
        elif dice < 0.65:
            yield bytes.fromhex("002000010431323334")
        elif dice < 0.95:
            yield mutate(rng, command(rng))
        else:
            yield rng.randbytes(rng.choice((0, 1, 3, 4, 5, 6, 7, 8, 20, 300)))


def complaint(apdu: bytes, response: bytes, *, t0: bool) -> str | None:
    """What is wrong with a response, ``None`` for nothing."""
    if len(response) < 2:
        return "fewer than two bytes"
    sw1, sw2 = response[-2:]
    if not (0x61 <= sw1 <= 0x6F or 0x90 <= sw1 <= 0x9F):
        return f"SW1 is {sw1:02X}"
    if (sw1, sw2) == (0x6F, 0x00):
        return "an exception within (6F00; the log has it)"
    if not t0 and sw1 in (0x61, 0x6C):
        return f"SW1 {sw1:02X} on T=1"
    length = len(response) - 2
    if length == 0:
        return None
    try:
        parsed = CommandAPDU.parse(apdu)
    except APDUError:
        return "data in answer to what is no APDU"
    ne = parsed.ne if not t0 or parsed.ne is not None else 256
    if ne is None or length > ne:
        return f"{length} bytes where Ne is {ne}"
    return "data behind command data on T=0" if t0 and parsed.data else None


def _on_alarm(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"no answer in {HANG_SECONDS} seconds")


def run(count: int, seed: int) -> int:
    """Send ``count`` APDUs; the exit status."""
    rng = random.Random(seed)
    cards = new_cards()
    marks = [card.snapshot() for card in cards]
    source = apdus(rng)
    words: dict[bytes, int] = {}
    sent: list[bytes] = []
    signal.signal(signal.SIGALRM, _on_alarm)
    start = time.perf_counter()
    done = 0
    while done < count:
        which = rng.randrange(len(cards))
        card = cards[which]
        t0 = card.protocol is TransmissionProtocol.T0
        card.restore(marks[which])
        card.power_on()
        sent.clear()
        signal.alarm(HANG_SECONDS)
        for _ in range(min(SESSION, count - done)):
            if rng.random() < 0.02:
                card.reset()
                sent.append(b"")
            apdu = next(source)
            sent.append(apdu)
            try:
                response = card.transmit(apdu)
                wrong = complaint(apdu, response, t0=t0)
            except Exception as error:  # noqa: BLE001 (any exception is the finding)
                response, wrong = b"", f"{type(error).__name__}: {error}"
            if wrong is not None:
                _report(sent, response, wrong, seed, t0=t0)
                return 1
            words[response[-2:]] = words.get(response[-2:], 0) + 1
            done += 1
    signal.alarm(0)
    seconds = time.perf_counter() - start
    ok = sum(number for word, number in words.items() if word[0] in (0x90, 0x61))
    print(
        f"{done} APDUs in {seconds:.1f} s, {len(words)} different status words, {100 * ok // max(done, 1)} % succeeded"
    )
    print("no exception, no hang, every answer well formed")
    return 0


def _report(sent: list[bytes], response: bytes, wrong: str, seed: int, *, t0: bool) -> None:
    print(f"seed {seed}, T={0 if t0 else 1}: {wrong}", file=sys.stderr)
    print(f"response {response.hex().upper()}; the session, a line each (an empty one is a reset):", file=sys.stderr)
    for apdu in sent:
        print(apdu.hex().upper(), file=sys.stderr)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=100_000, help="how many APDUs to send")
    parser.add_argument("--seed", type=int, default=1, help="of the random numbers")
    arguments = parser.parse_args()
    raise SystemExit(run(arguments.count, arguments.seed))


if __name__ == "__main__":
    main()

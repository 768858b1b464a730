"""Processes that have a card image open, killed (SIGKILL) at random moments: what was acknowledged is in the image.

``python benchmarks/kill_card.py --count 500 --seed 2026`` kills a process again and again that opens an image, sends
its card commands of every kind that changes something, as fast as it can, acknowledges each through a pipe, and closes
and opens the image in between. (Two are left out: TERMINATE CARD USAGE, after which there would be nothing to do, and
GENERATE ASYMMETRIC KEY PAIR, whose key no other card would have.) After each kill the image is opened and compared,
record by record, with a card in memory that executed what was acknowledged: it has that state, or that after the
command that was under way, or one that this command commits itself (a try that is spent before a comparison). The next
process goes on from there.
"""

from __future__ import annotations

import os
import random
import select
import signal
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emulator import Application, Card, register_application
from emulator.command import CardContext, Case, CommandRow, Response
from emulator.persistent import Change, PersistentState, Table
from emulator.storage import VolatileStorage
from iso7816.authentication import KeyType, authentication_token

if TYPE_CHECKING:
    from emulator.definition.section import Section
    from iso7816.apdu import CommandAPDU

DEFINITION = """
[[chvs]]
reference = 1
value = "1234"
puk = "87654321"
[[chvs]]
reference = 2
value = "1111"
puk = "87654321"
[[chvs]]
reference = 3
value = "3333"
[[keys]]
reference = 1
type = "aes"
value = "000102030405060708090A0B0C0D0E0F"
tries = 15
uses = 1000000
[[keys]]
reference = 2
type = "p-256"
generated = true
usage = ["sign"]
uses = 1000000
[[keys]]
reference = 3
type = "aes"
empty = true
size = 128
update = "always"
[[keys]]
reference = 4
type = "p-256"
empty = true
usage = ["sign"]
update = "always"
[[data_objects]]
tag = 0x0101
size = 100
update = "always"
[[applications]]
name = "F0 01"
path = "3F00/7F30"
type = "benchmarks.purse"
[files."3F00/6F01"]
type = "transparent"
size = 20000
[files."3F00/6F02"]
type = "linear fixed"
record_size = 200
max_records = 9
records = ["1", "2", "3", "4", "5"]
[files."3F00/6F04"]
type = "cyclic"
record_size = 200
max_records = 7
[files."3F00/6F05"]
type = "linear variable"
max_records = 9
size = 900
records = ["1", "22", "333", "4444", "55555"]
[files."3F00/6F06"]
type = "BER-TLV"
size = 400
[files."3F00/6F07"]
type = "transparent"
content = "sometimes"
[files."3F00/7F10"]
type = "DF"
"""
SELECT_MF = bytes.fromhex("00A4000C023F00")
SELECT_DF = bytes.fromhex("00A4000C027F10")
KEY = bytes(range(16))
MARK = struct.Struct(">I")
OPENED, CLOSED = 0xFFFFFFFE, 0xFFFFFFFF
STEPS_WHILE_OPEN = (0, 1, 5, 400)
LONGEST_S = 0.15
"""After how long the last of the kills comes: a process opens an image some times meanwhile."""

Observed = dict[tuple[Table, Any], Any]
Step = Sequence[bytes]


def pay(card: CardContext, command: CommandAPDU, _: None) -> Response:
    """Spend a try, a step of its own, then change several values at once."""
    spent = int.from_bytes(card.values[b"spent"], "big") + 1
    card.values.put(b"spent", spent.to_bytes(4, "big"))
    card.work.commit()
    card.values.put(b"balance", command.data)
    card.values.put(b"log %d" % (spent % 5), command.data * 20)
    card.values.remove(b"log %d" % ((spent + 2) % 5))
    return b""


class Purse(Application):
    """An application of one's own, whose command commits twice."""

    NAME = "benchmarks.purse"
    COMMANDS = (CommandRow("PAY", 0x10, "here", Case.COMMAND, lambda _p1, _p2: None, pay, cla=0x80),)

    @classmethod
    def define(cls, _options: Section) -> Mapping[bytes, bytes]:
        """Nothing is spent yet."""
        return {b"spent": bytes(4)}


def step(seed: int, index: int) -> Step:
    """The commands of one step, the last of which changes something; an empty one stands for EXTERNAL AUTHENTICATE."""
    chance = random.Random(f"{seed} {index}")
    data = chance.randbytes(chance.choice((1, 4, 30, 200, 255)))
    short = bytes((len(data),)) + data
    if chance.random() < 0.5:
        return rarer_step(chance)
    match chance.randrange(14):
        case 0 | 1 | 2:
            place = chance.randrange(20000 - 255).to_bytes(2, "big")
            return SELECT_MF, bytes.fromhex("00A4000C026F01"), b"\0\xd6" + place + short
        case 3:
            long = chance.randbytes(chance.randrange(256, 9000))
            change = b"\0\xd6\0\0\0" + len(long).to_bytes(2, "big") + long
            return SELECT_MF, bytes.fromhex("00A4000C026F01"), change
        case 4:
            number = bytes((chance.randrange(1, 6),))
            return SELECT_MF, bytes.fromhex("00A4000C026F02"), b"\0\xdc" + number + b"\x04\xc8" + chance.randbytes(200)
        case 5:
            return SELECT_MF, bytes.fromhex("00A4000C026F04"), b"\0\xe2\0\0\xc8" + chance.randbytes(200)
        case 6:
            return (bytes.fromhex("002000010431323334"),)
        case 7:
            return (bytes.fromhex("002000010430303030"),)
        case 8:
            return (bytes.fromhex("002C00010C383736353433323131323334"),)
        case 9:
            fid = bytes((0x6E, chance.randrange(20)))
            return SELECT_MF, SELECT_DF, bytes.fromhex("00E000000F620D800207D08201018302") + fid + b"\x88\0"
        case 10:
            return SELECT_MF, SELECT_DF, b"\0\xe4\0\0\2" + bytes((0x6E, chance.randrange(20)))
        case 11:
            return SELECT_MF, b"\0\xda\1\1" + bytes((min(len(data), 100),)) + data[:100]
        case 12:
            return bytes.fromhex("00A4040002F001"), b"\x80\x10\0\0" + short[:5].replace(short[:1], b"\4", 1).ljust(
                5, b"\0"
            )
        case _:
            if chance.random() < 0.5:
                return bytes.fromhex("002241B606800144840102"), bytes.fromhex("002A9E9A20") + chance.randbytes(
                    32
                ) + b"\0"
            return bytes.fromhex("0084000010"), b""


def rarer_step(chance: random.Random) -> Step:
    """Likewise, of the commands that cards are sent less often."""
    fixed, variable = bytes.fromhex("00A4000C026F02"), bytes.fromhex("00A4000C026F05")
    number, place = bytes((chance.randrange(1, 6),)), chance.randrange(20000 - 255).to_bytes(2, "big")
    name, seid = bytes((chance.randrange(4),)), bytes((chance.randrange(2, 8),))
    old, new = chance.choices((b"1111", b"2222"), k=2)
    data = chance.randbytes(chance.randrange(1, 100))
    short = bytes((len(data),)) + data
    places = (SELECT_MF,), (SELECT_MF, SELECT_DF)
    return chance.choice(
        (
            (SELECT_MF, bytes.fromhex("00A4000C026F01"), b"\0\xd0" + place + short),  # WRITE BINARY
            (SELECT_MF, bytes.fromhex("00A4000C026F01"), b"\0\x0e" + place + b"\2\x4e\x1f"),  # ERASE BINARY
            (SELECT_MF, fixed, b"\0\xd2" + number + b"\4\xc8" + chance.randbytes(200)),  # WRITE RECORD
            (SELECT_MF, variable, b"\0\xdc" + number + b"\4" + short),  # UPDATE RECORD, to another length
            (SELECT_MF, variable, b"\0\x0c" + number + b"\4"),  # ERASE RECORD
            (SELECT_MF, b"\0\xdb\x6f\6" + bytes((len(data) + 2, 0x45 + number[0], len(data))) + data),  # PUT DATA
            (SELECT_MF, bytes.fromhex("00040000026F07")),  # DEACTIVATE FILE
            (SELECT_MF, bytes.fromhex("00440000026F07")),  # ACTIVATE FILE
            (SELECT_MF, SELECT_DF, bytes.fromhex("00E80000026E") + name),  # TERMINATE EF
            (SELECT_MF, SELECT_DF, bytes.fromhex("00E000000962078201388302") + b"\x6d" + name),  # CREATE FILE, a DF
            (SELECT_MF, SELECT_DF, bytes.fromhex("00E60000026D") + name),  # TERMINATE DF
            (SELECT_MF, SELECT_DF, bytes.fromhex("00E40000026D") + name),  # DELETE FILE, a DF
            (bytes.fromhex("0024000208") + old + new,),  # CHANGE REFERENCE DATA
            (bytes.fromhex("002C00020C3837363534333231") + new,),  # RESET RETRY COUNTER
            (bytes.fromhex("002600030433333333"),),  # DISABLE VERIFICATION REQUIREMENT
            (bytes.fromhex("002800030433333333"),),  # ENABLE VERIFICATION REQUIREMENT
            # MANAGE SECURITY ENVIRONMENT: STORE, ERASE
            (*chance.choice(places), bytes.fromhex("002241B606800144840102"), b"\0\x22\xf2" + seid),
            (*chance.choice(places), b"\0\x22\xf4" + seid),
            # PUT DATA of a secret key, and of a private one
            (bytes.fromhex("00DB3FFF1F4D1DB8038301037F480290105F4810") + chance.randbytes(16),),
            (bytes.fromhex("00DB3FFF2F4D2DB6038401047F480292205F4820") + chance.randbytes(32),),
        )
    )


def take(card: Card, commands: Step) -> None:
    """Execute a step on a card that has just been reset."""
    card.power_on()
    answer = b""
    for command in commands:
        if not command:
            command = b"\0\x82\0\1\x10" + authentication_token(KeyType.AES, KEY, answer[:-2])  # noqa: PLW2901
        answer = card.transmit(command)


def use(image: Path, seed: int, index: int, pipe: int, *, flushed: bool) -> None:
    """What the process does that is killed."""
    while True:
        with Card.open(image, flushed=flushed) as card:
            os.write(pipe, MARK.pack(OPENED))
            for _ in range(random.Random(os.getpid() + index).choice(STEPS_WHILE_OPEN)):
                take(card, step(seed, index))
                os.write(pipe, MARK.pack(index))
                index += 1
        os.write(pipe, MARK.pack(CLOSED))


def observe(state: PersistentState) -> Observed:
    """A state in plain values."""

    def plain(value: Any) -> Any:
        slots = getattr(type(value), "__slots__", None)
        if slots is None or isinstance(value, (int, bytes, str, tuple, frozenset)):
            return value
        return tuple(plain(getattr(value, name)) for name in slots if name[0] != "_")

    return {(table, key): plain(record) for table in Table for key, record in state.table(table).items()}


class Witness(VolatileStorage):
    """Notes the state at each commit."""

    def __init__(self) -> None:
        super().__init__()
        self.state: PersistentState | None = None
        self.seen: list[Observed] = []

    def commit(self, changes: Sequence[Change]) -> None:
        """The changes are in the state already."""
        super().commit(changes)
        if self.state is not None:
            self.seen.append(observe(self.state))


def state_in(image: Path) -> PersistentState:
    """The state in an image."""
    with Card.open(image, mode="copy") as card:
        return card.snapshot().state()


def kill_once(image: Path, seed: int, index: int, after_s: float, *, flushed: bool) -> list[int]:
    """Run the process on an image, and kill it; returns what it acknowledged."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            use(image, seed, index, writing, flushed=flushed)
        finally:
            os._exit(1)
    os.close(writing)
    heard = bytearray()
    end = time.monotonic() + after_s
    while (left := end - time.monotonic()) > 0:
        if select.select([reading], [], [], left)[0]:
            heard += os.read(reading, 1 << 16)
    os.kill(child, signal.SIGKILL)
    while more := os.read(reading, 1 << 16):
        heard += more
    os.close(reading)
    _, status = os.waitpid(child, 0)
    if os.WTERMSIG(status) != signal.SIGKILL:
        raise SystemExit("the process ended by itself")
    return [mark for (mark,) in MARK.iter_unpack(heard)]


def run(count: int, seed: int, *, flushed: bool) -> int:
    """Kill ``count`` times; returns how often the image was not as it should be."""
    register_application(Purse)
    chance = random.Random(seed)
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        definition, image = Path(folder, "card.toml"), Path(folder, "killed.card")
        definition.write_text(DEFINITION, encoding="utf-8")
        with Card.from_profile(definition) as card:
            card.save(image)
        index = 0
        for _ in range(count):
            state, witness = state_in(image), Witness()
            model = Card(state, witness)
            marks = kill_once(image, seed, index, chance.uniform(0, LONGEST_S), flushed=flushed)
            acknowledged = [mark for mark in marks if mark < OPENED]
            found["commands acknowledged"] += len(acknowledged)
            found["times opened"] += marks.count(OPENED)
            found["killed while it opened or closed"] += marks[-1:] != [OPENED] and marks[-1:] != acknowledged[-1:]
            found["killed with a log beside the image"] += image.with_name(f"{image.name}-wal").exists()
            for mark in marks:
                if mark == OPENED:
                    # New files have the numbers that they have in an image that has just been opened.
                    state.next_number = max(state.files) + 1
                elif mark < OPENED:
                    take(model, step(seed, mark))
            index = acknowledged[-1] + 1 if acknowledged else index
            before, witness.state = observe(state), state
            take(model, step(seed, index))
            now = observe(state_in(image))
            if now == before:
                found["as acknowledged"] += 1
            elif now in witness.seen:
                found["with the command under way, or a step of it"] += 1
                index += 1
            else:
                found["WRONG"] += 1
                sys.stderr.write(f"seed {seed}, step {index}: the image has neither state\n")
                break
    for name, number in found.items():
        print(f"{number:>9,}  {name}")
    return found["WRONG"]


@click.command()
@click.option("--count", default=500, show_default=True, help="How many times to kill.")
@click.option("--seed", default=2026, show_default=True, help="The same seed sends the same commands.")
@click.option("--flushed", is_flag=True, help="Flush each commit to the disk.")
def main(count: int, seed: int, flushed: bool) -> None:
    """Kill processes that use a card image, and see what is in it."""
    start = time.monotonic()
    wrong = run(count, seed, flushed=flushed)
    print(
        f"{count} kills in {time.monotonic() - start:.0f} s, {'flushed' if flushed else 'not flushed'}: {wrong} wrong"
    )
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()

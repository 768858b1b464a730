"""Commands that the card of the built-in profile may well accept, for ``fuzz_card.py``: on T=1 and on T=0."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import fuzz_files
import fuzz_security
from fuzz_dialogue import SESSION_KEYS
from fuzz_fields import length_fields, mutate

import emulator
from emulator import Card
from emulator.command_table import COMMANDS
from emulator.definition.profiles import parse_definition
from emulator.storage import VolatileStorage

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
_ROWS: Final = [(row, [case for case in (1, 2, 4, 8) if row.cases & case]) for row in COMMANDS]
"""Each with the cases that it allows."""


def new_cards() -> list[Card]:
    """The built-in profile as it is (T=1), and offering T=0."""
    source = (Path(emulator.__file__).parent / "profiles" / "iso7816.toml").read_text(encoding="utf-8")
    source = source.replace(
        "[[data_objects]]",
        f"{fuzz_security.DISABLED_CODE}{fuzz_security.SMALL_KEYS}{SESSION_KEYS}{fuzz_files.DEFINITION}[[data_objects]]",
        1,
    )
    # Now and then a card comes to its end.
    source = source.replace('delete_child = "CHV 1" }', 'delete_child = "CHV 1", terminate = "CHV 1" }', 1)
    t0 = source.replace('protocols = ["T=1"]', 'protocols = ["T=0"]')
    return [Card(parse_definition(text, "fuzz"), VolatileStorage()) for text in (source, t0)]


def command(rng: random.Random) -> bytes:
    """A command that some row of the table may well accept."""
    row, cases = rng.choice(_ROWS)
    p1, p2 = _parameters(rng, row.ins)
    data = b""
    ne: int | None = None
    wanted = rng.choice(cases)
    if wanted in (4, 8):
        data = _data(rng, row.ins, p1, p2)
    if wanted in (2, 8):
        ne = rng.choice((1, 8, 16, 255, 256, 256, 65536, rng.randrange(1, 1000)))
    cla = row.cla | (0x10 if rng.random() < 0.03 else 0)
    return bytes((cla, row.ins, p1, p2)) + length_fields(rng, data, ne)


def _parameters(rng: random.Random, ins: int) -> tuple[int, int]:
    """P1 and P2, mostly of the forms that the instruction has."""
    if ins in fuzz_files.INSTRUCTIONS:
        return fuzz_files.parameters(rng, ins)
    if ins in fuzz_security.INSTRUCTIONS:
        return fuzz_security.parameters(rng, ins)
    if ins == 0xA4:
        return rng.choice((0, 0, 0, 1, 2, 3, 4, 8, 9)), rng.choice((0x00, 0x04, 0x08, 0x0C, 0x02))
    if ins == 0xFE:
        return 0, 0
    if ins in (0xCA, 0xDA):
        return rng.choice(
            ((0x5F, 0x20), (0x01, 0x01), (0x00, 0x62), (0x00, 0x6F), (rng.randrange(256), rng.randrange(256)))
        )
    return rng.choice((0, 0, 0, 1, 2, 8, rng.randrange(256))), rng.choice((0, 0, 0, 8, rng.randrange(256)))


def _data(rng: random.Random, ins: int, p1: int, p2: int) -> bytes:
    """Data that go with P1 and P2, or that are of another command, or any."""
    fitting = None
    if ins in fuzz_files.INSTRUCTIONS and rng.random() < 0.9:
        fitting = fuzz_files.data(rng, ins, p1, p2)
    if fitting is None:
        fitting = fuzz_security.data(rng, ins, p1, p2)
    if fitting is not None:
        return fitting
    return rng.choice(INTERESTING) if rng.random() < 0.7 else rng.randbytes(rng.choice((1, 2, 4, 8, 16, 300)))


def apdus(rng: random.Random) -> Iterator[bytes]:
    """Without end."""
    while True:
        dice = rng.random()
        if dice < 0.05:
            yield from fuzz_security.key_operation(rng)
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

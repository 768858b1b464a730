"""A card on an image: a durable change beside a commit of bare SQLite, and how long it takes to open an image."""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from file_count import MANY, card_with
from measure import Figure, durations, median_ratio, rates

from emulator import Card

if TYPE_CHECKING:
    from collections.abc import Callable

SELECT_EF = bytes.fromhex("00A4000C020100")
UPDATE_BINARY = bytes.fromhex("00D6000008")
ROW = 960
"""Bytes of the row that bare SQLite updates: as many as an image has of a transparent EF in one."""
LEAST_UPDATES = 15_000
LEAST_OF_BARE = 0.7
LONGEST_OPENING_MS = 500.0
OPENINGS = 3
"""In each round."""


def card_update(card: Card) -> Callable[[], object]:
    """UPDATE BINARY with other data each time."""
    card.power_on()
    numbers = count()
    if card.transmit(SELECT_EF) != b"\x90\x00":
        raise SystemExit("the EF of the benchmark is not found")

    def update() -> None:
        if card.transmit(UPDATE_BINARY + next(numbers).to_bytes(8, "big")) != b"\x90\x00":
            raise SystemExit("the card refuses the benchmark's write")

    return update


def bare_update(connection: sqlite3.Connection, synchronous: str) -> Callable[[], object]:
    """A commit of one changed row, with what an image is told as well."""
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("CREATE TABLE contents (number INTEGER PRIMARY KEY, data BLOB)")
    connection.execute("INSERT INTO contents VALUES (1, ?)", (bytes(ROW),))
    numbers = count()
    rest = bytes(ROW - 8)

    def update() -> None:
        data = next(numbers).to_bytes(8, "big") + rest
        connection.execute("UPDATE contents SET data = ? WHERE number = ?", (data, 1))

    return update


def update_figures(folder: Path, seconds: float, rounds: int) -> list[Figure]:
    """Changes a second, flushed to the disk and not, beside those of bare SQLite."""
    found = []
    for name, flushed in (("default", False), ("flushed", True)):
        with ExitStack() as stack:
            with Card.from_profile("iso7816") as fresh:
                fresh.save(folder / f"{name}.card")
            card = stack.enter_context(Card.open(folder / f"{name}.card", flushed=flushed))
            bare = stack.enter_context(closing(sqlite3.connect(folder / f"{name}.bare", isolation_level=None)))
            actions = {"card": card_update(card), "bare": bare_update(bare, "FULL" if flushed else "NORMAL")}
            taken = rates(actions, seconds=seconds, rounds=rounds)
        ratio = median_ratio(taken["card"], taken["bare"])
        value = statistics.median(taken["card"])
        found.append(Figure(f"commit, {name}: bare SQLite", statistics.median(taken["bare"]), "/s"))
        if flushed:
            found.append(Figure(f"UPDATE BINARY, {name}", value, "APDU/s", ratio, "over bare SQLite", LEAST_OF_BARE))
        else:
            found.append(Figure(f"UPDATE BINARY, {name}", value, "APDU/s", bar=LEAST_UPDATES))
    return found


def opening_figures(folder: Path, rounds: int) -> list[Figure]:
    """Milliseconds until an image of many files is open, in each mode."""
    image = folder / "many.card"
    with card_with(MANY, folder) as card:
        card.save(image)

    def times(mode: Literal["rw", "copy"]) -> list[float]:
        opened: list[Card] = []
        taken = []
        for _ in range(OPENINGS * rounds):
            taken += durations(lambda: opened.append(Card.open(image, mode)), 1)
            opened.pop().close()
        return taken

    return [
        Figure(
            f"opening an image of {MANY:,} files, {mode}",
            statistics.median(times(mode)),
            "ms",
            bar=LONGEST_OPENING_MS,
            at_least=False,
        )
        for mode in ("rw", "copy")
    ]


def figures(seconds: float, rounds: int) -> list[Figure]:
    """What an image costs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return update_figures(folder, seconds, rounds) + opening_figures(folder, rounds)

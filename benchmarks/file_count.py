"""SELECT among 10 files and among 10,000: the cost of a look-up does not grow."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from measure import Figure, median_ratio, rates

from emulator import Card

FEW, MANY = 10, 10_000
FIRST_FID = 0x1000


def card_with(files: int, folder: Path) -> Card:
    """A card with that many transparent EFs under the MF, powered."""
    definition = folder / f"{files}.toml"
    lines = ['[card]\nprotocols = ["T=1"]\nmemory = 16777216\n[files."3F00"]\ntype = "DF"\n']
    lines += [
        f'[files."3F00/{FIRST_FID + number:04X}"]\ntype = "transparent"\nsize = 16\naccess = {{ read = "always" }}\n'
        for number in range(files)
    ]
    definition.write_text("".join(lines))
    card = Card.from_profile(definition)
    card.power_on()
    return card


def figures(seconds: float, rounds: int) -> list[Figure]:
    """SELECT by file identifier, a different file each time, in both cards."""
    with tempfile.TemporaryDirectory() as folder:
        actions = {}
        for count in (FEW, MANY):
            card = card_with(count, Path(folder))
            # Ten files spread over all, so that both loops touch the same number of different commands.
            step = count // FEW
            commands = [
                bytes.fromhex("00A4020C02") + (FIRST_FID + number * step).to_bytes(2, "big") for number in range(FEW)
            ]
            if any(card.transmit(command) != b"\x90\x00" for command in commands):
                raise SystemExit("a file of the benchmark is not found")
            actions[str(count)] = lambda card=card, commands=commands: [card.transmit(one) for one in commands]
        taken = rates(actions, seconds=seconds, rounds=rounds)  # type: ignore[arg-type]
    few, many = taken[str(FEW)], taken[str(MANY)]
    return [
        Figure(f"SELECT among {FEW} files", statistics.median(few) * FEW, "APDU/s"),
        Figure(
            f"SELECT among {MANY:,} files",
            statistics.median(many) * FEW,
            "APDU/s",
            median_ratio(many, few),
            f"over {FEW} files",
            0.9,
        ),
    ]

"""A file of 32 KiB read through ISCardFileAccess, beside a bare loop of READ BINARY over the same resource manager.

The bare loop sends the 128 commands that the file takes with short length fields, and puts the data together. The
interface, attached shared, takes a transaction and selects the file in it, too; a card that announces extended length
fields it reads at once.
"""

from __future__ import annotations

import statistics
import tempfile
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from measure import Figure, median_ratio, rates

import scardmgr
from emulator import Card
from scardmgr import REFTYPE, SEEKTYPE
from virtual_reader import insert

if TYPE_CHECKING:
    from scardmgr.winscard.manager import ResourceManager

SIZE = 32 * 1024
FULL = 256
CONTENT = bytes(number * 7 % 251 for number in range(SIZE))
SELECT = bytes.fromhex("00A4000C020200")
READS = [b"\x00\xb0" + offset.to_bytes(2, "big") + b"\x00" for offset in range(0, SIZE, FULL)]
AT_LEAST = 0.9
TURNS = 50

SILENT, ANNOUNCING = "", 'historical_bytes = "80 73 00 00 40"\n'
"""What a card says of length fields: nothing, or that they may be extended."""


def card_with_file(folder: Path, announcement: str) -> Card:
    """A card with the file 3F00/0200."""
    definition = folder / "file.toml"
    definition.write_text(
        f'[card]\nprotocols = ["T=1"]\n{announcement}[files."3F00"]\ntype = "DF"\n'
        f'[files."3F00/0200"]\ntype = "transparent"\ncontent = {{ hex = "{CONTENT.hex()}" }}\n'
        'access = { read = "always" }\n'
    )
    return Card.from_profile(definition)


def bare(manager: ResourceManager, handle: int) -> bytes:
    """READ BINARY of the selected file, and nothing else."""
    content = bytearray()
    for command in READS:
        content += manager.transmit(handle, command)[:-2]
    return bytes(content)


def taken_on(via: str, announcement: str, seconds: float, rounds: int) -> dict[str, list[float]]:
    """The rates at which the file is read, on one resource manager and one kind of card.

    Each round has a process of its own: where things lie in memory makes one process differ from the next by up to a
    tenth, from its beginning to its end.
    """
    with get_context("spawn").Pool(1, maxtasksperchild=1) as processes:
        taken = processes.starmap(taken_here, [(via, announcement, seconds)] * rounds, chunksize=1)
    return {name: [each for found in taken for each in found[name]] for name in taken[0]}


def taken_here(via: str, announcement: str, seconds: float) -> dict[str, list[float]]:
    """The rates of one round, in this process."""
    with (
        tempfile.TemporaryDirectory() as folder,
        card_with_file(Path(folder), announcement) as card,
        insert(card, via=via) as reader,  # type: ignore[arg-type]
        scardmgr.SCardManage(reader.resource_manager) as manage,
    ):
        manager = reader.resource_manager
        handle = manager.connect(manager.establish_context(), reader.name).handle
        manager.transmit(handle, SELECT)
        manage.AttachByIFD(reader.name)
        files = manage.CreateFileAccess()
        opened = files.Open(REFTYPE.SC_TYPE_BY_ID, "0200")

        def read() -> bytes:
            files.Seek(opened, SEEKTYPE.SC_SEEK_FROM_BEGINNING, 0)
            return files.Read(opened, SIZE)

        def open_and_read() -> bytes:
            with files.Open(REFTYPE.SC_TYPE_BY_ID, "0200") as file:
                return files.Read(file, SIZE)

        actions = {"bare": lambda: bare(manager, handle), "read": read, "open and read": open_and_read}
        if any(action() != CONTENT for action in actions.values()):
            raise RuntimeError("the file of the benchmark does not read as it was written")
        # Short turns, and many of them: what else the machine does falls upon all alike.
        return rates(actions, seconds=seconds / TURNS, rounds=TURNS)


def figures(seconds: float, rounds: int) -> list[Figure]:
    """KiB/s of the bare loop and of the interface."""
    found = []
    for via in ("embedded", "pcscd"):
        taken = taken_on(via, SILENT, seconds, rounds)
        at_once = taken_on(via, ANNOUNCING, seconds, rounds)
        rows = (
            ("bare loop", taken, "bare"),
            ("ISCardFileAccess, Read", taken, "read"),
            ("ISCardFileAccess, Open, Read and Close", taken, "open and read"),
            ("ISCardFileAccess, Read, extended length fields", at_once, "read"),
        )
        for name, source, what in rows:
            is_bare = what == "bare"
            found.append(
                Figure(
                    f"32 KiB file, {via}: {name}",
                    statistics.median(source[what]) * SIZE / 1024,
                    "KiB/s",
                    None if is_bare else median_ratio(source[what], source["bare"]),
                    "" if is_bare else "over the bare loop",
                    AT_LEAST if what == "read" else None,
                )
            )
    return found

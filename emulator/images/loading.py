"""From the rows of an image to the state of a card.

What is in an image may come from anywhere: every value is held to its column (:mod:`emulator.images.schema`), and the
whole to what a card can have come to (:mod:`emulator.images.plausibility`), before a card is made of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from emulator.images.damage import Damaged
from emulator.images.plausibility import check_state
from emulator.images.rows import Row, record_of
from emulator.images.schema import BLOCK, CARD, CONTACTLESS, RECORDS, unfit_tables
from emulator.images.sealing.sealed_rows import opened_row
from emulator.persistent import Content, Identity, PersistentState, Table
from iso7816.contactless import ContactlessIdentity
from iso7816.file_descriptor import FileKind
from iso7816.icc import TransmissionProtocol

if TYPE_CHECKING:
    from emulator.images.sealing.seal import Seal


def load(connection: sqlite3.Connection, seal: Seal | None) -> PersistentState:
    """The whole state, from an image of the present format; of a sealed one with its seal.

    Raises:
        Damaged: a value is missing or is not what it should be.
        sqlite3.Error: the file cannot be read, or is no sound database.
    """
    for name in unfit_tables(connection):
        raise Damaged(f"values in the table {name}")
    try:
        state = PersistentState(_identity(connection))
        for table, schema in RECORDS.items():
            rows: Iterable[Row] = connection.execute(f"SELECT * FROM {schema.name}")  # noqa: S608
            if seal is not None:
                rows = map(partial(opened_row, seal, schema), rows)
            state.fill(table, (record_of(table, row) for row in rows))
        state.fill(Table.CONTENTS, _contents(connection, state))
        check_state(state)
    except (ValueError, KeyError) as error:
        # Neither the error's text nor its cause: they may hold a value.
        raise Damaged(f"a record that is none ({type(error).__name__})") from None
    return state


def _identity(connection: sqlite3.Connection) -> Identity:
    """Raises ValueError."""
    ((atr, protocols, memory, profile),) = connection.execute(f"SELECT * FROM {CARD.name}").fetchall()  # noqa: S608
    contactless = connection.execute(f"SELECT * FROM {CONTACTLESS.name}").fetchall()  # noqa: S608
    if len(contactless) > 1:
        raise ValueError("more than one contactless interface")
    return Identity(
        atr,
        tuple(TransmissionProtocol(int(protocol)) for protocol in protocols.split()),
        memory,
        profile,
        ContactlessIdentity(*contactless[0]) if contactless else None,
    )


def _contents(connection: sqlite3.Connection, state: PersistentState) -> Iterator[tuple[int, Content]]:
    """The content of every EF. Raises ValueError, KeyError for rows of none, or rows that do not follow each other."""
    parts: dict[int, list[bytes]] = {file.number: [] for file in state.files.values() if file.kind is not FileKind.DF}
    first: dict[int, int] = {}
    for number, position, data in connection.execute("SELECT * FROM contents ORDER BY file, position"):
        found = parts[number]
        if position != first.setdefault(number, position) + len(found):
            raise ValueError("a part of a content is missing")
        found.append(data)
    for number, found in parts.items():
        if state.files[number].kind is not FileKind.TRANSPARENT:
            yield number, tuple(found)
        elif first.get(number, 0) == 0 and _are_blocks(found):
            yield number, b"".join(found)
        else:
            raise ValueError("a block of a content is not where it should be")


def _are_blocks(found: list[bytes]) -> bool:
    """Whether a content is cut up as :mod:`emulator.images.writing` does: only the last block may be short."""
    return all(len(block) == BLOCK for block in found[:-1]) and all(len(block) <= BLOCK for block in found[-1:])

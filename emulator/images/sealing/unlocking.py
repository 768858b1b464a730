"""From a sealed image and a passphrase to its seal."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.errors import CardImageError, CardImageNotSealed, CardImageSealed, WrongPassphrase
from emulator.images.damage import Damaged, NotAuthentic
from emulator.images.schema import SEAL, SEALED_FORMAT_VERSION
from emulator.images.sealing.seal_record import SealRecord

if TYPE_CHECKING:
    from emulator.images.sealing.key_derivation import Passphrase
    from emulator.images.sealing.seal import Seal


def unlock(connection: sqlite3.Connection, path: Path, version: int, passphrase: Passphrase | None) -> Seal | None:
    """The seal of an image of a format version whose tables are sound; ``None`` for one that is not sealed.

    Raises:
        CardImageSealed: it is sealed, and there is no passphrase.
        CardImageNotSealed: it is not, and there is one.
        WrongPassphrase: it was sealed with another one.
        CardImageError: there is not enough memory to try it.
        Damaged: its seal is none.
        sqlite3.Error: it cannot be read.
    """
    if version != SEALED_FORMAT_VERSION:
        if passphrase is not None:
            raise CardImageNotSealed(f"{path} is not sealed: it is opened without a passphrase")
        return None
    record = _record(connection)
    if passphrase is None:
        raise CardImageSealed(f"{path} is sealed: it is opened with its passphrase")
    # Not before it is wanted: the ciphers take longer to import than most cards to open.
    from emulator.images.sealing.seal import Seal

    try:
        return Seal.opened(record, passphrase)
    except NotAuthentic:
        raise WrongPassphrase(f"{path} is sealed with another passphrase") from None
    except MemoryError:
        raise CardImageError(
            f"{path} cannot be opened: its passphrase takes {record.cost.memory >> 20} MiB of memory to try"
        ) from None


def _record(connection: sqlite3.Connection) -> SealRecord:
    """Raises Damaged, sqlite3.Error."""
    if SEAL.has_unfit_values(connection):
        raise Damaged(f"values in the table {SEAL.name}")
    rows = connection.execute(f"SELECT * FROM {SEAL.name}").fetchall()  # noqa: S608 (a name of ours)
    try:
        (row,) = rows
        return SealRecord.from_row(row)
    except ValueError:
        raise Damaged("its seal is not as it was made") from None

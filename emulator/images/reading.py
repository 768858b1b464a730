"""An image that is read as a whole, of whatever format, and left as it is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.images.database import check_image
from emulator.images.loading import load
from emulator.images.migration import migrate
from emulator.images.schema import FORMAT_VERSION
from emulator.images.sealing.unlocking import unlock

if TYPE_CHECKING:
    from emulator.images.sealing.key_derivation import Passphrase
    from emulator.images.sealing.seal import Seal
    from emulator.persistent import PersistentState


def read_image(
    connection: sqlite3.Connection, path: Path, passphrase: Passphrase | None
) -> tuple[PersistentState, Seal | None]:
    """The state, of an earlier format from a copy, and the seal of a sealed image; within a transaction.

    Raises:
        NotACardImage, NewerCardImage, Damaged, sqlite3.Error: as :func:`check_image` and :func:`load`.
        CardImageSealed, CardImageNotSealed, WrongPassphrase, CardImageError: as :func:`unlock`.
    """
    version = check_image(connection, path)
    seal = unlock(connection, path, version, passphrase)
    if version >= FORMAT_VERSION:
        return load(connection, seal), seal
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
        connection.backup(copy)
        migrate(copy)
        return load(copy, seal), seal

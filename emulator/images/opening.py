"""Card images that are opened: to be changed, under a lock, or to be copied.

An image of an earlier version is brought to the present one when it is opened; a copy is brought to it in memory.

A command's changes are one transaction, written ahead (WAL), before its response leaves. What is committed is in the
hands of the operating system and survives the end of the process at any moment; flushed, it is on the disk, and
survives that of the host. What is not committed leaves no trace, either way. The connection holds an exclusive lock,
so that an image has one opener.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.images.database import check_kind, connect, image_errors
from emulator.images.migration import migrate
from emulator.images.reading import read_image
from emulator.images.writing import write_change
from emulator.persistent import Change, PersistentState, difference
from emulator.storage import pass_fault_point
from emulator.unit_of_work import WriteFailure

if TYPE_CHECKING:
    from emulator.images.sealing.key_derivation import Passphrase
    from emulator.images.sealing.seal import Seal
    from iso7816.icc import FaultPoint


class ImageStorage:
    """An image opened for reading and writing, and the lock on it.

    Attributes:
        seal: that of a sealed image, else ``None``.
    """

    def __init__(self, connection: sqlite3.Connection, fault_point: FaultPoint | None, seal: Seal | None) -> None:
        self._connection = connection
        self._fault_point = fault_point
        self.seal = seal
        self._committed: object = None

    @classmethod
    def open(
        cls,
        image: str | os.PathLike[str],
        fault_point: FaultPoint | None,
        *,
        flushed: bool = False,
        passphrase: Passphrase | None = None,
    ) -> tuple[PersistentState, ImageStorage]:
        """The state in an image, and its storage.

        Args:
            image: its path.
            fault_point: is told of each durable write, and may cut the power there.
            flushed: whether each commit is flushed to the disk.
            passphrase: that of a sealed image.

        Raises:
            CardImageError: one of its kinds; then nothing was written.
        """
        path = Path(image)
        with image_errors(path):
            if was_left_open(path):
                # To open it is to take in what its last opener left, a write. So it is looked at before.
                load_copy(path, passphrase)
            connection = connect(path)
            try:
                connection.execute("PRAGMA locking_mode = EXCLUSIVE")
                # The lock stays when the transaction has ended.
                connection.execute("BEGIN EXCLUSIVE")
                connection.execute("COMMIT")
                state, seal = _read(connection, path, passphrase)
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute(f"PRAGMA synchronous = {'FULL' if flushed else 'NORMAL'}")
                _bring_up(connection)
                return state, cls(connection, fault_point, seal)
            except BaseException:
                connection.close()
                raise

    @property
    def has_fault_point(self) -> bool:
        """See :attr:`~emulator.unit_of_work.Storage.has_fault_point`."""
        return self._fault_point is not None

    def has_committed(self, what: object) -> bool:
        """See :meth:`emulator.unit_of_work.Storage.has_committed`."""
        return self._committed is what

    def commit(self, changes: Sequence[Change]) -> None:
        """One transaction.

        Raises:
            PowerCut: the fault point cut the power before a write or before the commit.
            WriteFailure: SQLite cannot write, or could not read it again.
        """
        connection, fault_point = self._connection, self._fault_point
        ends = False
        try:
            connection.execute("BEGIN")
            for change in changes:
                if fault_point is not None:
                    pass_fault_point(fault_point, change.table.value)
                write_change(connection, change, self.seal)
            if fault_point is not None:
                pass_fault_point(fault_point, "commit")
            ends = True
            connection.execute("COMMIT")
            self._committed = changes
        except BaseException as error:
            if connection.in_transaction:
                # Whatever went wrong, the transaction must not stay open.
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
            elif ends and not isinstance(error, sqlite3.Error):
                # An interrupt that came when all was done.
                self._committed = changes
            if isinstance(error, sqlite3.Error):
                raise WriteFailure(str(error)) from error
            if isinstance(error, ValueError):
                raise WriteFailure("a record that no image can hold") from error
            raise

    def replace(self, before: PersistentState, after: PersistentState) -> None:
        """One transaction of all that differs. Raises as :meth:`commit`."""
        changes = difference(before, after)
        if changes:
            try:
                self.commit(changes)
            finally:
                if self._committed is changes:
                    self._committed = after

    def close(self) -> None:
        """Write everything into the one file and release the lock."""
        # A closed image is one plain file, which can be read where nothing can be written.
        with suppress(sqlite3.Error):
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA journal_mode = DELETE")
        self._connection.close()


def load_copy(
    image: str | os.PathLike[str], passphrase: Passphrase | None = None
) -> tuple[PersistentState, Seal | None]:
    """The state in an image, which stays as it is, and the seal of a sealed one.

    Raises:
        CardImageError: one of its kinds.
    """
    path = Path(image)
    _undo_half_done(path)
    # What a killed process left in the write-ahead log is part of the image; SQLite then makes an index beside it, and
    # a reader leaves that behind. Whoever writes has the image alone and never uses it.
    index = path.with_name(f"{path.name}-shm")
    was_there = index.exists()
    try:
        with image_errors(path), closing(connect(path, "ro")) as connection:
            return _read(connection, path, passphrase)
    finally:
        if not was_there:
            with suppress(OSError):
                index.unlink()


def _read(
    connection: sqlite3.Connection, path: Path, passphrase: Passphrase | None
) -> tuple[PersistentState, Seal | None]:
    """State and seal; nothing is written. Raises as :func:`read_image`."""
    connection.execute("BEGIN")
    read = read_image(connection, path, passphrase)
    connection.execute("COMMIT")
    return read


def _bring_up(connection: sqlite3.Connection) -> None:
    """Bring an image to the present format in one transaction, where it is of an earlier one."""
    connection.execute("BEGIN")
    migrate(connection)
    connection.execute("COMMIT")


def _undo_half_done(path: Path) -> None:
    """Let SQLite put back what a process had half done when it was killed, while it opened or closed an image.

    A reader cannot, and it is no change of the card.
    """
    if path.with_name(f"{path.name}-journal").exists():
        with image_errors(path), closing(connect(path)) as connection:
            check_kind(connection, path)


def was_left_open(path: Path) -> bool:
    """Whether the process that had an image open last ended without closing it."""
    return path.with_name(f"{path.name}-wal").exists()

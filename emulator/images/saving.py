"""Card images that are written as a whole: in one step, so that a crash leaves the old file or the new one.

The new one is written beside the old one, flushed and then named as the old one was: so nothing of the old one is in
it, neither in a page that is free nor in a write-ahead log.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING

from emulator.errors import CardImageError, CardImageExists
from emulator.images.database import check_kind, connect, image_errors
from emulator.images.writing import write_state

if TYPE_CHECKING:
    from emulator.images.sealing.seal import Seal
    from emulator.persistent import PersistentState

_BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file, by what it adds to the name."""


def save_image(
    state: PersistentState, image: str | os.PathLike[str], seal: Seal | None, *, replace: bool = True
) -> None:
    """Write a new image, sealed or not; an image that was there is replaced at once or not at all.

    Args:
        state: what is in it.
        image: its path.
        seal: its own, ``None`` for one that is not sealed.
        replace: whether it may take the place of an image that is there.

    Raises:
        CardImageExists: there is a file, and ``replace`` is false.
        CardImageLocked: the image there is open.
        NotACardImage: there is another file, which is left alone.
        CardImageError: the image cannot be written.
    """
    path = Path(image)
    with ExitStack() as stack:
        try:
            with image_errors(path):
                if not replace and path.exists():
                    raise _there_already(path)
                if path.exists():
                    stack.enter_context(held(path))
                else:
                    _remove_remains(path)
        except ValueError as error:  # a zero byte in the name
            raise CardImageError(f"{path} cannot be written: {error}") from error
        put_in_place(state, path, seal, stack, replace=replace)


def put_in_place(
    state: PersistentState, path: Path, seal: Seal | None, holding: ExitStack, *, replace: bool = True
) -> None:
    """Write an image beside where it is to be, and put it there.

    Args:
        state: what is in it.
        path: where it is to be.
        seal: that of the new image, which is no other image's.
        holding: holds the image that is there.
        replace: whether it may take the place of an image that is there.

    Raises:
        CardImageExists: there is a file, and ``replace`` is false.
        CardImageError: it cannot be written.
    """
    temporary = None
    try:
        with image_errors(path):
            handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
            os.close(handle)
            temporary = Path(name)
            _write(state, temporary, seal)
            if os.name == "nt":
                holding.close()  # Windows replaces no file that is open
            if replace:
                temporary.replace(path)
            else:
                _put_where_nothing_is(temporary, path)
            _flush_folder(path.parent)
    except ValueError as error:
        raise CardImageError(f"{path} cannot be written: no image can hold this card: {error}") from error
    except OSError as error:
        if isinstance(error, CardImageError):
            raise
        raise CardImageError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


@contextmanager
def held(path: Path) -> Iterator[sqlite3.Connection]:
    """An image that nobody else has, nor gets meanwhile, and that has nothing beside it.

    Raises:
        NotACardImage, NewerCardImage: the file is something else.
        sqlite3.Error: it is open, or cannot be used.
    """
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        check_kind(connection, path)
        connection.execute("PRAGMA journal_mode = DELETE")
        # The lock stays when the transaction has ended.
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")
        yield connection


def _there_already(path: Path) -> CardImageExists:
    return CardImageExists(f"{path} is there already")


def _put_where_nothing_is(temporary: Path, path: Path) -> None:
    """Give a file its name, which nobody else has given meanwhile.

    Raises:
        CardImageExists: somebody has.
    """
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        raise _there_already(path) from None
    except OSError:
        # There are file systems without hard links.
        if path.exists():
            raise _there_already(path) from None
        temporary.replace(path)


def _remove_remains(path: Path) -> None:
    """Remove what was beside an image that is gone: SQLite would take it for a part of the new one."""
    for suffix in _BESIDE:
        path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)


def _write(state: PersistentState, path: Path, seal: Seal | None) -> None:
    """Write an image into an empty file, and flush it to the disk."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        # Nobody else sees the file before it is complete, and then it is flushed once.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        write_state(connection, state, seal)
        connection.execute("COMMIT")
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

"""Card images: the persistent state in one SQLite file (format version 3).

::

    application_id  53434452 ("SCDR")          user_version  the format version
    card            one row: ATR, protocols (PC/SC flags), memory, profile
    contactless     UID and ATS (or NULL): one row for a contactless card, else none
    files           a row for each DF and EF
    contents        EF, position, data: of a transparent EF blocks of 1024 bytes, numbered from 0; of a record EF
                    its records in the order of their numbers (of a cyclic EF the newest has the lowest position)
    chvs, keys      DF number (0: the card), reference, and what CHV and Key have
    data_objects    DF number, tag, and what DataObject has
    environments    DF number, SEID, and the control reference templates of a stored security environment

An image of an earlier version is brought to this one when it is opened; a copy is brought to it in memory.

A command's changes are one transaction, written ahead (WAL) and flushed to the disk: what is committed survives
the end of the process and of the host at any moment, what is not leaves no trace. Of a content only the blocks
or records that differ are written. The connection holds an exclusive lock, so that an image has one opener.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from typing import Final

from emulator.errors import CardImageError, CardImageLocked, CardImageMissing, NewerCardImage, NotACardImage
from emulator.images.migration import FORMAT_VERSION, create_contactless, create_table, migrate
from emulator.images.rows import COLUMNS, key_columns, key_values, record_of, row_of
from emulator.persistent import MF_NUMBER, Change, Content, Identity, PersistentState, Table, difference
from emulator.storage import pass_fault_point
from emulator.tlv_files import TLV_KINDS, by_tag
from emulator.unit_of_work import WriteFailure
from iso7816.access_rules import CompactRules
from iso7816.ber_tlv import decode_all
from iso7816.contactless import ContactlessIdentity
from iso7816.control_reference import ControlReferenceTemplate
from iso7816.expanded_rules import ExpandedRules
from iso7816.file_descriptor import FileKind
from iso7816.icc import FaultPoint, TransmissionProtocol

APPLICATION_ID: Final = 0x53434452
BLOCK: Final = 1024


class ImageStorage:
    """An image opened for reading and writing, and the lock on it."""

    def __init__(self, connection: sqlite3.Connection, fault_point: FaultPoint | None) -> None:
        self._connection = connection
        self._fault_point = fault_point

    @classmethod
    def open(
        cls, image: str | os.PathLike[str], fault_point: FaultPoint | None
    ) -> tuple[PersistentState, ImageStorage]:
        """The state in an image, and its storage.

        Raises:
            CardImageError: one of its kinds.
        """
        path = Path(image)
        with _sqlite_errors(path):
            connection = _connect(path)
            try:
                connection.execute("PRAGMA locking_mode = EXCLUSIVE")
                _check_format(connection, path)
                connection.execute("PRAGMA journal_mode = WAL")
                # Flush the log at each commit: an acknowledged change is on the disk, also when the host loses power.
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("BEGIN EXCLUSIVE")
                connection.execute("COMMIT")
                _migrate(connection, path)
                return _load(connection, path), cls(connection, fault_point)
            except BaseException:
                connection.close()
                raise

    @property
    def has_fault_point(self) -> bool:
        """See :attr:`~emulator.unit_of_work.Storage.has_fault_point`."""
        return self._fault_point is not None

    def commit(self, changes: Sequence[Change]) -> None:
        """One transaction.

        Raises:
            PowerCut: the fault point cut the power before a write or before the commit.
            WriteFailure: SQLite cannot write.
        """
        execute = self._connection.execute
        try:
            execute("BEGIN")
            for change in changes:
                pass_fault_point(self._fault_point, change.table.value)
                _write(self._connection, change)
            pass_fault_point(self._fault_point, "commit")
            execute("COMMIT")
        except BaseException as error:
            # Whatever went wrong, the transaction must not stay open.
            with suppress(sqlite3.Error):
                execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise WriteFailure(str(error)) from error
            raise

    def replace(self, before: PersistentState, after: PersistentState) -> None:
        """One transaction of all that differs. Raises as :meth:`commit`."""
        changes = difference(before, after)
        if changes:
            self.commit(changes)

    def close(self) -> None:
        """Write everything into the one file and release the lock."""
        # A closed image is one plain file, which can be read where nothing can be written.
        with suppress(sqlite3.Error):
            self._connection.execute("PRAGMA journal_mode = DELETE")
        self._connection.close()


def load_copy(image: str | os.PathLike[str]) -> PersistentState:
    """The state in an image, which stays as it is.

    Raises:
        CardImageError: one of its kinds.
    """
    path = Path(image)
    # What a killed process left in the write-ahead log is part of the image; SQLite then makes an index beside it, and
    # a reader leaves that behind. Whoever writes has the image alone and never uses it.
    index = path.with_name(f"{path.name}-shm")
    was_there = index.exists()
    try:
        with _sqlite_errors(path), closing(_connect(path, "ro")) as connection:
            if _check_format(connection, path) == FORMAT_VERSION:
                return _load(connection, path)
            with closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
                connection.backup(copy)
                _migrate(copy, path)
                return _load(copy, path)
    finally:
        if not was_there:
            with suppress(OSError):
                index.unlink()


def save_image(state: PersistentState, image: str | os.PathLike[str]) -> None:
    """Write a new image; an image that was there is replaced at once or not at all.

    Raises:
        CardImageLocked: the image there is open.
        NotACardImage: there is another file, which is left alone.
        CardImageError: the image cannot be written.
    """
    path = Path(image)
    if path.exists():
        _refuse_open_image(path)
    temporary = None
    try:
        handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        temporary = Path(name)
        with _sqlite_errors(temporary), closing(sqlite3.connect(temporary, isolation_level=None)) as connection:
            _create(connection, state)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise CardImageError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _refuse_open_image(path: Path) -> None:
    """Raises CardImageLocked for an image that somebody has open, NotACardImage for another file."""
    with _sqlite_errors(path), closing(_connect(path)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        _check_format(connection, path)
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("ROLLBACK")


@contextmanager
def _sqlite_errors(path: Path) -> Iterator[None]:
    """SQLite's errors as ours."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise CardImageLocked(f"{path} is open elsewhere: a card image has one opener at a time") from error
        if isinstance(error, sqlite3.OperationalError):
            raise CardImageError(f"{path} cannot be used: {error}") from error
        raise NotACardImage(f"{path} is not a card image, or is damaged: {error}") from error


def _connect(path: Path, mode: str = "rw") -> sqlite3.Connection:
    if not path.exists():
        raise CardImageMissing(f"there is no card image {path}")
    # The card has a lock of its own and may be used from any thread.
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=0, check_same_thread=False
    )


def _check_format(connection: sqlite3.Connection, path: Path) -> int:
    """The format version. Raises NotACardImage, NewerCardImage."""
    (identity,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if identity != APPLICATION_ID or version < 1:
        raise NotACardImage(f"{path} is not a card image")
    if version > FORMAT_VERSION:
        raise NewerCardImage(
            f"{path} has format version {version}; this version of the program reads up to {FORMAT_VERSION}"
        )
    return int(version)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Raises NotACardImage for an image of an earlier version that is damaged."""
    try:
        migrate(connection)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        raise NotACardImage(f"{path} is a card image that is damaged") from error


def _create(connection: sqlite3.Connection, state: PersistentState) -> None:
    execute = connection.execute
    execute("PRAGMA synchronous = OFF")  # the file is flushed once, when it is complete
    execute(f"PRAGMA application_id = {APPLICATION_ID}")
    execute(f"PRAGMA user_version = {FORMAT_VERSION}")
    execute("BEGIN")
    execute(
        "CREATE TABLE card (atr BLOB NOT NULL, protocols TEXT NOT NULL, memory INTEGER NOT NULL, profile TEXT NOT NULL)"
    )
    create_contactless(connection)
    for table in COLUMNS:
        create_table(connection, table)
    execute(
        "CREATE TABLE contents (file INTEGER NOT NULL, position INTEGER NOT NULL, data BLOB NOT NULL, "
        "PRIMARY KEY (file, position)) WITHOUT ROWID"
    )
    identity = state.identity
    protocols = " ".join(str(int(protocol)) for protocol in identity.protocols)
    execute("INSERT INTO card VALUES (?, ?, ?, ?)", (identity.atr, protocols, identity.memory, identity.profile))
    if identity.contactless is not None:
        execute("INSERT INTO contactless VALUES (?, ?)", (identity.contactless.uid, identity.contactless.ats))
    for table in Table:
        for key, record in state.table(table).items():
            _write(connection, Change(table, key, None, record))
    execute("COMMIT")


def _write(connection: sqlite3.Connection, change: Change) -> None:
    """One change within the open transaction."""
    table = change.table
    if table is Table.CONTENTS:
        _write_content(connection, change.key, change.old, change.new)
    elif change.new is None:
        where = " AND ".join(f"{column} = ?" for column in key_columns(table))
        connection.execute(f"DELETE FROM {table.value} WHERE {where}", key_values(table, change.key))  # noqa: S608
    else:
        row = row_of(table, change.key, change.new)
        places = ", ".join("?" * len(row))
        connection.execute(f"INSERT OR REPLACE INTO {table.value} VALUES ({places})", row)  # noqa: S608


def _write_content(connection: sqlite3.Connection, number: int, old: Content | None, new: Content | None) -> None:
    if new is None:
        connection.execute("DELETE FROM contents WHERE file = ?", (number,))
        return
    if isinstance(new, tuple) and isinstance(old, tuple) and _is_pushed(old, new):
        _push_record(connection, number, new[0], dropped=len(old) == len(new))
        return
    first = _first_position(connection, number)
    parts, before = _parts(new), () if old is None else _parts(old)
    for index, part in enumerate(parts):
        if index >= len(before) or before[index] != part:
            connection.execute("INSERT OR REPLACE INTO contents VALUES (?, ?, ?)", (number, first + index, part))
    if len(parts) < len(before):
        connection.execute("DELETE FROM contents WHERE file = ? AND position >= ?", (number, first + len(parts)))


def _parts(content: Content) -> tuple[bytes, ...]:
    if isinstance(content, tuple):
        return content
    return tuple(content[start : start + BLOCK] for start in range(0, len(content), BLOCK))


def _first_position(connection: sqlite3.Connection, number: int) -> int:
    (position,) = connection.execute("SELECT min(position) FROM contents WHERE file = ?", (number,)).fetchone()
    return 0 if position is None else int(position)


def _is_pushed(old: tuple[bytes, ...], new: tuple[bytes, ...]) -> bool:
    """Whether one record came to the head of the others, maybe for the last one."""
    return 0 <= len(new) - len(old) <= 1 < len(new) and new[1:] == old[: len(new) - 1]


def _push_record(connection: sqlite3.Connection, number: int, record: bytes, *, dropped: bool) -> None:
    """A new first record (cyclic EF), without the last one where it fell out."""
    first = _first_position(connection, number)
    if dropped:
        connection.execute(
            "DELETE FROM contents WHERE file = ?1 AND position = (SELECT max(position) FROM contents WHERE file = ?1)",
            (number,),
        )
    connection.execute("INSERT INTO contents VALUES (?, ?, ?)", (number, first - 1, record))


def _load(connection: sqlite3.Connection, path: Path) -> PersistentState:
    """The whole state.

    Raises:
        NotACardImage: a table or a value is missing or is not what it should be.
    """
    try:
        row = connection.execute("SELECT atr, protocols, memory, profile FROM card").fetchone()
        protocols = tuple(TransmissionProtocol(int(protocol)) for protocol in row[1].split())
        state = PersistentState(Identity(row[0], protocols, row[2], row[3], _load_contactless(connection)))
        for table in COLUMNS:
            for values in connection.execute(f"SELECT * FROM {table.value}"):  # noqa: S608
                state.write(table, *record_of(table, values))
        for number, content in _contents(connection, state):
            state.write(Table.CONTENTS, number, content)
        _check(state)
    except (sqlite3.OperationalError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            raise
        raise NotACardImage(f"{path} is a card image that is damaged") from error
    return state


def _load_contactless(connection: sqlite3.Connection) -> ContactlessIdentity | None:
    row = connection.execute("SELECT uid, ats FROM contactless").fetchone()
    if row is None:
        return None
    if not isinstance(row[0], bytes):
        raise TypeError("a UID that is no bytes")
    return ContactlessIdentity(*row)


def _check(state: PersistentState) -> None:
    """Raises ValueError or TypeError for a state that no card could have come to."""
    if MF_NUMBER not in state.files or not state.identity.protocols:
        raise ValueError("no MF, or no protocol")
    for file in state.files.values():
        # A DF is always older than what is in it: so nothing can contain itself.
        if file.number != MF_NUMBER and not (0 < file.parent < file.number and file.parent in state.files):
            raise ValueError("a file outside every DF")
        if file.parent != 0 and state.files[file.parent].kind is not FileKind.DF:
            raise ValueError("a file inside an EF")
        if file.kind is not FileKind.DF and sum(map(len, _parts(state.contents[file.number]))) > file.size:
            raise ValueError("a content that outgrows its EF")
        if file.kind in TLV_KINDS:
            by_tag(file, _parts(state.contents[file.number]))
        if file.security is not None:
            CompactRules.parse(file.security)
        if file.expanded is not None:
            ExpandedRules.parse(file.expanded)
        decode_all(file.proprietary)
        decode_all(file.management)
    for templates in state.environments.values():
        for template in decode_all(templates):
            ControlReferenceTemplate.from_tlv(template)


def _contents(connection: sqlite3.Connection, state: PersistentState) -> Iterator[tuple[int, Content]]:
    parts: dict[int, list[bytes]] = {file.number: [] for file in state.files.values() if file.kind is not FileKind.DF}
    for number, data in connection.execute("SELECT file, data FROM contents ORDER BY file, position"):
        parts[number].append(data)
    for number, found in parts.items():
        transparent = state.files[number].kind is FileKind.TRANSPARENT
        yield number, b"".join(found) if transparent else tuple(found)

"""The tables of a card image, column by column (format version 3; sealed: format version 4).

::

    application_id  53434452 ("SCDR")          user_version  the format version
    card            one row: ATR, protocols (PC/SC flags), memory, profile
    contactless     UID and ATS (or NULL): one row for a contactless card, else none
    files           a row for each DF and EF
    contents        EF, position, data: of a transparent EF blocks of 960 bytes, numbered from 0; of a record EF
                    its records in the order of their numbers (of a cyclic EF the newest has the lowest position);
                    of an EF of TLV structure its data objects
    chvs, keys      DF number (0: the card), reference, and what CHV and Key have
    data_objects    DF number, tag, and what DataObject has
    environments    DF number, SEID, and the control reference templates of a stored security environment
    application_values  DF number, key, value
    seal            in a sealed image only, one row: what its passphrase is tried with, and the wrapped key
                    (:mod:`emulator.images.sealing.seal`)

A sealed image has another format version, so that a program that knows no seals leaves it alone, and so that an image
which has lost its seal is not taken for one that had none. Of the tables above it differs in its secrets alone: each is
a BLOB of 40 bytes or more (:mod:`emulator.images.sealing.sealed_rows`).

An image is ours by the text of its schema: where there is anything else, a trigger or a generated column, it is refused
before anything in it is used.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from emulator.images.earlier_schemas import SCHEMA_1, SCHEMA_2
from emulator.images.sealing.scrypt_cost import MOST_N, MOST_P, MOST_R
from emulator.images.sealing.seal_record import CHECKSUM_SIZE, SALT_SIZE, WRAPPED_SIZE
from emulator.persistent import MAX_FILE_SIZE, MAX_RECORD_SIZE, MAX_RECORDS, Table
from iso7816.atr import MAX_ATR_SIZE
from iso7816.ats import MAX_ATS_SIZE
from iso7816.file_path import MAX_SFI

APPLICATION_ID: Final = 0x53434452
FORMAT_VERSION: Final = 3
SEALED_FORMAT_VERSION: Final = 4
NEWEST_FORMAT_VERSION: Final = SEALED_FORMAT_VERSION

BLOCK: Final = 960
"""Bytes of a transparent EF in one row: four rows fill a page of 4096 bytes, and none overflows into another one."""

_MOST_NUMBER: Final = 1 << 53
_MOST_TEXT: Final = 1 << 16
_MOST_BYTES: Final = 1 << 30
_MOST_TRIES: Final = 0xFF
_MOST_CODE: Final = 0xFF


@dataclass(frozen=True, slots=True)
class Column:
    """A column and what may be in it.

    Attributes:
        name: its name.
        kind: ``"INTEGER"``, ``"TEXT"`` or ``"BLOB"``.
        least, most: of an integer its value, else its bytes.
        optional: whether it may be NULL.
        secret: whether it is a BLOB that a sealed image holds sealed.
    """

    name: str
    kind: str
    least: int
    most: int
    optional: bool = False
    secret: bool = False

    @property
    def declaration(self) -> str:
        """As SQL declares it. What could not be read again cannot be written either."""
        return f"{self.name} {self.kind}{'' if self.optional else ' NOT NULL'} CHECK {self.condition}"

    @property
    def condition(self) -> str:
        """What holds for every value that may be in it, in SQL, in brackets. A secret may be sealed: only its kind."""
        condition = f"typeof({self.name}) = '{self.kind.lower()}'"
        if not self.secret:
            measured = self.name if self.kind == "INTEGER" else f"length(CAST({self.name} AS BLOB))"
            condition += f" AND {measured} BETWEEN {self.least} AND {self.most}"
        return f"({self.name} IS NULL OR {condition})" if self.optional else f"({condition})"


@dataclass(frozen=True, slots=True)
class TableSchema:
    """A table.

    Attributes:
        name: its name.
        columns: its columns; those of the key come first.
        key: how many columns the key has; 0: there is one row at most.
    """

    name: str
    columns: tuple[Column, ...]
    key: int = 0

    @property
    def statement(self) -> str:
        """The statement that creates it."""
        declarations = [column.declaration for column in self.columns]
        if self.key == 0:
            return f"CREATE TABLE {self.name} ({', '.join(declarations)})"
        # The rows lie in the tree of the key: a changed row is one changed page. (Of one number SQLite makes it so.)
        key = ", ".join(column.name for column in self.columns[: self.key])
        without = " WITHOUT ROWID" if self.key > 1 else ""
        return f"CREATE TABLE {self.name} ({', '.join(declarations)}, PRIMARY KEY ({key})){without}"

    def has_unfit_values(self, connection: sqlite3.Connection) -> bool:
        """Whether a value cannot be where it is, in an image of the present format."""
        fits = " AND ".join(column.condition for column in self.columns)
        return connection.execute(f"SELECT 1 FROM {self.name} WHERE NOT ({fits}) LIMIT 1").fetchone() is not None  # noqa: S608

    @property
    def key_condition(self) -> str:
        """What holds for the row of a key, in SQL, with a place for each part of the key."""
        return " AND ".join(f"{column.name} = ?" for column in self.columns[: self.key])


def _number(name: str, least: int, most: int, *, optional: bool = False) -> Column:
    return Column(name, "INTEGER", least, most, optional)


def _flag(name: str) -> Column:
    return Column(name, "INTEGER", 0, 1)


def _text(name: str) -> Column:
    return Column(name, "TEXT", 0, _MOST_TEXT)


def _blob(name: str, least: int = 0, most: int = MAX_FILE_SIZE, *, optional: bool = False) -> Column:
    return Column(name, "BLOB", least, most, optional)


def _secret(name: str, *, optional: bool = False) -> Column:
    return Column(name, "BLOB", 0, _MOST_BYTES, optional, secret=True)


def _of_df(name: str, most: int) -> tuple[Column, Column]:
    """The key of what belongs to a DF: the DF's number (0: the card), and a number in it."""
    return _number("df", 0, _MOST_NUMBER), _number(name, 0, most)


RECORDS: Final[Mapping[Table, TableSchema]] = {
    Table.FILES: TableSchema(
        "files",
        (
            _number("number", 1, _MOST_NUMBER),
            _number("parent", 0, _MOST_NUMBER),
            _number("fid", 0, 0xFFFF),
            _number("kind", 0, 0xFF),
            _number("life_cycle", 0, 0xFF),
            _number("size", 0, MAX_FILE_SIZE),
            _number("sfi", 0, MAX_SFI),
            _blob("name", 1, 16, optional=True),
            _number("max_record_size", 1, MAX_RECORD_SIZE, optional=True),
            _number("max_records", 1, MAX_RECORDS, optional=True),
            _number("coding", 0, 0xFF),
            _blob("security", 1, optional=True),
            _blob("expanded", 1, optional=True),
            _number("se_file", 0, 0xFFFF, optional=True),
            _blob("proprietary"),
            _blob("management"),
            Column("application", "TEXT", 1, _MOST_TEXT, optional=True),
        ),
        key=1,
    ),
    Table.CHVS: TableSchema(
        "chvs",
        (
            *_of_df("reference", 0xFF),
            _secret("value"),
            _number("max_tries", 1, _MOST_TRIES),
            _number("tries_left", 0, _MOST_TRIES),
            _number("min_length", 1, _MOST_CODE),
            _number("max_length", 1, _MOST_CODE),
            _number("padding", 0, 0xFF, optional=True),
            _text("state"),
            _flag("may_be_disabled"),
            _secret("puk", optional=True),
            _number("puk_max_tries", 1, _MOST_TRIES, optional=True),
            _number("puk_tries_left", 0, _MOST_TRIES, optional=True),
            _text("unblock"),
        ),
        key=2,
    ),
    Table.KEYS: TableSchema(
        "keys",
        (
            *_of_df("reference", 0xFF),
            _text("type"),
            _number("bits", 1, 1 << 16),
            _secret("value", optional=True),
            _flag("is_public"),
            _text("operations"),
            _blob("mechanisms", 0, 0x100),
            _number("max_tries", 1, _MOST_TRIES, optional=True),
            _number("tries_left", 0, _MOST_TRIES, optional=True),
            _number("max_uses", 1, _MOST_NUMBER, optional=True),
            _number("uses_left", 0, _MOST_NUMBER, optional=True),
            _flag("chv_each_time"),
            _text("use"),
            _text("generate"),
            _text("change"),
            _text("read"),
        ),
        key=2,
    ),
    Table.DATA_OBJECTS: TableSchema(
        "data_objects",
        (
            *_of_df("tag", 0xFFFF),
            _blob("value"),
            _number("size", 0, MAX_FILE_SIZE),
            _text("read"),
            _text("change"),
        ),
        key=2,
    ),
    Table.ENVIRONMENTS: TableSchema("environments", (*_of_df("seid", 0xFF), _blob("templates")), key=2),
    Table.APPLICATION_VALUES: TableSchema(
        "application_values",
        (_number("df", 1, _MOST_NUMBER), _blob("key", 0, _MOST_BYTES), _secret("value")),
        key=2,
    ),
}
"""The tables of records, in the order in which they are read."""

CONTENTS: Final = TableSchema(
    "contents",
    (
        _number("file", 1, _MOST_NUMBER),
        _number("position", -_MOST_NUMBER, _MOST_NUMBER),
        _blob("data"),
    ),
    key=2,
)
CARD: Final = TableSchema(
    "card",
    (_blob("atr", 2, MAX_ATR_SIZE), _text("protocols"), _number("memory", 0, 1 << 30), _text("profile")),
)
CONTACTLESS: Final = TableSchema("contactless", (_blob("uid", 4, 10), _blob("ats", 1, MAX_ATS_SIZE, optional=True)))
SEAL: Final = TableSchema(
    "seal",
    (
        _blob("salt", SALT_SIZE, SALT_SIZE),
        _number("n", 2, MOST_N),
        _number("r", 1, MOST_R),
        _number("p", 1, MOST_P),
        _blob("wrapped", WRAPPED_SIZE, WRAPPED_SIZE),
        _blob("checksum", CHECKSUM_SIZE, CHECKSUM_SIZE),
    ),
)

TABLES: Final = (CARD, CONTACTLESS, *RECORDS.values(), CONTENTS)
"""Those that every image has."""

_TEXTS: Final[Mapping[int, frozenset[str]]] = {
    1: frozenset(SCHEMA_1),
    2: frozenset(SCHEMA_2),
    FORMAT_VERSION: frozenset(table.statement for table in TABLES),
    SEALED_FORMAT_VERSION: frozenset(table.statement for table in (*TABLES, SEAL)),
}


def create_tables(connection: sqlite3.Connection, *, sealed: bool = False) -> None:
    """The empty tables of an image of the present format, and what says that it is one."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SEALED_FORMAT_VERSION if sealed else FORMAT_VERSION}")
    for table in (*TABLES, SEAL) if sealed else TABLES:
        connection.execute(table.statement)


def has_schema(connection: sqlite3.Connection, version: int) -> bool:
    """Whether an image has the tables of a format version and nothing else."""
    # An index without a text is the one that SQLite makes for a primary key.
    texts = [
        text for (text,) in connection.execute("SELECT sql FROM sqlite_master WHERE type <> 'index' OR sql NOT NULL")
    ]
    return len(texts) == len(_TEXTS[version]) and set(texts) == _TEXTS[version]


def unfit_tables(connection: sqlite3.Connection) -> Iterator[str]:
    """The names of the tables with a value that cannot be where it is, in an image of the present format."""
    return (table.name for table in TABLES if table.has_unfit_values(connection))

"""The tables of the earlier formats, as their programs created them."""

from __future__ import annotations

from typing import Final

_CARD: Final = (
    "CREATE TABLE card (atr BLOB NOT NULL, protocols TEXT NOT NULL, memory INTEGER NOT NULL, profile TEXT NOT NULL)"
)
CONTACTLESS_2: Final = "CREATE TABLE contactless (uid BLOB NOT NULL, ats BLOB)"
_FILES: Final = (
    "CREATE TABLE files (number INTEGER PRIMARY KEY, parent INTEGER NOT NULL, fid INTEGER NOT NULL, "
    "kind INTEGER NOT NULL, life_cycle INTEGER NOT NULL, size INTEGER NOT NULL, sfi INTEGER NOT NULL, name BLOB, "
    "max_record_size INTEGER, max_records INTEGER, coding INTEGER NOT NULL, security BLOB, se_file INTEGER, "
    "proprietary BLOB NOT NULL, management BLOB NOT NULL)"
)
_CHVS: Final = (
    "CREATE TABLE chvs (df INTEGER NOT NULL, reference INTEGER NOT NULL, value BLOB NOT NULL, "
    "max_tries INTEGER NOT NULL, tries_left INTEGER NOT NULL, min_length INTEGER NOT NULL, "
    "max_length INTEGER NOT NULL, padding INTEGER, state TEXT NOT NULL, may_be_disabled INTEGER NOT NULL, puk BLOB, "
    "puk_max_tries INTEGER, puk_tries_left INTEGER, unblock TEXT NOT NULL, PRIMARY KEY (df, reference))"
)
_KEYS: Final = (
    "CREATE TABLE keys (df INTEGER NOT NULL, reference INTEGER NOT NULL, type TEXT NOT NULL, value BLOB NOT NULL, "
    "internal INTEGER NOT NULL, external INTEGER NOT NULL, max_tries INTEGER, tries_left INTEGER, use TEXT NOT NULL, "
    "PRIMARY KEY (df, reference))"
)
_DATA_OBJECTS: Final = (
    "CREATE TABLE data_objects (df INTEGER NOT NULL, tag INTEGER NOT NULL, value BLOB NOT NULL, "
    "size INTEGER NOT NULL, read TEXT NOT NULL, change TEXT NOT NULL, PRIMARY KEY (df, tag))"
)
_CONTENTS: Final = (
    "CREATE TABLE contents (file INTEGER NOT NULL, position INTEGER NOT NULL, data BLOB NOT NULL, "
    "PRIMARY KEY (file, position)) WITHOUT ROWID"
)

SCHEMA_1: Final = (_CARD, _FILES, _CHVS, _KEYS, _DATA_OBJECTS, _CONTENTS)
SCHEMA_2: Final = (*SCHEMA_1, CONTACTLESS_2)

"""Images that earlier versions wrote: ``earlier/version-N.sql`` is what the program of format version N wrote, as
``.dump`` of SQLite tells it; ``version-2-contactless.sql`` likewise, of a card without contacts."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from emulator.images.schema import FORMAT_VERSION

FOLDER = Path(__file__).parent / "earlier"
VERSIONS = range(1, FORMAT_VERSION)
CONTACTLESS = "2-contactless"
"""The first version that knew such cards."""

IMAGES = (*map(str, VERSIONS), CONTACTLESS)
DEFINITION = """
[card]
protocols = ["T=0", "T=1"]
memory = 70000
[[chvs]]
reference = 1
value = "1234"
padding = 0xFF
puk = "999999"
unblock = { any = ["CHV 2", "key 1"] }
[[chvs]]
reference = 2
value = "5678"
state = "transport"
may_be_disabled = false
[[chvs]]
reference = 0x83
df = "3F00/7F10"
value = "1111"
state = "disabled"
[[keys]]
reference = 1
type = "aes"
value = "000102030405060708090A0B0C0D0E0F"
usage = ["external"]
tries = 3
use = "never"
[[keys]]
reference = 0x82
df = "3F00/7F10"
type = "3des"
value = "404142434445464748494A4B4C4D4E4F"
use = { all = ["CHV 1", "CHV 83"] }
[[data_objects]]
tag = 0x5F20
value = "x"
size = 9
read = "CHV 1"
[[applications]]
name = "A0 01"
label = "label"
path = "3F00/7F10"
[files."3F00/7F10"]
type = "DF"
access = { create_ef = "CHV 1", delete_child = { all = ["CHV 1", "key 1"] } }
[files."3F00/7F10/6F01"]
type = "transparent"
size = 1100
life_cycle = "deactivated"
write = "and"
[files."3F00/7F10/6F02"]
type = "linear fixed"
record_size = 4
max_records = 9
records = ["1", "22"]
sfi = 30
[files."3F00/7F10/6F03"]
type = "linear variable"
records = ["1", "22"]
access = { read = "key 82" }
[files."3F00/7F10/6F04"]
type = "cyclic"
record_size = 2
max_records = 3
[files."3F00/6F05"]
type = "transparent"
"""
"""What every earlier version could say."""


def restored(image: int | str, path: Path) -> Path:
    """An image of an earlier version, or another one of :data:`IMAGES`."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((FOLDER / f"version-{image}.sql").read_text(encoding="utf-8"))
    return path

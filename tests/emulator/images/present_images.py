"""Images of the present formats: ``present/version-N.sql`` is what the program wrote when it was kept, as ``.dump`` of
SQLite tells it. Version 4 is version 3 sealed, with :data:`PASSPHRASE`.

They are of one card, whose definition and commands are here; every column of every table has a value. Where a format
gets a new number its image goes on among those of the earlier versions.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

FOLDER = Path(__file__).parent / "present"
PASSPHRASE = "correct horse"
DEFINITION = """
[card]
memory = 70000
[contactless]
uid = "04 A2 B3 C4 D5 E6 80"
ats = "09 78 77 81 02 80 31 E0 00"
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
[[keys]]
reference = 1
type = "aes"
value = "000102030405060708090A0B0C0D0E0F"
usage = ["external", "encipher"]
tries = 3
uses = 9
use = "CHV 2"
[[keys]]
reference = 0x82
df = "3F00/7F10"
type = "3des"
value = "404142434445464748494A4B4C4D4E4F"
use = { all = ["CHV 1", "CHV 2"] }
[[keys]]
reference = 3
type = "p-256"
usage = ["sign"]
algorithms = ["ecdsa-sha256"]
chv_each_time = true
use = "CHV 1"
generate = "CHV 2"
update = "CHV 1"
read = "key 1"
pem = '''
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg45dAiRsgHC2TKeT0
SjtB45Nvo/uFQkvXmENaIaxAkqehRANCAAQyX5QsWGSDJV1onlS39TXAuIT06thB
LoMHr5jZsGNLgOgxRPNM+L/INSe+Z54Ay5JxEVCMxL04jts+x5FQxQqh
-----END PRIVATE KEY-----
'''
[[keys]]
reference = 4
type = "p-256"
usage = ["verify"]
pem = '''
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMl+ULFhkgyVdaJ5Ut/U1wLiE9OrY
QS6DB6+Y2bBjS4DoMUTzTPi/yDUnvmeeAMuScRFQjMS9OI7bPseRUMUKoQ==
-----END PUBLIC KEY-----
'''
[[keys]]
reference = 5
type = "rsa"
size = 2048
empty = true
usage = ["sign"]
[[data_objects]]
tag = 0x5F20
value = "x"
size = 9
read = "CHV 1"
update = "always"
[[applications]]
name = "A0 01"
label = "label"
path = "3F00/7F10"
[[applications]]
name = "D2 76 00 01 24 01 03 04 FF FF 00 00 00 02 00 00"
path = "3F00/7F4F"
type = "openpgp"
[files."3F00/7F10"]
type = "DF"
access = { create_ef = "CHV 1", delete_child = { all = ["CHV 1", "key 1"] } }
commands = { compute_digital_signature = "CHV 1", store_environment = "always" }
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
content = "what is in it"
[files."3F00/6F06"]
type = "BER-TLV"
content = { hex = "5F0100 450141" }
size = 40
"""
COMMANDS = (
    ("00A4000C023F00", "9000"),
    ("002241B606800144840103", "9000"),
    ("0022F205", "9000"),
    ("002000010830303030FFFFFFFF", "63C2"),
    ("00DA5F2003414243", "9000"),
    ("00E000001262108002000782010183026E01A503800101", "9000"),
    ("00A4000C027F10", "9000"),
    *((f"00E20020020{number:03X}", "9000") for number in range(5)),
)
"""What was said to the card, and what it answered."""


def restored(version: int, path: Path) -> Path:
    """An image of a present format."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((FOLDER / f"version-{version}.sql").read_text(encoding="utf-8"))
    return path

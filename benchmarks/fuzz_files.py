"""What the fuzzer says of the card's files: parameters and data of the commands on them, mostly right.

The files are those of the built-in profile, those of :data:`DEFINITION`, and what CREATE FILE has made.
"""

from __future__ import annotations

import random
from typing import Final

from fuzz_fields import tlv

DEFINITION: Final = """
[files."3F00/6F39"]
type = "BER-TLV"
content = { hex = "45 02 1122  5F2D 02 656E" }
size = 200
[files."3F00/6F3A"]
type = "SIMPLE-TLV"
content = { hex = "01 02 1122" }
size = 100
[files."3F00/6F3B"]
type = "transparent"
size = 16
access = { read = "always", write = "always", deactivate = "always", activate = "always", terminate = "always" }
[files."3F00/6F42"]
type = "linear fixed"
record_size = 16
max_records = 8
records = ["Record one", "Record two"]
[files."3F00/6F43"]
type = "linear variable"
max_records = 16
size = 256
records = ["One", "Twenty-two"]
[files."3F00/6F44"]
type = "cyclic"
record_size = 8
max_records = 5
records = [{ hex = "0000000000000001" }]
[files."3F00/6F45"]
type = "transparent"
content = "Hello, smart card."
size = 64
[files."3F00/7F30"]
type = "DF"
access = { create_ef = "always", deactivate = "always", activate = "always", terminate = "always" }
[files."3F00/7F30/6F3C"]
type = "transparent"
size = 16
access = { read = "always", terminate = "always" }
"""
"""Beside the files of the profile: EFs of TLV structure, what can be terminated, and free EFs in the MF, whose short
identifiers (2 to 5) are those of EFs in 7F10."""
NEW_FILES: Final = [
    bytes.fromhex(fid) for fid in ["6F10", "6F11", "6F12", "7F20", "6F21", "6F22", "0200", "3F00", "6F01"]
]

BINARY: Final = frozenset((0x0E, 0xA0, 0xB0, 0xD0, 0xD6))
BINARY_BY_OBJECTS: Final = frozenset((0x0F, 0xA1, 0xB1, 0xD1, 0xD7))
DATA_OBJECTS: Final = frozenset((0xCB, 0xDB))
RECORDS: Final = {
    0x0C: (4, 5),
    0xA2: (4, 5, 6),
    0xB2: tuple(range(8)),
    0xB3: (4,),
    0xD2: (0, 1, 2, 3, 4, 4),
    0xDC: (0, 1, 2, 3, 4, 4),
    0xDD: (4, 5, 6, 7),
    0xE2: (0,),
}
"""By instruction, bits 3 to 1 of P2: how records are named."""
WHOLE_FILES: Final = frozenset((0x04, 0x44, 0xE4, 0xE6, 0xE8))
INSTRUCTIONS: Final = BINARY | BINARY_BY_OBJECTS | DATA_OBJECTS | RECORDS.keys() | WHOLE_FILES | {0xE0}

_ENHANCED: Final = 6
_WITH_DATA: Final = frozenset((0xA1, 0xD1, 0xD7, 0xDD))
_BY_OBJECTS: Final = BINARY_BY_OBJECTS | {0xB3, 0xDD}
_TLV_PLACES: Final = ((0x3F, 0xFF), (0x6F, 0x39), (0x6F, 0x3A), (0x00, 0x00), (0x00, 0x19))
_PLACES: Final = [
    (place >> 8, place & 0xFF)
    for place in (
        0x0000,
        0x0001,
        0x0001,
        0x0005,
        0x0005,
        0x0007,
        0x6F01,
        0x6F02,
        0x6F45,
        0x6F45,
        0x0100,
        0x0100,
        0x2F01,
    )
]
"""P1 and P2 of a command with an odd INS: the current EF, a short identifier, or a file identifier."""
_RECORD_LENGTHS: Final = {2: (16,), 3: (3, 5, 10), 4: (8,)}
"""By short identifier."""
_SOUGHT: Final = (b"card", b"Record", b"T", b"o", b"e", b"\0", b"\0", b"Twenty-two")
_DFS: Final = [bytes.fromhex(fid) for fid in ("7F10", "7F20", "7F30", "7F30", "7F30")]
_EFS: Final = [bytes.fromhex(fid) for fid in ("6F01", "6F3B", "6F3B", "6F3C", "6F10", "6F11", "6F12", "0100")]
_PATHS_OF_EFS: Final = [bytes.fromhex(path) for path in ("7F306F3C", "6F3B", "7F106F01", "6F10", "6F01")]
_NAMES: Final = [bytes.fromhex("F073636172646D677201")]
_NAMED_DFS: Final = {0: _DFS, 1: _DFS, 4: _NAMES, 8: _DFS, 9: _DFS}
_NAMED_EFS: Final = {0: _EFS, 2: _EFS, 4: _NAMES, 8: _PATHS_OF_EFS, 9: _PATHS_OF_EFS}
"""By P1, as in SELECT."""


def parameters(rng: random.Random, ins: int) -> tuple[int, int]:
    """P1 and P2 of a command on files."""
    if ins in BINARY:
        return rng.choice((0, 0, 0, 1, 0x81, 0x82, 0x85, 0x86, 0x90)), rng.choice((0, 0, 1, 63, rng.randrange(256)))
    if ins in BINARY_BY_OBJECTS:
        return rng.choice(_PLACES) if rng.random() < 0.9 else (rng.randrange(256), rng.randrange(256))
    if ins in DATA_OBJECTS:
        return rng.choice(_TLV_PLACES)
    if ins in RECORDS:
        naming = rng.choice(RECORDS[ins]) if rng.random() < 0.8 else rng.randrange(8)
        p1 = rng.choice(
            (0, 0, 1, 1, 2, 3, rng.randrange(256)) if naming & 4 else (0, 0, 0, 0, 0x52, rng.randrange(256))
        )
        return p1, rng.choice((0, 0, 2, 2, 3, 3, 4, 4, rng.randrange(32))) << 3 | naming
    if ins == 0xE0 and rng.random() < 0.5:
        return 0, 0
    p1 = rng.choice((0, 0, 0, 1, 2, 3, 4, 8, 9, rng.randrange(256)))
    return p1, rng.choice((0, 0, 0, 0, 0, 0, 8, rng.randrange(256)))


def data(rng: random.Random, ins: int, p1: int, p2: int) -> bytes | None:
    """The data that go with P1 and P2; ``None``: any do."""
    if ins in _BY_OBJECTS:
        return _part(rng, ins)
    if ins in RECORDS:
        return (
            _searched(rng, p2) if ins == 0xA2 else rng.randbytes(rng.choice(_RECORD_LENGTHS.get(p2 >> 3, (8, 16, 1))))
        )
    if ins in WHOLE_FILES:
        of_df = ins == 0xE6 or (ins != 0xE8 and rng.random() < 0.5)
        named = (_NAMED_DFS if of_df else _NAMED_EFS).get(p1)
        return rng.choice(named) if named else None
    if ins == 0xA0:
        return rng.choice(_SOUGHT)
    if ins == 0x0E:
        return rng.randrange(80).to_bytes(2, "big")
    if ins == 0xE0:
        return _template(rng)
    if ins == 0xCB or (ins == 0xDB and (p1, p2) != (0x3F, 0xFF)):
        return _data_objects(rng, ins)
    return None


def _part(rng: random.Random, ins: int) -> bytes:
    """Offsets (54), and what is to be put there or is sought (53, 73)."""
    offset = rng.choice((0, 0, 0, 1, 3, rng.randrange(64), rng.randrange(1 << 16)))
    offsets = [offset]
    if ins == 0x0F and rng.random() < 0.5:
        offsets.append(offset + rng.randrange(9))
    objects = [tlv(0x54, each.to_bytes(2 if each > 0xFF else rng.choice((1, 1, 2, 8)), "big")) for each in offsets]
    if ins in _WITH_DATA:
        value = rng.choice(_SOUGHT) if ins == 0xA1 else rng.randbytes(rng.choice((1, 1, 2, 3, 8, 40)))
        objects.append(tlv(0x53, value) if rng.random() < 0.8 else tlv(0x73, tlv(0x44, value)))
    dice = rng.random()
    if dice < 0.1:
        objects = rng.choices(objects, k=rng.randrange(4))
    elif dice < 0.15:
        objects[0] = tlv(0x54, rng.randbytes(rng.choice((0, 4, 9))))
    return b"".join(objects)


def _searched(rng: random.Random, p2: int) -> bytes:
    """What SEARCH RECORD seeks, behind a search indication where P2 announces one."""
    sought = rng.choice(_SOUGHT)
    if p2 & 0x07 != _ENHANCED:
        return sought
    indication = rng.choice((0x04, 0x05, 0x06, 0x07, 0x0C, 0x0F, rng.randrange(256)))
    return bytes((indication, rng.choice((0, 0, 1, 0x20, 0x6F, rng.randrange(256))))) + sought


def _template(rng: random.Random) -> bytes:
    """A template for CREATE FILE, mostly right."""
    fields = [b"\x83\x02" + rng.choice(NEW_FILES)]
    kind = rng.choice((0x01, 0x02, 0x04, 0x06, 0x38, 0x39, 0x3A, rng.randrange(256)))
    if kind in (0x02, 0x04, 0x06):
        fields.append(
            bytes((0x82, 5, kind, rng.choice((0x01, 0x21, 0x41, 0x61)), 0, rng.randrange(20), rng.randrange(9)))
        )
    else:
        fields.append(bytes((0x82, 1, kind)))
    if kind != 0x38 and rng.random() < 0.9:
        fields.append(bytes((0x80, 2, rng.choice((0, 0, 1, 0xFF)), rng.randrange(256))))
    if rng.random() < 0.3:
        fields.append(bytes((0x88, 1, rng.randrange(32) << 3)))
    if rng.random() < 0.3:
        fields.append(bytes((0x8A, 1, rng.choice((1, 3, 4, 5, 7, 12, rng.randrange(256))))))
    if rng.random() < 0.3:
        rights = bytes(rng.choice((0x00, 0x11, 0x21, 0x91, 0xFF, rng.randrange(256))) for _ in range(7))
        fields.append(b"\x8c\x08\x7f" + rights)
    if kind == 0x38 and rng.random() < 0.5:
        fields.append(b"\x84\x05" + rng.randbytes(5))
    rng.shuffle(fields)
    value = b"".join(fields)
    return bytes((rng.choice((0x62, 0x6F)), len(value))) + value


def _data_objects(rng: random.Random, ins: int) -> bytes:
    """A tag list, or data objects to put."""
    tags = rng.choices((0x45, 0x5F2D, 0x01, 0x02, 0x44, 0x7F21, rng.randrange(1, 0xFF)), k=rng.randrange(4))
    if ins == 0xCB:
        return tlv(0x5C, b"".join(tag.to_bytes(2 if tag > 0xFF else 1, "big") for tag in tags))
    return b"".join(tlv(tag, rng.randbytes(rng.choice((0, 1, 5, 40)))) for tag in tags) or b"\0"

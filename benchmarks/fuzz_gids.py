"""Commands that a GIDS card may well accept, for ``fuzz_card.py --profile gids``: one that is set up, one as it comes.

The first has two keys of RSA, one of them for signatures alone, and a PUK.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa

import emulator
from emulator import Card
from emulator.applications.gids.command_table import COMMANDS
from emulator.applications.gids.personalisation import container_values, values_of
from emulator.definition.profiles import parse_definition
from emulator.persistent import Table
from emulator.storage import VolatileStorage
from iso7816.ber_tlv import TLV
from iso7816.confidentiality import encipher_blocks
from iso7816.key_algorithms import KeyAlgorithm

OPTIONS = "[applications.options]\n"
PUK = 'puk = "20406080"\n'
KEY = bytes(range(1, 9)) * 3
CODES = (b"12345678", b"20406080", b"8765", b"99999999", b"")
FILES = (0xA000, 0xA010, 0xA011, 0xA012, 0xA013, 0xA014, 0xA020, 0xB080, 0xB081, 0xB082, 0xB083, 0x3FFF, 0x2F01, 0x0000)
TAGS = (0xDF1F, 0xDF20, 0xDF21, 0xDF22, 0xDF23, 0xDF30, 0x7F71, 0x7F73, 0x53)
ENVIRONMENTS = (0x41B6, 0x41B8, 0x81A4, 0xC1A4, 0xF301)
MECHANISMS = (0x02, 0x06, 0x16, 0x46, 0x56, 0x86, 0x07, 0x57)


def new_cards() -> list[Card]:
    """A card that is set up, and one as it comes."""
    source = (Path(emulator.__file__).parent / "profiles" / "gids.toml").read_text(encoding="utf-8")
    head, _, options = source.partition(OPTIONS)
    states = [parse_definition(head + OPTIONS + each, "fuzz") for each in (options + PUK, "initialised = false\n")]
    (df,) = states[0].applications
    for signs_only in (False, True):
        key = rsa.generate_private_key(65537, 1024)  # noqa: S505 (short, so that it is quick)
        for name, value in container_values(values_of(states[0]), key, signs_only=signs_only).items():
            states[0].write(Table.APPLICATION_VALUES, (df, name), value)
    return [Card(state, VolatileStorage()) for state in states]


def apdu(rng: random.Random, ins: int, parameters: int, data: bytes = b"") -> bytes:
    """A command, now and then a part of a chain, under secure messaging or of extended length."""
    header = bytes((rng.choice((0x00,) * 18 + (0x10, 0x0C)), ins, parameters >> 8, parameters & 0xFF))
    if len(data) > 255 or rng.random() < 0.03:
        return header + (b"\0" + len(data).to_bytes(2, "big") + data if data else b"\0") + b"\0\0"
    le = rng.choice((b"\0", b"\0", b"", b"\x08"))
    return header + (bytes((len(data),)) + data if data else b"") + le


def apdus(rng: random.Random) -> Iterator[bytes]:
    """Without end."""
    instructions = [row.ins for row in COMMANDS]
    while True:
        if rng.random() < 0.05:
            yield bytes.fromhex("002241B606800156840181")
            yield apdu(rng, 0x2A, 0x9E9A, rng.randbytes(rng.choice((20, 51, 117))))
        ins = rng.choice(instructions)
        yield apdu(rng, ins, *_fields(rng, ins))


def authenticate(card: Card) -> None:
    """Authenticate as the administrator, and verify the PIN: a card as it comes lets neither pass."""
    card.transmit(bytes.fromhex("0022C1A403830180"))
    challenge = card.transmit(bytes.fromhex("00870000047C02810000"))[4:12]
    if len(challenge) == 8:
        token = encipher_blocks(KeyAlgorithm.TRIPLE_DES, KEY, None, challenge)
        card.transmit(bytes.fromhex("008700000C7C0A8208") + token)
    card.transmit(bytes.fromhex("0020008008") + CODES[0])


def _fields(rng: random.Random, ins: int) -> tuple[int, bytes]:
    """P1 and P2, and data, mostly of the forms that the instruction has."""
    fid, tag, reference = rng.choice(FILES), rng.choice(TAGS), rng.choice((0x80, 0x81, 0x82, 0x83))
    if ins in (0x20, 0x24, 0x2C):
        data = b"".join(rng.choice(CODES) for _ in range(1 if ins == 0x20 else 2))
        return rng.choice((0x0080, 0x0080, 0x0180, 0x0280, 0x0081, 0x0181, 0x0082)), data
    if ins == 0x22:
        mechanism = bytes((0x80, 1, rng.choice(MECHANISMS)))
        return rng.choice(ENVIRONMENTS), rng.choice((mechanism, b"")) + bytes((rng.choice((0x83, 0x84)), 1, reference))
    if ins == 0x2A:
        return rng.choice((0x9E9A, 0x8086)), rng.randbytes(rng.choice((20, 51, 127, 128, 129)))
    if ins == 0x47:
        return 0, bytes((0xAC, 6, 0x80, 1, rng.choice((0x06, 0x07, 0x0C)), 0x83, 1, rng.choice((0x80, 0x83))))
    if ins == 0x87:
        value = rng.choice((b"", rng.randbytes(8), rng.randbytes(16), rng.randbytes(40)))
        return 0, TLV.constructed(0x7C, [TLV(rng.choice((0x81, 0x82)), value)]).to_bytes()
    if ins == 0xA4:
        name = bytes.fromhex("A000000397425446590201")
        return rng.choice(((0x0400, name[: rng.choice((5, 9, 11))]), (0x0004, fid.to_bytes(2, "big")), (0x000C, b"")))
    if ins == 0xCB:
        public = bytes((0x70, 8, 0x84, 1, reference)) + bytes.fromhex("A5037F4980")
        return fid, rng.choice((TLV(0x5C, TLV(tag).to_bytes()[:-1]).to_bytes(), b"\x5c\x00", public))
    if ins == 0xDB:
        key = TLV(0x84, bytes((reference,))).to_bytes() + TLV(0xA5, b"\x87\x18" + rng.randbytes(24)).to_bytes()
        value = TLV(tag, rng.randbytes(rng.choice((0, 5, 300)))).to_bytes()
        return fid, rng.choice((value, value, TLV(0x70, key).to_bytes()))
    if ins == 0xE0:
        data_file = bytes.fromhex("620C820139") + TLV(0x83, fid.to_bytes(2, "big")).to_bytes()
        key_file = bytes((0x62, 0x18, 0x82, 1, 0x18, 0x83, 2, 0xB0, reference)) + bytes.fromhex("8C058F10101000")
        key_template = bytes.fromhex("A508B606800116830181")
        return 0, rng.choice((data_file + bytes.fromhex("8C03033000"), key_file + key_template))
    return 0, rng.choice((b"", b"", fid.to_bytes(2, "big"))) if ins == 0xE4 else b""

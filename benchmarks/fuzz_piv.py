"""Commands that a PIV card may well accept, for ``fuzz_card.py --profile piv``: with contacts, and contactless.

Both cards have secure messaging, a pairing code, a global PIN, fingers, and keys of every kind but long ones of RSA.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519

import emulator
from emulator import Card
from emulator.applications.piv.card_application import PIVCard
from emulator.applications.piv.personalisation import slot_values
from emulator.definition.profiles import parse_definition
from emulator.persistent import Table
from emulator.storage import VolatileStorage
from iso7816.biometric_templates import biometric_data
from iso7816.confidentiality import encipher_blocks
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.piv.cipher_suites import CS2
from iso7816.piv.key_establishment import HostKeyEstablishment

FINGERS = [random.Random(seed).randbytes(120).translate(bytes(range(192)) + bytes(64)) for seed in (1, 2)]
MORE = f"""
secure_messaging = "CS2"
pairing_code = "65135275"
global_pin = "123456"
primary_finger = "{FINGERS[0].hex()}"
secondary_finger = "{FINGERS[1].hex()}"
"""
KEY = bytes(range(1, 9)) * 3
REFERENCES = (0x00, 0x04, 0x80, 0x81, 0x82, 0x95, 0x96, 0x97, 0x98, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0xF9, 0xFF)
SLOTS = (0x82, 0x95, 0x9A, 0x9C, 0x9D, 0x9E)
ALGORITHMS = (0x00, 0x03, 0x06, 0x07, 0x08, 0x11, 0x14, 0x27, 0x2E, 0xE0, 0xE1)
TAGS = ("7E", "7F61", "5FC101", "5FC102", "5FC105", "5FC109", "5FC10C", "5FC122", "5FC123", "5FFF01", "5FFF10")
CODES = (b"123456\xff\xff", b"12345678", b"65135275", b"999999\xff\xff", b"\xff" * 8)
CHALLENGE = HostKeyEstablishment(CS2).challenge
POINT = CHALLENGE[9:]


def new_cards() -> list[Card]:
    """A card with contacts and a contactless one."""
    source = (Path(emulator.__file__).parent / "profiles" / "piv.toml").read_text(encoding="utf-8")
    source = source.replace("serial = 7816\n", f"serial = 7816\n{MORE}")
    contactless = source.replace('[card]\nprotocols = ["T=1"]\n', "[contactless]\n[card]\n")
    states = [parse_definition(text, "fuzz") for text in (source, contactless)]
    keys = {
        0x9A: rsa.generate_private_key(65537, 1024),  # noqa: S505 (short, so that it is quick)
        0x9C: ec.generate_private_key(ec.SECP256R1()),
        0x9D: ec.generate_private_key(ec.SECP384R1()),
        0x9E: ed25519.Ed25519PrivateKey.generate(),
        0x82: x25519.X25519PrivateKey.generate(),
    }
    for state in states:
        (df,) = state.applications
        for reference, key in keys.items():
            for name, value in slot_values(reference, key).items():
                state.write(Table.APPLICATION_VALUES, (df, name), value)
    return [Card(state, VolatileStorage()) for state in states]


def tlv(tag: int, value: bytes) -> bytes:
    """A data object."""
    size = len(value)
    length = (
        bytes((size,)) if size < 0x80 else bytes((0x81, size)) if size < 0x100 else b"\x82" + size.to_bytes(2, "big")
    )
    return tag.to_bytes((tag.bit_length() + 7) // 8, "big") + length + value


def apdu(rng: random.Random, ins: int, p1: int, p2: int, data: bytes = b"") -> bytes:
    """A command, now and then a part of a chain, under secure messaging or of extended length."""
    cla = rng.choice((0x00,) * 18 + (0x10, 0x0C))
    if len(data) > 255 or rng.random() < 0.03:
        lengths = b"\0" + len(data).to_bytes(2, "big") if data else b"\0"
        return bytes((cla, ins, p1, p2)) + lengths + data + b"\0\0"
    le = rng.choice((b"\0", b"\0", b"", b"\x08"))
    return bytes((cla, ins, p1, p2)) + (bytes((len(data),)) + data if data else b"") + le


def apdus(rng: random.Random) -> Iterator[bytes]:
    """Without end."""
    instructions = [row.ins for row in PIVCard.COMMANDS]
    while True:
        ins = rng.choice(instructions)
        if rng.random() < 0.01:
            yield from _resetting()
        if ins == 0xF9 and rng.random() < 0.7:
            slot = rng.choice(SLOTS)
            yield apdu(rng, 0x47, 0, slot, bytes.fromhex("AC03800111"))
            yield apdu(rng, 0xF9, slot, 0)
        if rng.random() < 0.1:  # the administrator, by what internal authentication gives away
            yield bytes.fromhex("0087039B047C02810000")
        yield apdu(rng, ins, *_fields(rng, ins))


def _resetting() -> Iterator[bytes]:
    """Block PIN and PUK, and reset the application: one wrong code more than there are tries, for some are mutated."""
    for _ in range(4):
        yield bytes.fromhex("0020008008") + b"99999999"
    for _ in range(4):
        yield bytes.fromhex("002C008010") + b"99999999" + CODES[0]
    yield bytes.fromhex("00FB0000")


def administrate(card: Card) -> None:
    """Authenticate as the administrator, and verify the PIN: a card with contacts only lets that pass."""
    challenge = card.transmit(bytes.fromhex("0087039B047C02810000"))[4:12]
    if len(challenge) == 8:
        response = encipher_blocks(KeyAlgorithm.TRIPLE_DES, KEY, None, challenge)
        card.transmit(bytes.fromhex("0087039B0C7C0A8208") + response)
    card.transmit(bytes.fromhex("0020008008") + CODES[0])


def _fields(rng: random.Random, ins: int) -> tuple[int, int, bytes]:
    """P1, P2 and data, mostly of the forms that the instruction has."""
    reference, algorithm = rng.choice(REFERENCES), rng.choice(ALGORITHMS)
    if ins == 0x20 and rng.random() < 0.1:
        minutiae = rng.choice((*FINGERS, rng.randbytes(3 * rng.randrange(70))))
        return 0, rng.choice((0x96, 0x97)), biometric_data(minutiae[: rng.choice((None, None, 36, -1))])
    if ins in (0x20, 0x24, 0x2C):
        data = b"".join(rng.choice(CODES) for _ in range(1 if ins == 0x20 else 2))
        return rng.choice((0, 0, 0, 0xFF)), rng.choice((0x80, 0x80, reference)), rng.choice((data, data, b"", data[:7]))
    if ins == 0x87:
        tag = rng.choice((0x80, 0x81, 0x82, 0x85))
        value = rng.choice((b"", rng.randbytes(8), rng.randbytes(32), POINT, CHALLENGE, bytes(128)))
        return algorithm, reference, tlv(0x7C, rng.choice((b"", tlv(0x82, b""))) + tlv(tag, value))
    if ins == 0x47:
        return 0, reference, tlv(0xAC, tlv(0x80, bytes((rng.choice((0x11, 0x14, 0xE0, 0xE1, 0x27)),))))
    if ins in (0xCB, 0xDB):
        wanted = tlv(0x5C, bytes.fromhex(rng.choice(TAGS)))
        return 0x3F, 0xFF, wanted if ins == 0xCB else wanted + tlv(0x53, rng.randbytes(rng.choice((0, 5, 300))))
    if ins == 0xA4:
        return 4, 0, bytes.fromhex("A000000308000010000100")[: rng.choice((5, 9, 11))]
    if ins == 0xFE:
        if rng.random() < 0.5:
            algorithm, tag, size = rng.choice(((0x11, 6, 32), (0x14, 6, 48), (0xE0, 7, 32), (0xE1, 8, 32)))
            return algorithm, rng.choice(SLOTS), tlv(tag, rng.randbytes(size))
        return algorithm, reference, tlv(rng.choice((1, 6, 7, 8)), rng.randbytes(rng.choice((32, 48, 64))))
    if ins == 0xF6:
        return rng.choice((*SLOTS, 0xFF, algorithm)), rng.choice((*SLOTS, reference)), b""
    if ins == 0xFF:
        return 0xFF, rng.choice((0xFF, 0xFE)), bytes((algorithm, 0x9B, 24)) + rng.randbytes(24)
    return rng.choice((0, 5, reference)), rng.choice((0, reference)), b""

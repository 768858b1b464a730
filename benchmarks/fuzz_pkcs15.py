"""Commands that a card of the profile pkcs15 may well accept, for ``fuzz_card.py --profile pkcs15``.

One is of each version of the interface, one is on T=0.

The cards have a PIN, a PUK, a PKCS #15 structure, and keys of RSA and on P-256.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa

import emulator
from emulator import Card
from emulator.applications.pkcs15.command_table import PKCS15
from emulator.applications.pkcs15.interface import APPLICATION_IDENTIFIER, Algorithm
from emulator.applications.pkcs15.personalisation import Personaliser
from emulator.definition.profiles import parse_definition
from emulator.storage import VolatileStorage
from iso7816.ber_tlv import TLV, encode_all
from iso7816.domain_parameters import parameter_objects
from iso7816.key_algorithms import KeyAlgorithm

PIN, PUK = b"123456", b"0123456789abcdef"
CODES = (PIN, PIN.ljust(16, b"\0"), b"999999".ljust(16, b"\0"), PUK, bytes(16), b"123")
FIDS = [bytes.fromhex(fid) for fid in ("3F00", "5015", "5031", "4401", "4402", "3300", "6F01", "7F01", "3FFF", "2F00")]
CONDITIONS = (0x00, 0x90, 0xFF)
CURVES = (KeyAlgorithm.P_256, KeyAlgorithm.SECP256K1)
PARAMETERS = {
    0x20: (0x0001,),
    0x22: (0x4100, 0x41B6, 0x41B8),
    0x24: (0x0001, 0x0101, 0x0102),
    0x2A: (0x9E9A, 0x8086),
    0x2C: (0x0001,),
    0x46: (0x0000,),  # 4200 is RSA, whose keys take long to generate
    0x70: (0x0000, 0x8001),
    0xA4: (0x0000, 0x000C, 0x0100, 0x0200, 0x0300, 0x0400, 0x0800, 0x0900, 0x0004, 0x0008),
    0xB0: (0x0000, 0x0004, 0x8100, 0x7FFF),
    0xCA: (0x0101,),
    0xD6: (0x0000, 0x0004, 0x8100),
    0xDB: (0x3FFF,),
}

CURVE = encode_all(parameter_objects(KeyAlgorithm.P_256))
NEW_KEY = TLV(0xE0, CURVE + TLV(0x88, bytes(range(1, 33))).to_bytes()).to_bytes()
FITTING = {
    0x2A: (
        (0x41B6, Algorithm.RSA_PKCS1, 0, 0x9E9A, bytes(51)),
        (0x41B6, Algorithm.RSA_PSS, 0, 0x9E9A, bytes(32)),
        (0x41B6, Algorithm.EC, 1, 0x9E9A, bytes(32)),
    ),
    0x46: ((0x4100, Algorithm.GENERATE_EC, 2, 0x0000, CURVE),),
    0xDB: ((0x4100, Algorithm.GENERATE_EC, 2, 0x3FFF, NEW_KEY),),
}
"""By instruction: what the environment is for, its algorithm and its key, then P1 and P2 of the operation, and data."""


def new_cards() -> list[Card]:
    """A card of each version of the interface, and one on T=0."""
    source = (Path(emulator.__file__).parent / "profiles" / "pkcs15.toml").read_text(encoding="utf-8")
    keys = (rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1()))
    cards = []
    for version, protocol in ((0, 1), (1, 1), (0, 0)):
        text = source.replace("interface = 0", f"interface = {version}").replace("T=1", f"T={protocol}")
        card = Card(parse_definition(text, "fuzz"), VolatileStorage())
        card.power_on()
        maker = Personaliser(card)
        maker.issue(PIN, PUK)
        for key in keys:
            maker.put_key(key, b"certificate")
        cards.append(card)
    return cards


def let_in(card: Card) -> None:
    """Select the application, and verify the PIN."""
    card.transmit(bytes((0x00, 0xA4, 0x04, 0x00, len(APPLICATION_IDENTIFIER))) + APPLICATION_IDENTIFIER)
    card.transmit(bytes((0x00, 0x20, 0x00, 0x01, len(PIN))) + PIN)


def apdus(rng: random.Random) -> Iterator[bytes]:
    """Without end."""
    instructions = [row.ins for row in PKCS15.COMMANDS]
    while True:
        if rng.random() < 0.08:
            yield apdu(rng, 0xA4, 0x0400, APPLICATION_IDENTIFIER)
        ins = rng.choice(instructions)
        if ins in FITTING and rng.random() < 0.5:
            yield from _operation(rng, ins)
        if ins in (0x2A, 0x46, 0xDB) and rng.random() < 0.7:
            yield apdu(rng, 0x22, rng.choice(PARAMETERS[0x22]), _environment(rng))
        yield apdu(rng, ins, rng.choice(PARAMETERS.get(ins, (0x0000,))), _data(rng, ins))


def apdu(rng: random.Random, ins: int, parameters: int, data: bytes = b"") -> bytes:
    """A command, now and then a part of a chain, or of extended length."""
    header = bytes((rng.choice((0x00,) * 18 + (0x10, 0x01)), ins)) + parameters.to_bytes(2, "big")
    if len(data) > 255 or rng.random() < 0.03:
        return header + b"\0" + (len(data).to_bytes(2, "big") + data if data else b"") + b"\0\0"
    return header + (bytes((len(data),)) + data if data else b"") + rng.choice((b"\0", b"\0", b"", b"\x08"))


def _operation(rng: random.Random, ins: int) -> Iterator[bytes]:
    """An operation with a key, behind an environment that fits it."""
    purpose, algorithm, key, parameters, data = rng.choice(FITTING[ins])
    yield bytes((0x00, 0x20, 0x00, 0x01, len(PIN))) + PIN
    yield apdu(rng, 0x22, purpose, bytes((0x80, 1, algorithm, 0x84, 1, key)))
    yield apdu(rng, ins, parameters, data)


def _environment(rng: random.Random) -> bytes:
    return bytes((0x80, 1, rng.choice(list(Algorithm)), 0x84, 1, rng.choice((0, 1, 1, 2, 15, 16))))


def _data(rng: random.Random, ins: int) -> bytes:
    """Mostly of the forms that the instruction has."""
    if ins in (0x20, 0x24, 0x2C):
        return b"".join(rng.choice(CODES) for _ in range(rng.choice((0, 1, 1, 2))))
    if ins == 0x22:
        return _environment(rng)
    if ins == 0x2A:
        template = TLV(0x7F49, TLV(0x86, rng.choice((b"", b"\4" + rng.randbytes(64)))).to_bytes()).to_bytes()
        return rng.choice((rng.randbytes(20), rng.randbytes(32), bytes(257), TLV(0xA6, template).to_bytes(), b"\0"))
    if ins in (0x46, 0xDB):
        parameters = parameter_objects(rng.choice(CURVES))
        if ins == 0x46:
            return rng.choice((b"", encode_all(parameters)))
        parts = [TLV(tag, rng.randbytes(rng.choice((1, 2, 128)))) for tag in range(0x92, 0x97)]
        curve_key = TLV.constructed(0xE0, (*parameters, TLV(0x88, rng.randbytes(rng.choice((0, 1, 32))))))
        return rng.choice((curve_key.to_bytes(), TLV(0x7F48, encode_all(parts)).to_bytes()))
    if ins == 0xA4:
        return rng.choice((b"", rng.choice(FIDS), rng.choice(FIDS) + rng.choice(FIDS), APPLICATION_IDENTIFIER))
    if ins == 0xE0:
        return _template(rng)
    if ins == 0xE4:
        return rng.choice((b"", rng.choice(FIDS)))
    return b"" if ins in (0x70, 0x84, 0xB0, 0xCA) else rng.randbytes(rng.choice((1, 5, 300)))


def _template(rng: random.Random) -> bytes:
    rules = bytes((0xFF, *(rng.choice(CONDITIONS) for _ in range(7))))
    tlvs = [
        TLV(0x81, rng.choice((0, 1, 16, 200)).to_bytes(2, "big")),
        TLV(0x82, bytes((rng.choice((0x01, 0x01, 0x38, 0x02)),))),
        TLV(0x83, rng.choice(FIDS)),
        TLV(0x86, rng.choice((rules, rules, rng.randbytes(8)))),
        TLV(rng.choice((0x84, 0x85, 0x88, 0x8A, 0x8C, 0xAB)), rng.randbytes(rng.choice((1, 5)))),
    ]
    return TLV.constructed(rng.choice((0x62, 0x6F)), tlvs[: rng.choice((3, 4, 4, 4, 5))]).to_bytes()

"""What the fuzzer says of the card's keys, codes and environments: parameters, data, and operations by them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from fuzz_fields import length_fields, tlv

from emulator.commands.security_operation import SecurityOperation
from iso7816.mechanisms import MECHANISMS

CODES: Final = {0x01: b"1234", 0x02: b"4321", 0x81: b"5678"}
"""By reference."""
DISABLED_CODE: Final = """
[[chvs]]
reference = 0x02
value = "4321"
puk = "12345678"
state = "disabled"
"""
UNBLOCKING_CODE: Final = b"12345678"
CODE_COMMANDS: Final = frozenset((0x20, 0x24, 0x26, 0x28, 0x2C))
_FORMS: Final = {
    0x20: (0, 0, 0xFF),
    0x24: (0, 0, 1),
    0x26: (0, 0, 1),
    0x28: (0, 0, 1),
    0x2C: (0, 1, 2, 3),
    0x82: (0,),
    0x88: (0,),
}
"""P1 by instruction: what the data are, or how they are understood."""
INSTRUCTIONS: Final = _FORMS.keys() | {0x22, 0x2A, 0x46}
CHALLENGES: Final = [bytes(16), bytes(8), bytes(range(16))]
OPERATIONS: Final = [(operation.value >> 8, operation.value & 0xFF) for operation in SecurityOperation]
KEYS: Final = {
    0x03: {"sign", "verify"},
    0x04: {"sign", "verify"},
    0x05: {"encipher", "decipher"},
    0x06: {"encipher", "decipher", "compute checksum", "verify checksum"},
    0x07: {"compute checksum", "verify checksum"},
    0x08: {"agree"},
    0x0A: {"sign", "verify", "encipher", "decipher"},
    0x0B: {"sign", "verify"},
    0x0C: {"agree"},
}
TEMPLATES: Final = (0xA4, 0xA6, 0xAA, 0xB4, 0xB6, 0xB8)
MECHANISM_BYTES: Final = (*MECHANISMS, 0x00, 0xFF)
SMALL_KEYS: Final = """
[[keys]]
reference = 0x0A
type = "rsa"
usage = ["sign", "verify", "encipher", "decipher", "internal", "external", "verify certificate"]
generated = true
size = 1024
uses = 1000
[[keys]]
reference = 0x0B
type = "ed25519"
usage = ["sign", "verify", "internal", "external"]
generated = true
generate = "always"
update = "always"
[[keys]]
reference = 0x0C
type = "x25519"
usage = ["agree"]
generated = true
generate = "always"
[[keys]]
reference = 0x0D
type = "3des"
usage = ["internal", "external", "encipher", "decipher", "compute checksum", "verify checksum"]
empty = true
size = 128
update = "always"
"""
"""Beside the keys of the profile, so that no key takes long."""


def parameters(rng: random.Random, ins: int) -> tuple[int, int]:
    """P1 and P2 of a command on keys, codes and environments."""
    if ins == 0x2A:
        return rng.choice(OPERATIONS)
    if ins == 0x22:
        return rng.choice(
            (
                (0x41, rng.choice(TEMPLATES)),
                (0xC1, rng.choice(TEMPLATES)),
                (rng.randrange(0xF2, 0xF5), rng.randrange(4)),
            )
        )
    if ins == 0x46:
        return rng.choice((0x00, 0x80, 0x81, 0x84)), 0
    forms = _FORMS[ins] if rng.random() < 0.7 else (0, 1, 2, 3, 0xFF)
    return rng.choice(forms), rng.choice((1, 1, 2, 2, 2, 0x81, rng.randrange(256)))


def data(rng: random.Random, ins: int, p1: int, p2: int) -> bytes | None:
    """The data that go with P1 and P2; ``None``: any do."""
    if ins in (0x82, 0x88):
        return rng.choice((*CHALLENGES, bytes(32), bytes(80), bytes(128)))
    if ins == 0x22:
        return _reference_template(rng)
    if ins in (0x2A, 0x46, 0xDB) and rng.random() < 0.9:
        return _operation_data(rng, ins)
    if ins in CODE_COMMANDS and rng.random() < 0.8:
        return _codes(rng, ins, p1, p2)
    return None


def _codes(rng: random.Random, ins: int, p1: int, p2: int) -> bytes:
    """A code, an unblocking code or a new code, as P1 says; seldom a new code that is another one."""
    code = CODES.get(p2, b"1234")
    new = code if rng.random() < 0.9 else b"1235"
    if ins == 0x24:
        return new if p1 == 1 else code + new
    if ins == 0x2C:
        return new if p1 == 2 else UNBLOCKING_CODE if p1 == 1 else UNBLOCKING_CODE + new
    return code


def _reference_template(rng: random.Random) -> bytes:
    """The value of a control reference template, mostly right."""
    fields = []
    if rng.random() < 0.8:
        fields.append(tlv(0x80, bytes((rng.choice(MECHANISM_BYTES),))))
    fields += [
        tlv(tag, bytes((rng.choice((*range(1, 15), rng.randrange(256))),)))
        for tag in (0x83, 0x84)
        if rng.random() < 0.7
    ]
    if rng.random() < 0.2:
        fields.append(tlv(0x87, rng.randbytes(rng.choice((0, 8, 16)))))
    if rng.random() < 0.1:
        fields.append(tlv(0x95, rng.randbytes(1)))
    return b"".join(fields)


def _operation_data(rng: random.Random, ins: int) -> bytes:
    """Data of a security operation, of the generation or of the import of a key."""
    reference = tlv(rng.choice(TEMPLATES), _reference_template(rng))
    if ins == 0x46:
        return reference
    if ins == 0xDB:
        values = [(tag, rng.randbytes(rng.choice((1, 8, 16, 32)))) for tag in rng.sample((0x90, 0x91, 0x92, 0x99), 1)]
        headers = b"".join(bytes((tag, len(value))) for tag, value in values)
        kind = rng.choice(((0x7F48, 0x5F48), (0x7F49, 0x5F49)))
        return tlv(0x4D, reference + tlv(kind[0], headers) + tlv(kind[1], b"".join(value for _tag, value in values)))
    digest = rng.randbytes(rng.choice((20, 32, 32, 64, 16, 1)))
    return rng.choice(
        (
            digest,
            bytes((rng.randrange(3),)) + rng.randbytes(rng.choice((16, 128))),
            tlv(rng.choice((0x9A, 0x90, 0x80, 0xAC, 0xBC)), digest) + tlv(rng.choice((0x9E, 0x8E)), rng.randbytes(64)),
            tlv(0xA6, tlv(0x7F49, tlv(0x86, rng.randbytes(32)))),
            tlv(0x7F4E, digest) + tlv(0x5F37, rng.randbytes(64)),
        )
    )


def key_operation(rng: random.Random) -> Iterator[bytes]:
    """An environment, and an operation by it, after the verification of a CHV: the two mostly fit each other."""
    kind, p1, p2, operation = rng.choice(
        (
            (0xB6, 0x9E, 0x9A, "sign"),
            (0xB6, 0x9E, 0xAC, "sign"),
            (0xB6, 0x00, 0xA8, "verify"),
            (0xB4, 0x8E, 0x80, "compute checksum"),
            (0xB4, 0x00, 0xA2, "verify checksum"),
            (0xB8, 0x86, 0x80, "encipher"),
            (0xB8, 0x80, 0x86, "decipher"),
            (0xB8, 0x80, 0x86, "agree"),
        )
    )
    reference = rng.choice([key for key, usage in KEYS.items() if operation in usage])
    key = bytes((reference,))
    mechanism = tlv(0x80, bytes((rng.choice(MECHANISM_BYTES),))) if rng.random() < 0.3 else b""
    template = mechanism + tlv(0x83, key) + tlv(0x84, key)
    yield bytes.fromhex("002000010431323334")
    yield bytes((0x00, 0x22, 0xC1, kind)) + length_fields(rng, template, None)
    data = _operation_data(rng, 0x2A)
    ne = None if p1 == 0 else 256
    if len(data) > 1 and rng.random() < 0.2:
        yield bytes((0x10, 0x2A, p1, p2)) + length_fields(rng, data[:1], None)
        data = data[1:]
    yield bytes((0x00, 0x2A, p1, p2)) + length_fields(rng, data, ne)
    if rng.random() < 0.3:
        yield bytes((0x00, 0xC0, 0x00, 0x00, rng.choice((0, 1, 64))))

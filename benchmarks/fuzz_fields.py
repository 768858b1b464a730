"""What the commands that the fuzzer sends are made of, and what is done to them so that they are odd or refused."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from iso7816.apdu import CommandAPDU

SUCCESS_AND_WARNINGS: Final = (0x61, 0x62, 0x63, 0x90)
"""SW1 of what was not refused."""


def length_fields(rng: random.Random, data: bytes, ne: int | None) -> bytes:
    """Lc, data and Le, mostly short, now and then extended."""
    if len(data) <= 255 and (ne is None or ne <= 256) and rng.random() < 0.95:
        return (bytes((len(data),)) + data if data else b"") + (b"" if ne is None else bytes((ne & 0xFF,)))
    lc = b"\0" + len(data).to_bytes(2, "big") + data if data else b""
    le = b"" if ne is None else (ne & 0xFFFF).to_bytes(2, "big")
    return lc + (b"\0" + le if le and not data else le)


def tlv(tag: int, value: bytes) -> bytes:
    """A data object of less than 256 bytes."""
    length = bytes((len(value),)) if len(value) < 0x80 else bytes((0x81, len(value) & 0xFF))
    return tag.to_bytes(2 if tag > 0xFF else 1, "big") + length + value


def mutate(rng: random.Random, apdu: bytes) -> bytes:
    """Bytes changed, cut, doubled or added."""
    changed = bytearray(apdu)
    for _ in range(rng.choice((1, 1, 2, 4))):
        how = rng.randrange(5)
        place = rng.randrange(len(changed)) if changed else 0
        if how == 0 and changed:
            changed[place] = rng.randrange(256)
        elif how == 1 and changed:
            changed[place] ^= 1 << rng.randrange(8)
        elif how == 2:
            del changed[place:]
        elif how == 3:
            changed[place:place] = rng.randbytes(rng.choice((1, 2, 5)))
        else:
            changed += changed[place:]
    return bytes(changed)


def with_a_bit_turned(rng: random.Random, protected: CommandAPDU) -> CommandAPDU:
    """A protected command, one bit of its data field turned."""
    data = bytearray(protected.data)
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return protected._replace(data=bytes(data))


def is_refusal(response: bytes) -> bool:
    """Whether a response is a bare status word of an error."""
    return len(response) == 2 and response[0] not in SUCCESS_AND_WARNINGS

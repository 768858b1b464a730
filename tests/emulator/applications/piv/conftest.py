"""A terminal that speaks to a PIV card, and cards made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from Crypto.Cipher import AES, DES, DES3

from emulator import Card

AID = "A000000308000010000100"
SELECT = f"00A404000B{AID}00"
PIN, PUK = b"123456\xff\xff", b"12345678"
MANAGEMENT_KEY = bytes.fromhex("010203040506070801020304050607080102030405060708")
DEFINITION = """
[[applications]]
name = "A0 00 00 03 08 00 00 10 00 01 00"
path = "3F00/7F50"
type = "piv"
[applications.options]
management_extensions = true
"""


def tlv(tag: int, value: bytes) -> bytes:
    """One data object."""
    size = len(value)
    length = (
        bytes((size,)) if size < 0x80 else bytes((0x81, size)) if size < 0x100 else b"\x82" + size.to_bytes(2, "big")
    )
    return tag.to_bytes((tag.bit_length() + 7) // 8, "big") + length + value


def block_cipher(key: bytes, algorithm: int = 0x03) -> Any:
    """The cipher as pycryptodome has it, which takes no three keys that are one: they are DES."""
    if algorithm != 0x03:
        return AES.new(key, AES.MODE_ECB)
    if key == key[:8] * 3:
        return DES.new(key[:8], DES.MODE_ECB)  # noqa: S304 (the well-known management key is this)
    return DES3.new(key, DES3.MODE_ECB)


class PIVTerminal:
    """Sends commands to a PIV card."""

    def __init__(self, card: Card) -> None:
        self.card = card
        card.power_on()

    def send(self, command: str | bytes) -> tuple[bytes, int]:
        """Response data and status word, waiting data fetched."""
        response = self.card.transmit(bytes.fromhex(command) if isinstance(command, str) else command)
        data = response[:-2]
        while response[-2] == 0x61:
            response = self.card.transmit(bytes((0x00, 0xC0, 0x00, 0x00, response[-1])))
            data += response[:-2]
        return data, int.from_bytes(response[-2:], "big")

    def sw(self, command: str | bytes) -> str:
        """The status word as four hex digits."""
        return f"{self.send(command)[1]:04X}"

    def command(self, ins: int, p1: int, p2: int, data: bytes = b"", ne: int | None = 256) -> tuple[bytes, int]:
        """Send a command, in a chain where it is long."""
        while len(data) > 255:
            assert self.card.transmit(bytes((0x10, ins, p1, p2, 255)) + data[:255]) == b"\x90\x00"
            data = data[255:]
        lc = bytes((len(data),)) + data if data else b""
        return self.send(bytes((0x00, ins, p1, p2)) + lc + (b"" if ne is None else b"\0"))

    def ok(self, ins: int, p1: int, p2: int, data: bytes = b"", ne: int | None = 256) -> bytes:
        """The response data of a command that has to succeed."""
        answer, sw = self.command(ins, p1, p2, data, ne)
        assert f"{sw:04X}" == "9000", f"{ins:02X} {p1:02X} {p2:02X}"
        return answer

    def word(self, ins: int, p1: int, p2: int, data: bytes = b"", ne: int | None = 256) -> str:
        """The status word of a command."""
        return f"{self.command(ins, p1, p2, data, ne)[1]:04X}"

    def verify(self, value: bytes = PIN, reference: int = 0x80) -> str:
        """The status word of VERIFY."""
        return self.word(0x20, 0x00, reference, value, None)

    def get(self, tag: str) -> bytes:
        """GET DATA."""
        return self.ok(0xCB, 0x3F, 0xFF, tlv(0x5C, bytes.fromhex(tag)))

    def get_word(self, tag: str) -> str:
        """The status word of GET DATA."""
        return self.word(0xCB, 0x3F, 0xFF, tlv(0x5C, bytes.fromhex(tag)))

    def put_word(self, tag: str, content: bytes) -> str:
        """The status word of PUT DATA."""
        return self.word(0xDB, 0x3F, 0xFF, tlv(0x5C, bytes.fromhex(tag)) + tlv(0x53, content), None)

    def general_authenticate(self, algorithm: int, key: int, *objects: tuple[int, bytes]) -> bytes:
        """The value of the data object in the response."""
        template = tlv(0x7C, b"".join(tlv(*each) for each in objects))
        answer = self.ok(0x87, algorithm, key, template)
        return answer[4 if answer[1] < 0x80 else 2 * (answer[1] - 0x80) + 4 :] if answer else b""

    def authenticate_word(self, algorithm: int, key: int, *objects: tuple[int, bytes]) -> str:
        """The status word of GENERAL AUTHENTICATE."""
        return self.word(0x87, algorithm, key, tlv(0x7C, b"".join(tlv(*each) for each in objects)))

    def administrate(self, key: bytes = MANAGEMENT_KEY, algorithm: int = 0x03) -> None:
        """Authenticate as the administrator, by a challenge."""
        challenge = self.general_authenticate(algorithm, 0x9B, (0x81, b""))
        self.general_authenticate(algorithm, 0x9B, (0x82, block_cipher(key, algorithm).encrypt(challenge)))

    def generate(self, key: int, algorithm: int, more: bytes = b"") -> bytes:
        """The public key of a key that is generated, as in the response."""
        return self.ok(0x47, 0x00, key, tlv(0xAC, tlv(0x80, bytes((algorithm,))) + more))


@pytest.fixture
def piv() -> PIVTerminal:
    """A terminal with a new card of the profile."""
    return PIVTerminal(Card.from_profile("piv"))


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., PIVTerminal]:
    """A terminal with a card of a definition that begins with DEFINITION."""

    def new(options: str = "", before: str = "", *, extended: bool = True) -> PIVTerminal:
        path = tmp_path / "piv.toml"
        base = DEFINITION if extended else DEFINITION.replace("true", "false")
        path.write_text(before + base + options, encoding="utf-8")
        return PIVTerminal(Card.from_profile(path))

    return new

"""A terminal that speaks to an OpenPGP card, and cards made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator import Card
from iso7816.ber_tlv import TLV, decode_all

SELECT = "00A4040006D27600012401"
PW1, PW3 = b"123456", b"12345678"
SIGNATURES, OTHER_USES, ADMINISTRATION = 0x81, 0x82, 0x83
SIGNATURE, DECRYPTION, AUTHENTICATION = "B600", "B800", "A400"
ED25519, X25519 = "162B06010401DA470F01", "122B060104019755010501"
DEFINITION = """
[[applications]]
name = "D2 76 00 01 24 01 03 04 FF FF 00 00 00 02 00 00"
path = "3F00/7F4F"
type = "openpgp"
[applications.options]
"""


def tlv(tag: int, value: bytes) -> bytes:
    """One data object."""
    return TLV(tag, value).to_bytes()


class OpenPGPTerminal:
    """Sends commands to an OpenPGP card that it has selected."""

    def __init__(self, card: Card) -> None:
        self.card = card
        card.power_on()
        self.sw(SELECT)

    def send(self, command: str | bytes) -> tuple[bytes, int]:
        """Response data and status word, waiting data fetched."""
        response = self.card.transmit(bytes.fromhex(command) if isinstance(command, str) else command)
        data = response[:-2]
        while response[-2] == 0x61:
            response = self.card.transmit(bytes((0x00, 0xC0, 0x00, 0x00, response[-1])))
            data += response[:-2]
        return data, int.from_bytes(response[-2:], "big")

    def command(self, ins: int, p1: int, p2: int, data: bytes = b"", *, le: bool = True) -> tuple[bytes, int]:
        """A command with extended lengths."""
        lc = b"\0" + len(data).to_bytes(2, "big") if data else b""
        end = (b"\0\0" if data else b"\0\0\0") if le else b""
        return self.send(bytes((0x00, ins, p1, p2)) + lc + data + end)

    def word(self, ins: int, p1: int, p2: int, data: bytes = b"", *, le: bool = False) -> str:
        """The status word of such a command, as four hex digits."""
        return f"{self.command(ins, p1, p2, data, le=le)[1]:04X}"

    def sw(self, command: str) -> str:
        """The status word as four hex digits."""
        return f"{self.send(command)[1]:04X}"

    def ok(self, ins: int, p1: int, p2: int, data: bytes = b"") -> bytes:
        """The data of a command that must answer 9000."""
        response, sw = self.command(ins, p1, p2, data)
        assert f"{sw:04X}" == "9000"
        return response

    def verify(self, reference: int, value: bytes | None = None) -> str:
        """The status word of VERIFY; without a value that which a new card has."""
        value = (PW3 if reference == ADMINISTRATION else PW1) if value is None else value
        return self.word(0x20, 0, reference, value)

    def verify_all(self) -> None:
        """PW1 by both references, and PW3."""
        assert {self.verify(reference) for reference in (SIGNATURES, OTHER_USES, ADMINISTRATION)} == {"9000"}

    def get(self, tag: int) -> bytes:
        """GET DATA."""
        return self.ok(0xCA, tag >> 8, tag & 0xFF)

    def put(self, tag: int, value: bytes | str) -> str:
        """The status word of PUT DATA."""
        return self.word(0xDA, tag >> 8, tag & 0xFF, bytes.fromhex(value) if isinstance(value, str) else value)

    def found(self, template: int, *tags: int) -> bytes:
        """The value of a data object within a template."""
        tlvs: tuple[TLV, ...] = decode_all(self.get(template))
        for tag in (template, *tags):
            found = next(tlv for tlv in tlvs if tlv.tag == tag)
            tlvs = found.children() if tag != tags[-1] else ()
        return found.value

    def tries(self) -> tuple[int, ...]:
        """The retry counters of PW1, the resetting code and PW3."""
        return tuple(self.get(0xC4)[4:])

    def generate(self, template: str) -> bytes:
        """GENERATE ASYMMETRIC KEY PAIR."""
        return self.ok(0x47, 0x80, 0x00, bytes.fromhex(template))

    def public_key(self, template: str) -> bytes:
        """The public key that is there."""
        return self.ok(0x47, 0x81, 0x00, bytes.fromhex(template))


@pytest.fixture
def openpgp() -> OpenPGPTerminal:
    """A terminal with a new card of the built-in profile."""
    return OpenPGPTerminal(Card.from_profile("openpgp"))


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., OpenPGPTerminal]:
    """A terminal with a card made with these options."""

    def new(options: str = "", before: str = "") -> OpenPGPTerminal:
        path = tmp_path / "card.toml"
        path.write_text(before + DEFINITION + options, encoding="utf-8")
        return OpenPGPTerminal(Card.from_profile(path))

    return new


@pytest.fixture
def administered(openpgp: Any) -> Any:
    """The same with everything verified."""
    openpgp.verify_all()
    return openpgp

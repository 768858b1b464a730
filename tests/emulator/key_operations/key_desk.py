"""What the tests of key operations share: long commands, environments, and keys of every kind."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emulator import Card
from iso7816.apdu import CommandAPDU, ResponseAPDU
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind

RSA_KEYS = tomllib.loads((Path(__file__).parent / "vectors" / "rsa_keys.toml").read_text(encoding="utf-8"))
CURVES = ("p-256", "p-384", "p-521", "secp256k1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1")
COMPUTE, VERIFY, BOTH = 0x41, 0x81, 0xC1


class KeyDesk:
    """Sends the commands of key operations to a card."""

    def __init__(self, card: Card) -> None:
        self.card = card

    def send(self, ins: int, parameters: int, data: bytes = b"", ne: int | None = None) -> tuple[bytes, str]:
        """Response data and status word of one command, in the shortest form that carries it."""
        command = CommandAPDU(0, ins, parameters >> 8, parameters & 0xFF, data, ne)
        response = ResponseAPDU.parse(self.card.transmit(command.to_bytes()))
        return response.data, f"{response.sw:04X}"

    def ok(self, ins: int, parameters: int, data: bytes = b"", ne: int | None = None) -> bytes:
        """The response data of a command that must answer 9000."""
        answer, sw = self.send(ins, parameters, data, ne)
        assert sw == "9000"
        return answer

    def in_parts(self, ins: int, parameters: int, data: bytes, *, le: bool = True) -> tuple[bytes, str]:
        """The same in a chain of short commands, whose response GET RESPONSE fetches."""
        header = bytes((ins, parameters >> 8, parameters & 0xFF))
        pieces = [data[start : start + 200] for start in range(0, len(data), 200)] or [b""]
        for piece in pieces[:-1]:
            assert self.card.transmit(b"\x10" + header + bytes((len(piece),)) + piece) == b"\x90\x00"
        response = self.card.transmit(b"\0" + header + bytes((len(pieces[-1]),)) + pieces[-1] + b"\0" * le)
        whole = response[:-2]
        while response[-2] == 0x61:
            response = self.card.transmit(bytes((0, 0xC0, 0, 0, response[-1])))
            whole += response[:-2]
        return whole, response[-2:].hex().upper()

    def set(self, kind: TemplateKind, use: int, mechanism: int | None = None, key: int = 1, **more: Any) -> None:
        """MANAGE SECURITY ENVIRONMENT SET of a key for both of its halves."""
        named = None if mechanism is None else bytes((mechanism,))
        template = ControlReferenceTemplate(kind, named, bytes((key,)), bytes((key,)), **more)
        assert self.send(0x22, use << 8 | kind, template.to_bytes()) == (b"", "9000")


def key_table(key_type: str, usage: str, more: str = "generated = true", reference: int = 1) -> str:
    """One element of ``keys`` of a card definition."""
    return f'[[keys]]\nreference = {reference}\ntype = "{key_type}"\nusage = {usage}\n{more}\n'.replace("'", '"')


def rsa_key(bits: int) -> str:
    """The key ``pem`` of a card definition, with a key of so many bits."""
    return f'pem = """{RSA_KEYS[str(bits)]}"""'


def desk_with(define: Callable[[str], Any], *tables: str) -> KeyDesk:
    """A desk with a card of these tables."""
    return KeyDesk(define("".join(tables)).card)

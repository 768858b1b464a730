"""Published vectors through a card: each key is imported, then used."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from emulator import Card
from iso7816.apdu import CommandAPDU, ResponseAPDU
from iso7816.ber_tlv import TLV, encode_all
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.digital_signature import signed_input
from iso7816.key_import import KeyImport
from iso7816.mechanisms import MECHANISMS, Scheme

VECTORS = tomllib.loads((Path(__file__).parent / "vectors" / "published.toml").read_text(encoding="utf-8"))["vector"]
OPERATIONS = {
    "sign": (TemplateKind.SIGNATURE, 0x41, "sign"),
    "verify": (TemplateKind.SIGNATURE, 0x81, "verify"),
    "decipher": (TemplateKind.CONFIDENTIALITY, 0x41, "decipher"),
    "agree": (TemplateKind.KEY_AGREEMENT, 0x81, "agree"),
    "checksum": (TemplateKind.CHECKSUM, 0x41, "compute checksum"),
}
KEY = b"\x01"
SIZED = ("aes", "3des", "hmac", "rsa")


def octets(vector: Mapping[str, Any], name: str) -> bytes:
    return bytes.fromhex(vector[name])


def parts(table: Mapping[str, str]) -> tuple[tuple[int, bytes], ...]:
    return tuple((int(tag, 16), bytes.fromhex(value)) for tag, value in table.items())


def send(card: Card, ins: int, parameters: int, data: bytes, ne: int | None = None) -> tuple[bytes, str]:
    command = CommandAPDU(0, ins, parameters >> 8, parameters & 0xFF, data, ne).to_bytes()
    response = ResponseAPDU.parse(card.transmit(command))
    return response.data, f"{response.sw:04X}"


def ready(define: Callable[[str], Any], vector: Mapping[str, Any]) -> Card:
    """A card into which the key of the vector was imported, and whose environment names it."""
    kind, use, usage = OPERATIONS[vector["operation"]]
    size = f"size = {vector['bits']}\n" if vector["type"] in SIZED else ""
    key = f'[[keys]]\nreference = 1\ntype = "{vector["type"]}"\n{size}usage = ["{usage}"]\n'
    card: Card = define(f'{key}empty = true\nupdate = "always"\n').card
    own = "key" in vector
    named = ControlReferenceTemplate(kind, private_key=KEY) if own else ControlReferenceTemplate(kind, key=KEY)
    imported = KeyImport(named, parts(vector["key" if own else "public"]), is_public=not own)
    assert send(card, 0xDB, 0x3FFF, imported.to_bytes()) == (b"", "9000")
    initial_value = octets(vector, "initial_value") if "initial_value" in vector else None
    template = ControlReferenceTemplate(
        kind, bytes((vector["mechanism"],)), named.key, named.private_key, initial_value=initial_value
    )
    assert send(card, 0x22, use << 8 | kind, template.to_bytes()) == (b"", "9000")
    return card


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_a_published_vector(define: Callable[[str], Any], vector: Mapping[str, Any]) -> None:
    card = ready(define, vector)
    match vector["operation"]:
        case "sign":
            data = signed_input(MECHANISMS[vector["mechanism"]], octets(vector, "message"))
            assert send(card, 0x2A, 0x9E9A, data, 65536) == (octets(vector, "output"), "9000")
        case "verify":
            data = signed_input(MECHANISMS[vector["mechanism"]], octets(vector, "message"))
            objects = encode_all((TLV(0x9A, data), TLV(0x9E, octets(vector, "signature"))))
            assert send(card, 0x2A, 0x00A8, objects) == (b"", "9000" if vector["right"] else "6300")
        case "decipher":
            assert send(card, 0x2A, 0x8086, octets(vector, "cryptogram"), 65536) == (octets(vector, "output"), "9000")
        case "agree":
            other = TLV(0x7F49, encode_all(TLV(*part) for part in parts(vector["public"])))
            cipher = TLV(0xA6, other.to_bytes()).to_bytes()
            assert send(card, 0x2A, 0x8086, cipher, 256) == (octets(vector, "output"), "9000")
        case "checksum":
            assert send(card, 0x2A, 0x8E80, octets(vector, "message"), 256) == (octets(vector, "output"), "9000")


def test_every_vector_names_its_source_and_has_an_id_of_its_own() -> None:
    assert all(vector["source"] for vector in VECTORS)
    assert len({vector["id"] for vector in VECTORS}) == len(VECTORS)


def test_every_scheme_that_uses_a_key_has_a_vector() -> None:
    schemes = {MECHANISMS[vector["mechanism"]].scheme for vector in VECTORS}
    # One block is tried in tests/iso7816/test_authentication.py, a hash alone in the scenarios.
    assert schemes == set(Scheme) - {Scheme.BLOCK, Scheme.HASH}

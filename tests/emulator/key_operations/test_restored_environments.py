"""Templates of every kind stored, brought back after a power loss, and used as they were set."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from key_desk import BOTH, COMPUTE, VERIFY, KeyDesk, desk_with, key_table

from emulator import Card
from iso7816.asymmetric_keys import generate_private_key
from iso7816.ber_tlv import TLV, encode_all
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.digital_signature import compute_signature, hash_code, signed_input
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.key_import import KeyImport
from iso7816.mechanisms import MECHANISMS, HashAlgorithm
from iso7816.public_key_template import public_key_from_template, public_key_template

MESSAGE = b"what is signed"
STORE, RESTORE, ERASE = 0xF207, 0xF307, 0xF407
PAIR = "generated = true\nupdate = 'always'"


@pytest.fixture
def through_power(tmp_path: Path) -> Any:
    """Store the current environment, save the card, and open it anew: a desk whose environment is the empty one."""
    opened: list[Card] = []

    def go(desk: KeyDesk) -> KeyDesk:
        desk.ok(0x22, STORE)
        path = tmp_path / f"stored-{len(opened)}.card"
        desk.card.save(path)
        opened.append(Card.open(path))
        opened[-1].power_on()
        return KeyDesk(opened[-1])

    yield go
    for card in opened:
        card.close()


def public_key(desk: KeyDesk, key_type: str) -> Any:
    template = desk.ok(0x46, 0x8100, bytes.fromhex("B603840101"), 256)
    return public_key_from_template(KeyAlgorithm(key_type), template)


def is_signed(public: ec.EllipticCurvePublicKey, signature: bytes, message: bytes) -> None:
    half = len(signature) // 2
    numbers = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
    public.verify(encode_dss_signature(*numbers), message, ec.ECDSA(hashes.SHA256()))


def test_of_authentication_for_the_card(define: Callable[[str], Any], through_power: Any) -> None:
    desk = desk_with(define, key_table("p-256", "['internal']"))
    desk.set(TemplateKind.AUTHENTICATION, COMPUTE, 0x44)
    desk = through_power(desk)
    challenge = os.urandom(16)
    assert desk.send(0x88, 0, challenge, 64)[1] == "6A88"
    desk.ok(0x22, RESTORE)
    is_signed(public_key(desk, "p-256"), desk.ok(0x88, 0, challenge, 64), challenge)
    assert desk.send(0x82, 0)[1] == "6A88"  # that was the other use


def test_of_authentication_for_the_outside(define: Callable[[str], Any], through_power: Any) -> None:
    file = '[files."3F00/6F01"]\ntype = "transparent"\ncontent = "x"\naccess = { read = "key 1" }\n'
    desk = desk_with(define, key_table("p-256", "['external']", "empty = true\nupdate = 'always'"), file)
    key = generate_private_key(KeyAlgorithm.P_256, 256)
    named = ControlReferenceTemplate(TemplateKind.AUTHENTICATION, key=b"\x01")
    desk.ok(0xDB, 0x3FFF, KeyImport.of_public_key(named, key.public_key()).to_bytes())  # type: ignore[arg-type]
    desk.set(TemplateKind.AUTHENTICATION, VERIFY, 0x44)
    desk = through_power(desk)
    desk.ok(0x22, 0xF300)  # the default one is that of the file's rule, which names the key, too
    assert desk.send(0x82, 0)[1] == "6A88"
    desk.ok(0x22, RESTORE)
    assert desk.send(0x82, 0)[1] == "6300"
    token = compute_signature(MECHANISMS[0x44], key, signed_input(MECHANISMS[0x44], desk.ok(0x84, 0, ne=16)))
    assert desk.send(0xB0, 0x8100, ne=1)[1] == "6982"
    desk.ok(0x82, 0, token)
    assert desk.ok(0xB0, 0x8100, ne=1) == b"x"
    assert desk.send(0x88, 0, bytes(16), 64)[1] == "6A88"


@pytest.mark.parametrize(("use", "signs", "verifies"), [(COMPUTE, True, False), (VERIFY, False, True)])
def test_of_signatures(define: Callable[[str], Any], through_power: Any, use: int, signs: bool, verifies: bool) -> None:
    desk = desk_with(define, key_table("p-256", "['sign', 'verify']"))
    code = hash_code(HashAlgorithm.SHA_256, MESSAGE)
    desk.set(TemplateKind.SIGNATURE, BOTH, 0x44)
    signature = desk.ok(0x2A, 0x9E9A, code, 64)
    is_signed(public_key(desk, "p-256"), signature, MESSAGE)
    desk.ok(0x22, 0xF300)
    desk.set(TemplateKind.SIGNATURE, use, 0x44)
    desk = through_power(desk)
    objects = encode_all((TLV(0x9A, code), TLV(0x9E, signature)))
    for restored in (False, True):
        if restored:
            desk.ok(0x22, RESTORE)
        again, sw = desk.send(0x2A, 0x9E9A, code, 64)
        assert sw == ("9000" if restored and signs else "6985")
        if again:
            is_signed(public_key(desk, "p-256"), again, MESSAGE)
        assert desk.send(0x2A, 0x00A8, objects)[1] == ("9000" if restored and verifies else "6985")


@pytest.mark.parametrize("use", [COMPUTE, VERIFY])
@pytest.mark.parametrize("key_type", ["p-256", "x25519"])
def test_of_key_agreement(define: Callable[[str], Any], through_power: Any, key_type: str, use: int) -> None:
    desk = desk_with(define, key_table(key_type, "['agree']"))
    desk.set(TemplateKind.KEY_AGREEMENT, use, 0x0C)
    desk = through_power(desk)
    algorithm = KeyAlgorithm(key_type)
    own: Any = generate_private_key(algorithm, algorithm.sizes[0])
    command = TLV(0xA6, public_key_template(own.public_key())).to_bytes()
    assert desk.send(0x2A, 0x8086, command, 256)[1] == "6985"
    desk.ok(0x22, RESTORE)
    public = public_key(desk, key_type)
    secret = own.exchange(public) if isinstance(own, x25519.X25519PrivateKey) else own.exchange(ec.ECDH(), public)
    assert desk.ok(0x2A, 0x8086, command, 256) == secret
    assert desk.send(0x2A, 0x9E9A, bytes(32), 256)[1] == "6985"  # no template of signatures was stored
    desk.ok(0x22, ERASE)
    assert desk.ok(0x2A, 0x8086, command, 256) == secret  # the current one stays
    assert desk.send(0x22, RESTORE)[1] == "6A88"


def test_of_hashes_and_all_kinds_together(define: Callable[[str], Any], through_power: Any) -> None:
    secret = key_table("aes", "['encipher', 'decipher', 'compute checksum']", f"value = '{16 * '5A'}'", reference=2)
    desk = desk_with(define, key_table("p-256", "['sign', 'internal', 'agree']"), secret)
    desk.ok(0x22, 0x41AA, b"\x80\x01\x60")
    desk.set(TemplateKind.SIGNATURE, BOTH, 0x04)
    desk.set(TemplateKind.AUTHENTICATION, COMPUTE, 0x44)
    desk.set(TemplateKind.KEY_AGREEMENT, BOTH, 0x0C)
    desk.set(TemplateKind.CHECKSUM, COMPUTE, 0x0F, key=2)
    desk.set(TemplateKind.CONFIDENTIALITY, BOTH, 0x0D, key=2)
    checksum, cryptogram = desk.ok(0x2A, 0x8E80, MESSAGE, 16), desk.ok(0x2A, 0x8480, MESSAGE, 16)
    desk = through_power(desk)
    assert desk.send(0x2A, 0x9080, MESSAGE, 64)[1] == "6985"
    desk.ok(0x22, RESTORE)
    assert desk.ok(0x2A, 0x9080, MESSAGE, 64) == hash_code(HashAlgorithm.SHA_512, MESSAGE)
    signature = desk.ok(0x2A, 0x9E9A, b"", 64)
    half = len(signature) // 2
    numbers = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
    public_key(desk, "p-256").verify(encode_dss_signature(*numbers), MESSAGE, ec.ECDSA(hashes.SHA512()))
    is_signed(public_key(desk, "p-256"), desk.ok(0x88, 0, bytes(16), 64), bytes(16))
    assert desk.ok(0x2A, 0x8E80, MESSAGE, 16) == checksum
    assert desk.ok(0x2A, 0x8480, MESSAGE, 16) == cryptogram
    own: Any = generate_private_key(KeyAlgorithm.P_256, 256)
    command = TLV(0xA6, public_key_template(own.public_key())).to_bytes()
    assert desk.ok(0x2A, 0x8086, command, 32) == own.exchange(ec.ECDH(), public_key(desk, "p-256"))

"""Key pairs made by GENERATE ASYMMETRIC KEY PAIR, used at once and after a power loss, judged from outside."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from key_desk import BOTH, CURVES, KeyDesk, desk_with, key_table

from emulator import Card
from iso7816.asymmetric_keys import generate_private_key
from iso7816.ber_tlv import TLV, encode_all
from iso7816.control_reference import TemplateKind
from iso7816.digital_signature import hash_code
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.mechanisms import HashAlgorithm
from iso7816.public_key_template import public_key_from_template, public_key_template

NAME = bytes.fromhex("B603840101")
MESSAGE = b"what is signed"


def empty(define: Callable[[str], Any], key_type: str, usage: str) -> KeyDesk:
    return desk_with(define, key_table(key_type, usage, "empty = true\ngenerate = 'always'"))


def generate(desk: KeyDesk, key_type: str) -> Any:
    return public_key_from_template(KeyAlgorithm(key_type), desk.ok(0x46, 0x8000, NAME, 256))


def judge(public: Any, signature: bytes, message: bytes) -> None:
    """Raises InvalidSignature."""
    if isinstance(public, ed25519.Ed25519PublicKey):
        public.verify(signature, message)
        return
    half = len(signature) // 2
    numbers = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
    public.verify(encode_dss_signature(*numbers), message, ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize("key_type", ["ed25519", *CURVES])
def test_it_signs_on_every_curve(define: Callable[[str], Any], tmp_path: Path, key_type: str) -> None:
    desk = empty(define, key_type, "['sign', 'verify', 'internal']")
    is_edwards = key_type == "ed25519"
    mechanism = 0x08 if is_edwards else 0x44
    signed = MESSAGE if is_edwards else hash_code(HashAlgorithm.SHA_256, MESSAGE)
    desk.set(TemplateKind.SIGNATURE, BOTH, mechanism)
    assert desk.send(0x2A, 0x9E9A, signed, 256) == (b"", "6984")
    first, public = generate(desk, key_type), generate(desk, key_type)
    signature = desk.ok(0x2A, 0x9E9A, signed, 256)
    judge(public, signature, MESSAGE)
    with pytest.raises(InvalidSignature):
        judge(first, signature, MESSAGE)
    with pytest.raises(InvalidSignature):
        judge(public, signature, MESSAGE + b"\0")
    for wrong, judged in ((signature, "9000"), (signature[:-1] + bytes((signature[-1] ^ 1,)), "6300")):
        assert desk.send(0x2A, 0x00A8, encode_all((TLV(0x9A, signed), TLV(0x9E, wrong))))[1] == judged
    path = tmp_path / "generated.card"
    desk.card.save(path)
    with Card.open(path) as card:
        card.power_on()
        again = KeyDesk(card)
        again.set(TemplateKind.SIGNATURE, BOTH, mechanism)
        judge(public, again.ok(0x2A, 0x9E9A, signed, 256), MESSAGE)
        challenge = os.urandom(16)
        judge(public, again.ok(0x88, 0x0001, challenge, 256), challenge)


@pytest.mark.parametrize("key_type", ["x25519", *CURVES])
def test_it_agrees_on_every_curve(define: Callable[[str], Any], key_type: str) -> None:
    desk = empty(define, key_type, "['agree']")
    algorithm = KeyAlgorithm(key_type)
    own: Any = generate_private_key(algorithm, algorithm.sizes[0])
    command = TLV(0xA6, public_key_template(own.public_key())).to_bytes()
    desk.set(TemplateKind.KEY_AGREEMENT, BOTH, 0x0C)
    assert desk.send(0x2A, 0x8086, command, 256) == (b"", "6984")
    secrets = set()
    for _ in range(2):
        public = generate(desk, key_type)
        secret = own.exchange(public) if isinstance(own, x25519.X25519PrivateKey) else own.exchange(ec.ECDH(), public)
        assert len(secret) == (algorithm.sizes[0] + 7) // 8
        assert desk.ok(0x2A, 0x8086, command, 256) == secret
        secrets.add(secret)
    assert len(secrets) == 2


@pytest.mark.parametrize("point", [bytes(32), b"\x01" + bytes(31), bytes(31), bytes(33), b""])
def test_points_of_x25519_that_give_no_secret_are_refused(define: Callable[[str], Any], point: bytes) -> None:
    """Of small order (RFC 7748, 6.1: the secret would be zero), or of another length."""
    desk = empty(define, "x25519", "['agree']")
    generate(desk, "x25519")
    desk.set(TemplateKind.KEY_AGREEMENT, BOTH, 0x0C)
    command = TLV(0xA6, TLV(0x7F49, TLV(0x86, point).to_bytes()).to_bytes()).to_bytes()
    assert desk.send(0x2A, 0x8086, command, 256) == (b"", "6A80")

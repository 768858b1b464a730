"""INTERNAL, EXTERNAL and MUTUAL AUTHENTICATE, by secret keys and by key pairs."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from key_desk import CURVES, KeyDesk, desk_with, key_table, rsa_key

from iso7816.asymmetric_keys import generate_private_key
from iso7816.authentication import KeyType, mutual_token, read_mutual_token
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.digital_signature import compute_signature, is_signature_right, signed_input
from iso7816.icc import TransmissionProtocol
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.key_import import KeyImport
from iso7816.mechanisms import MECHANISMS
from iso7816.public_key_template import public_key_from_template

FILE = '[files."3F00/6F01"]\ntype = "transparent"\ncontent = "x"\naccess = { read = "key 1" }\n'
BOTH = "['internal', 'external']"
AES = bytes(range(16))


def public_key(desk: KeyDesk, algorithm: KeyAlgorithm, reference: int = 1) -> Any:
    template, sw = desk.in_parts(0x46, 0x8100, bytes((0xB6, 3, 0x84, 1, reference)))
    assert sw == "9000"
    return public_key_from_template(algorithm, template)


def usual(algorithm: KeyAlgorithm) -> int:
    return {KeyAlgorithm.RSA: 0x43, KeyAlgorithm.ED25519: 0x08}.get(algorithm, 0x44)


def give(desk: KeyDesk, key: Any, reference: int = 1) -> None:
    named = ControlReferenceTemplate(TemplateKind.AUTHENTICATION, key=bytes((reference,)))
    desk.ok(0xDB, 0x3FFF, KeyImport.of_public_key(named, key.public_key()).to_bytes())


def of_outside(key_type: str, more: str = "") -> str:
    """A table for a public key that is given later."""
    return key_table(key_type, "['external']", f"empty = true\nupdate = 'always'\n{more}")


@pytest.mark.parametrize("key_type", ["rsa", "ed25519", *CURVES])
def test_the_card_shows_that_it_has_a_key_pair(define: Callable[[str], Any], key_type: str) -> None:
    algorithm = KeyAlgorithm(key_type)
    table = key_table(key_type, BOTH, rsa_key(4096) if key_type == "rsa" else "generated = true")
    desk = desk_with(define, table)
    challenge = os.urandom(20)
    token, sw = desk.in_parts(0x88, 0x0001, challenge)
    assert sw == "9000"
    mechanism = MECHANISMS[usual(algorithm)]
    assert is_signature_right(mechanism, public_key(desk, algorithm), signed_input(mechanism, challenge), token)


@pytest.mark.parametrize("key_type", ["rsa", "ed25519", *CURVES])
def test_the_outside_shows_that_it_has_a_key_pair(define: Callable[[str], Any], key_type: str) -> None:
    algorithm = KeyAlgorithm(key_type)
    size = "size = 1024" if key_type == "rsa" else ""
    desk = desk_with(define, of_outside(key_type, f"{size}\ntries = 2"), FILE)
    key = generate_private_key(algorithm, 1024 if key_type == "rsa" else algorithm.sizes[0])
    give(desk, key)
    mechanism = MECHANISMS[usual(algorithm)]
    assert desk.send(0xB0, 0x8100, ne=1)[1] == "6982"
    challenge = desk.ok(0x84, 0, ne=16)
    token = compute_signature(mechanism, key, signed_input(mechanism, challenge))
    assert desk.send(0x82, 0x0001, bytes(len(token)))[1] == "63C1"
    assert desk.send(0x82, 0x0001, token)[1] == "6985"  # the challenge served the attempt before
    challenge = desk.ok(0x84, 0, ne=16)
    token = compute_signature(mechanism, key, signed_input(mechanism, challenge))
    desk.ok(0x82, mechanism.reference << 8 | 1, token)
    desk.ok(0x82, 0x0001)
    assert desk.ok(0xB0, 0x8100, ne=1) == b"x"
    give(desk, generate_private_key(algorithm, 1024 if key_type == "rsa" else algorithm.sizes[0]))
    assert desk.send(0x82, 0x0001)[1] == "63C2"  # another key is in its place
    assert desk.send(0xB0, 0x8100, ne=1)[1] == "6982"


def test_what_external_authenticate_by_a_key_pair_refuses(define: Callable[[str], Any]) -> None:
    desk = desk_with(define, of_outside("p-256", "tries = 2"))
    assert desk.send(0x82, 0x0001)[1] == "6984"  # there is no key yet
    give(desk, generate_private_key(KeyAlgorithm.P_256, 256))
    assert desk.send(0x82, 0x0401, bytes(64))[1] == "6984"  # 04 does not say how the challenge is hashed
    assert desk.send(0x82, 0x4301, bytes(64))[1] == "6A88"
    assert desk.send(0x88, 0x0001, bytes(16), 256)[1] == "6984"
    assert desk.send(0x82, 0x0001, bytes(64))[1] == "6985"
    desk.ok(0x84, 0, ne=7)
    assert desk.send(0x82, 0x0001, bytes(64))[1] == "6985"  # too short a challenge
    desk.ok(0x84, 0, ne=8)
    assert desk.send(0x82, 0x0001, bytes(63))[1] == "6700"
    desk.ok(0x84, 0, ne=8)
    assert desk.send(0x82, 0x0001, bytes(72))[1] == "6700"  # mutual authentication has a response
    for left in (1, 0):
        desk.ok(0x84, 0, ne=8)
        assert desk.send(0x82, 0x0001, bytes(64))[1] == f"63C{left}"
    desk.ok(0x84, 0, ne=8)
    assert desk.send(0x82, 0x0001, bytes(64))[1] == "6983"
    assert desk.send(0x82, 0x0001)[1] == "6983"


@pytest.mark.parametrize("protocol", ["T0", "T1"])
@pytest.mark.parametrize(("cipher", "key"), [(KeyType.AES, AES), (KeyType.TRIPLE_DES, AES)])
def test_mutual_authentication_by_a_secret_key(
    define: Callable[[str], Any], protocol: str, cipher: KeyType, key: bytes
) -> None:
    table = key_table(cipher.value, BOTH, f"value = '{key.hex()}'\ntries = 3")
    desk = desk_with(define, '[card]\nprotocols = ["T=0", "T=1"]\n', table, FILE)
    desk.card.set_protocol(TransmissionProtocol[protocol])
    size = cipher.challenge_length
    theirs = desk.ok(0x84, 0, ne=size)
    ours = os.urandom(size)
    token, sw = desk.in_parts(0x82, 0x0001, mutual_token(cipher, key, ours, theirs))
    assert sw == "9000"
    assert read_mutual_token(cipher, key, token) == (theirs, ours)
    assert desk.ok(0xB0, 0x8100, ne=1) == b"x"


def test_mutual_authentication_is_no_mirror(define: Callable[[str], Any]) -> None:
    desk = desk_with(define, key_table("aes", BOTH, f"value = '{AES.hex()}'\ntries = 3"))
    theirs = desk.ok(0x84, 0, ne=16)
    assert desk.in_parts(0x82, 0x0001, mutual_token(KeyType.AES, AES, theirs, theirs))[1] == "63C2"
    theirs = desk.ok(0x84, 0, ne=16)
    assert desk.in_parts(0x82, 0x0001, bytes(32))[1] == "63C1"
    theirs = desk.ok(0x84, 0, ne=16)
    assert desk.send(0x82, 0x0001, mutual_token(KeyType.AES, AES, bytes(16), theirs))[1] == "6700"  # no Le field
    one_way = desk_with(define, key_table("aes", "['external']", f"value = '{AES.hex()}'"))
    theirs = one_way.ok(0x84, 0, ne=16)
    assert one_way.in_parts(0x82, 0x0001, mutual_token(KeyType.AES, AES, bytes(16), theirs))[1] == "6984"


def test_mutual_authentication_by_two_key_pairs(define: Callable[[str], Any]) -> None:
    own = key_table("rsa", "['internal']", rsa_key(1024), reference=2)
    desk = desk_with(define, of_outside("p-384"), own, FILE)
    key = generate_private_key(KeyAlgorithm.P_384, 384)
    give(desk, key)
    desk.ok(0x22, 0x81A4, bytes.fromhex("800154830101"))
    desk.ok(0x22, 0x41A4, bytes.fromhex("800145840102"))
    theirs, ours = desk.ok(0x84, 0, ne=16), os.urandom(16)
    ecdsa, pss = MECHANISMS[0x54], MECHANISMS[0x45]
    token = ours + compute_signature(ecdsa, key, signed_input(ecdsa, ours + theirs))
    answer, sw = desk.in_parts(0x82, 0x0000, token)
    assert sw == "9000"
    assert answer[:16] == theirs
    signed = signed_input(pss, theirs + ours)
    assert is_signature_right(pss, public_key(desk, KeyAlgorithm.RSA, 2), signed, answer[16:])
    assert desk.ok(0xB0, 0x8100, ne=1) == b"x"
    theirs = desk.ok(0x84, 0, ne=16)
    token = theirs + compute_signature(ecdsa, key, signed_input(ecdsa, theirs + theirs))
    assert desk.in_parts(0x82, 0x0000, token)[1] == "6985"
    theirs = desk.ok(0x84, 0, ne=16)
    assert desk.in_parts(0x82, 0x0000, token)[1] == "6300"
    desk.ok(0x22, 0x41A4, bytes.fromhex("800103840102"))
    theirs = desk.ok(0x84, 0, ne=16)
    token = ours + compute_signature(ecdsa, key, signed_input(ecdsa, ours + theirs))
    assert desk.in_parts(0x82, 0x0000, token)[1] == "6985"  # 03 signs no challenge


def test_mutual_authentication_by_ed25519(define: Callable[[str], Any]) -> None:
    own = key_table("ed25519", "['internal']", "generated = true", reference=2)
    desk = desk_with(define, of_outside("ed25519"), own, FILE)
    key = generate_private_key(KeyAlgorithm.ED25519, 255)
    give(desk, key)
    desk.ok(0x22, 0x81A4, bytes.fromhex("800108830101"))
    desk.ok(0x22, 0x41A4, bytes.fromhex("800108840102"))
    theirs, ours = desk.ok(0x84, 0, ne=16), os.urandom(16)
    eddsa = MECHANISMS[0x08]
    answer, sw = desk.in_parts(0x82, 0x0000, ours + compute_signature(eddsa, key, ours + theirs))
    assert sw == "9000"
    assert answer[:16] == theirs
    assert is_signature_right(eddsa, public_key(desk, KeyAlgorithm.ED25519, 2), theirs + ours, answer[16:])
    assert desk.ok(0xB0, 0x8100, ne=1) == b"x"


def test_the_card_does_not_sign_the_challenge_that_it_gave(define: Callable[[str], Any]) -> None:
    desk = desk_with(define, key_table("p-256", BOTH))
    challenge = desk.ok(0x84, 0, ne=32)
    assert desk.send(0x88, 0x0001, challenge, 256)[1] == "6985"
    assert desk.send(0x88, 0x0401, challenge, 256)[1] == "6985"
    assert desk.send(0x88, 0x0401, bytes(32), 256)[1] == "9000"

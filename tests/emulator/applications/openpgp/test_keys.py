"""Generation and import of keys, and what is done with them (OpenPGP card 3.4.1, 4.4.3.12, 7.2.10 to 7.2.15, 7.2.18).

What the card makes is tried by OpenSSL, through ``cryptography``, with the public key that the card gives out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, x25519
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo, Prehashed

from iso7816.asymmetric_keys import curves
from iso7816.key_algorithms import KeyAlgorithm

from .conftest import (
    ADMINISTRATION,
    AUTHENTICATION,
    DECRYPTION,
    ED25519,
    OTHER_USES,
    SELECT,
    SIGNATURE,
    SIGNATURES,
    X25519,
)
from .key_material import (
    ATTRIBUTES,
    CURVES,
    DIGEST,
    DIGEST_INFO,
    attributes,
    check_ecdsa,
    cipher_text,
    parts,
    point,
    rsa_key,
    sign,
)


def test_there_is_no_key_at_first(administered: Any) -> None:
    for template in ATTRIBUTES:
        assert administered.word(0x47, 0x81, 0, bytes.fromhex(template), le=True) == "6A88"
    assert administered.word(0x2A, 0x9E, 0x9A, DIGEST_INFO, le=True) == "6A88"
    assert administered.word(0x2A, 0x80, 0x86, bytes(257), le=True) == "6A88"
    assert administered.word(0x88, 0, 0, DIGEST_INFO, le=True) == "6A88"


# Signatures


@pytest.mark.parametrize("template", [SIGNATURE, AUTHENTICATION])
@pytest.mark.parametrize("bits", [2048, 3072])
def test_rsa_signs(administered: Any, template: str, bits: int) -> None:
    assert administered.put(ATTRIBUTES[template], attributes(template, KeyAlgorithm.RSA, bits)) == "9000"
    public = administered.generate(template)
    assert administered.public_key(template) == public
    key = rsa_key(public)
    assert key.key_size == bits
    key.verify(sign(administered, template, DIGEST_INFO), DIGEST, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    longest = bits // 8 * 4 // 10
    key.verify(sign(administered, template, b"x" * longest), b"x" * longest, padding.PKCS1v15(), NoDigestInfo())
    if template == SIGNATURE:
        administered.verify(SIGNATURES)
    too_long = b"x" * (longest + 1)
    ins, p1, p2 = (0x2A, 0x9E, 0x9A) if template == SIGNATURE else (0x88, 0, 0)
    assert administered.word(ins, p1, p2, too_long, le=True) == "6A80"


@pytest.mark.parametrize("template", [SIGNATURE, AUTHENTICATION])
@pytest.mark.parametrize("curve", CURVES)
def test_ecdsa_signs(administered: Any, template: str, curve: KeyAlgorithm) -> None:
    assert administered.put(ATTRIBUTES[template], attributes(template, curve)) == "9000"
    public = parts(administered.generate(template))[0x86]
    key = ec.EllipticCurvePublicKey.from_encoded_point(curves()[curve], public)
    for digest in (DIGEST, DIGEST * 2):
        check_ecdsa(key, sign(administered, template, digest), digest)


@pytest.mark.parametrize("template", [SIGNATURE, AUTHENTICATION])
def test_ed25519_signs_messages(administered: Any, template: str) -> None:
    administered.put(ATTRIBUTES[template], ED25519)
    key = ed25519.Ed25519PublicKey.from_public_bytes(parts(administered.generate(template))[0x86])
    for message in (b"m", b"message" * 200):
        key.verify(sign(administered, template, message), message)


def test_a_hash_code_of_no_hash_is_no_input_of_ecdsa(administered: Any) -> None:
    administered.put(0xC1, attributes(SIGNATURE, KeyAlgorithm.P_256))
    administered.generate(SIGNATURE)
    assert administered.word(0x2A, 0x9E, 0x9A, bytes(31), le=True) == "6A80"
    assert administered.get(0x93) == bytes(3), "nothing was signed"
    assert administered.word(0x2A, 0x9E, 0x9A, DIGEST, le=True) == "9000", "PW1 is still there"


def test_signatures_are_counted_by_key(administered: Any) -> None:
    administered.put(0xC1, ED25519)
    administered.put(0xC3, ED25519)
    administered.put(0xC4, "01")
    administered.generate(SIGNATURE)
    administered.generate(AUTHENTICATION)
    for count in (1, 2):
        sign(administered, SIGNATURE, b"m")
        sign(administered, AUTHENTICATION, b"m")
        assert administered.found(0x7A, 0x93) == bytes((0, 0, count))
    administered.generate(AUTHENTICATION)
    assert administered.get(0x93) == bytes((0, 0, 2))
    administered.generate(SIGNATURE)
    assert administered.get(0x93) == bytes(3)


# Deciphering


def test_rsa_deciphers(administered: Any) -> None:
    key = rsa_key(administered.generate(DECRYPTION))
    for message in (b"", b"session key", b"x" * 245):
        cryptogram = key.encrypt(message, padding.PKCS1v15())
        assert administered.ok(0x2A, 0x80, 0x86, b"\0" + cryptogram) == message
    assert administered.word(0x2A, 0x80, 0x86, b"\0" + bytes(255), le=True) == "6A80"
    assert administered.word(0x2A, 0x80, 0x86, b"\1" + bytes(256), le=True) == "6A80"
    assert administered.word(0x2A, 0x80, 0x86, cipher_text(bytes(65)), le=True) == "6985"


@pytest.mark.parametrize("curve", CURVES)
def test_ecdh_agrees(administered: Any, curve: KeyAlgorithm) -> None:
    administered.put(0xC2, attributes(DECRYPTION, curve))
    public = parts(administered.generate(DECRYPTION))[0x86]
    ours = ec.generate_private_key(curves()[curve])
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(curves()[curve], public)
    secret = administered.ok(0x2A, 0x80, 0x86, cipher_text(point(ours.public_key())))
    assert secret == ours.exchange(ec.ECDH(), theirs)
    assert administered.word(0x2A, 0x80, 0x86, cipher_text(point(ours.public_key())) + b"\0", le=True) == "6A80"
    off_the_curve = point(ours.public_key())[:-1] + bytes((point(ours.public_key())[-1] ^ 1,))
    assert administered.word(0x2A, 0x80, 0x86, cipher_text(off_the_curve), le=True) == "6A80"


def test_x25519_agrees(administered: Any) -> None:
    administered.put(0xC2, X25519)
    theirs = x25519.X25519PublicKey.from_public_bytes(parts(administered.generate(DECRYPTION))[0x86])
    ours = x25519.X25519PrivateKey.generate()
    assert administered.ok(0x2A, 0x80, 0x86, cipher_text(point(ours.public_key()))) == ours.exchange(theirs)
    assert administered.word(0x2A, 0x80, 0x86, cipher_text(bytes(32)), le=True) == "6A80", "it gives no secret"
    assert administered.word(0x2A, 0x80, 0x86, b"\0" + bytes(256), le=True) == "6985"


def test_aes_both_ways(administered: Any) -> None:
    # NIST SP 800-38A, F.2.1 (CBC-AES128.Encrypt): with an initial value of zeros the first block is that of ECB, F.1.1
    assert administered.word(0x2A, 0x86, 0x80, bytes(16), le=True) == "6A88"
    assert administered.put(0xD5, "2B7E151628AED2A6ABF7158809CF4F3C") == "9000"
    plain = bytes.fromhex("6BC1BEE22E409F96E93D7E117393172A")
    cryptogram = administered.ok(0x2A, 0x86, 0x80, plain)
    assert cryptogram.hex().upper() == "023AD77BB40D7A3660A89ECAF32466EF97"
    assert administered.ok(0x2A, 0x80, 0x86, cryptogram) == plain
    assert administered.word(0x2A, 0x86, 0x80, plain[:-1], le=True) == "6A80"
    assert administered.word(0x2A, 0x80, 0x86, cryptogram[:-1], le=True) == "6A80"
    administered.put(0xD5, b"")
    assert administered.word(0x2A, 0x80, 0x86, cryptogram, le=True) == "6A88"


# Passwords


@pytest.mark.parametrize(
    ("ins", "p1", "p2", "data", "password"),
    [
        (0x2A, 0x9E, 0x9A, DIGEST_INFO, SIGNATURES),
        (0x2A, 0x80, 0x86, bytes(257), OTHER_USES),
        (0x2A, 0x86, 0x80, bytes(16), OTHER_USES),
        (0x88, 0x00, 0x00, DIGEST_INFO, OTHER_USES),
        (0x47, 0x80, 0x00, bytes.fromhex(SIGNATURE), ADMINISTRATION),
        (0xDB, 0x3F, 0xFF, b"x", ADMINISTRATION),
    ],
)
def test_each_wants_its_password(
    make: Callable[..., Any], ins: int, p1: int, p2: int, data: bytes, password: int
) -> None:
    card = make('[applications.options.signature]\nalgorithm = "ed25519"\n')
    for other in {SIGNATURES, OTHER_USES, ADMINISTRATION} - {password}:
        card.verify(other)
    has_response = ins != 0xDB
    assert card.word(ins, p1, p2, data, le=has_response) == "6982"
    card.verify(password)
    assert card.word(ins, p1, p2, data, le=has_response) not in ("6982", "6700")


# Which key


def test_manage_security_environment_chooses_between_two_keys(administered: Any) -> None:
    administered.put(0xC2, attributes(DECRYPTION, KeyAlgorithm.P_256))
    administered.put(0xC3, attributes(AUTHENTICATION, KeyAlgorithm.P_256))
    second, third = (parts(administered.generate(each))[0x86] for each in (DECRYPTION, AUTHENTICATION))
    keys = [ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), each) for each in (second, third)]
    ours = ec.generate_private_key(ec.SECP256R1())

    def used() -> tuple[int, int]:
        """Which keys decipher and authenticate: 2 or 3."""
        secret = administered.ok(0x2A, 0x80, 0x86, cipher_text(point(ours.public_key())))
        deciphers = [ours.exchange(ec.ECDH(), key) for key in keys].index(secret) + 2
        signature = administered.ok(0x88, 0, 0, DIGEST)
        try:
            check_ecdsa(keys[0], signature, DIGEST)
        except InvalidSignature:
            check_ecdsa(keys[1], signature, DIGEST)
            return deciphers, 3
        return deciphers, 2

    assert used() == (2, 3)
    assert administered.sw("002241A403830102") == "9000"
    assert used() == (2, 2)
    assert administered.sw("002241B803830103") == "9000"
    assert used() == (3, 2)
    administered.sw(SELECT)
    administered.verify(OTHER_USES)
    assert used() == (2, 3)


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ("002241A403830101", "6A80"),
        ("002241A403840102", "6A80"),
        ("002241B603830102", "6B00"),
        ("002281A403830102", "6B00"),
        ("002A9E9B010000", "6B00"),
        ("0047800102B60000", "6B00"),
        ("0047820002B60000", "6B00"),
        ("00DB3FFE0100", "6B00"),
        ("00880001010000", "6B00"),
    ],
)
def test_other_parameters(administered: Any, command: str, word: str) -> None:
    assert administered.sw(command) == word


def test_a_key_of_the_other_kind_is_not_used(administered: Any) -> None:
    administered.put(0xC2, X25519)
    administered.put(0xC3, ED25519)
    administered.generate(DECRYPTION)
    administered.generate(AUTHENTICATION)
    administered.sw("002241A403830102")
    administered.sw("002241B803830103")
    assert administered.word(0x88, 0, 0, DIGEST, le=True) == "6985"
    assert administered.word(0x2A, 0x80, 0x86, cipher_text(bytes(32)), le=True) == "6985"


# Challenges, and the button


def test_get_challenge(openpgp: Any) -> None:
    commands = {"0084000008": 8, "0084000000": 256, "00840000000800": 2048}
    assert [len(openpgp.send(command)[0]) for command in commands] == list(commands.values())
    assert openpgp.sw("00840000000801") == "6700"
    assert openpgp.sw("0084000108") == "6B00"
    assert openpgp.send("0084000010") != openpgp.send("0084000010")


@pytest.mark.parametrize(("touch", "word"), [("true", "9000"), ("false", "6600")])
def test_a_key_waits_for_the_button(make: Callable[..., Any], touch: str, word: str) -> None:
    card = make(f"touch = {touch}")
    card.verify_all()
    for tag, value in ((0xC1, ED25519), (0xC2, X25519), (0xC3, ED25519)):
        card.put(tag, value)
    for template in ATTRIBUTES:
        card.generate(template)
    commands = [
        (0x2A, 0x9E, 0x9A, b"message"),
        (0x2A, 0x80, 0x86, cipher_text(b"\x09" + bytes(31))),
        (0x88, 0x00, 0x00, b"message"),
    ]
    assert [card.word(*command, le=True) for command in commands] == ["9000"] * 3
    card.verify(SIGNATURES)
    for tag in (0xD6, 0xD7, 0xD8):
        assert card.put(tag, "0120") == "9000"
    assert [card.word(*command, le=True) for command in commands] == [word] * 3

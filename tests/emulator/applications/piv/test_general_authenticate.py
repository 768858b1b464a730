"""GENERAL AUTHENTICATE (SP 800-73-5, part 2, 3.2.4 and appendix A): who computes beside the card is pycryptodome."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from Crypto.Cipher import PKCS1_OAEP, PKCS1_v1_5
from Crypto.Hash import SHA1, SHA256, SHA384
from Crypto.PublicKey import ECC, RSA
from Crypto.Signature import DSS, eddsa, pkcs1_15, pss
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .conftest import MANAGEMENT_KEY, PIVTerminal, block_cipher, tlv

AES_KEYS = {0x08: bytes(range(16)), 0x0A: bytes(range(24)), 0x0C: bytes(range(32))}
CIPHERS = {0x03: "3des", 0x08: "aes-128", 0x0A: "aes-192", 0x0C: "aes-256"}
POINT = (
    ec.derive_private_key(7, ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
)
DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420")


def card_with(make: Callable[..., PIVTerminal], algorithm: int) -> tuple[PIVTerminal, bytes]:
    key = AES_KEYS.get(algorithm, bytes(range(50, 74)))
    return make(f'management_key_type = "{CIPHERS[algorithm]}"\nmanagement_key = "{key.hex()}"\n'), key


# The key 9B (appendix A.1 and A.2)


@pytest.mark.parametrize("algorithm", CIPHERS)
def test_external_authentication(make: Callable[..., PIVTerminal], algorithm: int) -> None:
    piv, key = card_with(make, algorithm)
    size = 8 if algorithm == 0x03 else 16
    asked = piv.ok(0x87, algorithm, 0x9B, bytes.fromhex("7C028100"))
    assert asked[:4] == bytes((0x7C, size + 2, 0x81, size))
    assert piv.put_word("5FC105", b"x") == "6982"
    response = block_cipher(key, algorithm).encrypt(asked[4:])
    assert piv.ok(0x87, algorithm, 0x9B, tlv(0x7C, tlv(0x82, response)), None) == b""
    assert piv.put_word("5FC105", b"x") == "9000"


@pytest.mark.parametrize("algorithm", CIPHERS)
def test_mutual_authentication(make: Callable[..., PIVTerminal], algorithm: int) -> None:
    piv, key = card_with(make, algorithm)
    cipher = block_cipher(key, algorithm)
    witness = cipher.decrypt(piv.general_authenticate(algorithm, 0x9B, (0x80, b"")))
    challenge = bytes(range(len(witness)))
    answer = piv.general_authenticate(algorithm, 0x9B, (0x80, witness), (0x81, challenge), (0x82, b""))
    assert cipher.decrypt(answer) == challenge
    assert piv.put_word("5FC105", b"x") == "9000"


def test_mutual_authentication_without_the_empty_response_object(piv: PIVTerminal) -> None:
    cipher = block_cipher(MANAGEMENT_KEY)
    witness = cipher.decrypt(piv.general_authenticate(0x03, 0x9B, (0x80, b"")))
    assert cipher.decrypt(piv.general_authenticate(0x03, 0x9B, (0x80, witness), (0x81, bytes(8)))) == bytes(8)


def test_internal_authentication(piv: PIVTerminal) -> None:
    answer = piv.general_authenticate(0x03, 0x9B, (0x82, b""), (0x81, bytes(8)))
    assert block_cipher(MANAGEMENT_KEY).decrypt(answer) == bytes(8)
    assert piv.put_word("5FC105", b"x") == "6982", "the outside has shown nothing"


def test_algorithm_00_is_03(piv: PIVTerminal) -> None:
    challenge = piv.general_authenticate(0x00, 0x9B, (0x81, b""))
    piv.general_authenticate(0x00, 0x9B, (0x82, block_cipher(MANAGEMENT_KEY).encrypt(challenge)))
    assert piv.put_word("5FC105", b"x") == "9000"


def test_a_wrong_answer_fails_and_ends_what_was_authenticated(piv: PIVTerminal) -> None:
    piv.administrate()
    piv.general_authenticate(0x03, 0x9B, (0x81, b""))
    assert piv.authenticate_word(0x03, 0x9B, (0x82, bytes(8))) == "6982"
    assert piv.put_word("5FC105", b"x") == "6982"


def test_a_challenge_serves_the_next_command_alone(piv: PIVTerminal) -> None:
    cipher = block_cipher(MANAGEMENT_KEY)
    challenge = piv.general_authenticate(0x03, 0x9B, (0x81, b""))
    # The card does not answer its own challenge: what is answered is no longer waited for.
    answer = piv.general_authenticate(0x03, 0x9B, (0x82, b""), (0x81, challenge))
    assert answer == cipher.encrypt(challenge)
    assert piv.authenticate_word(0x03, 0x9B, (0x82, answer)) == "6985"
    challenge = piv.general_authenticate(0x03, 0x9B, (0x81, b""))
    piv.general_authenticate(0x03, 0x9B, (0x82, cipher.encrypt(challenge)))
    assert piv.authenticate_word(0x03, 0x9B, (0x82, cipher.encrypt(challenge))) == "6985"


def test_a_challenge_is_not_answered_as_a_witness(piv: PIVTerminal) -> None:
    challenge = piv.general_authenticate(0x03, 0x9B, (0x81, b""))
    expected = block_cipher(MANAGEMENT_KEY).encrypt(challenge)
    assert piv.authenticate_word(0x03, 0x9B, (0x80, expected), (0x81, bytes(8))) == "6985"


def test_it_ends_with_a_reset(piv: PIVTerminal) -> None:
    piv.administrate()
    piv.card.reset()
    assert piv.put_word("5FC105", b"x") == "6982"


def test_a_symmetric_card_authentication_key(make: Callable[..., PIVTerminal]) -> None:
    key = bytes(range(16))
    piv = make(f'card_authentication_secret_type = "aes-128"\ncard_authentication_secret = "{key.hex()}"\n')
    answer = piv.general_authenticate(0x08, 0x9E, (0x82, b""), (0x81, bytes(16)))
    assert answer == block_cipher(key, 0x08).encrypt(bytes(16))
    challenge = piv.general_authenticate(0x08, 0x9E, (0x81, b""))
    piv.general_authenticate(0x08, 0x9E, (0x82, block_cipher(key, 0x08).encrypt(challenge)))
    assert piv.put_word("5FC105", b"x") == "6982", "only 9B makes an administrator"


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ("0087089B047C02810000", "6A86"),  # another cipher than the key's
        ("0087039A047C02810000", "6A86"),  # no such key
        ("0087119A0A7C08820081040102030400", "6A86"),
        ("00870380047C02810000", "6A86"),
        ("00872704047C02810000", "6A80"),
        ("00871104047C02810000", "6A86"),
        ("0087039B027C0000", "6A80"),
        ("0087039B067C04810081 0000", "6A80"),
        ("0087039B047B02810000", "6A80"),
        ("0087039B057C0381010000", "6A80"),
        ("0087039B0A7C0881 06 010203040506 00", "6A80"),
        ("0087039B047C02850000", "6A80"),
        ("0087039B", "6700"),
    ],
)
def test_what_is_refused(piv: PIVTerminal, command: str, word: str) -> None:
    assert piv.sw(command) == word


# Key pairs


@pytest.fixture
def cards(piv: PIVTerminal) -> PIVTerminal:
    """A card whose administrator is authenticated."""
    piv.administrate()
    return piv


def rsa_key(template: bytes) -> RSA.RsaKey:
    modulus = template.index(b"\x81\x82\x01\x00") + 4
    return RSA.construct((int.from_bytes(template[modulus : modulus + 256], "big"), 65537))


def curve_key(template: bytes, curve: str) -> ECC.EccKey:
    point = template[template.index(b"\x04", 4) :]
    size = len(point) // 2
    x, y = (int.from_bytes(part, "big") for part in (point[1 : 1 + size], point[1 + size :]))
    return ECC.construct(curve=curve, point_x=x, point_y=y)


def test_rsa_signs_padded_blocks_and_deciphers_cryptograms(cards: PIVTerminal) -> None:
    key = rsa_key(cards.generate(0x9A, 0x07))
    assert cards.verify() == "9000"
    digest = SHA256.new(b"message")
    padded = b"\x00\x01" + b"\xff" * (253 - 19 - 32) + b"\x00" + DIGEST_INFO + digest.digest()
    signature = cards.general_authenticate(0x07, 0x9A, (0x82, b""), (0x81, padded))
    pkcs1_15.new(key).verify(digest, signature)
    # PSS: the padding is made outside, by another key of the same size, and taken off its signature.
    other = RSA.generate(2048)
    encoded = pow(int.from_bytes(pss.new(other).sign(digest), "big"), other.e, other.n)
    signature = cards.general_authenticate(0x07, 0x9A, (0x82, b""), (0x81, encoded.to_bytes(256, "big")))
    pss.new(key).verify(digest, signature)
    for encipher in (PKCS1_v1_5.new(key).encrypt, PKCS1_OAEP.new(key).encrypt):
        block = cards.general_authenticate(0x07, 0x9A, (0x82, b""), (0x81, encipher(b"secret")))
        assert len(block) == 256
        assert block[0] == 0
    assert block[0] == 0
    assert cards.general_authenticate(0x07, 0x9A, (0x82, b""), (0x81, PKCS1_v1_5.new(key).encrypt(b"x" * 9))).endswith(
        b"\x00" + b"x" * 9
    )


@pytest.mark.parametrize("block", [b"\x00" * 255, b"\x00" * 257, b"\xff" * 256, b"\x01"])
def test_rsa_takes_blocks_of_its_size(cards: PIVTerminal, block: bytes) -> None:
    cards.generate(0x9E, 0x07)
    assert cards.authenticate_word(0x07, 0x9E, (0x82, b""), (0x81, block)) == "6A80"


@pytest.mark.parametrize(
    ("algorithm", "curve", "function"), [(0x11, "P-256", SHA256), (0x14, "P-384", SHA384), (0x14, "P-384", SHA1)]
)
def test_curves_sign_hash_codes(cards: PIVTerminal, algorithm: int, curve: str, function: object) -> None:
    key = curve_key(cards.generate(0x9E, algorithm), curve)
    digest = function.new(b"message")  # type: ignore[attr-defined]
    signature = cards.general_authenticate(algorithm, 0x9E, (0x82, b""), (0x81, digest.digest()))
    if function is not SHA1:  # which pycryptodome does not take
        DSS.new(key, "fips-186-3", "der").verify(digest, signature)
    else:
        public = ec.EllipticCurvePublicNumbers(int(key.pointQ.x), int(key.pointQ.y), ec.SECP384R1()).public_key()
        from cryptography.hazmat.primitives import hashes

        public.verify(signature, b"message", ec.ECDSA(hashes.SHA1()))  # noqa: S303 (a hash shorter than the curve)
    assert cards.authenticate_word(algorithm, 0x9E, (0x82, b""), (0x81, bytes(49))) == "6A80"


def test_ed25519_signs_messages(cards: PIVTerminal) -> None:
    template = cards.generate(0x9E, 0xE0)
    key = eddsa.import_public_key(template[-32:])
    signature = cards.general_authenticate(0xE0, 0x9E, (0x82, b""), (0x81, b"a message of any length"))
    eddsa.new(key, "rfc8032").verify(b"a message of any length", signature)
    assert cards.authenticate_word(0xE0, 0x9E, (0x82, b""), (0x85, bytes(32))) == "6A80"


@pytest.mark.parametrize("reference", [0x9D, 0x82, 0x95])
def test_curves_agree_on_secrets(cards: PIVTerminal, reference: int) -> None:
    card_key = cards.generate(reference, 0x11)
    assert cards.authenticate_word(0x11, reference, (0x82, b""), (0x85, POINT)) == "6982"
    assert cards.verify() == "9000"
    shared = cards.general_authenticate(0x11, reference, (0x82, b""), (0x85, POINT))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), card_key[-65:])
    assert shared == ec.derive_private_key(7, ec.SECP256R1()).exchange(ec.ECDH(), public)
    for point in (POINT[:-1] + bytes((POINT[-1] ^ 1,)), POINT[:-1], b"\x02" + POINT[1:33], bytes(65)):
        assert cards.authenticate_word(0x11, reference, (0x82, b""), (0x85, point)) == "6A80"


def test_x25519_agrees_and_does_not_sign(cards: PIVTerminal) -> None:
    other = x25519.X25519PrivateKey.generate()
    template = cards.generate(0x9D, 0xE1)
    assert cards.verify() == "9000"
    shared = cards.general_authenticate(0xE1, 0x9D, (0x82, b""), (0x85, other.public_key().public_bytes_raw()))
    assert shared == other.exchange(x25519.X25519PublicKey.from_public_bytes(template[-32:]))
    assert cards.authenticate_word(0xE1, 0x9D, (0x82, b""), (0x81, bytes(32))) == "6A80"
    assert cards.authenticate_word(0xE1, 0x9D, (0x82, b""), (0x85, bytes(32))) == "6A80"


@pytest.mark.parametrize("reference", [0x9A, 0x9C, 0x9E])
def test_exponentiation_is_not_for_the_keys_that_authenticate_and_sign(cards: PIVTerminal, reference: int) -> None:
    cards.generate(reference, 0x11)
    assert cards.verify() == "9000"
    assert cards.authenticate_word(0x11, reference, (0x82, b""), (0x85, POINT)) == "6A80"


# What the use of a key requires


def sign(piv: PIVTerminal, reference: int) -> str:
    return piv.authenticate_word(0x11, reference, (0x82, b""), (0x81, bytes(32)))


def test_pin_once(cards: PIVTerminal) -> None:
    cards.generate(0x9A, 0x11)
    assert sign(cards, 0x9A) == "6982"
    assert cards.verify() == "9000"
    assert [sign(cards, 0x9A) for _ in range(3)] == ["9000"] * 3


def test_pin_always(cards: PIVTerminal) -> None:
    cards.generate(0x9C, 0x11)
    cards.generate(0x9A, 0x11)
    assert sign(cards, 0x9C) == "6982"
    assert cards.verify() == "9000"
    assert sign(cards, 0x9A) == "9000"
    assert [sign(cards, 0x9C) for _ in range(2)] == ["9000", "6982"]
    assert sign(cards, 0x9A) == "9000", "the PIN is still verified"
    assert cards.verify() == "9000"
    assert sign(cards, 0x9C) == "9000"


def test_pin_never(cards: PIVTerminal) -> None:
    cards.generate(0x9E, 0x11)
    assert sign(cards, 0x9E) == "9000"


@pytest.mark.parametrize(("policy", "words"), [(1, ["9000"] * 2), (2, ["6982"] * 2), (3, ["6982"] * 2)])
def test_policies_are_chosen_where_the_management_commands_are(
    cards: PIVTerminal, policy: int, words: list[str]
) -> None:
    cards.generate(0x9A, 0x11, bytes((0xAA, 1, policy)))
    assert [sign(cards, 0x9A) for _ in range(2)] == words
    assert cards.verify() == "9000"
    assert [sign(cards, 0x9A) for _ in range(2)] == ["9000", "6982" if policy == 3 else "9000"]


def test_an_interrupted_chain_has_no_effect(cards: PIVTerminal) -> None:
    cards.generate(0x9E, 0x07)
    assert cards.sw("1087079E027C82") == "9000"
    assert cards.sw("00CB3FFF035C017E00") == "9000"
    assert cards.sw("0087079E0101") == "6A80", "what came before the interruption is forgotten"

"""RSA keys of 3072 bits (SP 800-78-5, table 9: 05) and of 4096 (16, of the management commands)."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from .conftest import PIVTerminal, tlv

RSA_KEYS = tomllib.loads(
    (Path(__file__).parents[2] / "key_operations" / "vectors" / "rsa_keys.toml").read_text(encoding="utf-8")
)
ALGORITHMS = {0x05: 3072, 0x16: 4096}
DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420")
MESSAGE = b"what is signed"

each_algorithm = pytest.mark.parametrize(("algorithm", "bits"), ALGORITHMS.items())


@pytest.fixture
def cards(piv: PIVTerminal) -> PIVTerminal:
    """A card whose administrator is authenticated."""
    piv.administrate()
    return piv


def key_of(bits: int) -> rsa.RSAPrivateKey:
    key = load_pem_private_key(RSA_KEYS[str(bits)].encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.key_size == bits
    return key


def parts(key: rsa.RSAPrivateKey) -> bytes:
    """Data objects 01 to 05 of IMPORT KEY, each of half the modulus' size."""
    numbers = key.private_numbers()
    values = (numbers.p, numbers.q, numbers.dmp1, numbers.dmq1, numbers.iqmp)
    return b"".join(tlv(tag, value.to_bytes(key.key_size // 16, "big")) for tag, value in enumerate(values, 1))


def imported(cards: PIVTerminal, algorithm: int, reference: int) -> rsa.RSAPublicKey:
    """The public half of a key that the card has been given; the PIN is verified then."""
    key = key_of(ALGORITHMS[algorithm])
    assert cards.word(0xFE, algorithm, reference, parts(key)) == "9000"
    assert cards.verify() == "9000"
    return key.public_key()


def used(cards: PIVTerminal, algorithm: int, reference: int, block: bytes) -> bytes:
    """What the private key makes of a block."""
    return cards.general_authenticate(algorithm, reference, (0x82, b""), (0x81, block))


def padded(bits: int) -> bytes:
    """The block that is signed for the message (PKCS #1 v1.5)."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(MESSAGE)
    info = DIGEST_INFO + digest.finalize()
    return b"\x00\x01" + b"\xff" * (bits // 8 - 3 - len(info)) + b"\x00" + info


@each_algorithm
def test_an_imported_key_signs(cards: PIVTerminal, algorithm: int, bits: int) -> None:
    public = imported(cards, algorithm, 0x9A)
    signature = used(cards, algorithm, 0x9A, padded(bits))
    assert len(signature) == bits // 8
    public.verify(signature, MESSAGE, padding.PKCS1v15(), hashes.SHA256())


@each_algorithm
def test_an_imported_key_deciphers(cards: PIVTerminal, algorithm: int, bits: int) -> None:
    public = imported(cards, algorithm, 0x9D)
    block = used(cards, algorithm, 0x9D, public.encrypt(b"secret", padding.PKCS1v15()))
    assert len(block) == bits // 8
    assert block.startswith(b"\x00\x02")
    assert block.endswith(b"\x00secret")


@each_algorithm
def test_a_key_is_used_by_its_own_algorithm_with_blocks_of_its_size(
    cards: PIVTerminal, algorithm: int, bits: int
) -> None:
    imported(cards, algorithm, 0x9A)
    block = (0x81, bytes(bits // 8 - 1) + b"\x02")
    assert cards.authenticate_word(algorithm, 0x9A, (0x82, b""), block) == "9000"
    for other in {0x05, 0x07, 0x16} - {algorithm}:
        assert cards.authenticate_word(other, 0x9A, (0x82, b""), block) == "6A86"
    for size in (bits // 8 - 1, bits // 8 + 1):
        assert cards.authenticate_word(algorithm, 0x9A, (0x82, b""), (0x81, bytes(size))) == "6A80"


def test_a_key_is_imported_by_its_own_algorithm(cards: PIVTerminal) -> None:
    for algorithm, bits in ((0x05, 4096), (0x16, 3072), (0x07, 3072)):
        assert cards.word(0xFE, algorithm, 0x9A, parts(key_of(bits))) == "6A80"
    assert cards.word(0xF7, 0x00, 0x9A) == "6A88"


def test_a_key_of_3072_bits_is_generated_and_signs(cards: PIVTerminal) -> None:
    answer = cards.generate(0x9E, 0x05)
    head, exponent = bytes.fromhex("7F49820189" + "81820180"), bytes.fromhex("8203010001")
    modulus = answer[len(head) : -len(exponent)]
    assert (answer[: len(head)], answer[-len(exponent) :]) == (head, exponent)
    assert (len(modulus), modulus[0] >= 0x80) == (384, True)
    public = rsa.RSAPublicNumbers(65537, int.from_bytes(modulus, "big")).public_key()
    signature = used(cards, 0x05, 0x9E, padded(3072))
    public.verify(signature, MESSAGE, padding.PKCS1v15(), hashes.SHA256())


def test_4096_bits_are_of_the_management_commands(make: Callable[..., PIVTerminal]) -> None:
    piv = make(extended=False)
    piv.administrate()
    assert piv.word(0x47, 0x00, 0x9A, bytes.fromhex("AC03800116")) == "6A80"

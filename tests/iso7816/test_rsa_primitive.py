"""RSA without padding: against exponentiation by the private exponent, and the padded operations of cryptography."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from iso7816 import rsa_primitive
from iso7816.errors import MechanismError
from iso7816.mechanisms import HashAlgorithm
from iso7816.rsa_primitive import private_operation

KEYS = [rsa.generate_private_key(e, bits) for e, bits in ((65537, 1024), (65537, 2048), (3, 1025), (65537, 1031))]
KEY = KEYS[0]  # which is quick
NUMBERS = KEY.public_key().public_numbers()
BOTH_WAYS = pytest.mark.parametrize("by_python", [False, True], ids=["by signatures", "by Python"])
EDGES = [0, 1, 2, 3, 65537, 1 << 511, (1 << 512) + 1, NUMBERS.n // 2, NUMBERS.n // 3, NUMBERS.n - 2, NUMBERS.n - 1]


@pytest.fixture
def way(by_python: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a version of cryptography that cannot sign data as they are."""
    if by_python:
        monkeypatch.setattr(rsa_primitive, "_without_digest_info", lambda: None)


@BOTH_WAYS
@pytest.mark.usefixtures("way")
def test_a_padded_block_becomes_the_signature() -> None:
    function = hashes.Hash(hashes.SHA256())
    function.update(b"message")
    info = HashAlgorithm.SHA_256.digest_info + function.finalize()
    block = b"\x00\x01" + b"\xff" * (125 - len(info)) + b"\x00" + info
    assert private_operation(KEY, block) == KEY.sign(b"message", padding.PKCS1v15(), hashes.SHA256())


@BOTH_WAYS
@pytest.mark.usefixtures("way")
@given(
    which=st.integers(0, len(KEYS) - 1),
    number=st.one_of(st.integers(0, NUMBERS.n - 1), st.sampled_from(EDGES), st.integers(0, 999)),
    spread=st.integers(0, 2),
)
def test_it_is_the_power_to_the_private_exponent(which: int, number: int, spread: int) -> None:
    numbers = KEYS[which].private_numbers()
    n = numbers.public_numbers.n
    size = (n.bit_length() + 7) // 8
    number = number * pow(7, spread * 1000, n) % n
    block = private_operation(KEYS[which], number.to_bytes(size, "big"))
    assert block == pow(number, numbers.d, n).to_bytes(size, "big")


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xff" * 9, bytes(117), b"\x01" * 117])
def test_whatever_is_padded(data: bytes) -> None:
    block = b"\x00\x01" + b"\xff" * (125 - len(data)) + b"\x00" + data
    power = int.from_bytes(private_operation(KEY, block), "big")
    assert pow(power, NUMBERS.e, NUMBERS.n) == int.from_bytes(block, "big")


@BOTH_WAYS
@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("block", [b"", bytes(127), bytes(129), b"\xff" * 128, NUMBERS.n.to_bytes(128, "big")])
def test_what_is_no_block(block: bytes) -> None:
    with pytest.raises(MechanismError, match="128 bytes"):
        private_operation(KEY, block)

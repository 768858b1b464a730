"""RSA without padding: against the padded operations of cryptography, which are deterministic where they sign."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from iso7816.errors import MechanismError
from iso7816.mechanisms import HashAlgorithm
from iso7816.rsa_primitive import private_operation

KEY = rsa.generate_private_key(65537, 1024)  # noqa: S505 (short, so that it is quick)
NUMBERS = KEY.public_key().public_numbers()


def test_a_padded_block_becomes_the_signature() -> None:
    function = hashes.Hash(hashes.SHA256())
    function.update(b"message")
    info = HashAlgorithm.SHA_256.digest_info + function.finalize()
    block = b"\x00\x01" + b"\xff" * (125 - len(info)) + b"\x00" + info
    assert private_operation(KEY, block) == KEY.sign(b"message", padding.PKCS1v15(), hashes.SHA256())


@given(number=st.one_of(st.integers(0, NUMBERS.n - 1), st.sampled_from([0, 1, NUMBERS.n - 1])))
def test_it_undoes_the_public_operation(number: int) -> None:
    block = private_operation(KEY, number.to_bytes(128, "big"))
    assert pow(int.from_bytes(block, "big"), NUMBERS.e, NUMBERS.n) == number


@pytest.mark.parametrize("block", [b"", bytes(127), bytes(129), b"\xff" * 128, NUMBERS.n.to_bytes(128, "big")])
def test_what_is_no_block(block: bytes) -> None:
    with pytest.raises(MechanismError, match="128 bytes"):
        private_operation(KEY, block)

"""The cryptograms of INTERNAL and EXTERNAL AUTHENTICATE."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iso7816.authentication import (
    AuthenticationError,
    KeyType,
    authentication_token,
    is_same_secret,
    is_token_right,
)
from iso7816.errors import Iso7816Error

# AES: FIPS 197, appendix C.1 to C.3. 3DES: NIST SP 800-17, table A.1, first entry (a test of DES, which 3DES with equal
# keys is); NIST SP 800-67, appendix B, the first two blocks.
VECTORS = [
    (
        KeyType.AES,
        "000102030405060708090A0B0C0D0E0F",
        "00112233445566778899AABBCCDDEEFF",
        "69C4E0D86A7B0430D8CDB78070B4C55A",
    ),
    (
        KeyType.AES,
        "000102030405060708090A0B0C0D0E0F1011121314151617",
        "00112233445566778899AABBCCDDEEFF",
        "DDA97CA4864CDFE06EAF70A0EC0D7191",
    ),
    (
        KeyType.AES,
        "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
        "00112233445566778899AABBCCDDEEFF",
        "8EA2B7CA516745BFEAFC49904B496089",
    ),
    (KeyType.TRIPLE_DES, "01010101010101010101010101010101", "8000000000000000", "95F8A5E5DD31D900"),
    (
        KeyType.TRIPLE_DES,
        "0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123",
        "5468652071756663",
        "A826FD8CE53B855F",
    ),
    (
        KeyType.TRIPLE_DES,
        "0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123",
        "6B2062726F776E20",
        "CCE21C8112256FE6",
    ),
]


@pytest.mark.parametrize(("key_type", "key", "challenge", "token"), VECTORS)
def test_published_vectors(key_type: KeyType, key: str, challenge: str, token: str) -> None:
    made = authentication_token(key_type, bytes.fromhex(key), bytes.fromhex(challenge))
    assert made.hex().upper() == token
    assert is_token_right(key_type, bytes.fromhex(key), bytes.fromhex(challenge), bytes.fromhex(token))


def test_two_key_3des_is_three_key_3des_with_the_first_key_again() -> None:
    key = bytes(range(0x40, 0x50))
    assert authentication_token(KeyType.TRIPLE_DES, key, bytes(8)) == authentication_token(
        KeyType.TRIPLE_DES, key + key[:8], bytes(8)
    )


@given(st.sampled_from(KeyType), st.binary(max_size=40), st.binary(max_size=20))
def test_lengths_that_the_cipher_does_not_take_are_refused(key_type: KeyType, key: bytes, challenge: bytes) -> None:
    if len(key) in key_type.key_lengths and len(challenge) == key_type.challenge_length:
        assert len(authentication_token(key_type, key, challenge)) == key_type.challenge_length
        return
    with pytest.raises(AuthenticationError) as refused:
        authentication_token(key_type, key, challenge)
    assert isinstance(refused.value, Iso7816Error)
    assert key == b"" or repr(key) not in str(refused.value)


@given(st.binary(min_size=16, max_size=16), st.binary(max_size=20))
def test_only_the_one_token_is_right(challenge: bytes, token: bytes) -> None:
    key = bytes(range(16))
    assert is_token_right(KeyType.AES, key, challenge, token) == (
        token == authentication_token(KeyType.AES, key, challenge)
    )


def test_algorithm_references_are_distinct_and_not_zero() -> None:
    assert {key_type: key_type.algorithm_reference for key_type in KeyType} == {KeyType.TRIPLE_DES: 1, KeyType.AES: 2}


def test_is_same_secret() -> None:
    assert is_same_secret(b"1234", b"1234")
    assert not is_same_secret(b"1234", b"1235")
    assert not is_same_secret(b"1234", b"123")


ROW = re.compile(r"\| (aes|3des) \| `([0-9A-F]+)` \| `([0-9A-F]+)` \| `([0-9A-F]+)` \|")


def test_the_worked_examples_of_the_manual_are_right() -> None:
    manual = Path(__file__).parents[2] / "docs" / "card.md"
    rows = ROW.findall(manual.read_text(encoding="utf-8"))
    assert {row[0] for row in rows} == {"aes", "3des"}
    for name, key, challenge, token in rows:
        made = authentication_token(KeyType(name), bytes.fromhex(key), bytes.fromhex(challenge))
        assert made.hex().upper() == token

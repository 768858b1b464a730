"""The cipher of sealed images: published bytes, and that nothing else than what was sealed is ever opened."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.images.damage import NotAuthentic
from emulator.images.sealing.extended_nonce import ExtendedNonceCipher
from emulator.images.sealing.seal_record import OVERHEAD

MESSAGES = st.binary(max_size=100)


@pytest.mark.parametrize(
    ("byte", "place", "sealed"),
    [
        (1, b"", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
        (3, b"c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
    ],
)
def test_the_published_vectors(byte: int, place: bytes, sealed: str) -> None:
    """https://c2sp.org/XAES-256-GCM, test vectors: of one key the subkey of CMAC takes the polynomial, of one it does
    not."""
    cipher, nonce = ExtendedNonceCipher(bytes([byte]) * 32), b"ABCDEFGHIJKLMNOPQRSTUVWX"
    assert cipher.seal_under(nonce, b"XAES-256-GCM", place) == nonce + bytes.fromhex(sealed)
    assert cipher.open(nonce + bytes.fromhex(sealed), place) == b"XAES-256-GCM"


@given(key=st.binary(min_size=32, max_size=32), message=MESSAGES, place=MESSAGES)
def test_what_is_sealed_is_opened(key: bytes, message: bytes, place: bytes) -> None:
    cipher = ExtendedNonceCipher(key)
    sealed = cipher.seal(message, place)
    assert len(sealed) == len(message) + OVERHEAD
    assert cipher.open(sealed, place) == message
    assert cipher.seal(message, place) != sealed


@given(message=MESSAGES, where=st.integers(0, 200), change=st.integers(1, 255))
def test_any_byte_that_is_changed_is_refused(message: bytes, where: int, change: int) -> None:
    cipher = ExtendedNonceCipher(bytes(32))
    sealed = bytearray(cipher.seal(message, b"here"))
    sealed[where % len(sealed)] ^= change
    with pytest.raises(NotAuthentic):
        cipher.open(bytes(sealed), b"here")


@given(anything=st.binary(max_size=100))
def test_anything_else_is_refused(anything: bytes) -> None:
    with pytest.raises(NotAuthentic):
        ExtendedNonceCipher(bytes(32)).open(anything, b"")


@given(message=MESSAGES, place=MESSAGES, other=MESSAGES)
def test_a_message_is_opened_in_its_place_only(message: bytes, place: bytes, other: bytes) -> None:
    cipher = ExtendedNonceCipher(bytes(32))
    sealed = cipher.seal(message, place)
    if other == place:
        other += b"!"
    with pytest.raises(NotAuthentic):
        cipher.open(sealed, other)
    with pytest.raises(NotAuthentic):
        ExtendedNonceCipher(b"\1" * 32).open(sealed, place)

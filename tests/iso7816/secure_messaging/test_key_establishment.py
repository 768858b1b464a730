"""MUTUAL AUTHENTICATE that begins a session: the published example, and both ends against each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iso7816 import Iso7816Error, KeyType
from iso7816.secure_messaging import SecureMessagingError
from iso7816.secure_messaging.key_establishment import (
    Contribution,
    agreed_session,
    make_token,
    material_length,
    read_token,
    token_length,
)


def raw(text: str) -> bytes:
    return bytes.fromhex(text)


# ICAO Doc 9303-11, appendix D.2 and D.3
SEED = raw("239AB9CB282DAF66231DC5A4DF6BFBAE")
OUTSIDE = Contribution(raw("781723860C06C226"), raw("4608F91988702212"), raw("0B795240CB7049B01C19B33E32804F0B"))
CARD = Contribution(OUTSIDE.other, OUTSIDE.own, raw("0B4F80323EB3191CB04970CB4052790B"))
FROM_OUTSIDE = raw("72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F25F1448EEA8AD90A7")
FROM_CARD = raw("46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D7449")
KINDS = [(KeyType.TRIPLE_DES, 16), (KeyType.TRIPLE_DES, 24), *((KeyType.AES, size) for size in (16, 24, 32))]


def test_the_published_tokens_are_made_and_read() -> None:
    assert make_token(KeyType.TRIPLE_DES, SEED, OUTSIDE) == FROM_OUTSIDE
    assert make_token(KeyType.TRIPLE_DES, SEED, CARD) == FROM_CARD
    assert read_token(KeyType.TRIPLE_DES, SEED, FROM_OUTSIDE) == OUTSIDE
    assert read_token(KeyType.TRIPLE_DES, SEED, FROM_CARD) == CARD


def test_the_published_session_begins() -> None:
    keys, counter = agreed_session(KeyType.TRIPLE_DES, SEED, OUTSIDE, CARD)
    assert keys.encryption == raw("979EC13B1CBFE9DCD01AB0FED307EAE5")
    assert keys.checksum == raw("F1CB1F1FB5ADF208806B89DC579DC1F8")
    assert counter == raw("887022120C06C226")


@pytest.mark.parametrize(("key_type", "size"), KINDS)
@given(data=st.data())
def test_one_end_reads_what_the_other_made(key_type: KeyType, size: int, data: st.DataObject) -> None:
    key = data.draw(st.binary(min_size=size, max_size=size))
    challenge = st.binary(min_size=key_type.challenge_length, max_size=key_type.challenge_length)
    length = material_length(key_type, key)
    made = Contribution(
        data.draw(challenge), data.draw(challenge), data.draw(st.binary(min_size=length, max_size=length))
    )
    token = make_token(key_type, key, made)
    assert len(token) == token_length(key_type, key)
    assert read_token(key_type, key, token) == made
    changed = bytearray(token)
    changed[data.draw(st.integers(0, len(token) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SecureMessagingError, match="MAC"):
        read_token(key_type, key, bytes(changed))


@given(st.binary(max_size=120))
def test_hostile_tokens_raise_our_errors_only(token: bytes) -> None:
    for key_type in KeyType:
        with pytest.raises(Iso7816Error):
            read_token(key_type, SEED, token)


def test_no_repr_shows_material() -> None:
    assert "0B79" not in repr(OUTSIDE).upper()

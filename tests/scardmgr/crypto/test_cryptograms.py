"""Padding and padding indicators: what is padded comes back, and no answer of a card raises anything but our error."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scardmgr import HResultError
from scardmgr.providers.iso.crypto import cryptograms

sizes = st.sampled_from([8, 16])


@given(data=st.binary(max_size=100), size=sizes)
def test_what_is_padded_is_whole_blocks_and_comes_back(data: bytes, size: int) -> None:
    padded = cryptograms.pad(data, size)
    cryptograms.require_blocks(padded, size)
    assert 1 <= len(padded) - len(data) <= size
    assert cryptograms.unpad(padded, size) == data


@given(data=st.binary(max_size=100), size=sizes)
def test_what_is_unpadded_was_padded(data: bytes, size: int) -> None:
    with suppress(HResultError):
        assert cryptograms.pad(cryptograms.unpad(data, size), size) == data


@given(answer=st.binary(max_size=70), blocks=st.integers(1, 4), size=sizes)
def test_a_cryptogram_has_as_many_bytes_as_were_sent(answer: bytes, blocks: int, size: int) -> None:
    with suppress(HResultError):
        assert len(cryptograms.received_blocks(answer, blocks * size, size)) == blocks * size
    with suppress(HResultError):
        assert answer.endswith(cryptograms.received(answer))


@given(key=st.binary(max_size=100))
def test_the_other_side_has_a_key_or_there_is_an_error(key: bytes) -> None:
    with pytest.raises(HResultError):
        cryptograms.other_side(key)

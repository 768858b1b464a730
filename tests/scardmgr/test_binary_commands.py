"""The BINARY commands at any offset, and what their responses hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iso7816.apdu import MAX_NE, MAX_SHORT_NE, ResponseAPDU
from iso7816.ber_tlv import TLV
from iso7816.offset_objects import OffsetObjects
from scardmgr import SCARD_F_COMM_ERROR, HResultError
from scardmgr.providers.iso.binary_commands import (
    ERASE_BINARY,
    MAX_OFFSET,
    READ_BINARY,
    UPDATE_BINARY,
    WRITE_BINARY,
    binary_command,
    room_to_read,
    room_to_write,
    what_was_read,
)

near, far = st.integers(0, MAX_OFFSET), st.integers(MAX_OFFSET + 1, 0xFFFFFFFF)


@given(near, st.sampled_from((READ_BINARY, WRITE_BINARY, UPDATE_BINARY, ERASE_BINARY)))
def test_an_offset_up_to_7fff_is_p1_and_p2(offset: int, ins: int) -> None:
    command = binary_command(ins, offset)
    assert (command.ins, command.p1 << 8 | command.p2) == (ins, offset)


@given(far, st.binary(min_size=1, max_size=255), st.sampled_from((WRITE_BINARY, UPDATE_BINARY)))
def test_a_higher_one_travels_beside_the_data_and_both_fit_a_short_command(offset: int, data: bytes, ins: int) -> None:
    data = data[: room_to_write(offset)]
    command = binary_command(ins, offset, data)
    assert (command.ins, command.p1, command.p2) == (ins | 1, 0, 0)
    assert OffsetObjects.parse(command.data) == OffsetObjects((offset,), data)
    assert not command.needs_extended


@given(far, st.integers(1, MAX_NE), st.booleans())
def test_what_is_to_be_read_fits_the_response_with_its_header(offset: int, wanted: int, extended: bool) -> None:
    count = min(wanted, room_to_read(offset, extended=extended))
    command = binary_command(READ_BINARY, offset, b"", count)
    assert OffsetObjects.parse(command.data) == OffsetObjects((offset,))
    assert command.ne == len(TLV(0x53, bytes(count)).to_bytes())
    assert command.ne <= (MAX_NE if extended else MAX_SHORT_NE)


@given(far, st.binary(max_size=300), st.integers(1, 300))
def test_data_come_out_of_their_object_and_no_more_than_asked_for(offset: int, data: bytes, count: int) -> None:
    response = what_was_read(ResponseAPDU(TLV(0x53, data).to_bytes(), 0x9000), offset, count)
    assert response == ResponseAPDU(data[:count], 0x9000)


@given(st.one_of(near, far), st.binary(max_size=300))
def test_any_answer_is_read_or_a_communication_error(offset: int, answer: bytes) -> None:
    try:
        outcome = what_was_read(ResponseAPDU(answer, 0x9000), offset, 300).sw
    except HResultError as error:
        outcome = error.hresult
    assert outcome == 0x9000 or (outcome == SCARD_F_COMM_ERROR and offset > MAX_OFFSET)


@pytest.mark.parametrize("answer", ["5302AA", "540100", "5301AA00", "53"])
def test_what_is_no_53_is_a_communication_error(answer: str) -> None:
    with pytest.raises(HResultError) as caught:
        what_was_read(ResponseAPDU(bytes.fromhex(answer), 0x9000), MAX_OFFSET + 1, 10)
    assert (caught.value.hresult, caught.value.sw) == (SCARD_F_COMM_ERROR, 0x9000)

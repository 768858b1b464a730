"""PIN_VERIFY_STRUCTURE and PIN_MODIFY_STRUCTURE as bytes and as values."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scardmgr.winscard.part10.dialogue import Prompt, Validation
from scardmgr.winscard.part10.structures import PINFormat, PINModification, PINStructureError, PINVerification

# As OpenSC builds them (reader-pcsc.c): ASCII, padded to 8 with FF, 4 to 8 digits, 30 seconds, no display.
OPENSC_VERIFY = bytes.fromhex("1E1E 82 08 00 0804 02 00 0000 00 000000 0D00000000200001 08 FFFFFFFFFFFFFFFF")
OPENSC_MODIFY = bytes.fromhex(
    "1E1E 02 08 00 00 08 0804 03 02 00 0000 000102 000000 1500000000240001 10 FFFFFFFFFFFFFFFF FFFFFFFFFFFFFFFF"
)


def test_a_verification_is_read() -> None:
    request = PINVerification.parse(OPENSC_VERIFY)
    assert request == PINVerification(
        time_out=30,
        time_out_after_key=30,
        format=PINFormat(0x82, 0x08, 0x00),
        minimum=4,
        maximum=8,
        validation=2,
        apdu=bytes.fromhex("0020000108FFFFFFFFFFFFFFFF"),
    )
    assert request.prompts == (Prompt.CURRENT,)
    assert request.to_bytes() == OPENSC_VERIFY


def test_a_modification_is_read() -> None:
    request = PINModification.parse(OPENSC_MODIFY)
    assert (request.offset_current, request.offset_new, request.confirmation) == (0, 8, 3)
    assert request.message_indexes == (0, 1, 2)
    assert request.block_offsets == (0, 8)
    assert request.to_bytes() == OPENSC_MODIFY


def test_big_endian_numbers_are_known_by_the_length() -> None:
    big = bytes.fromhex("1E1E 82 08 00 0408 02 00 0409 00 000000 0000000D00200001 08 FFFFFFFFFFFFFFFF")
    request = PINVerification.parse(big)
    assert (request.minimum, request.maximum, request.language) == (4, 8, 0x0409)


@pytest.mark.parametrize("structure", [OPENSC_VERIFY, OPENSC_MODIFY], ids=["verify", "modify"])
def test_another_length_than_it_says_is_refused(structure: bytes) -> None:
    parse = PINVerification.parse if structure is OPENSC_VERIFY else PINModification.parse
    for wrong in (b"", structure[:-1], structure + b"\0", structure[:10]):
        with pytest.raises(PINStructureError):
            parse(wrong)


@pytest.mark.parametrize(
    ("confirmation", "prompts", "blocks"),
    [
        (0x00, (Prompt.NEW,), 1),
        (0x01, (Prompt.NEW, Prompt.CONFIRM), 1),
        (0x02, (Prompt.CURRENT, Prompt.NEW), 2),
        (0x03, (Prompt.CURRENT, Prompt.NEW, Prompt.CONFIRM), 2),
    ],
)
def test_what_is_asked_for_at_a_change(confirmation: int, prompts: tuple[Prompt, ...], blocks: int) -> None:
    request = PINModification(format=PINFormat(0, 0, 0), minimum=4, maximum=8, apdu=b"", confirmation=confirmation)
    assert request.prompts == prompts
    assert len(request.block_offsets) == blocks


@pytest.mark.parametrize("validation", [0x00, 0x08, 0xFF])
def test_without_a_condition_that_is_known_a_pin_is_complete_when_enter_is_pressed(validation: int) -> None:
    request = PINVerification(format=PINFormat(0, 0, 0), minimum=4, maximum=8, apdu=b"", validation=validation)
    assert request.conditions is Validation.KEY_PRESSED


def test_an_apdu_is_not_shown() -> None:
    """A program may put one of the PINs into it."""
    assert b"apdu" not in repr(PINVerification.parse(OPENSC_VERIFY)).encode()


@given(st.binary(max_size=80))
def test_any_bytes_are_a_structure_or_refused(data: bytes) -> None:
    for kind in (PINVerification, PINModification):
        with suppress(PINStructureError):
            assert kind.parse(kind.parse(data).to_bytes()) == kind.parse(data)


byte = st.integers(0, 255)
common = {
    "time_out": byte,
    "time_out_after_key": byte,
    "format": st.builds(PINFormat, byte, byte, byte),
    "minimum": byte,
    "maximum": byte,
    "validation": byte,
    "apdu": st.binary(max_size=300),
    "messages": byte,
    "language": st.integers(0, 0xFFFF),
    "prologue": st.binary(min_size=3, max_size=3),
}


@given(
    st.builds(PINVerification, **common, message_index=byte)
    | st.builds(
        PINModification,
        **common,
        offset_current=byte,
        offset_new=byte,
        confirmation=byte,
        message_indexes=st.tuples(byte, byte, byte),
    )
)
def test_a_structure_that_is_built_is_read_again(request_: PINVerification | PINModification) -> None:
    assert type(request_).parse(request_.to_bytes()) == request_

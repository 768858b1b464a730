"""Where the digits of a PIN go in an APDU: published examples, what OpenSC asks for, and what cannot be done."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scardmgr.winscard.part10.dialogue import EntryRefused, EntryStatus
from scardmgr.winscard.part10.placement import Placement
from scardmgr.winscard.part10.structures import PINFormat, PINModification, PINVerification


def digits(text: str) -> bytes:
    return bytes(int(digit) for digit in text)


def verification(layout: tuple[int, int, int], apdu: str, maximum: int = 8, **more: Any) -> PINVerification:
    values = {"format": PINFormat(*layout), "minimum": 1, "maximum": maximum, "apdu": bytes.fromhex(apdu)} | more
    return PINVerification(**values)


def modification(layout: tuple[int, int, int], apdu: str, maximum: int = 8, **more: Any) -> PINModification:
    return PINModification(format=PINFormat(*layout), minimum=1, maximum=maximum, apdu=bytes.fromhex(apdu), **more)


# ACS ACR83 reference manual 1.05, 11.3 to 11.5 (verification) and 12.9 (modification).
@pytest.mark.parametrize(
    ("layout", "maximum", "apdu", "pin", "filled"),
    [
        pytest.param(
            (0x59, 0x48, 0x06),
            8,
            "00 20 00 01 08 57 A5 30 30 30 30 30 30",
            "12345",
            "00 20 00 01 08 55 62 46 8A 30 30 30 30",
            id="11.4, 11 bits in, left, length of 4 bits 6 bits in",
        ),
        pytest.param(
            (0x5D, 0x48, 0x06),
            8,
            "00 20 00 01 08 57 A5 30 30 30 30 30 30",
            "12345",
            "00 20 00 01 08 55 65 30 30 30 31 23 45",
            id="11.4, right",
        ),
        pytest.param(
            (0x89, 0x48, 0x04),
            10,
            "00 20 00 01 09 57 30 30 30 30 30 30 30 30",
            "123456780",
            "00 20 00 01 09 59 12 34 56 78 00 30 30 30",
            id="11.5, one byte in, length of 4 bits 4 bits in",
        ),
        pytest.param(
            (0x39, 0x49, 0x02),
            10,
            "00 24 00 01 09 57 30 30 30 30 30 30 30 30",
            "123456780",
            "00 24 00 01 09 66 24 68 AC F0 10 30 30 30",
            id="12.9, 7 bits in, length of 4 bits 2 bits in",
        ),
    ],
)
def test_examples_of_a_reader_s_manual(
    layout: tuple[int, int, int], maximum: int, apdu: str, pin: str, filled: str
) -> None:
    assert Placement(verification(layout, apdu, maximum)).fill([digits(pin)]) == bytes.fromhex(filled)


@pytest.mark.parametrize(
    ("format_string", "filled"),
    [
        (0x39, "00 24 00 01 0A 20 66 24 68 AC F0 10 30 30 30"),
        (0x3D, "00 24 00 01 0A 20 67 30 30 30 31 23 45 67 80"),
    ],
    ids=["left", "right"],
)
def test_a_new_pin_is_placed_from_its_insertion_offset_on(format_string: int, filled: str) -> None:
    """ACR83 manual, 12.9: bInsertionOffsetNew 01."""
    request = modification(
        (format_string, 0x49, 0x02),
        "00 24 00 01 0A 20 57 30 30 30 30 30 30 30 30",
        10,
        offset_new=1,
        confirmation=0x01,
    )
    assert Placement(request).fill([digits("123456780")]) == bytes.fromhex(filled)


# An answer on Stack Overflow (15663867) quotes both from a reader's manual, with min size 4 and max size 8.
@pytest.mark.parametrize(
    ("layout", "apdu", "pin", "filled"),
    [
        pytest.param(
            (0x82, 0x08, 0x00),
            "00 20 00 01 08 FF FF FF FF FF FF FF FF",
            "1357",
            "00 20 00 01 08 31 33 35 37 FF FF FF FF",
            id="ASCII with padding",
        ),
        pytest.param(
            (0x8D, 0x04, 0x00),
            "00 20 00 01 05 01 00 00 00 00",
            "13579",
            "00 20 00 01 05 01 00 01 35 79",
            id="BCD, right, behind a control field",
        ),
    ],
)
def test_examples_with_padding(layout: tuple[int, int, int], apdu: str, pin: str, filled: str) -> None:
    assert Placement(verification(layout, apdu)).fill([digits(pin)]) == bytes.fromhex(filled)


@pytest.mark.parametrize(
    ("layout", "apdu", "pin", "filled"),
    [
        # OpenSC, reader-pcsc.c: what it writes into the structure for each kind of PIN.
        pytest.param((0x82, 0x00, 0x00), "00 20 00 01 00", "1234", "00 20 00 01 04 31 32 33 34", id="no padding"),
        pytest.param((0x82, 0x00, 0x00), "00 20 00 01", "1234", "00 20 00 01 04 31 32 33 34", id="header alone"),
        pytest.param(
            (0x82, 0x00, 0x00),
            "00 20 00 01 08 00 00 00 00 00 00 00 00",
            "123456",
            "00 20 00 01 08 31 32 33 34 35 36 00 00",
            id="padding and no frame size",
        ),
        pytest.param(
            (0x41, 0x48, 0x04),
            "00 20 00 01 08 20 FF FF FF FF FF FF FF",
            "1234567",
            "00 20 00 01 08 27 12 34 56 7F FF FF FF",
            id="Global PIN of a GLP card",
        ),
        pytest.param((0x81, 0x00, 0x00), "00 20 00 01", "123", "00 20 00 01 02 12 3F", id="BCD, odd"),
        pytest.param((0x85, 0x00, 0x00), "00 20 00 01", "123", "00 20 00 01 02 F1 23", id="BCD, odd, right"),
        pytest.param((0x80, 0x00, 0x00), "00 20 00 01", "123", "00 20 00 01 03 01 02 03", id="binary"),
        pytest.param(
            (0x82, 0x08, 0x00), "00 20 00 01", "123", "00 20 00 01 08 31 32 33 FF FF FF FF FF", id="frame to be made"
        ),
        pytest.param(
            (0x8A, 0x80, 0x00), "00 20 00 01", "1234", "00 20 00 01 05 04 31 32 33 34", id="length byte in front"
        ),
        pytest.param(
            (0x82, 0x08, 0x00),
            "00 20 00 01 08 FF FF FF FF FF FF FF FF 00",
            "1357",
            "00 20 00 01 08 31 33 35 37 FF FF FF FF 00",
            id="Le stays",
        ),
        pytest.param(
            (0x82, 0x04, 0x00),
            "00 20 00 01 06 FF FF FF FF AA BB",
            "12",
            "00 20 00 01 06 31 32 FF FF AA BB",
            id="what is behind the frame stays",
        ),
    ],
)
def test_codings_frames_and_fillers(layout: tuple[int, int, int], apdu: str, pin: str, filled: str) -> None:
    maximum = 4 if layout == (0x82, 0x04, 0x00) else 8
    assert Placement(verification(layout, apdu, maximum)).fill([digits(pin)]) == bytes.fromhex(filled)


PADDED = "00 24 00 01 10" + "FF" * 16


@pytest.mark.parametrize(
    ("layout", "apdu", "more", "filled"),
    [
        pytest.param(
            (0x02, 0x08, 0x00),
            PADDED,
            {"offset_new": 8},
            "00 24 00 01 10 31323334FFFFFFFF 3536373839FFFFFF",
            id="padded",
        ),
        pytest.param(
            (0x02, 0x00, 0x00),
            PADDED,
            {"offset_new": 8},
            "00 24 00 01 10 31323334FFFFFFFF 3536373839FFFFFF",
            id="padded, no frame size",
        ),
        pytest.param(
            (0x02, 0x08, 0x00),
            PADDED,
            {"offset_current": 8},
            "00 24 00 01 10 3536373839FFFFFF 31323334FFFFFFFF",
            id="new before current",
        ),
        pytest.param(
            (0x02, 0x00, 0x00), "00 24 00 01 00", {}, "00 24 00 01 09 31323334 3536373839", id="one behind the other"
        ),
        pytest.param(
            (0x02, 0x08, 0x00),
            "00 24 00 01",
            {},
            "00 24 00 01 10 31323334FFFFFFFF 3536373839FFFFFF",
            id="frames to be made",
        ),
        pytest.param(
            (0x02, 0x00, 0x00),
            "00 24 00 01",
            {"offset_new": 6},
            "00 24 00 01 0B 31323334FFFF 3536373839",
            id="not before its offset",
        ),
    ],
)
def test_both_pins_of_a_change(layout: tuple[int, int, int], apdu: str, more: dict[str, int], filled: str) -> None:
    placement = Placement(modification(layout, apdu, **more))
    assert placement.fill([digits("1234"), digits("56789")]) == bytes.fromhex(filled)


def test_a_new_pin_can_follow_a_current_one_that_the_program_gives() -> None:
    request = modification((0x82, 0x00, 0x00), "00 24 00 01 04 31 32 33 34", offset_new=4, confirmation=0x01)
    assert Placement(request).fill([digits("5678")]) == bytes.fromhex("00240001083132333435363738")


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(verification((0x83, 0, 0), "00200001"), id="reserved coding"),
        pytest.param(verification((0x82, 0, 0), "00200001", 0), id="no digit"),
        pytest.param(
            PINVerification(format=PINFormat(0x82, 0, 0), minimum=5, maximum=4, apdu=b"\0\x20\0\1"),
            id="fewer at most than at least",
        ),
        pytest.param(
            PINVerification(format=PINFormat(0x82, 0, 0), minimum=17, maximum=20, apdu=b"\0\x20\0\1"),
            id="more digits than a PIN pad takes",
        ),
        pytest.param(verification((0x82, 0, 0), "002000"), id="no APDU"),
        pytest.param(verification((0x82, 0, 0), "0020000108FF"), id="fewer data than Lc says"),
        pytest.param(verification((0x82, 0, 0), "0020000104"), id="Lc without data"),
        pytest.param(verification((0x82, 0, 0), "0020000101FFFFFF"), id="more data than Lc says"),
        pytest.param(verification((0x82, 0, 0), "00200001000001FF"), id="extended"),
        pytest.param(
            verification((0x82, 0x04, 0), "0020000108FFFFFFFFFFFFFFFF", minimum=5), id="frame too small for the fewest"
        ),
        pytest.param(
            verification((0x82, 0x08, 0), "0020000104FFFFFFFF", minimum=5), id="data too short for the fewest"
        ),
        pytest.param(verification((0x82, 0x04, 0), "00200001", minimum=5), id="frame to be made too small"),
        pytest.param(verification((0xFA, 0x08, 0), "0020000108FFFFFFFFFFFFFFFF", 5), id="frame behind the data"),
        pytest.param(
            verification((0x8A, 0x38, 0), "0020000109FFFFFFFFFFFFFFFFFF", minimum=8), id="length cannot tell so many"
        ),
        pytest.param(verification((0x82, 0x88, 0), "0020000108FFFFFFFFFFFFFFFF"), id="length in the frame"),
        pytest.param(verification((0x8A, 0x80, 0x11), "00200001"), id="length in the frame to be made"),
        pytest.param(modification((0x82, 0x08, 0), PADDED), id="blocks in one another"),
        pytest.param(modification((0x82, 0x08, 0), PADDED, offset_new=4), id="blocks that overlap"),
        pytest.param(modification((0x82, 0, 0), "00240001", offset_new=250), id="more than 255 bytes"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anybody_keys_anything(
    request_: PINVerification | PINModification,
) -> None:
    with pytest.raises(EntryRefused) as refusal:
        Placement(request_)
    assert refusal.value.status is EntryStatus.INVALID_STRUCTURE


@pytest.mark.parametrize(
    ("request_", "most"),
    [
        pytest.param(verification((0x82, 0x00, 0), "00200001"), 8, id="as many as the program says"),
        pytest.param(verification((0x82, 0x00, 0), "00200001", 99), 16, id="as many as a PIN pad takes"),
        # CCID's scardcontrol.c, which takes the reader's bMaxPINSize for the most digits.
        pytest.param(
            verification((0x82, 0x08, 0), "00 20 00 00 08 30 30 30 30 00 00 00 00", 16),
            8,
            id="scardcontrol, verification",
        ),
        pytest.param(
            modification((0x82, 0x04, 0), "00 24 00 00 08 30 30 30 30 30 30 30 30", 16, offset_new=4),
            4,
            id="scardcontrol, modification",
        ),
        pytest.param(verification((0x81, 0x04, 0), "00200001", 16), 8, id="BCD, a frame to be made"),
        pytest.param(verification((0x82, 0x00, 0), "0020000104FFFFFFFF"), 4, id="as many as the data hold"),
        pytest.param(verification((0x82, 0x08, 0), "0020000104FFFFFFFF"), 4, id="a frame cut by the end of the data"),
        pytest.param(
            modification((0x02, 0x00, 0), "00240001 0A FFFFFFFFFFFFFFFFFFFF", offset_new=6), 4, id="the smaller of two"
        ),
        pytest.param(
            modification((0x02, 0x00, 0), "00240001 04 FFFFFFFF", offset_new=6), 4, id="the end before the next block"
        ),
        pytest.param(verification((0x8A, 0x38, 0), "00200001"), 7, id="as many as a length of 3 bits tells"),
    ],
)
def test_a_pin_has_no_more_digits_than_there_is_room_for(
    request_: PINVerification | PINModification, most: int
) -> None:
    placement = Placement(request_)
    assert placement.most_digits == most
    pin = bytes(most)
    assert placement.fill([pin] * len(request_.block_offsets))


# Most structures of any bytes are refused at once: small numbers lead further.
byte = st.integers(0, 255)
small = st.integers(0, 24) | byte
common: dict[str, st.SearchStrategy[Any]] = {
    "format": st.builds(PINFormat, byte, st.integers(0, 15) | byte, st.just(0) | byte),
    "minimum": st.integers(0, 8) | byte,
    "maximum": small,
}


def commands(header: bytes) -> st.SearchStrategy[bytes]:
    data = st.binary(max_size=24) | st.binary(max_size=255)
    return st.binary(max_size=20) | data.map(lambda data: header + (bytes([len(data)]) + data if data else b""))


requests = st.builds(PINVerification, apdu=commands(b"\0\x20\0\1"), **common) | st.builds(
    PINModification,
    offset_current=small,
    offset_new=small,
    confirmation=st.integers(0, 3) | byte,
    apdu=commands(b"\0\x24\0\1"),
    **common,
)


@given(requests, st.data())
def test_any_structure_is_refused_or_takes_any_pins_that_it_allows(
    request_: PINVerification | PINModification, data: st.DataObject
) -> None:
    try:
        placement = Placement(request_)
    except EntryRefused:
        return
    pin = st.integers(max(request_.minimum, 1), placement.most_digits).flatmap(
        lambda size: st.lists(st.integers(0, 9), min_size=size, max_size=size).map(bytes)
    )
    pins = [data.draw(pin) for _ in request_.block_offsets]
    filled = placement.fill(pins)
    assert filled[:4] == request_.apdu[:4]
    lc = filled[4]
    assert len(filled) - 5 - lc in (0, 1)
    assert lc >= (request_.apdu[4] if len(request_.apdu) > 5 else 0)


@given(
    pin=st.text("0123456789", min_size=1, max_size=16),
    coding=st.sampled_from([0, 1, 2]),
    right=st.booleans(),
    offset=st.integers(0, 15),
    filler=st.integers(0, 255),
)
def test_the_digits_are_where_they_belong_and_all_else_is_as_it_was(
    pin: str, coding: int, right: bool, offset: int, filler: int
) -> None:
    size = 40
    apdu = f"00200001{size:02X}" + f"{filler:02X}" * size
    request = verification((coding | right << 2 | offset << 3, 0, 0), apdu, 16)
    filled = Placement(request).fill([digits(pin)])
    width = 4 if coding == 1 else 8
    bits = "".join(f"{int(digit) + (0x30 if coding == 2 else 0):0{width}b}" for digit in pin)
    before = f"{filler:08b}" * size
    start = len(before) - len(bits) if right else offset
    expected = before[:start] + bits + before[start + len(bits) :]
    assert "".join(f"{byte:08b}" for byte in filled[5:]) == expected

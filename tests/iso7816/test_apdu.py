"""Command and response APDUs: the seven forms at their boundaries, ranges, and what never shows."""

from __future__ import annotations

import pickle

import pytest

from iso7816.apdu import CommandAPDU, ExactNe, ResponseAPDU, ne_from_sw2
from iso7816.errors import APDUError

SIZES = (0, 1, 2, 254, 255, 256, 257, 65534, 65535)
EXPECTED = (None, 1, 255, 256, 257, 65535, 65536)


def header_and_lengths(nc: int, ne: int | None, *, extended: bool) -> bytes:
    """The encoding written down a second time, straight from the drawing in ISO/IEC 7816-3, 12.1.3."""
    lc = b"" if nc == 0 else b"\0" + nc.to_bytes(2, "big") if extended else bytes((nc,))
    le = b"" if ne is None else (ne % 65536).to_bytes(2, "big") if extended else bytes((ne % 256,))
    if extended and nc == 0 and ne is not None:
        le = b"\0" + le
    return b"\x80\x10\x20\x30" + lc + b"\xa5" * nc + le


@pytest.mark.parametrize("ne", EXPECTED)
@pytest.mark.parametrize("nc", SIZES)
def test_every_form_at_its_boundaries(nc: int, ne: int | None) -> None:
    apdu = CommandAPDU(0x80, 0x10, 0x20, 0x30, b"\xa5" * nc, ne)
    must_extend = nc > 255 or (ne is not None and ne > 256)
    assert apdu.needs_extended is must_extend
    assert apdu.to_bytes() == header_and_lengths(nc, ne, extended=must_extend)
    assert apdu.to_bytes(extended=True) == header_and_lengths(nc, ne, extended=True)
    if must_extend:
        with pytest.raises(APDUError, match="short length fields"):
            apdu.to_bytes(extended=False)
    else:
        assert apdu.to_bytes(extended=False) == header_and_lengths(nc, ne, extended=False)
    for extended in {must_extend, True}:
        parsed = CommandAPDU.parse(header_and_lengths(nc, ne, extended=extended))
        assert parsed == apdu
        assert (parsed.nc, parsed.ne) == (nc, ne)


@pytest.mark.parametrize("command", ["00B00000000100", "00B0000000000A" + 10 * "00" + "0100"])
def test_256_in_an_extended_le_field_is_told_from_the_short_one_for_all(command: str) -> None:
    parsed = CommandAPDU.parse(bytes.fromhex(command))
    assert parsed.ne == 256
    assert isinstance(parsed.ne, ExactNe)
    assert parsed.to_bytes(extended=True) == bytes.fromhex(command)
    assert not isinstance(CommandAPDU.parse(bytes.fromhex("00B0000000")).ne, ExactNe)
    assert not isinstance(CommandAPDU.parse(bytes.fromhex("00B00000000101")).ne, ExactNe)


@pytest.mark.parametrize(("data", "ne", "case"), [(b"", None, 1), (b"", 1, 2), (b"\0", None, 3), (b"\0", 256, 4)])
def test_the_case_follows_from_what_is_present(data: bytes, ne: int | None, case: int) -> None:
    assert CommandAPDU(0, 0, 0, 0, data, ne).case == case


def test_zero_is_a_value_in_every_header_byte() -> None:
    apdu = CommandAPDU.parse(bytes(4))
    assert (apdu.cla, apdu.ins, apdu.p1, apdu.p2, apdu.data, apdu.ne) == (0, 0, 0, 0, b"", None)
    assert apdu.to_bytes() == bytes(4)


@pytest.mark.parametrize("position", range(4))
@pytest.mark.parametrize("value", [-1, 256])
def test_a_header_byte_out_of_range_is_refused(position: int, value: int) -> None:
    header = [0, 0, 0, 0]
    header[position] = value
    with pytest.raises(APDUError, match="header byte"):
        CommandAPDU(*header)


@pytest.mark.parametrize("ne", [0, -1, 65537])
def test_ne_out_of_range_is_refused(ne: int) -> None:
    with pytest.raises(APDUError, match="Ne is"):
        CommandAPDU(0, 0, 0, 0, b"", ne)


def test_more_data_than_fits_is_refused() -> None:
    with pytest.raises(APDUError, match="65536 bytes"):
        CommandAPDU(0, 0, 0, 0, bytes(65536))


def test_an_apdu_cannot_be_changed() -> None:
    apdu = CommandAPDU(0, 0x20, 0, 1, b"1234")
    with pytest.raises(AttributeError):
        apdu.data = b""  # type: ignore[misc]
    with pytest.raises(AttributeError):
        apdu.extra = 1  # type: ignore[attr-defined]


def test_command_data_never_shows_in_a_repr() -> None:
    apdu = CommandAPDU(0, 0x20, 0, 1, b"1234")
    for text in (repr(apdu), str(apdu), f"{apdu}", repr([apdu])):
        assert "1234" not in text
        assert "31" not in text
        assert "nc=4" in text


def test_an_apdu_survives_pickling_and_can_be_a_key() -> None:
    apdu = CommandAPDU(0, 0xA4, 0, 0xC, b"\x3f\x00", 256)
    assert pickle.loads(pickle.dumps(apdu)) == apdu  # noqa: S301 - our own bytes
    assert {apdu: "one"}[CommandAPDU.parse(apdu.to_bytes())] == "one"


@pytest.mark.parametrize(("sw2", "ne"), [(0, 256), (1, 1), (255, 255)])
def test_sw2_00_stands_for_256(sw2: int, ne: int) -> None:
    assert ne_from_sw2(sw2) == ne


@pytest.mark.parametrize("sw", [-1, 0x10000])
def test_a_status_word_out_of_range_is_refused(sw: int) -> None:
    with pytest.raises(APDUError, match="two bytes"):
        ResponseAPDU(b"", sw)


def test_response_data_is_bounded() -> None:
    assert len(ResponseAPDU(bytes(65536), 0x9000).to_bytes()) == 65538
    with pytest.raises(APDUError, match="at most 65536"):
        ResponseAPDU(bytes(65537), 0x9000)
    with pytest.raises(APDUError, match="at most 65536"):
        ResponseAPDU.parse(bytes(65539))


def test_response_data_never_shows_in_a_repr() -> None:
    assert repr(ResponseAPDU(b"secret", 0x6300)) == (
        "ResponseAPDU(6 bytes, 6300 warning, non-volatile memory changed, or comparison failed)"
    )

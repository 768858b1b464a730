"""SCardCmd: a command as parts and as bytes, and its reply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scardmgr import (
    E_ACCESSDENIED,
    E_INVALIDARG,
    E_POINTER,
    E_UNEXPECTED,
    HRESULT,
    ISO_APDU_TYPE,
    ByteBuffer,
    HResultError,
    SCardCmd,
)
from scardmgr.com.automation import DISPATCH, DISPPARAMS, IID_NULL

Refused = Callable[..., HResultError]
CASE_1, CASE_2, CASE_3, CASE_4 = ISO_APDU_TYPE
SELECT = bytes.fromhex("00A40004 02 3F00 00")

a_byte = st.integers(0, 255)
#: Lengths of data and Ne around what one byte, and two, can say.
lengths = st.one_of(st.integers(0, 300), st.sampled_from([255, 256, 65534, 65535]))
numbers_expected = st.one_of(st.none(), st.integers(1, 300), st.sampled_from([255, 256, 257, 65535, 65536]))


def coded(header: bytes, nc: int, ne: int | None, *, extended: bool) -> bytes:
    """A command with ``nc`` bytes A5, from the drawing in ISO/IEC 7816-3, 12.1.3."""
    if extended:
        lc = b"\0" + nc.to_bytes(2, "big") if nc else b""
        le = b"" if ne is None else (b"" if nc else b"\0") + (ne % 65536).to_bytes(2, "big")
    else:
        lc = bytes((nc,)) if nc else b""
        le = b"" if ne is None else bytes((ne % 256,))
    return header + lc + b"\xa5" * nc + le


def parts_of(command: SCardCmd) -> tuple[int, int, int, int, bytes, int]:
    return command.ClassId, command.InstructionId, command.P1, command.P2, command.Data, command.LeField


# Bytes and parts


@given(st.binary(min_size=4, max_size=4), lengths, numbers_expected, st.booleans())
def test_an_apdu_is_its_parts_and_keeps_its_form(header: bytes, nc: int, ne: int | None, wish: bool) -> None:
    extended = wish or nc > 255 or (ne is not None and ne > 256)
    apdu = coded(header, nc, ne, extended=extended)
    command = SCardCmd()
    command.Apdu = apdu
    assert command.Apdu == apdu == SCardCmd(apdu).Apdu
    assert command.ApduLength == len(apdu)
    assert parts_of(command) == (*header, b"\xa5" * nc, ne or 0)
    assert (command.P3, command.Type) == (nc if nc < 256 else 0, 1 + (ne is not None) + 2 * (nc > 0))


@given(
    header=st.binary(min_size=4, max_size=4),
    nc=lengths,
    ne=numbers_expected,
    order=st.permutations(["ClassId", "InstructionId", "P1", "P2", "Data"]),
)
def test_parts_put_in_any_order_are_the_command(header: bytes, nc: int, ne: int | None, order: list[str]) -> None:
    values = {"ClassId": header[0], "InstructionId": header[1], "P1": header[2], "P2": header[3], "Data": b"\xa5" * nc}
    command = SCardCmd()
    if ne is not None:
        command.BuildCmd(0xFF, 0xFF, 0xFF, 0xFF, b"other", ne)
    for name in order:
        setattr(command, name, values[name])
    built = SCardCmd()
    built.BuildCmd(*header, b"\xa5" * nc, ne)
    extended = nc > 255 or (ne is not None and ne > 256)
    assert command.Apdu == built.Apdu == coded(header, nc, ne, extended=extended)


@given(st.binary(max_size=12) | st.binary(min_size=250, max_size=270))
def test_any_bytes_are_a_command_or_refused(apdu: bytes) -> None:
    command = SCardCmd(SELECT)
    refused_with = None
    try:
        command.Apdu = apdu
    except HResultError as error:
        refused_with = error.hresult
    assert (refused_with, command.Apdu) in ((None, apdu), (E_INVALIDARG, SELECT))


def test_a_command_is_complete_with_its_instruction(refused: Refused) -> None:
    command = SCardCmd()
    assert (command.Apdu, command.ApduLength, command.Type, command.P3, command.LeField) == (b"", 0, CASE_1, 0, 0)
    assert (command.ClassId, command.P1, command.P2, command.Data) == (0, 0, 0, b"")
    refused(E_UNEXPECTED, lambda: command.InstructionId)
    command.ClassId, command.Data = 0x80, b"\x01\x02"
    assert (command.Apdu, command.P3, command.Type) == (b"", 2, CASE_3)
    command.InstructionId = 0x00
    assert command.Apdu == bytes.fromhex("80000000 02 0102")


def test_p3_follows_the_data() -> None:
    command = SCardCmd(SELECT)
    assert (command.P3, command.Type) == (2, CASE_4)
    command.Data = b"\xa5" * 255
    assert (command.P3, command.ApduLength) == (255, 5 + 255 + 1)
    command.Data = b"\xa5" * 256
    assert (command.P3, command.Apdu[4:7]) == (0, bytes.fromhex("000100"))
    command.Data = b""
    assert (command.P3, command.Type, command.Apdu) == (0, CASE_2, bytes.fromhex("00A4000400"))
    with pytest.raises(AttributeError):
        command.P3 = 1  # type: ignore[misc]


def test_extended_length_fields_stay_as_they_were_put() -> None:
    command = SCardCmd(bytes.fromhex("00A40004 000002 3F00"))
    command.Data = b"\x7f\x10"
    assert command.Apdu == bytes.fromhex("00A40004 000002 7F10")
    command.BuildCmd(0x00, 0xA4, 0x00, 0x04, b"\x7f\x10")
    assert command.Apdu == bytes.fromhex("00A40004 02 7F10")


@pytest.mark.parametrize(
    ("data", "expected", "apdu", "le_field"),
    [
        (None, None, "00B00000", 0),
        (b"", None, "00B00000", 0),
        (None, 0, "00B00000 00", 256),
        (None, 1, "00B00000 01", 1),
        (None, 255, "00B00000 FF", 255),
        (None, 256, "00B00000 00", 256),
        (None, 257, "00B00000 000101", 257),
        (None, 65536, "00B00000 000000", 65536),
        (b"\x01", None, "00B00000 01 01", 0),
        (b"\x01", 0, "00B00000 01 01 00", 256),
        (b"\x01", 65536, "00B00000 000001 01 0000", 65536),
        (bytes(256), 0, "00B00000 000100" + "00" * 256 + "0000", 65536),
        (bytes(256), 256, "00B00000 000100" + "00" * 256 + "0100", 256),
    ],
)
def test_the_le_field_of_a_built_command(data: bytes | None, expected: int | None, apdu: str, le_field: int) -> None:
    command = SCardCmd()
    command.BuildCmd(0x00, 0xB0, pbyData=data, plLe=expected)
    assert (command.Apdu, command.LeField) == (bytes.fromhex(apdu), le_field)


def test_a_command_that_cannot_be_built_changes_nothing(refused: Refused) -> None:
    command = SCardCmd(SELECT)
    for code, arguments in (
        (E_INVALIDARG, (0x100, 0xB0)),
        (E_INVALIDARG, (0x00, -1)),
        (E_INVALIDARG, (0x00, 0xB0, 0x100)),
        (E_INVALIDARG, (0x00, 0xB0, 0, "00")),
        (E_INVALIDARG, (0x00, 0xB0, 0, 0, "data")),
        (E_INVALIDARG, (0x00, 0xB0, 0, 0, bytes(65536))),
        (E_INVALIDARG, (0x00, 0xB0, 0, 0, None, -1)),
        (E_INVALIDARG, (0x00, 0xB0, 0, 0, None, 65537)),
        (E_POINTER, (None, 0xB0)),
        (E_POINTER, (0x00, None)),
    ):
        refused(code, command.BuildCmd, *arguments)
        assert command.Apdu == SELECT


@pytest.mark.parametrize("name", ["ClassId", "InstructionId", "P1", "P2", "Nad", "ReplyNad", "AlternateClassId"])
def test_a_byte_is_a_byte(name: str, refused: Refused) -> None:
    command = SCardCmd(SELECT)
    for value in (0, 0x7F, 0xFF):
        setattr(command, name, value)
        assert getattr(command, name) == value
    for wrong, code in ((-1, E_INVALIDARG), (256, E_INVALIDARG), ("1", E_INVALIDARG), (True, E_INVALIDARG)):
        refused(code, setattr, command, name, wrong)
    refused(E_POINTER, setattr, command, name, None)
    assert getattr(command, name) == 0xFF


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, ByteBuffer])
def test_buffers_may_be_of_any_kind(kind: Callable[[bytes], Any]) -> None:
    command = SCardCmd(kind(SELECT))
    assert command.Apdu == SELECT
    command.Apdu = kind(SELECT[:4])
    command.Data = kind(b"\x3f\x00")
    command.ApduReply = kind(b"\x90\x00")
    assert (command.Apdu, command.ApduReply) == (SELECT[:7], b"\x90\x00")
    command.BuildCmd(0x00, 0xA4, 0x00, 0x04, kind(b"\x3f\x00"), 0)
    assert command.Apdu == SELECT
    for value in (command.Apdu, command.Data, command.ApduReply):
        assert type(value) is bytes


def test_what_is_no_buffer(refused: Refused) -> None:
    refused(E_POINTER, SCardCmd, None)
    refused(E_INVALIDARG, SCardCmd, "00A4")
    refused(E_INVALIDARG, SCardCmd, b"\x00")
    command = SCardCmd(SELECT)
    for name in ("Apdu", "Data", "ApduReply"):
        refused(E_POINTER, setattr, command, name, None)
        refused(E_INVALIDARG, setattr, command, name, 5)
    assert command.Apdu == SELECT


# The reply


def test_a_reply_is_data_and_a_status_word(refused: Refused) -> None:
    command = SCardCmd(SELECT)
    assert (command.ApduReply, command.ApduReplyLength) == (b"", 0)
    for name in ("ReplyStatus", "ReplyStatusSW1", "ReplyStatusSW2"):
        refused(E_UNEXPECTED, getattr, command, name)
    command.ApduReply = bytes.fromhex("6202 63C5")
    assert (command.ApduReplyLength, command.ReplyStatus) == (4, 0x63C5)
    assert (command.ReplyStatusSW1, command.ReplyStatusSW2) == (0x63, 0xC5)
    for wrong in (b"", b"\x90", bytes(65539)):
        refused(E_INVALIDARG, setattr, command, "ApduReply", wrong)
    assert command.ApduReply == bytes.fromhex("620263C5")
    assert command.Apdu == SELECT


def test_the_status_word_can_be_put(refused: Refused) -> None:
    command = SCardCmd()
    command.ReplyStatus = 0x0000
    assert (command.ApduReply, command.ReplyStatus) == (b"\0\0", 0)
    command.ApduReply = b"data\x61\x10"
    command.ReplyStatus = 0x9000
    assert command.ApduReply == b"data\x90\x00"
    for wrong in (-1, 0x10000):
        refused(E_INVALIDARG, setattr, command, "ReplyStatus", wrong)
    assert command.ReplyStatus == 0x9000


def test_the_length_of_the_reply_can_be_put(refused: Refused) -> None:
    command = SCardCmd()
    command.ApduReply = b"data\x90\x00"
    command.ApduReplyLength = 8
    assert command.ApduReply == b"data\x90\x00\0\0"
    command.ApduReplyLength = 6
    assert (command.ApduReply, command.ReplyStatus) == (b"data\x90\x00", 0x9000)
    command.ApduReplyLength = 65538
    assert command.ApduReplyLength == 65538
    for wrong in (-1, 1, 65539):
        refused(E_INVALIDARG, setattr, command, "ApduReplyLength", wrong)
    command.ReplyNad = 0x21
    command.ApduReplyLength = 0
    assert command.ApduReply == b""
    refused(E_UNEXPECTED, lambda: command.ReplyStatus)
    refused(E_ACCESSDENIED, lambda: command.ReplyNad)


def test_clear_empties_both_buffers_and_nothing_else(refused: Refused) -> None:
    command = SCardCmd(SELECT)
    command.ApduReply = b"\x90\x00"
    command.Nad, command.AlternateClassId, command.ReplyNad = 0x12, 0xC0, 0x21
    command.Clear()
    assert (command.Apdu, command.ApduReply) == (b"", b"")
    assert (command.ClassId, command.P1, command.P2, command.Data, command.LeField) == (0, 0, 0, b"", 0)
    assert (command.Nad, command.AlternateClassId) == (0x12, 0xC0)
    refused(E_UNEXPECTED, lambda: command.InstructionId)
    refused(E_ACCESSDENIED, lambda: command.ReplyNad)


def test_addresses_and_the_other_class_are_there_when_they_were_put(refused: Refused) -> None:
    command = SCardCmd(SELECT)
    assert command.Nad == 0
    refused(E_ACCESSDENIED, lambda: command.AlternateClassId)
    refused(E_ACCESSDENIED, lambda: command.ReplyNad)
    command.AlternateClassId = 0
    command.ReplyNad = 0
    assert (command.AlternateClassId, command.ReplyNad) == (0, 0)
    command.ApduReply = b"\x90\x00"
    refused(E_ACCESSDENIED, lambda: command.ReplyNad)
    assert command.Apdu == SELECT, "they are no part of the APDU"


# Objects


def test_the_repr_shows_lengths_only() -> None:
    command = SCardCmd(bytes.fromhex("0020000104") + b"1234")
    command.ApduReply = b"secret\x90\x00"
    assert repr(command) == "SCardCmd(<9 bytes>, reply=<8 bytes>)"
    assert "1234" not in repr(command._parts)


def test_a_released_command_keeps_nothing(refused: Refused) -> None:
    with SCardCmd(SELECT) as command:
        command.ApduReply = b"secret\x90\x00"
    refused(HRESULT.CO_E_RELEASED, lambda: command.Apdu)
    refused(HRESULT.CO_E_RELEASED, setattr, command, "Data", b"x")
    refused(HRESULT.CO_E_RELEASED, command.BuildCmd, 0, 0)
    assert command._parts.data == command._reply == b""


def test_late_binding_gets_puts_and_builds() -> None:
    command = SCardCmd()

    def invoke(name: str, flags: DISPATCH, parameters: DISPPARAMS | None = None) -> object:
        return command.Invoke(command.GetIDsOfNames(IID_NULL, [name])[0], IID_NULL, 0, flags, parameters)

    invoke("BuildCmd", DISPATCH.METHOD, DISPPARAMS.of(0x00, 0xA4, 0x00, 0x04, ByteBuffer(b"\x3f\x00"), 0))
    assert invoke("apdu", DISPATCH.PROPERTYGET) == SELECT
    for name, value in (("ClassId", 0x80), ("P1", 4), ("P2", 0), ("Data", b"\xa0\x00"), ("ReplyStatus", 0x6A82)):
        assert invoke(name, DISPATCH.PROPERTYPUT, DISPPARAMS.put(value)) is None
        assert invoke(name, DISPATCH.PROPERTYGET) == value
    assert invoke("Apdu", DISPATCH.PROPERTYGET) == bytes.fromhex("80A40400 02 A000 00")
    assert invoke("Type", DISPATCH.PROPERTYGET) is CASE_4
    assert invoke("ReplyStatusSW1", DISPATCH.PROPERTYGET) == 0x6A
    invoke("Clear", DISPATCH.METHOD)
    assert invoke("ApduLength", DISPATCH.PROPERTYGET) == 0

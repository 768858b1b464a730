"""Encapsulate, and how a command too long for T=0 travels: ENVELOPE, byte for byte and on cards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iso7816.apdu import CommandAPDU
from sandbox.pytest_plugin import CardReader
from scardmgr import (
    E_INVALIDARG,
    E_POINTER,
    ISO_APDU_TYPE,
    SCARD_PROTOCOLS,
    SCARD_SHARE_MODES,
    ByteBuffer,
    HResultError,
    SCard,
    SCardCmd,
    SCardISO7816,
)
from scardmgr.commands.transmission_handling import pieces

Refused = Callable[..., HResultError]
CASE_1, CASE_2, CASE_3, CASE_4 = ISO_APDU_TYPE
FREE_FILE = b"\x01\x00"
T0_ATR = bytes.fromhex("3B00")

both = pytest.mark.card("iso7816", via=("embedded", "pcscd"))


def encapsulated(apdu: bytes | str, apdu_type: ISO_APDU_TYPE, alternate: int | None = None) -> SCardCmd:
    command = SCardCmd()
    if alternate is not None:
        command.AlternateClassId = alternate
    command.Encapsulate(bytes.fromhex(apdu) if isinstance(apdu, str) else apdu, apdu_type)
    return command


# Byte for byte


@pytest.mark.parametrize(
    ("apdu", "apdu_type", "envelope"),
    [
        ("00200001", CASE_1, "00C20000 04 00200001 00"),
        ("00200001 00", CASE_1, "00C20000 04 00200001 00"),  # the form of T=0
        ("00B08100 05", CASE_2, "00C20000 05 00B0810005 00"),
        ("00B08100", CASE_2, "00C20000 05 00B0810000 00"),
        ("00A4000C 02 3F00", CASE_3, "00C20000 07 00A4000C023F00 00"),
        ("00A40004 02 3F00 00", CASE_4, "00C20000 08 00A40004023F0000 00"),
        ("00A40004 02 3F00", CASE_4, "00C20000 08 00A40004023F0000 00"),  # the form of T=0
        ("00A40004 000002 3F00", CASE_4, "00C20000 00000B 00A400040000023F000000 0000"),
        ("00B00000 000000", CASE_2, "00C20000 000007 00B00000000000 0000"),
        ("82CA0101 10", CASE_2, "02C20000 05 82CA010110 00"),
        ("4520000100", CASE_1, "45C20000 04 45200001 00"),
    ],
)
def test_a_command_in_an_envelope(apdu: str, apdu_type: ISO_APDU_TYPE, envelope: str) -> None:
    assert encapsulated(apdu, apdu_type).Apdu == bytes.fromhex(envelope)


def test_the_class_of_the_envelope_is_the_alternate_one_where_it_was_put() -> None:
    assert encapsulated("80CA010110", CASE_2).ClassId == 0x00
    assert encapsulated("80CA010110", CASE_2, 0xC0).Apdu == bytes.fromhex("C0C20000 05 80CA010110 00")


def test_an_envelope_for_a_long_command_has_extended_length_fields() -> None:
    update = bytes.fromhex("00D60000 00012C") + bytes(300)
    assert encapsulated(update, CASE_3).Apdu == bytes.fromhex("00C20000 000133") + update + b"\0\0"


def test_what_cannot_be_wrapped(refused: Refused) -> None:
    command = SCardCmd(bytes.fromhex("00840000 08"))
    for apdu, apdu_type in (
        (b"", CASE_1),
        (b"\x00\xa4", CASE_1),
        ("00A4", CASE_1),
        (bytes.fromhex("00B0810005"), CASE_1),
        (bytes.fromhex("00B0810005"), CASE_3),
        (bytes.fromhex("00A4000C023F00"), CASE_2),
        (bytes.fromhex("00A4000C023F0000"), CASE_3),
        (bytes.fromhex("00200001"), CASE_4),
        (bytes.fromhex("00D60000 00FFF9") + bytes(0xFFF9), CASE_3),
        (bytes(4), 0),
        (bytes(4), 5),
    ):
        refused(E_INVALIDARG, command.Encapsulate, apdu, apdu_type)
    refused(E_POINTER, command.Encapsulate, None, CASE_1)
    refused(E_POINTER, command.Encapsulate, bytes(4), None)
    assert command.Apdu == bytes.fromhex("0084000008")
    command.Encapsulate(bytes.fromhex("00D60000 00FFF8") + bytes(0xFFF8), CASE_3)
    assert len(command.Data) == 65535


def test_a_buffer_is_wrapped_as_a_whole() -> None:
    command = SCardCmd()
    with ByteBuffer(bytes.fromhex("00200001")) as buffer:
        buffer.Read(3)
        command.Encapsulate(buffer, CASE_1)
    assert command.Data == bytes.fromhex("00200001")


@given(st.integers(256, 65535), st.none() | st.integers(1, 65536), st.sampled_from([0x00, 0x03, 0x80]))
def test_the_pieces_are_the_command(nc: int, ne: int | None, cla: int) -> None:
    command = CommandAPDU(cla, 0xD6, 0x00, 0x00, b"\xa5" * nc, ne)
    carried = list(pieces(command, 0xC0))
    assert b"".join(piece.data for piece in carried) == command.to_bytes()
    assert {piece[:4] for piece in carried} == {(0xC0, 0xC2, 0x00, 0x00)}
    assert all(len(piece.data) <= 255 and piece.ne is None for piece in carried)
    # Before the last piece data are missing, so that the card knows that more will come.
    assert sum(len(piece.data) for piece in carried[:-1]) < 7 + nc


def test_what_an_envelope_carries_is_cut_and_not_wrapped_again() -> None:
    apdu = bytes.fromhex("00D60000 00012C") + bytes(300)
    carried = list(pieces(CommandAPDU(0x03, 0xC2, 0x00, 0x00, apdu, 65536), 0xC0))
    assert [piece[:4] for piece in carried] == [(0x03, 0xC2, 0x00, 0x00)] * 2
    assert b"".join(piece.data for piece in carried) == apdu


LE_FIELDS = {"": "", "01": "0001", "FF": "00FF", "00": "0000"}
"""Short ones, and what they are in the extended form; 00 and 0000: all there are."""


@pytest.mark.parametrize("nc", range(250, 256))
@pytest.mark.parametrize("le", LE_FIELDS)
def test_a_short_command_in_an_envelope_is_cut_in_its_extended_form(nc: int, le: str) -> None:
    data = bytes(range(nc))
    short = bytes.fromhex("00D60000") + bytes([nc]) + data + bytes.fromhex(le)
    carried = list(pieces(CommandAPDU(0x03, 0xC2, 0x00, 0x00, short, 256), 0xC0))
    assert b"".join(piece.data for piece in carried) == (
        bytes.fromhex("00D60000 00") + nc.to_bytes(2, "big") + data + bytes.fromhex(LE_FIELDS[le])
    )
    assert all(len(piece.data) <= 255 for piece in carried)
    # A card learns from the length fields in the first piece that data are missing.
    assert len(carried[0].data) < 7 + nc


@pytest.mark.parametrize("data", [bytes.fromhex("00D6000005") + bytes(300), b"\xa5" * 256], ids=["wrong Lc", "no APDU"])
def test_what_is_no_command_is_cut_as_it_is(data: bytes) -> None:
    assert b"".join(piece.data for piece in pieces(CommandAPDU(0x00, 0xC2, 0x00, 0x00, data), 0x00)) == data


# On cards


@both
def test_on_t1_the_wrapped_command_is_executed_and_its_reply_is_in_the_reply(reader: CardReader) -> None:
    with SCard(reader.resource_manager) as card, SCardISO7816() as iso:
        card.AttachByReader(reader.name, SCARD_SHARE_MODES.SHARED, SCARD_PROTOCOLS.T1)

        def reply_to(apdu: bytes, apdu_type: ISO_APDU_TYPE) -> bytes:
            command = card.Transaction(encapsulated(apdu, apdu_type))
            assert command.ReplyStatus == 0x9000
            return command.ApduReply[:-2]

        select = iso.SelectFile(0x04, 0x0C, bytes.fromhex("F073636172646D677201"))
        assert reply_to(select.Apdu, select.Type) == bytes.fromhex("9000")
        assert reply_to(iso.Verify(0x01, b"0000").Apdu, CASE_3) == bytes.fromhex("63C2")
        assert reply_to(iso.Verify(0x01).Apdu, CASE_1) == bytes.fromhex("63C2")
        assert reply_to(iso.ReadBinary(0x81, 0x00, 5).Apdu, CASE_2) == b"Hello\x90\x00"
        assert reply_to(iso.SelectFile(0x00, 0x0C, b"\x3f\x00").Apdu, CASE_3) == bytes.fromhex("9000")
        assert reply_to(iso.SelectFile(0x00, 0x0C, FREE_FILE).Apdu, CASE_3) == bytes.fromhex("9000")
        assert reply_to(iso.UpdateBinary(0x00, 0x00, bytes(range(250)) * 4).Apdu, CASE_3) == bytes.fromhex("9000")
        assert reply_to(iso.ReadBinary(0x00, 0x00, 65536).Apdu, CASE_2)[:1000] == bytes(range(250)) * 4
        assert reply_to(iso.ReadBinary(0x00, 0x00, 0).Apdu, CASE_2)[:2] == b"\x00\x01"


@both
def test_on_t0_the_reply_in_the_reply_is_fetched(t0_reader: CardReader) -> None:
    with SCard(t0_reader.resource_manager) as card:
        card.AttachByReader(t0_reader.name)
        for apdu, apdu_type, reply in (
            ("00A404000AF073636172646D677201", CASE_3, "9000"),
            ("0020000100", CASE_1, "63C3"),
            ("00B0810005", CASE_2, b"Hello".hex() + "9000"),
            ("002000010430303030", CASE_3, "63C2"),
        ):
            command = card.Transaction(encapsulated(apdu, apdu_type))
            assert command.ApduReply == bytes.fromhex(reply + "9000")
        command = card.Transaction(encapsulated("00A40004023F00", CASE_4))
        assert (command.ApduReply[0], command.ApduReply[-4:]) == (0x62, bytes.fromhex("90009000"))


@both
def test_on_t0_long_commands_travel_in_pieces(t0_reader: CardReader) -> None:
    content = bytes(range(256)) * 3 + bytes(244)
    with SCard(t0_reader.resource_manager) as card, SCardISO7816() as iso:
        card.AttachByReader(t0_reader.name)
        assert card.Transaction(iso.SelectFile(0x00, 0x0C, FREE_FILE)).ReplyStatus == 0x9000
        assert card.Transaction(iso.UpdateBinary(0x00, 0x00, content)).ApduReply == b"\x90\x00"
        for start in range(4):
            # More than 256 bytes cannot be asked for.
            reply = card.Transaction(iso.ReadBinary(start, 0x00, 65536)).ApduReply
            assert reply == (content + bytes(12))[start * 256 :][:256] + b"\x90\x00"
        # A wrapped command that is too long is carried as any other, and answered as itself.
        wrapped = encapsulated(iso.UpdateBinary(0x00, 0x00, bytes(300)).Apdu, CASE_3)
        assert card.Transaction(wrapped).ApduReply == b"\x90\x00"
        assert card.Transaction(iso.ReadBinary(0x01, 0x2B, 2)).ApduReply == bytes.fromhex("002C9000")


@both
def test_on_t0_every_length_of_wrapped_data_arrives(t0_reader: CardReader) -> None:
    with SCard(t0_reader.resource_manager) as card, SCardISO7816() as iso:
        card.AttachByReader(t0_reader.name)
        assert card.Transaction(iso.SelectFile(0x00, 0x0C, FREE_FILE)).ReplyStatus == 0x9000
        for nc in range(248, 259):
            content = bytes([nc & 0xFF]) * nc
            command = card.Transaction(encapsulated(iso.UpdateBinary(0x00, 0x00, content).Apdu, CASE_3))
            # What fits into one ENVELOPE is answered in the answer to it.
            assert command.ApduReply == (bytes.fromhex("90009000") if nc <= 250 else b"\x90\x00")
            read = card.Transaction(iso.ReadBinary(0x00, 0x00, 250)).ApduReply
            read = read[:-2] + card.Transaction(iso.ReadBinary(0x00, 250, nc - 250 if nc > 250 else 1)).ApduReply
            assert read[:nc] == content, nc


@both
def test_on_t0_wrapped_commands_of_case_4_are_as_long_as_they_like(t0_reader: CardReader) -> None:
    with SCard(t0_reader.resource_manager) as card:
        card.AttachByReader(t0_reader.name)
        for nc in range(248, 256):
            # SELECT by a path of many file identifiers: no file has it, and its form is right.
            apdu = bytes.fromhex("00A40900") + bytes([nc]) + b"\x7f" * nc
            direct = card.Transaction(SCardCmd(apdu + b"\0")).ApduReply
            assert direct in (bytes.fromhex("6A82"), bytes.fromhex("6A87"))
            command = card.Transaction(encapsulated(apdu, CASE_4))
            assert command.ApduReply == (direct + b"\x90\x00" if nc < 250 else direct), nc


@both
def test_on_t0_carriers_have_the_alternate_class(plain_desk: Callable[..., Any]) -> None:
    data = "A5" * 300
    apdu = "80DA0101" + "00012C" + data + "0000"
    answers = {
        "C0C20000FF" + apdu[:510]: "9000",
        "C0C2000036" + apdu[510:]: "6102",
        "C0C0000002": "CAFE9000",
        "80CA010108": "6103",
        "C0C0000003": "0102039000",
    }
    desk = plain_desk(answers, atr=T0_ATR)
    with SCard(desk.reader.resource_manager) as card:
        card.AttachByReader(desk.reader.name, SCARD_SHARE_MODES.SHARED)
        command = SCardCmd(bytes.fromhex(apdu))
        command.AlternateClassId = 0xC0
        assert card.Transaction(command).ApduReply == bytes.fromhex("CAFE9000")
        command.Apdu = bytes.fromhex("80CA010108")
        assert card.Transaction(command).ApduReply == bytes.fromhex("0102039000")
        assert desk.card.seen == list(answers)
        # Without one: the logical channel of the command.
        assert card.Transaction(SCardCmd(bytes.fromhex("80CA010108"))).ReplyStatus == 0x6D00
        assert desk.card.seen[-1] == "00C0000003"


@both
def test_on_t1_the_alternate_class_is_not_used(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk({"80CA010100": "6102", "00C0000002": "CAFE9000"})
    with SCard(desk.reader.resource_manager) as card:
        card.AttachByReader(desk.reader.name, SCARD_SHARE_MODES.SHARED, SCARD_PROTOCOLS.T1)
        command = SCardCmd(bytes.fromhex("80CA010100"))
        command.AlternateClassId, command.Nad = 0xC0, 0x12
        assert card.Transaction(command).ApduReply == bytes.fromhex("CAFE9000")


@both
def test_a_card_without_envelope_refuses_the_first_piece(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk({}, atr=T0_ATR)
    with SCard(desk.reader.resource_manager) as card:
        card.AttachByReader(desk.reader.name, SCARD_SHARE_MODES.SHARED)
        command = SCardCmd()
        command.BuildCmd(0x00, 0xD6, pbyData=bytes(600))
        assert card.Transaction(command).ApduReply == bytes.fromhex("6D00")
    assert len(desk.card.seen) == 1

"""61XX, 6CXX and GET RESPONSE, whatever the card does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from iso7816.apdu import CommandAPDU
from scardmgr import SCARD_F_COMM_ERROR, HResultError
from scardmgr.connection.apdu_exchange import exchange
from scardmgr.winscard.constants import Protocols


def wire(answers: dict[str, str], seen: list[str]) -> Callable[[bytes], bytes]:
    def transmit(command: bytes) -> bytes:
        seen.append(command.hex().upper())
        return bytes.fromhex(answers[seen[-1]])

    return transmit


CASE_4 = CommandAPDU(0x00, 0xA4, 0x00, 0x04, bytes.fromhex("3F00"), 256)


def test_on_t1_a_command_goes_out_as_it_is() -> None:
    seen: list[str] = []
    response = exchange(wire({"00A40004023F0000": "62009000"}, seen), CASE_4, Protocols.T1)
    assert (response.data, response.sw, len(seen)) == (b"\x62\x00", 0x9000, 1)


def test_on_t0_le_of_case_4_is_not_sent_and_the_response_fetched() -> None:
    seen: list[str] = []
    answers = {"00A40004023F00": "6103", "00C0000003": "6201009000"}
    response = exchange(wire(answers, seen), CASE_4, Protocols.T0)
    assert (response.data, response.sw) == (b"\x62\x01\x00", 0x9000)
    assert seen == list(answers)


@pytest.mark.parametrize(
    ("command", "sent"),
    [
        ("00200001", "00200001"),
        ("00B00000 000010", "00B00000 10"),
        ("00B00000 000100", "00B00000 00"),
        ("00B00000 000101", "00B00000 00"),
        ("00B00000 000000", "00B00000 00"),
        ("00D60000 000002 4142", "00D60000 02 4142"),
        ("00A40004 000002 3F00 0000", "00A40004 02 3F00"),
        ("00A40004 000002 3F00 0010", "00A40004 02 3F00"),
    ],
)
def test_on_t0_extended_length_fields_become_short_ones(command: str, sent: str) -> None:
    seen: list[str] = []
    coded = bytes.fromhex(command)
    wanted = bytes.fromhex(sent).hex().upper()
    exchange(wire({wanted: "9000"}, seen), CommandAPDU.parse(coded), Protocols.T0, coded)
    assert seen == [wanted]


def test_on_t0_a_command_that_has_no_short_form_goes_in_envelopes() -> None:
    seen: list[str] = []
    command = CommandAPDU(0x81, 0xDA, 0x01, 0x01, b"\xa5" * 600, 256)
    whole = command.to_bytes().hex().upper()
    cuts = [whole[:510], whole[510:1020], whole[1020:]]
    answers = {f"01C20000{len(cut) // 2:02X}{cut}": "9000" for cut in cuts}
    last = list(answers)[-1]
    exchange(wire(answers | {last: "6103", "01C0000003": "6201009000"}, seen), command, Protocols.T0)
    assert seen == [*answers, "01C0000003"]


@pytest.mark.parametrize("answer", ["6D00", "6E00", "6982"])
def test_a_piece_that_the_card_does_not_take_is_the_last_one(answer: str) -> None:
    seen: list[str] = []

    def transmit(piece: bytes) -> bytes:
        seen.append(piece.hex())
        return bytes.fromhex(answer if len(seen) == 2 else "9000")

    response = exchange(transmit, CommandAPDU(0x00, 0xD6, 0, 0, bytes(900)), Protocols.T0)
    assert (response.to_bytes().hex().upper(), len(seen)) == (answer, 2)


def test_get_response_asks_again_with_the_right_length() -> None:
    seen: list[str] = []
    answers = {"00CA010100": "6100", "00C0000000": "6C02", "00C0000002": "CAFE9000"}
    response = exchange(wire(answers, seen), CommandAPDU(0x00, 0xCA, 0x01, 0x01, b"", 256), Protocols.T0)
    assert (response.data, seen) == (b"\xca\xfe", list(answers))


def test_carriers_have_the_class_they_are_given_on_t0_only() -> None:
    for protocol, carrier in ((Protocols.T0, "C0"), (Protocols.T1, "02")):
        seen: list[str] = []
        answers = {"82CA010100": "6102", f"{carrier}C0000002": "CAFE9000"}
        command = CommandAPDU(0x82, 0xCA, 0x01, 0x01, b"", 256)
        exchange(wire(answers, seen), command, protocol, carrier_class=0xC0)
        assert seen == list(answers)


def test_a_long_response_comes_in_pieces() -> None:
    seen: list[str] = []
    pieces = iter(["AA" * 256 + "6100", "BB" * 256 + "6102", "CCCC9000"])
    response = exchange(lambda _: bytes.fromhex(next(pieces)), CommandAPDU(0, 0xCA, 0, 0, b"", 256), Protocols.T0)
    assert (len(response.data), response.data[-2:], response.sw) == (514, b"\xcc\xcc", 0x9000)
    assert seen == []


def test_the_right_length_is_asked_for_again() -> None:
    seen: list[str] = []
    answers = {"00B0000000": "6C02", "00B0000002": "48699000"}
    response = exchange(wire(answers, seen), CommandAPDU(0x00, 0xB0, 0, 0, b"", 256), Protocols.T0)
    assert (response.data, seen) == (b"Hi", list(answers))


def test_get_response_keeps_the_logical_channel_and_nothing_else_of_the_class() -> None:
    for cla, expected in ((0x80, "00"), (0x02, "02"), (0x0D, "01"), (0x45, "45"), (0x6F, "4F")):
        seen: list[str] = []
        answers = {f"{cla:02X}CA000000": "6101", f"{expected}C0000001": "AA9000"}
        exchange(wire(answers, seen), CommandAPDU(cla, 0xCA, 0, 0, b"", 256), Protocols.T0)
        assert seen == list(answers)


def test_the_last_status_word_counts() -> None:
    answers = {"00B0000004": "6102", "00C0000002": "48696282"}
    response = exchange(wire(answers, []), CommandAPDU(0x00, 0xB0, 0, 0, b"", 4), Protocols.T0)
    assert response.sw == 0x6282


@pytest.mark.parametrize("answer", ["", "90", "6101"])
def test_a_card_that_makes_no_sense_is_a_communication_error(answer: str) -> None:
    with pytest.raises(HResultError) as caught:
        exchange(lambda _: bytes.fromhex(answer), CommandAPDU(0x00, 0xCA, 0, 0, b"", 256), Protocols.T0)
    assert caught.value.hresult == SCARD_F_COMM_ERROR


def test_a_card_that_never_stops_is_a_communication_error() -> None:
    with pytest.raises(HResultError) as caught:
        exchange(lambda _: bytes(256) + b"\x61\x00", CommandAPDU(0x00, 0xCA, 0, 0, b"", 256), Protocols.T0)
    assert caught.value.hresult == SCARD_F_COMM_ERROR


def test_given_bytes_go_out_as_they_are() -> None:
    seen: list[str] = []
    coded = bytes.fromhex("00B00000000010")
    exchange(wire({"00B00000000010": "9000"}, seen), CommandAPDU.parse(coded), Protocols.T1, coded)
    assert seen == ["00B00000000010"]

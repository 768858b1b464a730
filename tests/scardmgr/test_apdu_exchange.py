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

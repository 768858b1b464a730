"""Cards that tell less, know fewer commands or speak T=0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from iso7816.status_words import describe_status_word
from sandbox.pytest_plugin import CardReader
from scardmgr import (
    E_INVALIDARG,
    REFTYPE,
    SCARD_E_BAD_SEEK,
    SCARD_E_FILE_NOT_FOUND,
    SCARD_E_UNSUPPORTED_FEATURE,
    SCARD_E_WRITE_TOO_MANY,
    SCARD_F_COMM_ERROR,
    SCARD_FLAGS,
    SCARD_PROTOCOLS,
    SCARD_W_EOF,
    SEEKTYPE,
    TLV_TABLE,
    HResultError,
    KeyType,
    SCardManage,
    authentication_token,
)

pytestmark = pytest.mark.card("iso7816", via=("embedded", "pcscd"))

Refused = Callable[..., HResultError]
NAME, ID, SHORT = REFTYPE.SC_TYPE_BY_NAME, REFTYPE.SC_TYPE_BY_ID, REFTYPE.SC_TYPE_BY_SHORT_ID
BEGINNING, END = SEEKTYPE.SC_SEEK_FROM_BEGINNING, SEEKTYPE.SC_SEEK_FROM_END
AID = "A0000000031010"
SELECT_AID = f"00A4040407{AID}00"


# SELECT


def test_a_card_that_gives_no_fcp_is_asked_for_the_fci_and_then_for_nothing(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk(
        {"00A40804026F0100": "6A86", "00A40800026F0100": "6A81", "00A4080C026F01": "9000", "00B0000003": "4869219000"}
    )
    files = desk.files
    with files.Open(NAME, "3F00/6F01") as file:
        assert files.Read(file, 3) == b"Hi!"
    assert desk.card.seen == [
        "00A40804026F0100", "00A40800026F0100", "00A4080C026F01", "00A4080C026F01", "00B0000003",
    ]  # fmt: skip
    assert files.GetProperties(NAME, "3F00/6F01", 0, [TLV_TABLE(0x80)]) == [TLV_TABLE(0x80, b"", Valid=False)]


def test_a_card_without_paths_is_led_there_step_by_step(plain_desk: Callable[..., Any]) -> None:
    mf, df, ef = "00A40004023F0000", "00A40004027F1000", "00A40004026F0100"
    in_silence = "00A4000C026F01"
    desk = plain_desk(
        {
            "00A40804047F106F0100": "6A86",
            "00A40800047F106F0100": "6A86",
            "00A4080C047F106F01": "6A86",
            mf: "62038201389000",
            df: "62038201389000",
            ef: "62038201019000",
            in_silence: "9000",
            "00B0000001": "AA9000",
        }
    )
    files = desk.files
    with files.Open(NAME, "3F00/7F10/6F01") as file:
        desk.card.seen.clear()
        assert files.Read(file, 1) == b"\xaa"
    assert desk.card.seen == [mf, df, in_silence, "00B0000001"]


def test_a_file_that_is_open_is_selected_in_silence_where_the_card_can(plain_desk: Callable[..., Any]) -> None:
    told, in_silence = "00A40804026F0100", "00A4080C026F01"
    desk = plain_desk({told: "620B 80020002 820101 83026F01 9000", in_silence: "9000", "00B0000001": "AA9000"})
    files = desk.files
    with files.Open(NAME, "3F00/6F01") as file:
        desk.card.seen.clear()
        files.Read(file, 1)
        assert desk.card.seen == [in_silence, "00B0000001"]
        # Who asks what the file is is told so by the card, whatever was known.
        assert files.GetProperties(NAME, "3F00/6F01", 0, [TLV_TABLE(0x80)])[0].Value == b"\x00\x02"
        assert desk.card.seen[2:] == [told]


def test_a_card_that_always_tells_is_not_asked_for_silence_again(plain_desk: Callable[..., Any]) -> None:
    told, in_silence = "00A40804026F0100", "00A4080C026F01"
    desk = plain_desk({told: "620B 80020002 820101 83026F01 9000", in_silence: "6A86", "00B0000001": "AA9000"})
    files = desk.files
    with files.Open(NAME, "3F00/6F01") as file:
        desk.card.seen.clear()
        for _ in range(2):
            files.Seek(file, BEGINNING, 0)
            files.Read(file, 1)
    assert desk.card.seen == [in_silence, told, "00B0000001", told, "00B0000001"]


def test_within_a_lock_what_was_selected_in_silence_is_asked_for_anew(plain_desk: Callable[..., Any]) -> None:
    told, in_silence = "00A40804026F0100", "00A4080C026F01"
    desk = plain_desk({told: "620B 80020002 820101 83026F01 9000", in_silence: "9000", "00B0000001": "AA9000"})
    files = desk.files
    with files.Open(NAME, "3F00/6F01") as file:
        desk.manage.SCardLock()
        files.Read(file, 1)
        files.GetProperties(NAME, "3F00/6F01")
        desk.manage.SCardUnlock(0)
    assert [command[:2] + command[2:4] for command in desk.card.seen] == ["00A4", "00A4", "00B0", "00A4"]


def test_an_fcp_inside_an_fci_is_understood(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk({"00A40804026F0100": "6F0A 6208 80020005 82020141 9000"})
    rows = desk.files.GetProperties(NAME, "3F00/6F01", SCARD_FLAGS.SC_FL_GET_ALL_PROPERTIES)
    assert rows == [TLV_TABLE(0x80, b"\x00\x05"), TLV_TABLE(0x82, b"\x01\x41")]


@pytest.mark.parametrize("told", ["", "00", "62058001", "6F00", "FFFFFFFF"])
def test_what_select_tells_may_be_nonsense(plain_desk: Callable[..., Any], told: str) -> None:
    desk = plain_desk({"00A40804026F0100": told + "9000", "00B0000001": "AA9000"})
    files = desk.files
    with files.Open(NAME, "3F00/6F01") as file:
        assert files.Read(file, 1) == b"\xaa"
    assert files.GetProperties(NAME, "3F00/6F01", 0, [TLV_TABLE(0x80)])[0].Valid is False


# DFs known by their name alone


def test_an_application_without_a_path_keeps_its_name(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk(
        {
            "00A4040405A00000000300": f"6F09 8407{AID} 9000",
            SELECT_AID: f"6F09 8407{AID} 9000",
            "00A40004026F0100": "6207 820101 83026F01 9000",
            "00B0000001": "AA9000",
            "00B0000101": "BB9000",
        }
    )
    files = desk.files
    files.ChangeDir(NAME, AID[:10])
    assert files.GetCurrentDir() == AID
    with files.Open(ID, "6F01") as file:
        assert files.Read(file, 1) == b"\xaa"
        desk.card.seen.clear()
        assert files.Read(file, 1) == b"\xbb"
    assert desk.card.seen == [SELECT_AID, "00A40004026F0100", "00B0000101"]


def test_within_a_lock_an_application_is_not_selected_again(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk(
        {
            SELECT_AID: f"6F09 8407{AID} 9000",
            "00A40004026F0100": "6207 820101 83026F01 9000",
            "00A40004026F0200": "6207 820101 83026F02 9000",
            "0020008104" + b"1234".hex(): "9000",
            "00B0000001": "AA9000",
        }
    )
    files, verify = desk.files, desk.verify
    desk.manage.SCardLock()
    files.ChangeDir(NAME, AID)
    verify.Verify(b"1234", SCARD_FLAGS.SC_FL_IHV_LOCAL, 1)
    for name in ("6F01", "6F02"):
        with files.Open(ID, name) as file:
            files.Read(file, 1)
    desk.manage.SCardUnlock(0)
    assert desk.card.seen.count(SELECT_AID) == 1


def test_a_claimed_place_below_the_mf_is_checked(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk(
        {
            SELECT_AID: f"6F0D 8407{AID} 83027F20 9000",
            "00A40804027F2000": "6F0D 8407A0000000031011 83027F20 9000",
        }
    )
    files = desk.files
    files.ChangeDir(NAME, AID)
    assert files.GetCurrentDir() == AID


# Files whose size the card does not tell


def unsized(size: int) -> dict[str, str]:
    """A transparent file without tag 80: READ BINARY of one byte at every offset."""
    answers = {f"00B0{offset:04X}01": f"{offset & 0xFF:02X}9000" for offset in range(size)}
    answers |= {f"00B0{offset:04X}01": "6B00" for offset in range(size, 0x8000)}
    return answers | {"00A40804026F0100": "6207 820101 83026F01 9000", "00A4080C026F01": "9000"}


@pytest.mark.parametrize("size", [0, 1, 300, 0x8000])
def test_the_end_is_found_by_bisection(plain_desk: Callable[..., Any], size: int, refused: Refused) -> None:
    desk = plain_desk(unsized(size))
    files = desk.files
    with files.Open(NAME, "3F00/6F01") as file:
        desk.card.seen.clear()
        files.Seek(file, END, 0)
        assert len(desk.card.seen) <= 17
        refused(SCARD_E_BAD_SEEK, files.Seek, file, SEEKTYPE.SC_SEEK_RELATIVE, 1)
        refused(SCARD_W_EOF, files.Read, file, 1)


@pytest.mark.parametrize("word", ["6B00", "6282"])
def test_the_word_with_which_the_card_tells_the_end_is_kept(
    plain_desk: Callable[..., Any], word: str, refused: Refused
) -> None:
    sw = int(word, 16)
    desk = plain_desk({"00A40804026F0100": "6207 820101 83026F01 9000", "00B0000004": word, "00B0003101": word})
    files = desk.files
    with files.Open(NAME, "3F00/6F01") as file:
        assert str(refused(SCARD_W_EOF, files.Read, file, 4, sw=sw)).endswith(f"[card: {describe_status_word(sw)}]")
        error = refused(SCARD_E_BAD_SEEK, files.Seek, file, BEGINNING, 50, sw=sw)
        assert error.reason == "behind the end of the file"


def test_the_word_with_which_the_card_tells_that_there_is_no_record_is_kept(
    plain_desk: Callable[..., Any], refused: Refused
) -> None:
    desk = plain_desk({"00A40804026F0100": "6207 820104 83026F01 9000", "00B2030400": "6A83", "00B2010400": "6A83"})
    files = desk.files
    with files.Open(NAME, "3F00/6F01") as file:
        refused(SCARD_W_EOF, files.Read, file, 4, sw=0x6A83)
        refused(SCARD_E_BAD_SEEK, files.Seek, file, BEGINNING, 3, sw=0x6A83)


def test_where_the_card_did_not_refuse_there_is_no_word(plain_desk: Callable[..., Any], refused: Refused) -> None:
    sized, unsized = "620B 80020002 820101 83026F01 9000", "6207 820101 83026F02 9000"
    desk = plain_desk(
        {"00A40804026F0100": sized, "00A40804026F0200": unsized, "00B0000004": "9000", "00B0003101": "9000"}
    )
    files = desk.files
    with files.Open(NAME, "3F00/6F01") as file:
        assert refused(SCARD_E_BAD_SEEK, files.Seek, file, BEGINNING, 50).sw is None
        files.Seek(file, BEGINNING, 2)
        assert refused(SCARD_W_EOF, files.Read, file, 4).sw is None
    with files.Open(NAME, "3F00/6F02") as file:
        assert refused(SCARD_E_BAD_SEEK, files.Seek, file, BEGINNING, 50).sw is None
        assert refused(SCARD_W_EOF, files.Read, file, 4).sw is None


def test_a_file_of_unknown_size_that_may_not_be_read_is_written_as_far_as_it_goes(
    plain_desk: Callable[..., Any], refused: Refused
) -> None:
    first, second = f"00D60000FF{'78' * 255}", f"00D600FF37{'78' * 55}"
    desk = plain_desk(
        {"00A40804026F0100": "6207 820101 83026F01 9000", "00B0013501": "6982", first: "9000", second: "6B00"}
    )
    files = desk.files
    with files.Open(NAME, "3F00/6F01") as file:
        refused(SCARD_E_WRITE_TOO_MANY, files.Write, file, b"x" * 310, sw=0x6B00)
        assert desk.card.seen[-3:] == ["00B0013501", first, second]
        # What one command holds the card takes or refuses as a whole.
        refused(SCARD_E_UNSUPPORTED_FEATURE, files.Write, file, b"y", sw=0x6D00)
        assert desk.card.seen[-1] == "00D600FF0179"


def test_what_lies_behind_32_kib_cannot_be_reached(plain_desk: Callable[..., Any], refused: Refused) -> None:
    desk = plain_desk({"00A40804026F0100": "620C 8003010000 820101 83026F01 9000"})
    files = desk.files
    with files.Open(NAME, "3F00/6F01") as file:
        files.Seek(file, BEGINNING, 0x8000)
        refused(SCARD_E_UNSUPPORTED_FEATURE, files.Read, file, 1)


def test_a_short_answer_is_the_end_of_an_unsized_file(plain_desk: Callable[..., Any], refused: Refused) -> None:
    desk = plain_desk({"00A40804026F0100": "6207 820101 83026F01 9000", "00B0000000": "41426282", "00B0000200": "6B00"})
    files = desk.files
    with files.Open(NAME, "3F00/6F01") as file:
        assert files.Read(file, 1000) == b"AB"
        refused(SCARD_W_EOF, files.Read, file, 1000)


# What the card answers oddly


def test_an_answer_that_is_no_response_is_a_communication_error(
    plain_desk: Callable[..., Any], refused: Refused
) -> None:
    desk = plain_desk({"00A40804026F0100": "6100", "00C0000000": "6100"})
    refused(SCARD_F_COMM_ERROR, desk.files.Open, NAME, "3F00/6F01")


def test_an_unknown_status_word_is_kept(plain_desk: Callable[..., Any], refused: Refused) -> None:
    desk = plain_desk({"00A40804026F0100": "6AF1"})
    refused(E_INVALIDARG, desk.files.Open, NAME, "3F00/6F01", sw=0x6AF1)


def test_tlv_structured_files_are_not_opened(plain_desk: Callable[..., Any], refused: Refused) -> None:
    desk = plain_desk({"00A40804026F0100": "6207 820139 83026F01 9000"})
    refused(SCARD_E_UNSUPPORTED_FEATURE, desk.files.Open, NAME, "3F00/6F01")


# T=0


def test_everything_works_over_t0(t0_reader: CardReader, manage: SCardManage, refused: Refused) -> None:
    assert manage.Status()[1] is SCARD_PROTOCOLS.T0
    files, verify, auth = manage.CreateFileAccess(), manage.CreateCHVerification(), manage.CreateCardAuth()
    content = bytes(range(256)) * 4
    with files.Open(NAME, "3F00/0100") as file:
        files.Write(file, content)
        files.Seek(file, BEGINNING, 0)
        assert files.Read(file, 2000) == content
        refused(SCARD_W_EOF, files.Read, file, 1)
    files.ChangeDir(NAME, "F073636172646D677201")
    assert files.GetCurrentDir() == "3F00/7F10"
    with files.Open(SHORT, "2") as file:
        assert files.Read(file, 16).startswith(b"Record one")
        files.Seek(file, END, 0)
    refused(SCARD_E_FILE_NOT_FOUND, files.Open, ID, "6F99")
    verify.Verify(b"5678", SCARD_FLAGS.SC_FL_IHV_LOCAL, 1)
    key = bytes(range(16))
    assert auth.ICC_Auth(0, b"\x01", bytes(16)) == authentication_token(KeyType.AES, key, bytes(16))
    auth.APP_Auth(0, b"\x01", authentication_token(KeyType.AES, key, auth.GetChallenge(0, 16)))


def test_a_write_may_fill_the_file_or_take_the_card_several_tries(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk(
        {
            "00A40804026F0100": "620B 80020004 820101 83026F01 9000",
            "00D60000024142": "63C2",
            "00D60002024344": "6381",
            "00B0000004": "414243449000",
        }
    )
    files = desk.files
    with files.Open(NAME, "3F00/6F01") as file:
        files.Write(file, b"AB")
        files.Write(file, b"CD")
        files.Seek(file, BEGINNING, 0)
        assert files.Read(file, 4) == b"ABCD"

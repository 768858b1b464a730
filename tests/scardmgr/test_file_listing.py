"""ISCardFileAccess.Directory: the built-in card tells its files; others by commands of their own, or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scardmgr import (
    E_INVALIDARG,
    E_NOTIMPL,
    FILETYPE,
    REFTYPE,
    SCARD_E_NO_ACCESS,
    SCARD_F_INTERNAL_ERROR,
    SCARD_FLAGS,
    SCARD_W_SECURITY_VIOLATION,
    TLV_TABLE,
    HResultError,
    ISCardFileAccess,
    SCardManage,
)

pytestmark = pytest.mark.card("iso7816", via=("embedded", "pcscd"))

Refused = Callable[..., HResultError]
NAME, ID = REFTYPE.SC_TYPE_BY_NAME, REFTYPE.SC_TYPE_BY_ID


def test_the_built_in_card_tells_its_files(manage: SCardManage) -> None:
    files = manage.CreateFileAccess()
    assert {"7F10", "2F01", "0100"} <= set(files.Directory(FILETYPE.SC_TYPE_ALL_FILES))
    assert "7F10" in files.Directory(FILETYPE.SC_TYPE_DIRECTORIES)
    assert "2F01" not in files.Directory(FILETYPE.SC_TYPE_DIRECTORIES)
    assert files.Directory(FILETYPE.SC_TYPE_DIRECTORY_FILE) == files.Directory(FILETYPE.SC_TYPE_DIRECTORIES)
    assert "7F10" not in files.Directory(FILETYPE.SC_TYPE_FILES)
    files.ChangeDir(NAME, "7F10")
    for wanted, names in (
        (FILETYPE.SC_TYPE_DIRECTORIES, set()),
        (FILETYPE.SC_TYPE_DIRECTORY_FILE, set()),
        (FILETYPE.SC_TYPE_FILES, {"6F01", "6F02", "6F03", "6F04", "6F05", "6F06"}),
        (FILETYPE.SC_TYPE_TRANSPARENT_EF, {"6F01", "6F05", "6F06"}),
        (FILETYPE.SC_TYPE_FIXED_EF, {"6F02"}),
        (FILETYPE.SC_TYPE_VARIABLE_EF, {"6F03"}),
        (FILETYPE.SC_TYPE_CYCLIC_EF, {"6F04"}),
    ):
        found = set(files.Directory(wanted))
        assert names <= found
        assert not found & ({"6F01", "6F02", "6F03", "6F04", "6F05", "6F06"} - names)


MF_FCP = "62068201388A0105"
DF_FCP = "62078201388302 7F20"
EF_FCP = "62078201018302 6F01"
CYCLIC_FCP = "62078201068302 6F02"


def test_listing_by_get_data(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk(
        {
            "00A40004023F0000": MF_FCP + "9000",
            "00CA01A100": "7F20 6F01 6F02 9000",
            "00A40804027F2000": DF_FCP + "9000",
            "00A40804026F0100": EF_FCP + "9000",
            "00A40804026F0200": CYCLIC_FCP + "9000",
        }
    )
    files = desk.files
    assert files.Directory(FILETYPE.SC_TYPE_ALL_FILES) == ["7F20", "6F01", "6F02"]
    assert files.Directory(FILETYPE.SC_TYPE_DIRECTORIES) == ["7F20"]
    assert files.Directory(FILETYPE.SC_TYPE_FILES) == ["6F01", "6F02"]
    assert files.Directory(FILETYPE.SC_TYPE_CYCLIC_EF) == ["6F02"]


def test_listing_by_list_directory(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk(
        {"00A40004023F0000": MF_FCP + "9000", "80AA010000": "6A82", "80AA020000": "6F01 6F02 9000"},
    )
    assert desk.files.Directory(FILETYPE.SC_TYPE_ALL_FILES) == ["6F01", "6F02"]
    assert desk.files.Directory(FILETYPE.SC_TYPE_DIRECTORIES) == []


def test_a_long_list_is_asked_for_with_an_extended_le_field(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk(
        {
            "00A40004023F0000": MF_FCP + "9000",
            "80AA010000": "9000",
            "80AA020000": "6700",
            "80AA0200000000": "6F01" * 200 + "9000",
        },
    )
    assert len(desk.files.Directory(FILETYPE.SC_TYPE_ALL_FILES)) == 200


def test_the_built_in_card_tells_more_files_than_a_short_answer_holds(files: ISCardFileAccess) -> None:
    files.Create(NAME, "7F30", TLV_TABLE(0x82, b"\x38"))
    files.ChangeDir(NAME, "7F30")
    names = [f"{0x0200 + number:04X}" for number in range(140)]
    for name in names:
        files.Create(ID, name, [TLV_TABLE(0x82, b"\x01"), TLV_TABLE(0x80, b"\x00\x01")])
    assert files.Directory(FILETYPE.SC_TYPE_FILES) == names


def test_a_card_that_does_not_tell_is_not_guessed_at(plain_desk: Callable[..., Any], refused: Refused) -> None:
    desk = plain_desk({"00A40004023F0000": MF_FCP + "9000", "80AA010000": "6E00", "00CA01A100": "6A88"})
    refused(E_NOTIMPL, desk.files.Directory, FILETYPE.SC_TYPE_ALL_FILES, sw=0x6A88)


@pytest.mark.parametrize("word", ["6700", "6882", "6A80", "6A81", "6A82", "6A86", "6B00", "6D00", "6E00"])
def test_a_card_without_such_commands_does_not_tell(
    plain_desk: Callable[..., Any], refused: Refused, word: str
) -> None:
    listing = {f"00CA01A1{ne}": word for ne in ("00", "000000")}
    desk = plain_desk({"00A40004023F0000": MF_FCP + "9000", "80AA010000": "6D00", **listing})
    error = refused(E_NOTIMPL, desk.files.Directory, FILETYPE.SC_TYPE_ALL_FILES, sw=int(word, 16))
    assert "does not tell" in str(error)


@pytest.mark.parametrize(
    ("listed", "told", "code", "word"),
    [
        ("6982", "6D00", SCARD_W_SECURITY_VIOLATION, 0x6982),
        ("6982", "6985", SCARD_W_SECURITY_VIOLATION, 0x6982),
        ("6581", "6A88", SCARD_F_INTERNAL_ERROR, 0x6581),
        ("6D00", "6982", SCARD_W_SECURITY_VIOLATION, 0x6982),
        ("6E00", "6985", SCARD_E_NO_ACCESS, 0x6985),
        ("6D00", "6581", SCARD_F_INTERNAL_ERROR, 0x6581),
    ],
)
def test_a_card_that_refuses_to_tell_is_not_said_to_be_unable(
    plain_desk: Callable[..., Any], refused: Refused, listed: str, told: str, code: int, word: int
) -> None:
    answers = {"80AA010000": "9000", "80AA020000": listed, "00CA01A100": told}
    desk = plain_desk({"00A40004023F0000": MF_FCP + "9000", "00A40804027F2000": DF_FCP + "9000", **answers})
    refused(code, desk.files.Directory, FILETYPE.SC_TYPE_ALL_FILES, sw=word)
    refused(code, desk.files.Delete, NAME, "3F00/7F20", SCARD_FLAGS.SC_FL_NON_RECURSIVE, sw=word)
    assert not any(command.startswith("00E4") for command in desk.card.seen)


def test_a_card_that_refuses_one_command_may_know_the_other(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk({"00A40004023F0000": MF_FCP + "9000", "80AA010000": "6982", "00CA01A100": "6F01 9000"})
    assert desk.files.Directory(FILETYPE.SC_TYPE_ALL_FILES) == ["6F01"]


def test_a_long_list_of_all_files_is_asked_for_with_an_extended_le_field(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk(
        {"00A40004023F0000": MF_FCP + "9000", "00CA01A100": "6700", "00CA01A1000000": "6F01" * 200 + "9000"}
    )
    assert len(desk.files.Directory(FILETYPE.SC_TYPE_ALL_FILES)) == 200


def test_a_file_type_has_to_be_one(manage: SCardManage, refused: Refused) -> None:
    refused(E_INVALIDARG, manage.CreateFileAccess().Directory, 8)

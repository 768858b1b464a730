"""ISCardFileAccess on the built-in card: directories, open files, reading, writing, seeking."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.pytest_plugin import CardReader
from scardmgr import (
    E_INVALIDARG,
    E_NOTIMPL,
    E_POINTER,
    FILETYPE,
    HRESULT,
    REFTYPE,
    SCARD_E_BAD_SEEK,
    SCARD_E_DIR_NOT_FOUND,
    SCARD_E_FILE_NOT_FOUND,
    SCARD_E_INSUFFICIENT_BUFFER,
    SCARD_E_NO_DIR,
    SCARD_E_NO_FILE,
    SCARD_E_UNSUPPORTED_FEATURE,
    SCARD_E_WRITE_TOO_MANY,
    SCARD_FLAGS,
    SCARD_W_EOF,
    SCARD_W_SECURITY_VIOLATION,
    SEEKTYPE,
    TLV_TABLE,
    HResultError,
    ISCardFileAccess,
    ISCardVerify,
    SCardManage,
)
from scardmgr.winscard.manager import ResourceManager

Refused = Callable[..., HResultError]
NAME, ID, SHORT, ANY = (
    REFTYPE.SC_TYPE_BY_NAME,
    REFTYPE.SC_TYPE_BY_ID,
    REFTYPE.SC_TYPE_BY_SHORT_ID,
    REFTYPE.SC_TYPE_BY_ANY,
)
BEGINNING, END, RELATIVE = SEEKTYPE.SC_SEEK_FROM_BEGINNING, SEEKTYPE.SC_SEEK_FROM_END, SEEKTYPE.SC_SEEK_RELATIVE
APPLICATION = "F073636172646D677201"
WRITES_OR = b"\x41"
"""A data coding byte: what is written is combined with what is there by OR."""
SECURE = SCARD_FLAGS.SC_FL_SECURE_MESSAGING
CHV_1 = (b"1234", SCARD_FLAGS.SC_FL_IHV_GLOBAL, 1)


@pytest.fixture
def files(in_application: ISCardFileAccess, verify: ISCardVerify) -> ISCardFileAccess:
    """The application's directory, with CHV 1 presented."""
    verify.Verify(*CHV_1)
    return in_application


# Directories


@pytest.mark.parametrize(
    ("kind", "reference"),
    [(NAME, "7F10"), (NAME, "3F00/7F10"), (NAME, APPLICATION), (NAME, APPLICATION[:12]), (ID, "7F10"), (ANY, "7F10")],
)
def test_changing_directory_leads_to_an_absolute_path(manage: SCardManage, kind: REFTYPE, reference: str) -> None:
    files = manage.CreateFileAccess()
    assert files.GetCurrentDir() == "3F00"
    files.ChangeDir(kind, reference)
    assert files.GetCurrentDir() == "3F00/7F10"
    files.ChangeDir(NAME, "..")
    assert files.GetCurrentDir() == "3F00"


def test_the_current_directory_belongs_to_the_attachment(manage: SCardManage, reader: CardReader) -> None:
    first, second = manage.CreateFileAccess(), manage.CreateFileAccess()
    first.ChangeDir(NAME, "7F10")
    assert second.GetCurrentDir() == "3F00/7F10"
    with SCardManage(reader.resource_manager) as other:
        other.AttachByIFD(reader.name)
        assert other.CreateFileAccess().GetCurrentDir() == "3F00"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((NAME, "7F99"), SCARD_E_DIR_NOT_FOUND),
        ((NAME, "A000000099"), SCARD_E_DIR_NOT_FOUND),
        ((NAME, ".."), SCARD_E_DIR_NOT_FOUND),
        ((NAME, "2F01"), SCARD_E_NO_DIR),
        ((NAME, ""), E_INVALIDARG),
        ((NAME, None), E_INVALIDARG),
        ((NAME, 7), E_INVALIDARG),
        ((9, "7F10"), E_INVALIDARG),
        ((ID, "7F10/6F01"), E_INVALIDARG),
    ],
)
def test_what_is_no_directory(manage: SCardManage, arguments: tuple[Any, ...], code: int, refused: Refused) -> None:
    files = manage.CreateFileAccess()
    refused(code, files.ChangeDir, *arguments)
    assert files.GetCurrentDir() == "3F00"


def test_a_short_identifier_is_never_a_directory(in_application: ISCardFileAccess, refused: Refused) -> None:
    refused(SCARD_E_NO_DIR, in_application.ChangeDir, SHORT, "1")


def test_others_selecting_something_else_do_no_harm(
    resource_manager: ResourceManager, others_handle: int, in_application: ISCardFileAccess
) -> None:
    file = in_application.Open(ID, "6F01")
    for expected in (b"Hello", b", sma"):
        assert resource_manager.transmit(others_handle, bytes.fromhex("00A4000C023F00")) == b"\x90\x00"
        assert in_application.Read(file, 5) == expected
    assert in_application.Read(in_application.Open(ID, "6F02"), 16).startswith(b"Record one")


def test_within_a_lock_a_file_is_selected_once(
    resource_manager: ResourceManager,
    manage: SCardManage,
    in_application: ISCardFileAccess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = in_application.Open(ID, "6F01")
    transmitted: list[bytes] = []
    transmit = resource_manager.transmit
    monkeypatch.setattr(
        resource_manager, "transmit", lambda card, command: transmitted.append(command) or transmit(card, command)
    )
    manage.SCardLock()
    for _ in range(3):
        in_application.Read(file, 2)
    manage.SCardUnlock(0)
    assert [command[1] for command in transmitted] == [0xA4, 0xB0, 0xB0, 0xB0]


# Opening


@pytest.mark.parametrize(
    ("kind", "reference"),
    [
        (NAME, "6F01"),
        (NAME, "3F00/7F10/6F01"),
        (NAME, f"{APPLICATION}/6F01"),
        (ID, "6F01"),
        (SHORT, "1"),
        (ANY, "1"),
        (ANY, "6F01"),
        (ANY, "/7F10/6F01"),
    ],
)
def test_a_file_opens_by_every_reference(in_application: ISCardFileAccess, kind: REFTYPE, reference: str) -> None:
    with in_application.Open(kind, reference) as file:
        assert in_application.Read(file, 18) == b"Hello, smart card."


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((ID, "6F99"), SCARD_E_FILE_NOT_FOUND),
        ((NAME, "3F00/7F99/6F01"), SCARD_E_FILE_NOT_FOUND),
        ((SHORT, "29"), SCARD_E_FILE_NOT_FOUND),
        ((NAME, "3F00/7F10"), SCARD_E_NO_FILE),
        ((NAME, "3F00"), SCARD_E_NO_FILE),
        ((ID, None), E_POINTER),
        ((ID, ""), E_INVALIDARG),
        ((SHORT, "31"), E_INVALIDARG),
        ((-1, "6F01"), E_INVALIDARG),
    ],
)
def test_what_cannot_be_opened(
    in_application: ISCardFileAccess, arguments: tuple[Any, ...], code: int, refused: Refused
) -> None:
    refused(code, in_application.Open, *arguments)


def test_many_files_are_open_at_once_each_with_its_position(in_application: ISCardFileAccess) -> None:
    first, second = in_application.Open(ID, "6F01"), in_application.Open(ID, "6F01")
    records = in_application.Open(ID, "6F03")
    assert in_application.Read(first, 5) == b"Hello"
    assert in_application.Read(records, 99) == b"One"
    assert in_application.Read(second, 7) == b"Hello, "
    assert in_application.Read(first, 2) == b", "
    assert in_application.Read(records, 99) == b"Twenty-two"


def test_a_closed_file_is_no_file(in_application: ISCardFileAccess, refused: Refused) -> None:
    file = in_application.Open(ID, "6F01")
    in_application.Close(file)
    refused(E_INVALIDARG, in_application.Close, file)
    refused(E_INVALIDARG, in_application.Read, file, 1)
    with in_application.Open(ID, "6F01") as file:
        in_application.Close(file)
    with in_application.Open(ID, "6F01") as file:
        pass
    refused(E_INVALIDARG, in_application.Read, file, 1)


@pytest.mark.parametrize("handle", [0, 99, None, "1"])
def test_a_file_handle_has_to_be_one(in_application: ISCardFileAccess, handle: Any, refused: Refused) -> None:
    refused(E_INVALIDARG, in_application.Close, handle)
    refused(E_INVALIDARG, in_application.Read, handle, 1)
    refused(E_INVALIDARG, in_application.Write, handle, b"x")
    refused(E_INVALIDARG, in_application.Seek, handle, BEGINNING, 0)


def test_releasing_the_interface_closes_its_files(in_application: ISCardFileAccess, refused: Refused) -> None:
    file = in_application.Open(ID, "6F01")
    in_application.close()
    refused(HRESULT.CO_E_RELEASED, in_application.Read, file, 1)


# Transparent files


def test_reading_goes_on_to_the_end(in_application: ISCardFileAccess, refused: Refused) -> None:
    file = in_application.Open(ID, "6F01")
    assert in_application.Read(file, 0) == b""
    assert len(in_application.Read(file, 60)) == 60
    assert in_application.Read(file, 60) == bytes(4)
    refused(SCARD_W_EOF, in_application.Read, file, 1)
    assert in_application.Read(file, 0) == b""


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 1023, 1024])
def test_long_files_are_written_and_read_in_pieces(manage: SCardManage, size: int) -> None:
    files = manage.CreateFileAccess()
    content = bytes(index % 251 for index in range(size))
    with files.Open(ID, "0100") as file:
        files.Write(file, content)
        files.Seek(file, BEGINNING, 0)
        assert files.Read(file, size) == content


@pytest.mark.parametrize(
    ("count", "code"), [(None, E_POINTER), (-1, E_INVALIDARG), ("1", E_INVALIDARG), (1 << 31, E_INVALIDARG)]
)
def test_a_count_has_to_be_one(in_application: ISCardFileAccess, count: Any, code: int, refused: Refused) -> None:
    refused(code, in_application.Read, in_application.Open(ID, "6F01"), count)


def test_access_rules_are_the_cards(verify: ISCardVerify, in_application: ISCardFileAccess, refused: Refused) -> None:
    notes = in_application.Open(ID, "6F05")
    refused(SCARD_W_SECURITY_VIOLATION, in_application.Read, notes, 5, sw=0x6982)
    refused(SCARD_W_SECURITY_VIOLATION, in_application.Write, notes, b"x", sw=0x6982)
    verify.Verify(*CHV_1)
    assert in_application.Read(notes, 10) == b"The secret"


def test_what_does_not_fit_is_not_begun(files: ISCardFileAccess, refused: Refused) -> None:
    file = files.Open(ID, "6F01")
    refused(SCARD_E_WRITE_TOO_MANY, files.Write, file, bytes(65))
    files.Seek(file, END, -2)
    refused(SCARD_E_WRITE_TOO_MANY, files.Write, file, b"abc")
    files.Write(file, b"ab")
    files.Seek(file, BEGINNING, 0)
    assert files.Read(file, 64) == b"Hello, smart card.".ljust(62, b"\0") + b"ab"


def test_erasing_clears_what_is_behind_the_position(files: ISCardFileAccess) -> None:
    file = files.Open(ID, "6F01")
    files.Seek(file, BEGINNING, 5)
    files.Write(file, b"!", SCARD_FLAGS.SC_FL_ERASE)
    files.Seek(file, BEGINNING, 0)
    assert files.Read(file, 64) == b"Hello!".ljust(64, b"\0")


def test_combining_is_for_files_of_that_kind(files: ISCardFileAccess, refused: Refused) -> None:
    files.Create(ID, "6F30", [TLV_TABLE(0x82, b"\x01" + WRITES_OR), TLV_TABLE(0x80, b"\x00\x04")])
    file = files.Open(ID, "6F30")
    refused(SCARD_E_UNSUPPORTED_FEATURE, files.Write, file, b"\x0f", SCARD_FLAGS.SC_FL_AND)
    files.Write(file, b"\x81\x0f")
    files.Seek(file, BEGINNING, 0)
    files.Write(file, b"\x18\xf0", SCARD_FLAGS.SC_FL_OR)
    files.Seek(file, BEGINNING, 0)
    assert files.Read(file, 2) == b"\x99\xff"


def test_write_flags_exclude_each_other(files: ISCardFileAccess, refused: Refused) -> None:
    file = files.Open(ID, "6F01")
    refused(E_INVALIDARG, files.Write, file, b"x", SCARD_FLAGS.SC_FL_OR | SCARD_FLAGS.SC_FL_AND)
    refused(E_INVALIDARG, files.Write, file, b"x", SCARD_FLAGS.SC_FL_RECURSIVE)
    refused(E_INVALIDARG, files.Write, file, b"x", None)
    refused(E_POINTER, files.Write, file, None)
    refused(E_INVALIDARG, files.Write, file, "x")


# Seeking


def test_seeking_in_bytes(in_application: ISCardFileAccess) -> None:
    file = in_application.Open(ID, "6F01")
    for origin, offset, expected in (
        (BEGINNING, 7, b"smart"),
        (RELATIVE, 1, b"card."),
        (RELATIVE, -18, b"Hello"),
        (END, -64, b"Hello"),
    ):
        in_application.Seek(file, origin, offset)
        assert in_application.Read(file, 5) == expected


@pytest.mark.parametrize("name", ["6F01", "6F02"])
def test_seeking_out_of_the_file_is_refused_and_the_position_stays(
    in_application: ISCardFileAccess, name: str, refused: Refused
) -> None:
    file = in_application.Open(ID, name)
    first = in_application.Read(file, 16)
    in_application.Seek(file, BEGINNING, 0)
    for origin, offset in ((BEGINNING, -1), (RELATIVE, -1), (BEGINNING, 65), (END, 1), (RELATIVE, 1000)):
        refused(SCARD_E_BAD_SEEK, in_application.Seek, file, origin, offset)
    assert in_application.Read(file, 16) == first
    refused(E_INVALIDARG, in_application.Seek, file, 3, 0)
    refused(E_POINTER, in_application.Seek, file, BEGINNING, None)


def test_seeking_in_records(in_application: ISCardFileAccess, refused: Refused) -> None:
    file = in_application.Open(ID, "6F02")
    for origin, offset, expected in (
        (BEGINNING, 1, b"Record two"),
        (RELATIVE, -2, b"Record one"),
        (RELATIVE, 1, b"Record three"),
        (END, -1, b"Record three"),
    ):
        in_application.Seek(file, origin, offset)
        assert in_application.Read(file, 16).rstrip(b"\0") == expected
    refused(SCARD_W_EOF, in_application.Read, file, 16)


# Records


def test_a_record_is_read_whole_or_not_at_all(in_application: ISCardFileAccess, refused: Refused) -> None:
    file = in_application.Open(ID, "6F03")
    in_application.Seek(file, BEGINNING, 1)
    refused(SCARD_E_INSUFFICIENT_BUFFER, in_application.Read, file, 9)
    assert in_application.Read(file, 10) == b"Twenty-two"


def test_records_are_replaced_and_appended(files: ISCardFileAccess, refused: Refused) -> None:
    file = files.Open(ID, "6F03")
    files.Seek(file, BEGINNING, 1)
    files.Write(file, b"Two")
    files.Seek(file, END, 0)
    files.Write(file, b"Four")
    files.Write(file, b"Five")
    files.Seek(file, BEGINNING, 0)
    assert [files.Read(file, 99) for _ in range(5)] == [b"One", b"Two", b"\x80\x03\x01\x02\x03", b"Four", b"Five"]
    refused(SCARD_W_EOF, files.Read, file, 99)


def test_fixed_records_have_room_for_their_size(files: ISCardFileAccess, refused: Refused) -> None:
    file = files.Open(ID, "6F02")
    refused(SCARD_E_WRITE_TOO_MANY, files.Write, file, bytes(17))
    files.Seek(file, END, 0)
    for _ in range(5):
        files.Write(file, b"0123456789abcdef")
    refused(SCARD_E_WRITE_TOO_MANY, files.Write, file, b"0123456789abcdef")


def test_appending_to_a_cyclic_file_puts_the_record_first(files: ISCardFileAccess) -> None:
    file = files.Open(ID, "6F04")
    before = files.Read(file, 8)
    files.Seek(file, END, 0)
    for number in range(3, 9):
        files.Write(file, number.to_bytes(8, "big"))
    files.Seek(file, BEGINNING, 0)
    assert [files.Read(file, 8)[-1] for _ in range(5)] == [8, 7, 6, 5, 4]
    assert before[-1] == 2


def test_erasing_is_not_for_records(files: ISCardFileAccess, refused: Refused) -> None:
    refused(SCARD_E_UNSUPPORTED_FEATURE, files.Write, files.Open(ID, "6F02"), b"x", SCARD_FLAGS.SC_FL_ERASE)
    refused(SCARD_E_UNSUPPORTED_FEATURE, files.Write, files.Open(ID, "6F02"), b"x", SCARD_FLAGS.SC_FL_AND)


def test_a_record_file_opens_by_short_identifier(files: ISCardFileAccess) -> None:
    with files.Open(SHORT, "2") as file:
        assert files.Read(file, 16).startswith(b"Record one")
        files.Write(file, b"0123456789abcdef")
        files.Seek(file, RELATIVE, -1)
        assert files.Read(file, 16) == b"0123456789abcdef"


def test_a_file_opened_by_short_identifier_finds_its_end(files: ISCardFileAccess, refused: Refused) -> None:
    with files.Open(SHORT, "1") as file:
        refused(SCARD_E_BAD_SEEK, files.Seek, file, BEGINNING, 65)
        files.Seek(file, BEGINNING, 64)
        refused(SCARD_W_EOF, files.Read, file, 1)
        refused(SCARD_E_WRITE_TOO_MANY, files.Write, file, b"x")
        files.Seek(file, END, -64)
        assert files.Read(file, 100).startswith(b"Hello")
        refused(SCARD_W_EOF, files.Read, file, 1)


# Secure messaging, and what the card cannot do


@pytest.mark.parametrize(
    "call",
    [
        lambda files, file: files.Read(file, 1, SECURE),
        lambda files, file: files.Write(file, b"x", SECURE | SCARD_FLAGS.SC_FL_REPLACE),
        lambda files, _: files.Create(ID, "6F30", [], SECURE),
        lambda files, _: files.Delete(ID, "6F01", SECURE),
        lambda files, _: files.GetProperties(ID, "6F01", SECURE, []),
        lambda files, _: files.SetProperties(ID, "6F01", SECURE, []),
        lambda files, _: files.GetFileCapabilities([], None, SECURE),
        lambda files, _: files.Invalidate("6F01", SECURE),
        lambda files, _: files.Rehabilitate("6F01", SECURE),
    ],
)
def test_secure_messaging_is_refused_clearly(files: ISCardFileAccess, call: Any, refused: Refused) -> None:
    assert "secure messaging" in str(refused(E_NOTIMPL, call, files, files.Open(ID, "6F01")))


# Listing


def test_the_built_in_card_tells_its_files(manage: SCardManage) -> None:
    files = manage.CreateFileAccess()
    assert {"7F10", "2F01", "0100"} <= set(files.Directory(FILETYPE.SC_TYPE_ALL_FILES))
    assert "7F10" in files.Directory(FILETYPE.SC_TYPE_DIRECTORIES)
    assert "2F01" not in files.Directory(FILETYPE.SC_TYPE_DIRECTORIES)
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


def test_a_file_type_has_to_be_one(manage: SCardManage, refused: Refused) -> None:
    refused(E_INVALIDARG, manage.CreateFileAccess().Directory, 8)

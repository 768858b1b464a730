"""ISCardFileAccess on the built-in card: creating, deleting, attributes, life cycle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from iso7816.atr import ATR
from scardmgr import (
    E_INVALIDARG,
    E_NOTIMPL,
    E_POINTER,
    REFTYPE,
    SCARD_E_DIR_NOT_FOUND,
    SCARD_E_FILE_NOT_FOUND,
    SCARD_E_NO_ACCESS,
    SCARD_E_UNSUPPORTED_FEATURE,
    SCARD_E_WRITE_TOO_MANY,
    SCARD_FLAGS,
    SCARD_W_SECURITY_VIOLATION,
    TLV_TABLE,
    HResultError,
    ISCardFileAccess,
    ISCardVerify,
    SCardManage,
)

pytestmark = pytest.mark.card("iso7816", via=("embedded", "pcscd"))

Refused = Callable[..., HResultError]
NAME, ID, SHORT, ANY = (
    REFTYPE.SC_TYPE_BY_NAME,
    REFTYPE.SC_TYPE_BY_ID,
    REFTYPE.SC_TYPE_BY_SHORT_ID,
    REFTYPE.SC_TYPE_BY_ANY,
)
PREALLOCATE, GET_ALL = SCARD_FLAGS.SC_FL_PREALLOCATE, SCARD_FLAGS.SC_FL_GET_ALL_PROPERTIES
RECURSIVE, NON_RECURSIVE = SCARD_FLAGS.SC_FL_RECURSIVE, SCARD_FLAGS.SC_FL_NON_RECURSIVE
NONE = SCARD_FLAGS.SC_FL_NO_FLAGS
TRANSPARENT = TLV_TABLE(0x82, b"\x01")
DIRECTORY = TLV_TABLE(0x82, b"\x38")
NOT_A_TAG: Any = ("80", b"\x10")
NOT_BYTES: Any = (0x8A, 5)


def size(number: int) -> TLV_TABLE:
    return TLV_TABLE(0x80, number.to_bytes(2, "big"))


def read_all(files: ISCardFileAccess, kind: REFTYPE, reference: str) -> bytes:
    with files.Open(kind, reference) as file:
        return files.Read(file, 4096)


# Create


def test_a_file_is_created_and_used(files: ISCardFileAccess) -> None:
    files.Create(ID, "6F20", [TRANSPARENT, size(4)])
    with files.Open(ID, "6F20") as file:
        files.Write(file, b"abcd")
    assert read_all(files, NAME, "3F00/7F10/6F20") == b"abcd"


@pytest.mark.parametrize("length", [1, 255, 300])
def test_preallocated_data_are_content_and_size(files: ISCardFileAccess, length: int) -> None:
    content = bytes(range(1, 101)) * 3
    files.Create(ID, "6F20", TRANSPARENT, PREALLOCATE, content[:length])
    assert read_all(files, ID, "6F20") == content[:length]


def test_preallocated_data_may_be_shorter_than_the_file(files: ISCardFileAccess) -> None:
    files.Create(ID, "6F20", [TRANSPARENT, size(8)], PREALLOCATE, b"abcd")
    assert read_all(files, ID, "6F20") == b"abcd\0\0\0\0"


def test_preallocated_data_that_do_not_fit_leave_no_file(files: ISCardFileAccess, refused: Refused) -> None:
    refused(SCARD_E_WRITE_TOO_MANY, files.Create, ID, "6F20", [TRANSPARENT, size(4)], PREALLOCATE, bytes(5))
    refused(SCARD_E_FILE_NOT_FOUND, files.Open, ID, "6F20")


def test_preallocated_records(files: ISCardFileAccess) -> None:
    fixed = TLV_TABLE(0x82, bytes.fromhex("020100040003"))
    files.Create(ID, "6F20", [fixed], PREALLOCATE, b"aaaabbbb")
    with files.Open(ID, "6F20") as file:
        assert [files.Read(file, 9), files.Read(file, 9)] == [b"aaaa", b"bbbb"]


def test_a_directory_is_created_and_entered(files: ISCardFileAccess) -> None:
    files.Create(NAME, "7F20", DIRECTORY)
    files.ChangeDir(NAME, "7F20")
    assert files.GetCurrentDir() == "3F00/7F10/7F20"


def test_a_directory_may_be_created_by_its_name(files: ISCardFileAccess) -> None:
    files.Create(NAME, "3F00/A000000001AB", [DIRECTORY, TLV_TABLE(0x83, b"\x7f\x21")])
    files.ChangeDir(NAME, "A000000001AB")
    assert files.GetCurrentDir() == "3F00/7F21"


def test_a_file_may_be_created_by_its_short_identifier(files: ISCardFileAccess) -> None:
    files.Create(SHORT, "9", [TRANSPARENT, TLV_TABLE(0x83, b"\x6f\x29")], PREALLOCATE, b"short")
    assert read_all(files, SHORT, "9") == b"short"
    assert read_all(files, ID, "6F29") == b"short"


def test_a_directory_has_no_content(files: ISCardFileAccess, refused: Refused) -> None:
    refused(E_INVALIDARG, files.Create, NAME, "7F20", DIRECTORY, PREALLOCATE, b"abcd")
    refused(SCARD_E_DIR_NOT_FOUND, files.ChangeDir, NAME, "7F20")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((ID, "6F01", [TRANSPARENT, size(4)]), E_INVALIDARG),
        ((ID, "6F20", [TRANSPARENT, size(4), TLV_TABLE(0x83, b"\x6f\x21")]), E_INVALIDARG),
        ((ID, "6F20", [TRANSPARENT, size(4)], NONE, b"data"), E_INVALIDARG),
        ((ID, "6F20", [TRANSPARENT, size(4)], RECURSIVE), E_INVALIDARG),
        ((ID, "6F20", [TLV_TABLE(0x82, b"")]), E_INVALIDARG),
        ((ID, "6F20", [TRANSPARENT, TLV_TABLE(*NOT_A_TAG)]), E_INVALIDARG),
        ((ID, "6F20", [TRANSPARENT, TLV_TABLE(*NOT_BYTES)]), E_INVALIDARG),
        ((ID, "6F20", ["82"]), E_INVALIDARG),
        ((ID, "6F20", 7), E_INVALIDARG),
        ((ID, "6F20", [TRANSPARENT, TLV_TABLE(0xA5, bytes.fromhex("8082010000").ljust(250, b"\0"))]), E_INVALIDARG),
        ((ID, "3F00", [TRANSPARENT]), E_INVALIDARG),
        ((7, "6F20", [TRANSPARENT]), E_INVALIDARG),
        ((ID, None, [TRANSPARENT]), E_POINTER),
        ((ID, "6F20", None), E_POINTER),
        ((ID, "6F20", [TRANSPARENT], PREALLOCATE, None), E_POINTER),
        ((NAME, "7F99/6F20", [TRANSPARENT, size(4)]), SCARD_E_DIR_NOT_FOUND),
    ],
)
def test_what_cannot_be_created(
    files: ISCardFileAccess, arguments: tuple[Any, ...], code: int, refused: Refused
) -> None:
    refused(code, files.Create, *arguments)


def test_creating_needs_what_the_card_says_it_needs(in_application: ISCardFileAccess, refused: Refused) -> None:
    refused(SCARD_W_SECURITY_VIOLATION, in_application.Create, ID, "6F20", [TRANSPARENT, size(4)], sw=0x6982)


# Delete


def test_a_deleted_file_is_gone(files: ISCardFileAccess, refused: Refused) -> None:
    files.Create(ID, "6F20", [TRANSPARENT, size(4)])
    files.Delete(ID, "6F20")
    refused(SCARD_E_FILE_NOT_FOUND, files.Open, ID, "6F20")
    refused(SCARD_E_FILE_NOT_FOUND, files.Delete, ID, "6F20")


def test_a_directory_with_files_is_spared_where_asked(files: ISCardFileAccess, refused: Refused) -> None:
    files.Create(NAME, "7F20", DIRECTORY)
    files.ChangeDir(NAME, "7F20")
    files.Create(NAME, "6F21", [TRANSPARENT, size(4)])
    refused(E_INVALIDARG, files.Delete, NAME, "3F00/7F10/7F20", NON_RECURSIVE)
    files.Delete(NAME, "3F00/7F10/7F20/6F21", NON_RECURSIVE)
    files.Delete(NAME, "3F00/7F10/7F20", NON_RECURSIVE)
    assert files.GetCurrentDir() == "3F00/7F10"
    refused(SCARD_E_DIR_NOT_FOUND, files.ChangeDir, NAME, "7F20")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((ID, "6F01", RECURSIVE | NON_RECURSIVE), E_INVALIDARG),
        ((ID, "6F01", PREALLOCATE), E_INVALIDARG),
        ((ID, None), E_INVALIDARG),
        ((ID, "6F"), E_INVALIDARG),
        ((8, "6F01"), E_INVALIDARG),
    ],
)
def test_what_cannot_be_deleted(
    files: ISCardFileAccess, arguments: tuple[Any, ...], code: int, refused: Refused
) -> None:
    refused(code, files.Delete, *arguments)


def test_a_card_may_have_no_command_to_delete(plain_desk: Callable[..., Any], refused: Refused) -> None:
    desk = plain_desk({"00A40804026F0100": "62078201018302 6F01 9000", "00E40000": "6D00"})
    refused(E_NOTIMPL, desk.files.Delete, NAME, "3F00/6F01", sw=0x6D00)


# Attributes


def test_properties_are_what_the_card_tells(in_application: ISCardFileAccess) -> None:
    tags = [TLV_TABLE(0x83), TLV_TABLE(0x84), TLV_TABLE(0x80), TLV_TABLE(0x83)]
    rows = in_application.GetProperties(ID, "6F01", NONE, tags)
    assert rows == [
        TLV_TABLE(0x83, b"\x6f\x01"),
        TLV_TABLE(0x84, b"", Valid=False),
        TLV_TABLE(0x80, b"\x00\x40"),
        TLV_TABLE(0x83, b"\x6f\x01"),
    ]


def test_all_properties_of_a_directory(manage: SCardManage) -> None:
    rows = manage.CreateFileAccess().GetProperties(NAME, "3F00/7F10", GET_ALL)
    told = {row.Tag: row.Value for row in rows}
    assert told[0x83] == b"\x7f\x10"
    assert told[0x84] == bytes.fromhex("F073636172646D677201")
    assert all(row.Valid for row in rows)


def test_properties_by_short_identifier_are_few(in_application: ISCardFileAccess) -> None:
    rows = in_application.GetProperties(SHORT, "1", NONE, [TLV_TABLE(0x88), TLV_TABLE(0x83)])
    assert rows == [TLV_TABLE(0x88, b"\x08"), TLV_TABLE(0x83, b"", Valid=False)]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((ID, "6F99"), SCARD_E_FILE_NOT_FOUND),
        ((ID, None), E_POINTER),
        ((ID, "6F01", NONE, None), E_POINTER),
        ((ID, "6F01", NONE, [0x83]), E_INVALIDARG),
        ((ID, "6F01", RECURSIVE), E_INVALIDARG),
        ((ID, "x"), E_INVALIDARG),
    ],
)
def test_what_has_no_properties(
    in_application: ISCardFileAccess, arguments: tuple[Any, ...], code: int, refused: Refused
) -> None:
    refused(code, in_application.GetProperties, *arguments)


def test_capabilities_are_those_of_the_historical_bytes_and_of_ef_atr_info(manage: SCardManage) -> None:
    files = manage.CreateFileAccess()
    asked = [TLV_TABLE(0x43), TLV_TABLE(0x47), TLV_TABLE(0x7F66), TLV_TABLE(0x5F20)]
    rows = files.GetFileCapabilities(asked, 4)
    assert [row.Valid for row in rows] == [True, True, True, False]
    assert rows[1].Length == 3
    assert TLV_TABLE(0x43, rows[0].Value) in files.GetFileCapabilities([], None, GET_ALL)


def test_capabilities_asked_in_an_application_leave_its_security_status(
    verify: ISCardVerify, in_application: Any
) -> None:
    local = SCARD_FLAGS.SC_FL_IHV_LOCAL
    verify.Verify(b"5678", local, 1)
    rows = in_application.GetFileCapabilities([TLV_TABLE(0x47), TLV_TABLE(0x7F66)])
    assert [row.Valid for row in rows] == [True, False]
    verify.Verify(None, local | SCARD_FLAGS.SC_FL_IHV_CHECKONLY, 1)


def test_a_card_without_ef_atr_info_still_has_historical_bytes(plain_desk: Callable[..., Any]) -> None:
    atr = ATR.build(protocols=(1,), historical_bytes=bytes.fromhex("80" + "31E0" + "73F74140")).to_bytes()
    desk = plain_desk({}, atr=atr)
    assert desk.files.GetFileCapabilities([], None, GET_ALL) == [
        TLV_TABLE(0x43, b"\xe0"),
        TLV_TABLE(0x47, b"\xf7\x41\x40"),
    ]


def test_a_card_without_historical_bytes_says_nothing_of_itself(plain_desk: Callable[..., Any]) -> None:
    assert plain_desk({}).files.GetFileCapabilities([TLV_TABLE(0x47)]) == [TLV_TABLE(0x47, b"", Valid=False)]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((None,), E_POINTER),
        (([TLV_TABLE(0x47)], 2), E_INVALIDARG),
        (([TLV_TABLE(0x47)], "1"), E_INVALIDARG),
        (([0x47],), E_INVALIDARG),
        (([], None, RECURSIVE), E_INVALIDARG),
    ],
)
def test_what_capabilities_refuse(manage: SCardManage, arguments: tuple[Any, ...], code: int, refused: Refused) -> None:
    refused(code, manage.CreateFileAccess().GetFileCapabilities, *arguments)


# Life cycle


def test_an_invalidated_file_is_unusable_until_rehabilitated(files: ISCardFileAccess, refused: Refused) -> None:
    file = files.Open(ID, "6F01")
    files.Invalidate("6F01")
    refused(SCARD_E_NO_ACCESS, files.Open, ID, "6F01", sw=0x6283)
    with pytest.raises(HResultError):
        files.Read(file, 1)
    files.Rehabilitate("6F01")
    assert files.Read(file, 5) == b"Hello"
    assert read_all(files, ID, "6F01").startswith(b"Hello")


def test_an_invalidated_directory_cannot_be_entered(files: ISCardFileAccess, refused: Refused) -> None:
    files.Create(NAME, "7F20", [DIRECTORY])
    files.Invalidate("7F20")
    refused(SCARD_E_NO_ACCESS, files.ChangeDir, NAME, "7F20", sw=0x6283)
    files.Rehabilitate("7F20")
    files.ChangeDir(NAME, "7F20")


def test_the_life_cycle_is_a_property_that_can_be_set(files: ISCardFileAccess, refused: Refused) -> None:
    life_cycle = [TLV_TABLE(0x8A)]
    for state in (b"\x04", b"\x05"):
        files.SetProperties(ID, "6F01", NONE, [TLV_TABLE(0x8A, state)])
        assert files.GetProperties(ID, "6F01", NONE, life_cycle)[0].Value == state


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((ID, "6F01", NONE, [TLV_TABLE(0x8A, b"\x04"), TLV_TABLE(0x80, b"\x10")]), SCARD_E_UNSUPPORTED_FEATURE),
        ((ID, "6F01", NONE, [TLV_TABLE(0x8A, b"\x01")]), E_INVALIDARG),
        ((ID, "6F01", NONE, [TLV_TABLE(*NOT_BYTES)]), E_INVALIDARG),
        ((ID, "6F01", NONE, [TLV_TABLE(0x8A, b"")]), E_INVALIDARG),
        ((ID, "6F01", NONE, [0x8A]), E_INVALIDARG),
        ((ID, "6F01", RECURSIVE, []), E_INVALIDARG),
        ((ID, "6F01", NONE, None), E_POINTER),
        ((ID, None, NONE, []), E_POINTER),
        ((ID, "6F99", NONE, [TLV_TABLE(0x8A, b"\x04")]), SCARD_E_FILE_NOT_FOUND),
    ],
)
def test_what_cannot_be_set_changes_nothing(
    files: ISCardFileAccess, arguments: tuple[Any, ...], code: int, refused: Refused
) -> None:
    refused(code, files.SetProperties, *arguments)
    assert files.GetProperties(ID, "6F01", NONE, [TLV_TABLE(0x8A)])[0].Value == b"\x05"


@pytest.mark.parametrize("method", ["Invalidate", "Rehabilitate"])
def test_the_life_cycle_methods_refuse_what_is_no_reference(
    files: ISCardFileAccess, method: str, refused: Refused
) -> None:
    call = getattr(files, method)
    refused(E_POINTER if method == "Invalidate" else E_INVALIDARG, call, None)
    refused(E_INVALIDARG, call, "6F01/")
    refused(E_INVALIDARG, call, "6F01", RECURSIVE)
    refused(SCARD_E_FILE_NOT_FOUND, call, "6F99")

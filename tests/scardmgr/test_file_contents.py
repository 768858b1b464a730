"""ISCardFileAccess on the built-in card: reading, writing and seeking, in bytes and in records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scardmgr import (
    E_INVALIDARG,
    E_POINTER,
    REFTYPE,
    SCARD_E_BAD_SEEK,
    SCARD_E_INSUFFICIENT_BUFFER,
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

pytestmark = pytest.mark.card("iso7816", via=("embedded", "pcscd"))

Refused = Callable[..., HResultError]
ID, SHORT = REFTYPE.SC_TYPE_BY_ID, REFTYPE.SC_TYPE_BY_SHORT_ID
BEGINNING, END, RELATIVE = SEEKTYPE.SC_SEEK_FROM_BEGINNING, SEEKTYPE.SC_SEEK_FROM_END, SEEKTYPE.SC_SEEK_RELATIVE
WRITES_OR = b"\x41"
"""A data coding byte: what is written is combined with what is there by OR."""
CHV_1 = (b"1234", SCARD_FLAGS.SC_FL_IHV_GLOBAL, 1)


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
    refused(E_POINTER, files.Write, file, b"x", None)
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
    refused(E_INVALIDARG, in_application.Seek, file, BEGINNING, None)


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


@pytest.mark.parametrize("size", [300, 40_000])
@pytest.mark.parametrize("flags", [SCARD_FLAGS.SC_FL_NO_FLAGS, SCARD_FLAGS.SC_FL_ERASE])
def test_what_does_not_fit_a_file_opened_by_short_identifier_is_not_begun(
    files: ISCardFileAccess, refused: Refused, size: int, flags: SCARD_FLAGS
) -> None:
    attributes = [TLV_TABLE(0x82, b"\x01"), TLV_TABLE(0x80, size.to_bytes(2, "big")), TLV_TABLE(0x88, b"\x50")]
    before = bytes(number % 251 for number in range(size))
    files.Create(ID, "6F40", attributes, SCARD_FLAGS.SC_FL_PREALLOCATE, before)

    def content() -> bytes:
        with files.Open(ID, "6F40") as whole:
            return files.Read(whole, size)

    with files.Open(SHORT, "10") as file:
        refused(SCARD_E_WRITE_TOO_MANY, files.Write, file, b"x" * (size + 1), flags)
        assert content() == before
        files.Seek(file, BEGINNING, 40)
        refused(SCARD_E_WRITE_TOO_MANY, files.Write, file, b"x" * (size - 39), flags)
        assert content() == before
        files.Seek(file, BEGINNING, 0)
        files.Write(file, b"x" * size, flags)
        assert content() == b"x" * size
        refused(SCARD_W_EOF, files.Read, file, 1)

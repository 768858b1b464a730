"""File identifiers and paths, in text and bytes."""

from __future__ import annotations

import pytest

from iso7816.errors import PathError
from iso7816.file_path import FilePath, format_fid, is_assignable, parse_fid


@pytest.mark.parametrize(("text", "fid"), [("3F00", 0x3F00), ("0000", 0), ("ffff", 0xFFFF), ("aBcD", 0xABCD)])
def test_a_file_identifier_is_four_hex_digits(text: str, fid: int) -> None:
    assert parse_fid(text) == fid
    assert format_fid(fid) == text.upper()


@pytest.mark.parametrize("text", ["", "3F0", "3F000", "3G00", "0x3F", " 3F0", "\uff13\uff26\uff10\uff10", "+3F0"])
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(PathError, match="four hex digits"):
        parse_fid(text)


def test_four_identifiers_are_reserved() -> None:
    assert [fid for fid in range(0x10000) if not is_assignable(fid)] == [0x0000, 0x3F00, 0x3FFF, 0xFFFF]
    assert not is_assignable(-1)
    assert not is_assignable(0x10000)


@pytest.mark.parametrize(
    ("text", "p1", "selection"),
    [
        ("3F00/7F10/6F01", 0x08, "7F106F01"),
        ("3F00", 0x08, ""),
        ("7F10/6F01", 0x09, "7F106F01"),
        ("3FFF/6F01", 0x09, "6F01"),
        ("3F007F106F01", 0x08, "7F106F01"),
    ],
)
def test_what_select_by_path_sends(text: str, p1: int, selection: str) -> None:
    path = FilePath.parse(text)
    assert (path.selection_p1, path.selection_bytes()) == (p1, bytes.fromhex(selection))


def test_up_and_down() -> None:
    path = FilePath.parse("3F00/7F10")
    child = path / 0x6F01
    assert str(child) == "3F00/7F10/6F01"
    assert child.name == 0x6F01
    assert child.parent == path
    assert FilePath((0x3F00,)).parent is None
    assert path.is_absolute
    assert not FilePath.parse("7F10/6F01").is_absolute


@pytest.mark.parametrize(
    "text", ["", "/", "3F00/", "/3F00", "3F00//6F01", "3F00/6F", "3F00 6F01", "7F10/3F00", "3F00/3FFF"]
)
def test_a_malformed_path_is_refused(text: str) -> None:
    with pytest.raises(PathError):
        FilePath.parse(text)


def test_a_number_that_is_no_identifier_is_refused() -> None:
    with pytest.raises(PathError, match="two bytes"):
        FilePath((0x3F00, 0x10000))
    with pytest.raises(PathError, match="at least one"):
        FilePath(())

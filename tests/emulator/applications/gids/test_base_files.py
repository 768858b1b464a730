"""The files that Windows keeps on a card: as its documents have them, and back again."""

from __future__ import annotations

import tracemalloc
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.applications.gids import base_files
from emulator.applications.gids.base_files import (
    Container,
    FileEntry,
    KeyEntry,
    certificate_file,
    container_map,
    file_table,
    key_map,
    read_certificate_file,
    read_container_map,
    read_file_table,
    read_key_map,
    refreshed,
)
from iso7816.errors import InformationError

# Microsoft, "Windows Inbox Smart Card Minidriver", data objects on a card after the file system is created.
TABLE = bytes.fromhex(
    """
    01 6d 73 63 70 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 a0 00 00 00 00 00
    00 00 00 00 00 00 63 61 72 64 69 64 00 00 00 00
    00 20 df 00 00 12 a0 00 00 00 00 00 00 00 00 00
    00 00 63 61 72 64 61 70 70 73 00 00 00 21 df 00
    00 10 a0 00 00 00 00 00 00 00 00 00 00 00 63 61
    72 64 63 66 00 00 00 00 00 22 df 00 00 10 a0 00
    00 6d 73 63 70 00 00 00 00 00 63 6d 61 70 66 69
    6c 65 00 00 00 23 df 00 00 10 a0 00 00
    """
)
ENTRIES = (
    FileEntry("mscp", "", 0, 0xA000),
    FileEntry("", "cardid", 0xDF20, 0xA012),
    FileEntry("", "cardapps", 0xDF21, 0xA010),
    FileEntry("", "cardcf", 0xDF22, 0xA010),
    FileEntry("mscp", "cmapfile", 0xDF23, 0xA010),
)
# As Windows wrote them on a card of the Java Card applet GidsApplet (its MinidriverTest).
KEY_MAP = bytes.fromhex("0101000000079A81B0FFFF0000")
CONTAINER_MAP = "257f0362-2ee7-44f5-9885-36fa490f30c1".encode("utf-16-le").ljust(80, b"\0") + bytes.fromhex(
    "0300 0000 0008"
)
NAMES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=8)
NUMBERS = st.integers(0, 0xFFFF)


def test_the_table_of_files_as_it_is_published() -> None:
    assert len(TABLE) == 141
    assert read_file_table(TABLE) == ENTRIES
    assert file_table(ENTRIES) == TABLE


def test_the_key_map_as_windows_writes_it() -> None:
    assert read_key_map(KEY_MAP) == (KeyEntry(0x07, 0x9A, 0xB081),)
    assert key_map((KeyEntry(0x07, 0x9A, 0xB081),)) == KEY_MAP


def test_an_empty_container_in_the_key_map() -> None:
    assert key_map((KeyEntry(),)).hex() == "01" + "000000000000ffffffff0000"


def test_the_container_map_as_windows_writes_it() -> None:
    container = Container("257f0362-2ee7-44f5-9885-36fa490f30c1", base_files.VALID | base_files.DEFAULT, 0, 2048)
    assert len(CONTAINER_MAP) == 86
    assert read_container_map(CONTAINER_MAP) == (container,)
    assert container_map((container,)) == CONTAINER_MAP


def test_the_cache_file_counts_containers_and_files() -> None:
    assert refreshed(base_files.NEW_CACHE).hex() == "000001000100"
    assert refreshed(bytes.fromhex("0102 ffff ff00")).hex() == "010200000001"
    with pytest.raises(InformationError):
        refreshed(bytes(5))


def test_a_certificate_is_compressed() -> None:
    data = certificate_file(b"certificate" * 100)
    assert data[:4].hex() == "01004c04"
    assert zlib.decompress(data[4:]) == b"certificate" * 100
    assert len(certificate_file(bytes(65535))) < 65535
    with pytest.raises(InformationError):
        certificate_file(bytes(65536))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x01\x00\x01",
        b"\x02\x00\x04\x00" + zlib.compress(b"1234"),
        b"\x01\x00\x03\x00" + zlib.compress(b"1234"),
        b"\x01\x00\x05\x00" + zlib.compress(b"1234"),
        b"\x01\x00\x04\x00none",
    ],
)
def test_certificates_that_are_none(data: bytes) -> None:
    with pytest.raises(InformationError):
        read_certificate_file(data)


def test_a_little_is_not_made_to_be_much() -> None:
    data = b"\x01\x00\x04\x00" + zlib.compress(bytes(10_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(InformationError):
            read_certificate_file(data)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_the_name_of_a_container_has_39_characters() -> None:
    container_map((Container("n" * 39),))
    with pytest.raises(InformationError):
        container_map((Container("n" * 40),))
    assert len(container_map((Container("\ud800"),))) == 86


@given(entries=st.lists(st.builds(FileEntry, NAMES, NAMES, NUMBERS, NUMBERS), max_size=5))
def test_tables_come_back(entries: list[FileEntry]) -> None:
    assert read_file_table(file_table(tuple(entries))) == tuple(entries)


@given(entries=st.lists(st.builds(KeyEntry, st.integers(0, 255), st.integers(0, 255), NUMBERS), max_size=5))
def test_key_maps_come_back(entries: list[KeyEntry]) -> None:
    assert read_key_map(key_map(tuple(entries))) == tuple(entries)


@given(entries=st.lists(st.builds(Container, NAMES, st.integers(0, 255), NUMBERS, NUMBERS), max_size=5))
def test_container_maps_come_back(entries: list[Container]) -> None:
    assert read_container_map(container_map(tuple(entries))) == tuple(entries)


@given(certificate=st.binary(max_size=3000))
def test_certificates_come_back(certificate: bytes) -> None:
    assert read_certificate_file(certificate_file(certificate)) == certificate


@given(data=st.binary(max_size=200))
def test_hostile_files_raise_our_error_only(data: bytes) -> None:
    for read in (read_file_table, read_key_map, read_container_map, read_certificate_file):
        for each in (data, b"\x01" + data, b"\x01\x00\x04\x00" + data):
            with suppress(InformationError):
                read(each)


@pytest.mark.parametrize(("tag", "fid"), [(0xDF20, 0x1A012), (0x1DF20, 0xA012)])
def test_a_table_with_identifiers_that_no_file_has_is_refused(tag: int, fid: int) -> None:
    table = base_files.file_table((base_files.FileEntry("", "cardid", tag, fid),))
    with pytest.raises(InformationError, match="two bytes"):
        base_files.read_file_table(table)

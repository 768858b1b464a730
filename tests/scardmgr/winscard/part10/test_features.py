"""Features and properties as bytes (PC/SC part 10)."""

from __future__ import annotations

import pytest

from scardmgr.winscard.part10.features import Feature, feature_code, feature_list
from scardmgr.winscard.part10.properties import pin_properties, tlv_properties


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("linux", "06 04 42000D4E  07 04 42000D4F  0A 04 42000D52  12 04 42000D5A"),
        ("darwin", "06 04 42000D4E  07 04 42000D4F  0A 04 42000D52  12 04 42000D5A"),
        ("win32", "06 04 00313538  07 04 0031353C  0A 04 00313548  12 04 00313568"),
    ],
)
def test_control_codes_are_numbered_by_platform_and_big_endian_on_each(platform: str, expected: str) -> None:
    assert feature_list(Feature, platform) == bytes.fromhex(expected)


def test_control_codes_on_windows_keep_to_the_twelve_bits_of_a_function_number() -> None:
    assert all(feature_code(feature, "win32") >> 16 == 0x31 for feature in Feature)


def test_properties_of_a_reader_without_a_pin_pad() -> None:
    assert tlv_properties(with_pin_pad=False) == (
        b"\x08\x18scardmgr embedded reader" + bytes.fromhex("090100 0A0400000100 0B020000 0C020000")
    )


def test_a_pin_pad_has_more() -> None:
    assert tlv_properties(with_pin_pad=True).startswith(bytes.fromhex("01020000 020107 030101 060101 070110 0818"))


def test_pin_properties() -> None:
    assert pin_properties() == bytes.fromhex("0000 07 01")

"""Attributes of an embedded reader (PC/SC part 3, 3.1.4)."""

from __future__ import annotations

from typing import Any

import pytest

from scardmgr.winscard.constants import Attribute, Protocols, ShareMode


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        (Attribute.VENDOR_NAME, b"scardmgr\0"),
        (Attribute.VENDOR_IFD_TYPE, b"embedded reader\0"),
        (Attribute.ASYNC_PROTOCOL_TYPES, b"\x03\0\0\0"),
        (Attribute.CURRENT_PROTOCOL_TYPE, b"\x02\0\0\0"),
        (Attribute.ICC_PRESENCE, b"\x02"),
        (Attribute.ICC_INTERFACE_STATUS, b"\x01"),
        (Attribute.ICC_TYPE_PER_ATR, b"\x01"),
        (Attribute.ATR_STRING, bytes.fromhex("3B800181")),
        (Attribute.DEVICE_IN_USE, b"\x01\0\0\0"),
        (Attribute.DEVICE_FRIENDLY_NAME_W, "Reader 0\0".encode("utf-16-le")),
        (Attribute.DEVICE_SYSTEM_NAME_W, "Reader 0\0".encode("utf-16-le")),
    ],
)
def test_of_a_reader_with_a_card_in_use(embedded_bench: Any, attribute: Attribute, value: bytes) -> None:
    embedded_bench.insert_scripted()
    assert embedded_bench.rm.get_attribute(embedded_bench.connect(), attribute) == value


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        (Attribute.CURRENT_PROTOCOL_TYPE, bytes(4)),
        (Attribute.ICC_PRESENCE, b"\0"),
        (Attribute.ICC_INTERFACE_STATUS, b"\0"),
        (Attribute.ICC_TYPE_PER_ATR, b"\0"),
    ],
)
def test_of_an_empty_reader(embedded_bench: Any, attribute: Attribute, value: bytes) -> None:
    card = embedded_bench.connect(ShareMode.DIRECT, Protocols.UNDEFINED)
    assert embedded_bench.rm.get_attribute(card, attribute) == value


def test_the_version_is_a_number_of_32_bits(embedded_bench: Any) -> None:
    card = embedded_bench.connect(ShareMode.DIRECT, Protocols.UNDEFINED)
    assert len(embedded_bench.rm.get_attribute(card, Attribute.VENDOR_IFD_VERSION)) == 4

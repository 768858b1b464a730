"""Historical bytes and card capabilities: what a category can hold, and what it cannot."""

from __future__ import annotations

import pytest

from iso7816.card_capabilities import CardCapabilities, CommandCapabilities, SelectionMethods
from iso7816.compact_tlv import CompactTLV
from iso7816.data_coding import DataCoding
from iso7816.errors import ATRError, FileControlError
from iso7816.historical_bytes import HistoricalBytes, StatusIndicator, StorageCard


def test_the_german_identity_card_tells_what_it_can() -> None:
    """smartcard_list.txt, German ID Card - Personalausweis."""
    value = HistoricalBytes.parse(bytes.fromhex("8031B8738401E0829000"))
    service = value.card_service_data
    capabilities = value.card_capabilities
    assert service is not None
    assert service.has_mf
    assert capabilities is not None
    assert SelectionMethods.SHORT_EF_IDENTIFIER in capabilities.selection
    assert capabilities.commands is not None
    assert capabilities.commands.extended_lengths
    assert value.value_of(7) == bytes.fromhex("8401E0")
    assert value.value_of(15) is None


def test_absent_objects_are_absent() -> None:
    value = HistoricalBytes.parse(b"\x80")
    assert value.card_capabilities is None
    assert value.card_service_data is None


def test_nothing_at_all_has_no_category() -> None:
    with pytest.raises(ATRError, match="no category indicator"):
        HistoricalBytes.parse(b"")


def test_what_only_looks_like_a_storage_card_is_read_as_it_is_coded() -> None:
    """Reserved bytes that are not zero: not the form of PC/SC part 3, so a compact header 4F, which does not fit."""
    value = bytes.fromhex("804F0CA000000306030001000000FF")
    with pytest.raises(Exception, match="4F says 15 bytes, 13 are left"):
        HistoricalBytes.parse(value)


@pytest.mark.parametrize(
    "arguments",
    [
        {"category": 256},
        {"category": 0x00},
        {"category": 0x00, "status": StatusIndicator(5)},
        {"category": 0x10},
        {"category": 0x10, "dir_reference": 256},
        {"category": 0x80, "dir_reference": 1},
        {"category": 0x80, "proprietary": b"x"},
        {"category": 0x41, "objects": (CompactTLV(7, b"\1"),)},
        {"category": 0x41, "status": StatusIndicator(5)},
        {"category": 0x80, "objects": (CompactTLV(8, b"\5"),)},
        {"category": 0x80, "objects": (CompactTLV(7, b"\1"),), "storage_card": StorageCard(3, 1)},
        {"category": 0x00, "status": StatusIndicator(5, 0x9000), "storage_card": StorageCard(3, 1)},
    ],
)
def test_what_a_category_cannot_hold_is_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ATRError):
        HistoricalBytes(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("arguments", [{}, {"life_cycle": 256}, {"sw": 0x10000}, {"sw": -1}])
def test_a_status_indicator_that_cannot_be_is_refused(arguments: dict[str, int]) -> None:
    with pytest.raises(ATRError):
        StatusIndicator(**arguments)


@pytest.mark.parametrize(("standard", "name"), [(256, 0), (0, 0x10000)])
def test_a_storage_card_that_cannot_be_is_refused(standard: int, name: int) -> None:
    with pytest.raises(ATRError):
        StorageCard(standard, name)


def test_the_third_table_needs_the_second() -> None:
    with pytest.raises(ATRError, match="needs the second"):
        CardCapabilities(SelectionMethods.PATH, None, CommandCapabilities())


@pytest.mark.parametrize("channels", [0, 9])
def test_channels_that_cannot_be_coded_are_refused(channels: int) -> None:
    with pytest.raises(ATRError, match="1 to 8"):
        CommandCapabilities(max_channels=channels)


def test_a_data_unit_that_cannot_be_coded_is_refused() -> None:
    with pytest.raises(FileControlError):
        DataCoding(unit_exponent=16)
    with pytest.raises(FileControlError):
        DataCoding.parse(256)

"""Attributes of an embedded reader (PC/SC part 3, 3.1.4)."""

from __future__ import annotations

from typing import Any

import pytest

from iso7816.contactless import ContactlessIdentity
from scardmgr.winscard.constants import Attribute, Protocols, ShareMode
from scardmgr.winscard.errors import SCardError

#: What libpcsclite keeps for an attribute whose length is asked for first, as pyscard does.
PCSCLITE_BUFFER = 264


def number(value: int) -> bytes:
    return value.to_bytes(4, "little")


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        (Attribute.VENDOR_NAME, b"scardmgr\0"),
        (Attribute.VENDOR_IFD_TYPE, b"embedded reader\0"),
        (Attribute.VENDOR_IFD_VERSION, b"\0\0\1\0"),
        (Attribute.VENDOR_IFD_SERIAL_NO, b"00000000\0"),
        (Attribute.CHANNEL_ID, b"\0\0\xf0\0"),
        (Attribute.ASYNC_PROTOCOL_TYPES, b"\x03\0\0\0"),
        (Attribute.DEFAULT_CLK, number(4000)),
        (Attribute.MAX_CLK, number(4000)),
        (Attribute.DEFAULT_DATA_RATE, number(10752)),
        (Attribute.MAX_DATA_RATE, number(688172)),
        (Attribute.MAX_IFSD, number(254)),
        (Attribute.POWER_MGMT_SUPPORT, number(0)),
        (Attribute.CHARACTERISTICS, number(0)),
        (Attribute.MAXINPUT, number(65544)),
        (Attribute.CURRENT_PROTOCOL_TYPE, b"\x02\0\0\0"),
        (Attribute.ICC_PRESENCE, b"\x02"),
        (Attribute.ICC_INTERFACE_STATUS, b"\x01"),
        (Attribute.ICC_TYPE_PER_ATR, b"\x01"),
        (Attribute.ATR_STRING, bytes.fromhex("3B800181")),
        (Attribute.DEVICE_UNIT, number(0)),
        (Attribute.DEVICE_IN_USE, b"\x01\0\0\0"),
        (Attribute.DEVICE_FRIENDLY_NAME, b"Reader 0\0"),
        (Attribute.DEVICE_SYSTEM_NAME, b"Reader 0\0"),
        (Attribute.DEVICE_FRIENDLY_NAME_W, "Reader 0\0".encode("utf-16-le")),
        (Attribute.DEVICE_SYSTEM_NAME_W, "Reader 0\0".encode("utf-16-le")),
    ],
)
def test_of_a_reader_with_a_card_in_use(embedded_bench: Any, attribute: Attribute, value: bytes) -> None:
    embedded_bench.insert_scripted()
    assert embedded_bench.rm.get_attribute(embedded_bench.connect(), attribute) == value


OF_THE_LINE = (
    Attribute.CURRENT_CLK,
    Attribute.CURRENT_F,
    Attribute.CURRENT_D,
    Attribute.CURRENT_N,
    Attribute.CURRENT_W,
    Attribute.CURRENT_IFSC,
    Attribute.CURRENT_IFSD,
    Attribute.CURRENT_BWT,
    Attribute.CURRENT_CWT,
    Attribute.CURRENT_EBC_ENCODING,
)


@pytest.mark.parametrize(
    ("atr", "values"),
    [
        pytest.param("3B800181", (4000, 372, 1, 0, 10, 32, 254, 4, 13, 0), id="no interface bytes"),
        # pcsc-tools' smartcard_list.txt: YubiKey 5 NFC. TA1 13, TC1 00, TA3 FE, TB3 15.
        pytest.param(
            "3BFD13000081 31FE15 8073C021C057597562694B6579 40",
            (4000, 372, 4, 0, 10, 254, 254, 1, 5, 0),
            id="T=1",
        ),
        # The same: Sysmocom USIM. TA1 96, TC2 absent.
        pytest.param(
            "3B9F96801FC78031E073FE211357122911020100 00C1", (4000, 512, 32, 0, 10, 32, 254, 4, 13, 0), id="T=0"
        ),
        pytest.param("3B80FF", (4000, 372, 1, 0, 10, 32, 254, 4, 13, 0), id="an ATR that is none"),
    ],
)
def test_of_the_line_to_the_card(embedded_bench: Any, scripted_card: Any, atr: str, values: tuple[int, ...]) -> None:
    embedded_bench.insert(scripted_card(bytes.fromhex(atr)))
    handle = embedded_bench.connect(ShareMode.DIRECT, Protocols.UNDEFINED)
    told = [embedded_bench.rm.get_attribute(handle, attribute) for attribute in OF_THE_LINE]
    assert told == [number(value) for value in values]


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        (Attribute.CURRENT_PROTOCOL_TYPE, bytes(4)),
        (Attribute.ICC_PRESENCE, b"\0"),
        (Attribute.ICC_INTERFACE_STATUS, b"\0"),
        (Attribute.ICC_TYPE_PER_ATR, b"\0"),
        (Attribute.CHARACTERISTICS, bytes(4)),
    ],
)
def test_of_an_empty_reader(embedded_bench: Any, attribute: Attribute, value: bytes) -> None:
    card = embedded_bench.connect(ShareMode.DIRECT, Protocols.UNDEFINED)
    assert embedded_bench.rm.get_attribute(card, attribute) == value


@pytest.mark.parametrize("attribute", [Attribute.ATR_STRING, *OF_THE_LINE])
def test_what_is_the_card_s_needs_one(embedded_bench: Any, attribute: Attribute) -> None:
    card = embedded_bench.connect(ShareMode.DIRECT, Protocols.UNDEFINED)
    with pytest.raises(SCardError, match="NO_SMARTCARD"):
        embedded_bench.rm.get_attribute(card, attribute)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        (Attribute.ICC_TYPE_PER_ATR, b"\x05"),
        (Attribute.CHARACTERISTICS, number(8)),
        (Attribute.CURRENT_CLK, number(13560)),
    ],
)
def test_of_a_contactless_card(embedded_bench: Any, scripted_card: Any, attribute: Attribute, value: bytes) -> None:
    card = scripted_card(bytes.fromhex("3B80800101"))
    card.contactless = ContactlessIdentity(bytes(4))
    embedded_bench.insert(card)
    assert embedded_bench.rm.get_attribute(embedded_bench.connect(), attribute) == value


def test_readers_are_told_apart_by_the_lowest_number_that_is_free(embedded_bench: Any) -> None:
    rm = embedded_bench.rm
    rm.add_reader("Reader 2")
    embedded_bench.empty_slot.close()
    rm.add_reader("Reader 3")
    rm.add_reader("Reader 4")

    def of(reader: str) -> tuple[bytes, ...]:
        handle = rm.connect(embedded_bench.context, reader, ShareMode.DIRECT, Protocols.UNDEFINED).handle
        wanted = (Attribute.DEVICE_UNIT, Attribute.CHANNEL_ID, Attribute.VENDOR_IFD_SERIAL_NO)
        return tuple(rm.get_attribute(handle, attribute) for attribute in wanted)

    assert [of(f"Reader {number}")[0][0] for number in (0, 2, 3, 4)] == [0, 2, 1, 3]
    assert of("Reader 4") == (number(3), b"\x03\0\xf0\0", b"00000003\0")


UNKNOWN = {
    Attribute.SYNC_PROTOCOL_TYPES,
    Attribute.USER_TO_CARD_AUTH_DEVICE,
    Attribute.USER_AUTH_INPUT_DEVICE,
    Attribute.ESC_RESET,
    Attribute.ESC_CANCEL,
    Attribute.ESC_AUTHREQUEST,
    Attribute.EXTENDED_BWT,
    Attribute.CURRENT_IO_STATE,
    Attribute.SUPRESS_T1_IFS_REQUEST,
}


def test_every_other_attribute_fits_what_libpcsclite_keeps_for_it(embedded_bench: Any, scripted_card: Any) -> None:
    name = "x" * 127  # the longest that pcsc-lite takes
    embedded_bench.embedded.add_reader(name).insert(scripted_card())
    handle = embedded_bench.rm.connect(embedded_bench.context, name).handle
    for attribute in set(Attribute) - UNKNOWN:
        assert 0 < len(embedded_bench.rm.get_attribute(handle, attribute)) <= PCSCLITE_BUFFER


@pytest.mark.parametrize("attribute", [*sorted(UNKNOWN), 0x1234])
def test_an_attribute_that_there_is_not(embedded_bench: Any, attribute: int) -> None:
    embedded_bench.insert_scripted()
    with pytest.raises(SCardError, match="UNSUPPORTED_FEATURE"):
        embedded_bench.rm.get_attribute(embedded_bench.connect(), attribute)


def test_one_attribute_can_be_set_and_means_nothing(embedded_bench: Any) -> None:
    embedded_bench.insert_scripted()
    card = embedded_bench.connect()
    embedded_bench.rm.set_attribute(card, Attribute.SUPRESS_T1_IFS_REQUEST, number(1))
    for attribute in (Attribute.DEVICE_FRIENDLY_NAME, Attribute.ATR_STRING, 0x1234):
        with pytest.raises(SCardError, match="NOT_TRANSACTED"):
            embedded_bench.rm.set_attribute(card, attribute, number(1))

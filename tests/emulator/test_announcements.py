"""What a built-in card announces it does, and what it does not announce it refuses.

Announced is in the historical bytes: card service data, and the three tables of the card capabilities.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from typing import Final, NamedTuple

import pytest

from emulator import Card
from iso7816.apdu import CommandAPDU, ResponseAPDU
from iso7816.atr import ATR
from iso7816.ber_tlv import TLV, decode_all
from iso7816.card_capabilities import CardServices, DirectoryAccess, SelectionMethods
from iso7816.data_coding import WriteBehaviour
from iso7816.file_control import FileControlParameters
from iso7816.historical_bytes import APPLICATION_IDENTIFIER, HistoricalBytes


class Holding(NamedTuple):
    """What a card of a profile holds, by which it is tried.

    Attributes:
        name: of its application, whole.
        chv: reference of a CHV, and its value; on the PKCS #15 card there is none yet.
        before: commands behind which an EF may be made.
        ef: identifier of an EF under the MF.
        sfi: a short identifier of a transparent EF in the current DF, after a reset.
        record: path of an EF with records under the MF.
    """

    name: str
    chv: tuple[int, bytes]
    before: tuple[str, ...] = ()
    ef: str = "2F01"
    sfi: int = 1
    record: str = "2F00"


HOLDINGS: Final = {
    "iso7816": Holding("F073636172646D677201", (0x01, b"1234"), ("002000010431323334",), record="7F106F02"),
    "pkcs15": Holding("F276A288BCFBA69D34F31001", (0x01, b"1234")),
    "piv": Holding("A000000308000010000100", (0x80, b"123456\xff\xff")),
    "gids": Holding("A000000397425446590201", (0x80, b"12345678")),
    "openpgp": Holding("D276000124010304FFFF000000010000", (0x81, b"123456")),
}
#: Real cards of the kind announce no more, and their specification has it: SELECT of a file, on an OpenPGP card
#: outside of the application, too.
UNANNOUNCED: Final = {
    ("gids", SelectionMethods.FILE_IDENTIFIER),
    ("openpgp", SelectionMethods.FILE_IDENTIFIER),
    ("openpgp", SelectionMethods.PATH),
    ("openpgp", SelectionMethods.RECORD_NUMBER),
    ("openpgp", SelectionMethods.RECORD_IDENTIFIER),
}
ALL: Final = sorted(HOLDINGS)


class Desk:
    """A new card of a profile, and what it announces."""

    def __init__(self, profile: str) -> None:
        self.profile = profile
        self.card = Card.from_profile(profile)
        self.historical = HistoricalBytes.parse(ATR.parse(self.card.power_on()).historical_bytes)
        self.holds = HOLDINGS[profile]
        capabilities = self.historical.card_capabilities
        assert capabilities is not None
        assert capabilities.commands is not None
        assert capabilities.data_coding is not None
        self.selection, self.coding, self.commands = (
            capabilities.selection,
            capabilities.data_coding,
            capabilities.commands,
        )

    def send(self, command: str) -> ResponseAPDU:
        return ResponseAPDU.parse(self.card.transmit(bytes.fromhex(command)))

    def sw(self, command: str) -> int:
        return self.send(command).sw

    def select(self) -> None:
        """Select the application."""
        name = bytes.fromhex(self.holds.name)
        assert self.sw(f"00A40400{len(name):02X}{name.hex()}00") == 0x9000

    def verify(self, value: bytes, cla: int = 0) -> int:
        return self.sw(CommandAPDU(cla, 0x20, 0, self.holds.chv[0], value).to_bytes().hex())


@pytest.fixture(params=ALL)
def desk(request: pytest.FixtureRequest) -> Iterable[Desk]:
    made = Desk(request.param)
    yield made
    made.card.close()


def test_every_profile_is_tried() -> None:
    there = files("emulator.profiles").iterdir()
    assert {each.name.removesuffix(".toml") for each in there if each.name.endswith(".toml")} == set(HOLDINGS)


# Selection


@pytest.mark.parametrize("method", SelectionMethods)
def test_a_way_to_select_is_there_where_it_is_announced(desk: Desk, method: SelectionMethods) -> None:
    if (desk.profile, method) in UNANNOUNCED:
        assert method not in desk.selection
        return
    if method is SelectionMethods.IMPLICIT:
        assert method not in desk.selection
        return
    name = bytes.fromhex(desk.holds.name)
    record = bytes.fromhex(desk.holds.record)
    done = {
        SelectionMethods.FULL_DF_NAME: [f"00A40400{len(name):02X}{name.hex()}00"],
        SelectionMethods.PARTIAL_DF_NAME: [f"00A40400{len(name) - 1:02X}{name[:-1].hex()}00"],
        SelectionMethods.PATH: [f"00A4080C02{desk.holds.ef}"],
        SelectionMethods.FILE_IDENTIFIER: [f"00A4000C02{desk.holds.ef}"],
        SelectionMethods.SHORT_EF_IDENTIFIER: [f"00B0{0x80 | desk.holds.sfi:02X}0000"],
        SelectionMethods.RECORD_NUMBER: [f"00A4080C{len(record):02X}{record.hex()}", "00B2010400"],
        SelectionMethods.RECORD_IDENTIFIER: [f"00A4080C{len(record):02X}{record.hex()}", "00B2000200"],
    }[method]
    assert all(desk.sw(each) == 0x9000 for each in done) == (method in desk.selection)


def test_the_application_that_a_reset_selects_is_announced(desk: Desk) -> None:
    announced = desk.historical.value_of(APPLICATION_IDENTIFIER)
    if announced is None:
        assert FileControlParameters.parse_template(desk.send("00A4000400").data).fid == 0x3F00
    else:
        assert bytes.fromhex(desk.holds.name).startswith(announced)
        assert desk.verify(desk.holds.chv[1]) == 0x9000


# Card service data


def test_the_directory_files_hold_data_objects_read_the_announced_way(desk: Desk) -> None:
    services = desk.historical.card_service_data
    places = {CardServices.DATA_OBJECTS_IN_EF_DIR: "2F00", CardServices.DATA_OBJECTS_IN_EF_ATR: "2F01"}
    if services is None:
        return
    if services.access is DirectoryAccess.GET_DATA:
        assert information(desk)
        # Its ATR is that of the cards of its kind: docs/differences.md, the OpenPGP card.
        assert (desk.profile, desk.sw("00CA2F0000")) == ("openpgp", 0x6A88)
        return
    for service, fid in places.items():
        assert service in services.services
        assert desk.sw(f"00A4000C02{fid}") == 0x9000
        answer = desk.send("00B0000000" if services.access is DirectoryAccess.READ_BINARY else "00B2010400")
        assert answer.sw == 0x9000
        assert decode_all(answer.data)


def test_the_service_data_name_the_ways_to_select_an_application(desk: Desk) -> None:
    services = desk.historical.card_service_data
    if services is None:
        return
    assert CardServices.SELECT_BY_FULL_DF_NAME in services.services
    assert CardServices.SELECT_BY_PARTIAL_DF_NAME in services.services
    assert SelectionMethods.FULL_DF_NAME | SelectionMethods.PARTIAL_DF_NAME in desk.selection


def test_ef_atr_info_repeats_the_historical_bytes(desk: Desk) -> None:
    objects = {tlv.tag: tlv.value for tlv in information(desk)}
    for each in desk.historical.objects:
        if each.ber_tag in objects:
            assert objects[each.ber_tag] == each.value


# Data coding


def test_efs_of_tlv_structure_are_made_where_they_are_announced(desk: Desk) -> None:
    for kind in ("39", "3A"):
        assert (make(desk, f"80020010 8201{kind} 83026F{kind} 8A0105") == 0x9000) == desk.coding.tlv_files


def test_write_binary_does_what_is_announced() -> None:
    desk = Desk("iso7816")
    assert desk.coding.write_behaviour is WriteBehaviour.OR
    for command in ("00A4000C020100", "00D6000001 0A", "00D0000001 A0"):
        assert desk.sw(command) == 0x9000
    assert desk.send("00B0000001").data == b"\xaa"


# Commands


def test_a_chain_is_taken_where_it_is_announced(desk: Desk) -> None:
    desk.select()
    value = desk.holds.chv[1]
    whole = Desk(desk.profile)
    whole.select()
    expected = whole.verify(value)
    first = desk.verify(value[:2], cla=0x10)
    if desk.commands.command_chaining:
        assert first == 0x9000
        assert desk.verify(value[2:]) == expected
    else:
        assert first == 0x6884


def test_extended_length_fields_are_taken_where_they_are_announced(desk: Desk) -> None:
    name = bytes.fromhex(desk.holds.name)
    assert desk.commands.extended_lengths
    assert desk.sw(f"00A4040000{len(name):04X}{name.hex()}0000") == 0x9000


def test_extended_length_information_is_where_it_is_announced_and_true(desk: Desk) -> None:
    found = next((tlv for tlv in information(desk) if tlv.tag == 0x7F66), None)
    assert (found is not None) == desk.commands.extended_length_information
    if found is None:
        return
    command, response = (int.from_bytes(each.value, "big") for each in decode_all(found.value))
    longest = bytes.fromhex("00A40400") + b"\0" + (command - 7).to_bytes(2, "big") + bytes(command - 7)
    assert len(longest) == command
    # It is too long for a name, not for the card.
    assert desk.sw(longest.hex()) == desk.sw("00A4040011" + 17 * "00")
    if desk.profile == "openpgp":
        # None of its data objects is that long: Le is taken.
        assert desk.sw(f"00CA006E00{response - 2:04X}") == 0x9000
        return
    make(desk, f"8002{response - 2:04X} 820101 83026F70 8A0105")
    assert desk.sw("00A4000C026F70") == 0x9000
    assert len(desk.card.transmit(bytes.fromhex(f"00B0000000{response - 2:04X}"))) == response


def test_there_are_as_many_channels_as_are_announced(desk: Desk) -> None:
    announced = desk.commands
    by_card, by_device = desk.sw("0070000001"), desk.sw("00700002")
    assert (by_card == 0x9000) == announced.channels_by_card
    assert (by_device == 0x9000) == announced.channels_by_interface_device
    assert (by_card in (0x6A81, 0x6D00)) == (not announced.channels_by_card)
    if not (announced.channels_by_card or announced.channels_by_interface_device):
        assert announced.max_channels == 1
        assert desk.sw("01A4040000") == 0x6881
        return
    count = 3
    while desk.sw("0070000001") == 0x9000:
        count += 1
    # What is coded as 8 is "8 or more".
    assert count == (20 if announced.max_channels == 8 else announced.max_channels)


def make(desk: Desk, template: str) -> int:
    """CREATE FILE, where who may do so; the status word."""
    if desk.profile != "iso7816":
        desk.select()
    for command in desk.holds.before:
        assert desk.sw(command) == 0x9000
    fields = bytes.fromhex(template)
    return desk.sw(f"00E00000{len(fields) + 2:02X}62{len(fields):02X}{fields.hex()}")


def information(desk: Desk) -> tuple[TLV, ...]:
    """The data objects of EF.ATR/INFO, read the announced way; none where there are none."""
    services = desk.historical.card_service_data
    if services is not None and services.access is DirectoryAccess.GET_DATA:
        desk.select()
        answer = desk.send("00CA7F6600")
    elif desk.profile == "gids":
        answer = desk.send("00CB2F01025C0000")
    elif desk.sw("00A4000C022F01") == 0x9000:
        answer = desk.send("00B0000000")
    else:
        return ()
    assert answer.sw == 0x9000
    return decode_all(answer.data)

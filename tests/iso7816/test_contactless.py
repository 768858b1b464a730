"""Contactless cards as their reader shows them (PC/SC part 3): identity, ATR, and what class FF is answered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iso7816.ats import ATS
from iso7816.contactless import ContactlessIdentity, answer_of_reader, at_reader, contactless_atr
from iso7816.errors import ATRError, ATSError, ContactlessError
from iso7816.icc import ICC, ContactlessICC, ICCMute, ProtocolAwareICC, TransmissionProtocol

UID = bytes.fromhex("04A2B3C4D5E680")
DESFIRE_ATS = bytes.fromhex("067577810280")
IDENTITY = ContactlessIdentity(UID, DESFIRE_ATS)


class Tag:
    """A card that may be contactless and remembers what reached it."""

    def __init__(self, contactless: ContactlessIdentity | None) -> None:
        self.contactless = contactless
        self.history: list[str | bytes] = []
        self.mute = False

    def power_on(self) -> bytes:
        self.history.append("on")
        return self._answer_to_select()

    def power_off(self) -> None:
        self.history.append("off")

    def reset(self) -> bytes:
        self.history.append("reset")
        return self._answer_to_select()

    def transmit(self, command: bytes) -> bytes:
        self.history.append(command)
        return b"\x90\x00"

    def set_protocol(self, protocol: TransmissionProtocol) -> None:
        self.history.append(protocol.name or "")

    def _answer_to_select(self) -> bytes:
        if self.mute:
            raise ICCMute
        return b"\x3b\x00"


@pytest.mark.parametrize(
    ("historical_bytes", "atr"),
    [
        # ACS ACM1281U-C7 reference manual 1.02, table 5: MIFARE DESFire, whose ATS is 06 75 77 81 02 80.
        ("80", "3B 81 80 01 80 80"),
        # The same, example 2 (EZ-Link, the bytes of ATQB and ATTRIB in place of historical ones).
        ("1C 2D 94 11 F7 71 85 00", "3B 88 80 01 1C 2D 94 11 F7 71 85 00 BE"),
        # smartcard_list.txt of pcsc-tools: German identity card.
        ("80 31 B8 73 84 01 E0 82 90 00", "3B 8A 80 01 80 31 B8 73 84 01 E0 82 90 00 06"),
        ("", "3B 80 80 01 01"),
    ],
)
def test_the_atr_is_made_up_of_the_historical_bytes(historical_bytes: str, atr: str) -> None:
    assert str(contactless_atr(bytes.fromhex(historical_bytes))) == atr


def test_an_atr_has_room_for_fifteen_historical_bytes() -> None:
    contactless_atr(bytes(15))
    with pytest.raises(ATRError, match="at most 15"):
        contactless_atr(bytes(16))


@pytest.mark.parametrize("size", [4, 7, 10])
def test_a_uid_has_single_double_or_triple_size(size: int) -> None:
    assert answer_of_reader(bytes.fromhex("FFCA000000"), ContactlessIdentity(bytes(size))) == bytes(size) + b"\x90\x00"


@pytest.mark.parametrize("size", [0, 3, 5, 8, 11])
def test_a_uid_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ContactlessError, match="4, 7 or 10"):
        ContactlessIdentity(bytes(size))


def test_an_identity_with_an_ats_that_is_none_is_refused() -> None:
    with pytest.raises(ATSError):
        ContactlessIdentity(UID, b"\x05\x78")


@pytest.mark.parametrize(
    ("command", "response"),
    [
        pytest.param("FF CA 00 00 00", "04A2B3C4D5E680 9000", id="the whole UID"),
        pytest.param("FF CA 00 00 07", "04A2B3C4D5E680 9000", id="exactly as many bytes as there are"),
        pytest.param("FF CA 00 00 04", "6C07", id="fewer"),
        pytest.param("FF CA 00 00 0A", "04A2B3C4D5E680 6282", id="more"),
        pytest.param("FF CA 00 00 00 00 00", "04A2B3C4D5E680 9000", id="the whole UID, extended"),
        pytest.param("FF CA 00 00 00 00 04", "6C07", id="fewer, extended"),
        pytest.param("FF CA 00 00 00 00 0A", "04A2B3C4D5E680 6282", id="more, extended"),
        pytest.param("FF CA 00 00 00 01 01", "04A2B3C4D5E680 6282", id="more than a short Le can ask for"),
        pytest.param("FF CA 00 00", "6700", id="no Le"),
        pytest.param("FF CA 00 00 01 00", "6700", id="command data"),
        pytest.param("FF CA 00 00 01 00 00", "6700", id="command data and Le"),
        pytest.param("FF CA 00 00 00 00", "6700", id="no APDU"),
        pytest.param("FF CA 00", "6700", id="less than a header"),
        pytest.param("FF", "6700", id="the class alone"),
        pytest.param("FF CA 01 00 00", "067577810280 9000", id="the ATS"),
        pytest.param("FF CA 01 00 06", "067577810280 9000", id="exactly the ATS"),
        pytest.param("FF CA 01 00 01", "6C06", id="less than the ATS"),
        pytest.param("FF CA 01 00 FF", "067577810280 6282", id="more than the ATS"),
        pytest.param("FF CA 02 00 00", "6A81", id="another P1"),
        pytest.param("FF CA 00 01 00", "6A81", id="another P2"),
        pytest.param("FF CB 00 00 00", "6A81", id="another instruction"),
        pytest.param("FF 82 00 00 06 FF FF FF FF FF FF", "6A81", id="load a key"),
    ],
)
def test_class_ff_is_answered_by_the_reader(command: str, response: str) -> None:
    assert answer_of_reader(bytes.fromhex(command), IDENTITY) == bytes.fromhex(response)


def test_a_card_without_an_ats_has_none_to_give() -> None:
    assert answer_of_reader(bytes.fromhex("FFCA010000"), ContactlessIdentity(UID)) == bytes.fromhex("6A81")


@given(st.binary(max_size=300))
def test_whatever_follows_class_ff_is_answered_with_a_status_word(rest: bytes) -> None:
    response = answer_of_reader(b"\xff" + rest, IDENTITY)
    assert len(response) >= 2
    assert response[:-2] in (b"", UID, DESFIRE_ATS)


def test_a_contactless_card_sees_nothing_of_class_ff_and_no_protocol() -> None:
    tag = Tag(IDENTITY)
    seen = at_reader(tag)
    assert isinstance(seen, ICC)
    assert not isinstance(seen, ProtocolAwareICC)
    assert [seen.power_on(), seen.transmit(b"\xff"), seen.transmit(bytes.fromhex("FFCA000000"))][1:] == [
        bytes.fromhex("6700"),
        UID + b"\x90\x00",
    ]
    seen.reset()
    seen.transmit(b"\x00\xa4\x00\x00")
    seen.transmit(b"")
    seen.power_off()
    assert tag.history == ["on", "reset", b"\x00\xa4\x00\x00", b"", "off"]


def test_a_card_that_is_not_activated_has_told_no_uid() -> None:
    tag = Tag(IDENTITY)
    seen = at_reader(tag)
    ask = bytes.fromhex("FFCA000000")
    with pytest.raises(ICCMute):
        seen.transmit(ask)
    seen.reset()
    assert seen.transmit(ask) == UID + b"\x90\x00"
    seen.power_off()
    with pytest.raises(ICCMute):
        seen.transmit(ask)
    seen.power_on()
    assert seen.transmit(ask) == UID + b"\x90\x00"
    tag.mute = True
    for verb in (seen.reset, seen.power_on):
        with pytest.raises(ICCMute):
            verb()
        with pytest.raises(ICCMute):
            seen.transmit(ask)


def test_a_card_with_contacts_is_left_as_it_is() -> None:
    tag = Tag(None)
    assert isinstance(tag, ContactlessICC)
    assert at_reader(tag) is tag

    class Plain:
        power_on = Tag.power_on
        power_off = Tag.power_off
        reset = Tag.reset
        transmit = Tag.transmit

    plain: ICC = Plain()
    assert not isinstance(plain, ContactlessICC)
    assert at_reader(plain) is plain


@given(
    fsci=st.integers(0, 14),
    interface=st.tuples(*[st.none() | st.integers(0, 255)] * 3),
    historical_bytes=st.binary(max_size=15),
)
def test_an_ats_that_is_built_is_read_again(
    fsci: int, interface: tuple[int | None, ...], historical_bytes: bytes
) -> None:
    ats = ATS(fsci, *interface, historical_bytes=historical_bytes)
    assert ATS.parse(ats.to_bytes()) == ats


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"fsci": 15}, "FSCI"),
        ({"fsci": -1}, "FSCI"),
        ({"ta": 256}, "interface byte"),
        ({"fsci": None, "tb": 1}, "without T0"),
        ({"fsci": None, "historical_bytes": b"1"}, "without T0"),
        ({"historical_bytes": bytes(253)}, "at most 254"),
    ],
)
def test_an_ats_that_cannot_be_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ATSError, match=message):
        ATS(**arguments)

"""The card that is listened in on."""

from __future__ import annotations

import pytest

from iso7816.icc import ICC, ICCMute, ProtocolAwareICC, TransmissionProtocol
from virtual_reader import TracingICC


def test_everything_is_handed_on_and_commands_are_told(make_card, atr):
    card, pairs = make_card(), []
    traced = TracingICC(card, lambda command, response: pairs.append((command, response)))
    assert isinstance(traced, ICC)
    assert traced.power_on() == atr
    assert traced.reset() == atr
    assert traced.transmit(b"\x00\xa4\x00\x00") == b"\x00\xa4\x00\x00\x90\x00"
    traced.power_off()
    assert card.diary == ["on", "reset", "transmit", "off"]
    assert pairs == [(b"\x00\xa4\x00\x00", b"\x00\xa4\x00\x00\x90\x00")]


def test_a_command_without_an_answer_is_not_told(make_card):
    def mute(_command):
        raise ICCMute

    card, pairs = make_card(), []
    card.transmit = mute
    traced = TracingICC(card, lambda *pair: pairs.append(pair))
    with pytest.raises(ICCMute):
        traced.transmit(b"\x00\x20\x00\x01")
    assert pairs == []


def test_the_protocol_reaches_a_card_that_wants_to_know(make_card):
    told = []
    aware = make_card()
    aware.set_protocol = told.append
    for card in (aware, make_card()):
        traced = TracingICC(card, lambda *_: None)
        assert isinstance(traced, ProtocolAwareICC)
        traced.set_protocol(TransmissionProtocol.T1)
    assert told == [TransmissionProtocol.T1]


def test_what_is_listened_to_is_not_shown(make_card):
    traced = TracingICC(make_card(), lambda *_: None)
    traced.transmit(b"\x00\x20\x00\x01\x041234")
    assert "1234" not in repr(traced)

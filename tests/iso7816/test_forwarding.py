"""What is around a card lets everything through that the card is and that its reader may ask of it."""

from __future__ import annotations

import inspect

import pytest

from iso7816 import icc
from iso7816.contactless import ContactlessIdentity
from iso7816.forwarding import ForwardingICC
from iso7816.icc import ICC, TransmissionProtocol

KINDS = [kind for kind in vars(icc).values() if inspect.isclass(kind) and ICC in kind.__mro__]


class Plain:
    """The least that can sit in a reader."""

    def __init__(self) -> None:
        self.diary: list[object] = []

    def power_on(self) -> bytes:
        self.diary.append("on")
        return b"\x3b\x00"

    def power_off(self) -> None:
        self.diary.append("off")

    def reset(self) -> bytes:
        self.diary.append("reset")
        return b"\x3b\x01\x00"

    def transmit(self, command: bytes) -> bytes:
        self.diary.append(command)
        return b"\x90\x00"


class Everything(Plain):
    """A card with all that a card may have."""

    contactless = ContactlessIdentity(bytes(4))
    always_ends = True

    def set_protocol(self, protocol: TransmissionProtocol) -> None:
        self.diary.append(protocol)

    def start(self) -> None:
        self.diary.append("start")

    def when_gone(self, tell: object) -> None:
        self.diary.append(tell)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_it_is_whatever_a_card_may_be(kind: type) -> None:
    assert isinstance(Everything(), kind), "the card of this test has to have it, too"
    assert isinstance(ForwardingICC(Plain()), kind)


def test_all_that_a_card_has_is_reached_through_it() -> None:
    card = Everything()
    around = ForwardingICC(ForwardingICC(card))
    around.start()
    assert around.power_on() == b"\x3b\x00"
    around.set_protocol(TransmissionProtocol.T1)
    around.when_gone(print)
    assert around.reset() == b"\x3b\x01\x00"
    assert around.transmit(b"\x00\xa4\x00\x00") == b"\x90\x00"
    around.power_off()
    assert card.diary == ["start", "on", TransmissionProtocol.T1, print, "reset", b"\x00\xa4\x00\x00", "off"]
    assert around.contactless is card.contactless
    assert around.always_ends is True


def test_a_card_that_has_nothing_of_that_is_not_asked_for_it() -> None:
    card = Plain()
    around = ForwardingICC(card)
    around.start()
    around.set_protocol(TransmissionProtocol.T0)
    around.when_gone(print)
    assert (around.contactless, around.always_ends, card.diary) == (None, False, [])

"""VERIFY, CHANGE REFERENCE DATA and RESET RETRY COUNTER (SP 800-73-5, part 2, 3.2.1 to 3.2.3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from emulator import Card
from iso7816.icc import ICCMute

from .conftest import PIN, PUK, PIVTerminal

WRONG, OTHER = b"999999\xff\xff", b"87654321"
MALFORMED = [b"12345\xff\xff\xff", b"12345a\xff\xff", b"1234567\x00", b"\xff" * 8, b"123456\xff7"]


def test_tries_are_told_counted_and_full_again(piv: PIVTerminal) -> None:
    assert piv.sw("00200080") == "63C3"
    assert piv.verify(WRONG) == "63C2"
    assert piv.verify(WRONG) == "63C1"
    assert piv.verify() == "9000"
    assert piv.sw("00200080") == "9000"
    assert piv.verify(WRONG) == "63C2"
    assert piv.sw("00200080") == "63C2"


def test_three_wrong_ones_block_and_the_puk_unblocks(piv: PIVTerminal) -> None:
    assert [piv.verify(WRONG) for _ in range(3)] == ["63C2", "63C1", "63C0"]
    assert piv.verify() == "6983"
    assert piv.sw("00200080") == "63C0"
    assert piv.word(0x24, 0, 0x80, PIN + OTHER, None) == "6983"
    assert piv.word(0x2C, 0, 0x80, OTHER + OTHER, None) == "63C2"
    assert piv.word(0x2C, 0, 0x80, PUK + OTHER, None) == "9000"
    assert piv.sw("00200080") == "63C3", "unblocking verifies nothing"
    assert piv.verify() == "63C2"
    assert piv.verify(OTHER) == "9000"


def test_a_verification_can_be_forgotten(piv: PIVTerminal) -> None:
    assert piv.verify() == "9000"
    assert piv.sw("0020FF80") == "9000"
    assert piv.sw("00200080") == "63C3"
    assert piv.sw("0020FF8008" + PIN.hex()) == "6A80"


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ("00200180", "6A86"),
        ("00200081", "6A88"),
        ("00200000", "6A88"),
        ("00200096", "6A88"),
        ("00200098", "6A88"),
        ("0024018010" + "31" * 16, "6A86"),
        ("0024000010" + "31" * 16, "6A88"),
        ("0024009810" + "31" * 16, "6A88"),
        ("002C008110" + "31" * 16, "6A88"),
        ("002C000010" + "31" * 16, "6A88"),
        ("002400800F" + "31" * 15, "6A80"),
        ("002C008011" + "31" * 17, "6A80"),
        ("0020008007" + "31" * 7, "6A80"),
        ("00240080", "6700"),
    ],
)
def test_what_is_refused_costs_no_try(piv: PIVTerminal, command: str, word: str) -> None:
    assert piv.sw(command) == word
    assert piv.sw("00200080") == "63C3"


@pytest.mark.parametrize("value", MALFORMED)
def test_a_pin_of_another_form_is_refused_by_the_standard(make: Callable[..., PIVTerminal], value: bytes) -> None:
    piv = make(extended=False)
    assert piv.verify(value) == "6A80"
    assert piv.word(0x24, 0, 0x80, value[:8] + OTHER, None) == "6A80"
    assert piv.word(0x24, 0, 0x80, PIN + value[:8], None) == "6A80"
    assert piv.word(0x2C, 0, 0x80, OTHER + MALFORMED[0], None) == "6A80"
    assert piv.word(0x2C, 0, 0x80, PUK + b"2" * 8, None) == "9000", "no try of the PUK was spent"


def test_with_the_management_commands_it_costs_a_try(piv: PIVTerminal) -> None:
    assert piv.verify(b"\xff" * 8) == "63C2"
    assert piv.word(0x24, 0, 0x80, b"\xff" * 8 + OTHER, None) == "63C1"
    assert piv.word(0x2C, 0, 0x80, b"\xff" * 16, None) == "63C2"
    # What would be right but for the new value is refused, and the counter is as before.
    assert piv.word(0x24, 0, 0x80, PIN + b"\xff" * 8, None) == "6A80"
    assert piv.sw("00200080") == "63C1"
    assert piv.word(0x2C, 0, 0x80, PUK + b"\xff" * 8, None) == "6A80"
    assert piv.word(0x2C, 0, 0x80, WRONG + b"\xff" * 8, None) == "63C1"


def test_pin_and_puk_are_changed(piv: PIVTerminal) -> None:
    assert piv.word(0x24, 0, 0x80, WRONG + OTHER, None) == "63C2"
    assert piv.word(0x24, 0, 0x80, PIN + OTHER, None) == "9000"
    assert piv.sw("00200080") == "9000", "a change verifies"
    assert piv.word(0x24, 0, 0x81, PUK + bytes(range(8)), None) == "9000"
    assert piv.word(0x2C, 0, 0x80, PUK + PIN, None) == "63C2"
    assert piv.word(0x2C, 0, 0x80, bytes(range(8)) + PIN, None) == "9000"


def test_a_failure_ends_what_was_verified(piv: PIVTerminal) -> None:
    for command in (
        lambda: piv.verify(WRONG),
        lambda: piv.word(0x24, 0, 0x80, WRONG + OTHER, None),
        lambda: piv.word(0x2C, 0, 0x80, OTHER + OTHER, None),
    ):
        assert piv.verify() == "9000"
        assert command()[:3] == "63C"
        assert piv.sw("00200080") != "9000"
    assert piv.verify() == "9000"
    assert piv.word(0x24, 0, 0x81, OTHER + OTHER, None)[:3] == "63C"
    assert piv.sw("00200080") == "9000", "the PUK is none of the PIN's business"


def test_the_puk_is_blocked_too(piv: PIVTerminal) -> None:
    assert [piv.word(0x24, 0, 0x81, OTHER + OTHER, None) for _ in range(3)] == ["63C2", "63C1", "63C0"]
    assert piv.word(0x24, 0, 0x81, PUK + OTHER, None) == "6983"
    assert piv.word(0x2C, 0, 0x80, PUK + PIN, None) == "6983"


def test_the_global_pin_serves_where_the_card_has_one(make: Callable[..., PIVTerminal]) -> None:
    piv = make('global_pin = "55667788"\n')
    assert piv.get("7E")[-2:] == b"\x60\x10"
    piv.administrate()
    assert piv.put_word("5FC109", b"printed") == "9000"
    assert piv.verify(b"55667788", 0x00) == "9000"
    assert piv.get_word("5FC109") == "9000"
    assert piv.sw("00200080") == "63C3"
    assert piv.word(0x24, 0, 0x00, b"55667788" + OTHER, None) == "9000"
    assert piv.sw("0020FF00") == "9000"
    assert piv.get_word("5FC109") == "6982"
    assert [piv.verify(WRONG, 0x00) for _ in range(4)] == ["63C2", "63C1", "63C0", "6983"]
    piv.administrate()
    assert piv.word(0xDB, 0x3F, 0xFF, bytes.fromhex("7E124F0BA0000003080000100001005F2F024000"), None) == "9000"
    assert piv.verify(OTHER, 0x00) == "6A88", "the discovery object says that it does not count"


def test_a_try_is_spent_before_the_comparison(make: Callable[..., PIVTerminal]) -> None:
    class Cut:
        def __init__(self) -> None:
            self.left = 10**9

        def reached(self, _name: str) -> None:
            self.left -= 1
            if self.left < 0:
                raise RuntimeError("the lights go out")

    cut = Cut()
    card = Card.from_profile("piv", fault_point=cut)
    piv = PIVTerminal(card)
    cut.left = 1  # the try is written, what follows is not
    with pytest.raises(ICCMute):
        piv.verify()
    cut.left = 10**9
    card.power_on()
    assert piv.sw("00200080") == "63C2"

"""A foreign card is a card like any other: what it is told and asked, and what becomes of one that goes wrong."""

from __future__ import annotations

import threading

import pytest

import virtual_reader
from iso7816.icc import EndingICC, ICCMute, ICCRemoved, StartingICC
from virtual_reader import CardLost, DaemonUnavailable, VpiccCard

COMMAND = bytes.fromhex("0084000008")


def test_a_foreign_card_is_a_card_like_any_other(make, atr):
    card = make()
    assert isinstance(card, EndingICC)
    assert isinstance(card, StartingICC)
    assert card.always_ends
    assert card.power_on() == atr
    assert card.transmit(COMMAND) == COMMAND + b"\x90\x00"
    assert card.reset() == atr
    card.power_off()
    assert card.power_on() == atr
    assert card.transmit(b"TOLD") == b"\x01\x02\x00\x01\x90\x00"
    assert card.failure is None


@pytest.mark.parametrize("conduct", ["takes frames whole", "sends in two", "floods"])
@pytest.mark.parametrize("length", [2, 3, 255, 20_000])
def test_cards_differ_in_how_they_read_and_write(make, atr, conduct, length):
    card = make(conduct)
    assert card.power_on() == atr
    assert card.transmit(bytes(length)) == bytes(length) + b"\x90\x00"


def test_the_longest_command_and_what_vpcd_cannot_carry(make):
    card = make()
    card.power_on()
    assert len(card.transmit(bytes(65_533))) == 65_535
    with pytest.raises(ICCMute, match="65535"):
        card.transmit(bytes(65_536))
    for short in (b"", b"\x00", b"\x04", b"\xff"):
        assert card.transmit(short) == b"\x67\x00"
    assert card.transmit(COMMAND) == COMMAND + b"\x90\x00"


def test_without_power_it_is_mute(make):
    card = make()
    with pytest.raises(ICCMute):
        card.transmit(COMMAND)
    card.power_off()
    card.power_on()
    card.power_off()
    with pytest.raises(ICCMute):
        card.transmit(COMMAND)


def test_a_card_that_dies_stays_gone_until_it_is_closed(make, atr, caplog):
    card = make("dies")
    card.power_on()
    with pytest.raises(ICCRemoved) as removed:
        card.transmit(COMMAND)
    told = "the foreign card closed the connection, and ended with exit status 1; it said: this was too much"
    assert card.failure == str(removed.value) == told
    assert told in caplog.messages
    for verb in (card.power_on, card.reset, card.start, lambda: card.transmit(COMMAND)):
        with pytest.raises(ICCRemoved, match="too much"):
            verb()
    with pytest.raises(DaemonUnavailable, match="too much"):
        card.listen()
    card.power_off()
    card.close()
    assert card.failure is None
    assert card.power_on() == atr


def test_who_asks_late_is_told_at_once(make):
    card, told = make("dies"), []
    card.power_on()
    with pytest.raises(ICCRemoved):
        card.transmit(COMMAND)
    card.when_gone(lambda: told.append("gone"))
    assert told == ["gone"]


@pytest.mark.parametrize(
    ("raw", "failure"),
    [
        ("0000", "answered a command with 0 bytes"),
        ("000190", "answered a command with 1 bytes"),
        ("0002900000", "said more than it was asked"),
        ("00029000" * 2, "said more than it was asked"),
        ("FFFF9000", "began an answer and did not end it within 3 s"),
    ],
)
def test_a_card_that_talks_nonsense_is_gone(make, raw, failure):
    card = make("says raw", raw, answer_s=3.0)
    card.power_on()
    with pytest.raises(ICCRemoved, match=failure):
        card.transmit(COMMAND)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ("", "0 bytes: an ATR has 2 to 33"),
        ("3B", "1 bytes: an ATR has 2 to 33"),
        ("3B" * 34, "34 bytes: an ATR has 2 to 33"),
        ("00" * 1000, "1000 bytes: an ATR has 2 to 33"),
        ("0000000000", "00 00 00 00 00, which is no ATR: TS is 00, and not 3B or 3F"),
        ("3C00", "3C 00, which is no ATR: TS is 3C, and not 3B or 3F"),
        ("3B80", "3B 80, which is no ATR: the ATR ends before TD1, which it announces"),
        ("3B8080", "3B 80 80, which is no ATR: the ATR ends before TD2, which it announces"),
        ("3BF211", "3B F2 11, which is no ATR: the ATR ends before TB1, which it announces"),
    ],
)
def test_what_cannot_be_an_atr_is_none(make, answer, failure):
    card = make("has the ATR", answer)
    told = f"the foreign card answered to reset with {failure}"
    for verb in (card.power_on, lambda: card.transmit(COMMAND), card.reset):
        with pytest.raises(ICCRemoved) as removed:
            verb()
        assert str(removed.value) == card.failure
        assert card.failure.startswith(told)


@pytest.mark.parametrize("answer", ["3B00", "3F0201FF", "3B80800102", "3B808001", "3B00AABB", "3B8001", "3B" * 33])
def test_an_atr_is_one_whatever_follows_its_interface_bytes(make, answer):
    """TCK may be wrong, and historical bytes may be missing or too many: pcscd takes no offence."""
    card = make("has the ATR", answer)
    assert card.power_on() == card.reset() == bytes.fromhex(answer)


def test_a_mute_card_is_mute_until_it_answers_and_its_late_answer_is_nobodys(make, tmp_path, patiently, atr):
    card = make("is mute", str(tmp_path / "go on"), answer_s=0.2)
    patiently(card.power_on)
    with pytest.raises(ICCMute, match=r"within 0\.2 s"):
        card.transmit(b"late")
    for verb in (lambda: card.transmit(COMMAND), card.reset, card.power_on):
        with pytest.raises(ICCMute, match="earlier"):  # it is not asked, and not waited for
            verb()
    card.power_off()
    (tmp_path / "go on").touch()
    assert patiently(card.power_on) == atr
    assert patiently(lambda: card.transmit(COMMAND)) == COMMAND + b"\x90\x00"


def test_closed_meanwhile_it_is_gone_for_who_waits(make, tmp_path):
    card = make("is mute", str(tmp_path / "never"))
    card.power_on()
    told: list[str] = []

    def wait() -> None:
        try:
            card.transmit(COMMAND)
        except ICCRemoved as removed:
            told.append(str(removed))

    waiting = threading.Thread(target=wait)
    waiting.start()
    while not card._life.connection._side.owed:
        assert waiting.is_alive()
    card.close()
    waiting.join(60)
    assert told == ["the foreign card was closed"]
    assert card.failure is None


def test_closed_while_it_is_waited_for_it_is_gone(make):
    card = make("waits", start_s=50)
    told: list[str] = []

    def wait() -> None:
        try:
            card.power_on()
        except ICCRemoved as removed:
            told.append(str(removed))

    waiting = threading.Thread(target=wait)
    waiting.start()
    while card._life is None or card._life._process is None:
        assert waiting.is_alive()
    card.close()
    waiting.join(60)
    assert told == ["the foreign card was closed"]


def test_closed_while_it_is_being_started_it_is_gone(alive, command_of):
    told: list[str] = []

    def wait(card: VpiccCard) -> None:
        try:
            card.power_on()
        except ICCRemoved as removed:
            told.append(str(removed))

    for _ in range(5):
        card = VpiccCard(command_of("waits"), start_s=50)
        waiting = threading.Thread(target=wait, args=(card,))
        waiting.start()
        while card._life is None:
            assert waiting.is_alive()
        card.close()
        waiting.join(60)
    assert told == ["the foreign card was closed"] * 5


def test_several_who_start_it_at_once_have_one_card(make, atr):
    before, card, told = set(threading.enumerate()), make(), []
    threads = [threading.Thread(target=lambda: told.append(card.power_on())) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert told == [atr] * 4
    assert sum(thread.name == "foreign card" for thread in set(threading.enumerate()) - before) == 1


def test_several_who_start_what_does_not_start_hear_the_same(make):
    card, told = make("says"), set()

    def start() -> None:
        try:
            card.start()
        except ICCRemoved as removed:
            told.add(str(removed))

    threads = [threading.Thread(target=start) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert told == {card.failure}


def test_a_lost_card_is_an_error_of_ours():
    assert issubclass(CardLost, virtual_reader.VirtualReaderError)

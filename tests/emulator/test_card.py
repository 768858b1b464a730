"""The card as its reader sees it: power, reset, protocols, threads, snapshots, and what must never leave it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import Card
from emulator import command_table as table
from iso7816.apdu import CommandAPDU
from iso7816.atr import ATR
from iso7816.historical_bytes import HistoricalBytes
from iso7816.icc import ICC, ICCMute, ProtocolAwareICC, TransmissionProtocol

T0, T1 = TransmissionProtocol.T0, TransmissionProtocol.T1
BOTH = '[card]\nprotocols = ["T=0", "T=1"]\n'


def test_it_is_an_icc_that_can_be_told_its_protocol(card: Card) -> None:
    assert isinstance(card, ICC)
    assert isinstance(card, ProtocolAwareICC)


def test_power_on_gives_the_atr_which_tells_the_truth(card: Card) -> None:
    atr = ATR.parse(card.power_on())
    assert card.atr == card.reset() == atr.to_bytes()
    assert atr.protocols == (1,)
    historical = HistoricalBytes.parse(atr.historical_bytes)
    services, capabilities = historical.card_service_data, historical.card_capabilities
    assert services is not None
    assert services.has_mf
    assert capabilities is not None
    assert capabilities.commands is not None
    assert capabilities.commands.extended_lengths
    assert capabilities.commands.command_chaining
    assert capabilities.commands.max_channels == 8


TERMINABLE = """
[card]
historical_bytes = "80 31 E0 83 05 90 00"
[files."3F00"]
type = "DF"
access = { terminate = "always" }
[files."3F00/6F01"]
type = "transparent"
content = "x"
"""
TERMINATE_CARD_USAGE = bytes.fromhex("00FE0000")
READ = bytes.fromhex("00B0810000")


def test_a_terminated_card_says_so_in_its_atr(define: Callable[..., Any]) -> None:
    card = define(TERMINABLE).card
    before = card.reset()
    assert card.transmit(TERMINATE_CARD_USAGE) == b"\x90\x00"
    after = ATR.parse(card.reset())
    status = HistoricalBytes.parse(after.historical_bytes).status
    assert status is not None
    assert (status.life_cycle, status.sw) == (0x0C, 0x9000)
    assert card.atr == after.to_bytes() != before
    assert card.transmit(READ) == b"\x6d\x00"


@pytest.mark.parametrize("historical", ["", "80 31 E0", "80 82 90 00", "41 42"])
def test_an_atr_without_a_life_cycle_status_stays(define: Callable[..., Any], historical: str) -> None:
    card = define(TERMINABLE.replace("80 31 E0 83 05 90 00", historical)).card
    before = card.atr
    assert card.transmit(TERMINATE_CARD_USAGE) == b"\x90\x00"
    assert card.reset() == before
    assert card.transmit(READ) == b"\x6d\x00"


def test_a_terminated_card_is_so_in_its_image_and_not_in_an_earlier_snapshot(
    define: Callable[..., Any], tmp_path: Path
) -> None:
    card = define(TERMINABLE).card
    mark = card.snapshot()
    assert card.transmit(TERMINATE_CARD_USAGE) == b"\x90\x00"
    card.save(tmp_path / "ended.card")
    with Card.open(tmp_path / "ended.card") as again:
        assert again.power_on() == card.atr
        assert again.transmit(READ) == b"\x6d\x00"
    card.restore(mark)
    card.power_on()
    assert card.transmit(READ) == b"x\x90\x00"


def test_termination_closes_channels_and_sessions(define: Callable[..., Any]) -> None:
    card = define(TERMINABLE.replace("31 E0", "31 E0 73 00 00 1B")).card
    assert card.transmit(bytes.fromhex("00700001")) == b"\x90\x00"
    assert card.transmit(TERMINATE_CARD_USAGE) == b"\x90\x00"
    assert card.transmit(bytes.fromhex("01CA006200")) == b"\x68\x81"
    assert card.transmit(bytes.fromhex("00CA006200"))[-2:] == b"\x90\x00"


def test_ef_atr_info_says_what_the_historical_bytes_say(terminal: Any) -> None:
    historical = HistoricalBytes.parse(ATR.parse(terminal.card.atr).historical_bytes)
    content = terminal.ok("00A4000C022F01", "00B0000000")
    assert historical.card_service_data is not None
    assert historical.card_capabilities is not None
    assert b"\x43\x01" + historical.card_service_data.to_bytes() in content
    assert b"\x47\x03" + historical.card_capabilities.to_bytes() in content


def test_ef_dir_names_the_application(terminal: Any) -> None:
    content = terminal.ok("00A4000C022F00", "00B0000000")
    assert content.hex().upper() == (
        "61234F0AF073636172646D677201500F" + b"scardmgr sample".hex().upper() + "51043F007F10"
    )


def test_without_power_it_is_mute() -> None:
    card = Card.from_profile("iso7816")  # unlike the one in the reader it has never had power
    with pytest.raises(ICCMute):
        card.transmit(b"\0\xa4\0\x0c")
    card.power_on()
    card.power_off()
    card.power_off()
    with pytest.raises(ICCMute):
        card.transmit(b"\0\xa4\0\x0c")


def test_close_takes_power_away_and_may_be_called_twice(card: Card) -> None:
    with card:
        card.power_on()
    card.close()
    with pytest.raises(ICCMute):
        card.transmit(b"\0\xa4\0\x0c")
    with pytest.raises(ICCMute, match="closed"):
        card.power_on()


@pytest.mark.parametrize("lose", ["reset", "power"])
def test_reset_and_power_loss_clear_all_volatile_state(card: Card, make_terminal: Any, lose: str) -> None:
    terminal = make_terminal(card)
    terminal.select("7F10", "6F05")
    terminal.ok("0020000104" + b"1234".hex(), "0084000010")
    if lose == "reset":
        card.reset()
    else:
        card.power_off()
        card.power_on()
    assert terminal.sw("00B0000001") == "6986"
    assert terminal.sw("00200001") == "63C3"
    assert terminal.sw("0082000110" + "00" * 16) == "6985"
    assert terminal.sw("00A4020C026F05") == "6A82"


def test_the_protocol_is_the_first_one_offered_until_another_is_chosen(define: Callable[[str], Any]) -> None:
    terminal = define(BOTH)
    assert terminal.card.protocol is T0
    assert terminal.sw("00A40000023F0000")[:2] == "61"
    terminal.card.set_protocol(T1)
    assert terminal.sw("00A40000023F0000") == "9000"
    terminal.card.reset()
    assert terminal.card.protocol is T0


def test_a_protocol_that_is_not_offered_is_refused(card: Card) -> None:
    with pytest.raises(ValueError, match="offers"):
        card.set_protocol(T0)
    with pytest.raises(ValueError, match="offers"):
        card.set_protocol(T0 | T1)


def test_t0_gives_more_than_256_bytes_in_parts(define: Callable[[str], Any]) -> None:
    value = "x" * 600
    terminal = define(f'{BOTH}\n[[data_objects]]\ntag = 0x0101\nvalue = "{value}"\n')
    data, sw = terminal.send("00CA010100")
    assert sw == 0x6100
    more, sw = terminal.send("00C0000000")
    assert sw == 0x6158
    assert terminal.sw("00C0000059") == "6C58"
    rest, sw = terminal.send("00C0000058")
    assert sw == 0x9000
    assert data + more + rest == value.encode()


def test_buffers_other_than_bytes_are_taken(card: Card) -> None:
    card.power_on()
    assert card.transmit(bytearray.fromhex("00A4000C023F00")) == b"\x90\x00"
    assert card.transmit(memoryview(bytes.fromhex("00A4000C023F00"))) == b"\x90\x00"  # type: ignore[arg-type]


@given(st.lists(st.binary(max_size=300), max_size=20), st.sampled_from([T0, T1]))
def test_any_bytes_give_an_answer(
    define: Callable[[str], Any], commands: list[bytes], protocol: TransmissionProtocol
) -> None:
    card = define(BOTH).card
    card.set_protocol(protocol)
    for command in commands:
        response = card.transmit(command)
        assert len(response) >= 2
        assert response[-2] in (*range(0x61, 0x70), 0x90)
        assert response[-2:] != b"\x6f\x00"


HEADERS = st.tuples(
    st.sampled_from([0x00, 0x00, 0x00, 0x01, 0x0C, 0x10, 0x80]),
    st.sampled_from([row.ins for row in table.COMMANDS]),
    st.one_of(st.sampled_from([0, 1, 2, 4, 8, 0x81]), st.integers(0, 255)),
    st.one_of(st.sampled_from([0, 1, 4, 0x0C, 0x81]), st.integers(0, 255)),
)
COMMANDS = st.builds(
    lambda header, data, ne: CommandAPDU(*header, data, ne).to_bytes(),
    HEADERS,
    st.one_of(
        st.just(b""),
        st.binary(max_size=20),
        st.sampled_from([bytes.fromhex(data) for data in ("3F00", "7F10", "6F04", "0100", "31323334", "6F10")]),
    ),
    st.one_of(st.none(), st.sampled_from([1, 8, 256, 65536])),
)


@given(st.lists(COMMANDS, max_size=30))
def test_any_commands_give_at_most_ne_bytes(commands: list[bytes]) -> None:
    card = Card.from_profile("iso7816")
    card.power_on()
    for command in commands:
        response = card.transmit(command)
        ne = CommandAPDU.parse(command).ne
        assert len(response) - 2 <= (0 if ne is None else ne)
        assert response[-2:] != b"\x6f\x00"


def test_commands_from_many_threads_run_one_after_the_other(define: Callable[[str], Any]) -> None:
    terminal = define('[files."3F00/6F01"]\ntype = "cyclic"\nrecord_size = 2\nmax_records = 200\n')
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda number: terminal.sw(f"00E2000802{number:04X}"), range(200)))
    assert set(answers) == {"9000"}
    records = terminal.ok("00B2010D000000")
    assert {int.from_bytes(records[place : place + 2], "big") for place in range(0, 400, 2)} == set(range(200))


def test_restore_brings_back_files_counters_and_values(terminal: Any) -> None:
    mark = terminal.card.snapshot()
    terminal.verify(1, b"0000")
    terminal.ok("002400010831323334" + b"4321".hex(), "0020000104" + b"4321".hex())
    terminal.ok("00E000000D620B8002001082010183026F10", "00A4000C020100", "00D6000001FF")
    terminal.card.restore(mark)
    assert terminal.sw("00200001") == "63C3"
    assert terminal.verify(1, b"1234") == "9000"
    assert terminal.sw("00A4000C026F10") == "6A82"
    assert terminal.ok("00A4000C020100", "00B0000001") == b"\0"


def test_restore_resets_the_volatile_state_and_keeps_the_power(terminal: Any) -> None:
    mark = terminal.card.snapshot()
    terminal.select("7F10", "6F01")
    terminal.verify()
    terminal.card.restore(mark)
    assert terminal.sw("00B0000001") == "6986"
    assert terminal.sw("00200001") == "63C3"


def test_a_snapshot_can_be_restored_again_and_on_a_card_of_the_same_definition(terminal: Any) -> None:
    mark = terminal.card.snapshot()
    for _ in range(2):
        terminal.ok("00A4000C020100", "00D6000001FF")
        terminal.card.restore(mark)
        assert terminal.ok("00A4000C020100", "00B0000001") == b"\0"
    Card.from_profile("iso7816").restore(mark)


def test_a_snapshot_of_another_card_is_refused(card: Card, define: Callable[[str], Any]) -> None:
    with pytest.raises(ValueError, match="another card"):
        card.restore(define(BOTH).card.snapshot())


def test_an_exception_in_a_handler_is_6f00_logged_without_secrets_and_undone(
    terminal: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    context = terminal.card._context
    original = context.work.put_chv

    def fail(where: Any, chv: Any) -> None:
        original(where, chv)
        raise KeyError(chv.value, chv.value.decode())

    terminal.select("0100")
    monkeypatch.setattr(type(context.work), "put_chv", lambda _self, where, chv: fail(where, chv))
    with caplog.at_level(logging.DEBUG):
        assert terminal.verify() == "6F00"
    monkeypatch.undo()
    assert "1234" not in caplog.text
    assert "31323334" not in caplog.text
    assert "in fail" in caplog.text
    assert terminal.sw("00200001") == "63C3"
    assert terminal.verify() == "9000"


def test_nothing_is_logged_in_normal_life(terminal: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        terminal.verify(1, b"9999")
        terminal.verify()
    assert caplog.records == []


def test_no_repr_tells_a_secret(terminal: Any) -> None:
    card = terminal.card
    state = card._state
    things = [card, card.snapshot(), state, card._context, *state.chvs.values(), *state.keys.values()]
    things += [*state.files.values(), *state.data_objects.values(), state.chvs[(0, 1)].puk, state.chvs]
    text = " ".join(map(repr, things))
    for secret in ("1234", "5678", "@ABC", "404142", "\\x00\\x01\\x02"):
        assert not re.search(rf"(?<![0-9a-fx]){re.escape(secret)}", text), secret


def test_the_card_is_found_where_the_package_says(tmp_path: Path) -> None:
    import emulator

    assert emulator.Card is Card
    assert "Card" in dir(emulator)
    with pytest.raises(emulator.CardDefinitionError, match="iso7816"):
        Card.from_profile("no-such-profile")
    with pytest.raises(emulator.CardDefinitionError, match=r"none\.toml cannot be read: No such file or directory$"):
        Card.from_profile(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(emulator.CardDefinitionError, match=r"binary\.toml cannot be read: it is no text in UTF-8"):
        Card.from_profile(tmp_path / "binary.toml")

"""Whatever comes in, the card answers, and never by an exception of its own (6F00)."""

from __future__ import annotations

from typing import Any

import pytest
from gids_desk import (
    EMPTY_FILES,
    FIRST,
    NAME,
    OTHER_PIN,
    PIN,
    PUT_ADMIN_KEY,
    Desk,
    key_file,
    key_template,
    pkcs1,
)
from hypothesis import given
from hypothesis import strategies as st

from emulator import Card
from emulator.applications.gids.command_table import COMMANDS
from emulator.applications.gids.personalisation import container_values, values_of
from emulator.persistent import Table

PARAMETERS = st.sampled_from(
    [
        *(0x0000, 0x0080, 0x0180, 0x0081, 0x0082, 0x0280, 0x3FFF, 0x2F01, 0xA000, 0xA010, 0xA012, 0xA013, 0xB081),
        *(0x41B6, 0x41B8, 0x81A4, 0xC1A4, 0xF301, 0x9E9A, 0x8086, 0x0400, 0x0404, 0x000C),
    ]
)
PIECES = [
    PIN,
    OTHER_PIN,
    NAME,
    *(bytes.fromhex(template) for template in EMPTY_FILES),
    bytes.fromhex(PUT_ADMIN_KEY),
    key_file(FIRST),
    key_file(FIRST + 1),
    key_template(FIRST, b"\x30\x03\x02\x01\x00"),
    *(bytes.fromhex(fid) for fid in ("3F00", "3FFF", "A010", "A012", "B080", "B081", "2F01")),
    *(
        bytes.fromhex(f"8001{mechanism}8401{key}")
        for mechanism in ("16", "56", "06", "46", "86")
        for key in ("80", "81")
    ),
    bytes.fromhex("830180"),
    bytes.fromhex("7C028100"),
    bytes.fromhex("7C128110") + bytes(16),
    bytes.fromhex("7C0A8208") + bytes(8),
    bytes.fromhex("7C2A8228") + bytes(40),
    bytes.fromhex("7008840181A5037F4980"),
    bytes.fromhex("5C02DF1F"),
    bytes.fromhex("5C00"),
    bytes.fromhex("5C027F71"),
    bytes.fromhex("DF3003010203"),
    bytes.fromhex("DF3000"),
    bytes(128),
]
DATA = st.one_of(
    st.binary(max_size=40),
    st.lists(st.sampled_from(PIECES), max_size=3).map(b"".join),
    # Pieces with a byte of them changed.
    st.tuples(st.sampled_from(PIECES), st.integers(0, 400), st.integers(0, 255)).map(
        lambda drawn: (
            drawn[0][: drawn[1] % len(drawn[0])] + bytes((drawn[2],)) + drawn[0][drawn[1] % len(drawn[0]) + 1 :]
        )
    ),
)
COMMANDS_SENT = st.tuples(
    st.sampled_from([0x00, 0x00, 0x00, 0x10]),
    st.sampled_from(sorted(row.ins for row in COMMANDS)),
    st.one_of(PARAMETERS, st.integers(0, 0xFFFF)),
    DATA,
    st.sampled_from([b"", b"\0\0", b"\0\1"]),
)


@pytest.fixture(scope="module")
def card(key: Any) -> Card:
    """A card with a key in container 0."""
    card = Card.from_profile("gids")
    state = card.snapshot().state()
    (df,) = state.applications
    values = container_values(values_of(state), key)
    with Card.from_profile("gids") as made:
        for name, value in values.items():
            made._state.write(Table.APPLICATION_VALUES, (df, name), value)
        mark = made.snapshot()
    card.restore(mark)
    return card


@given(
    roles=st.sets(st.sampled_from(["PIN", "administrator"])),
    commands=st.lists(COMMANDS_SENT, min_size=1, max_size=8),
)
def test_every_command_is_answered(
    card: Card, roles: set[str], commands: list[tuple[int, int, int, bytes, bytes]]
) -> None:
    mark = card.snapshot()
    desk = Desk(card)
    if "administrator" in roles:
        assert desk.authenticate() == "9000"
    if "PIN" in roles:
        assert desk.verify() == "9000"
    for cla, ins, parameters, data, le in commands:
        header = bytes((cla, ins, parameters >> 8, parameters & 0xFF))
        body = b"\0" + len(data).to_bytes(2, "big") + data if data else b"\0" * bool(le)
        response = card.transmit(header + body + le)
        assert len(response) >= 2
        assert response[-2:] != b"\x6f\x00"
    card.restore(mark)


@given(
    value=st.one_of(st.binary(max_size=60), st.just(b"")),
    changes=st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=2)), max_size=3),
)
def test_whatever_is_to_be_a_key(card: Card, key: Any, value: bytes, changes: list[tuple[int, bytes]]) -> None:
    mark = card.snapshot()
    desk = Desk(card)
    assert desk.verify() == "9000"
    changed = pkcs1(key)
    for place, piece in changes:
        start = place % len(changed)
        changed = changed[:start] + piece + changed[start + len(piece) :]
    for each in (value, changed):
        assert desk.sw(0xDB, 0x3FFF, key_template(FIRST, each)) in ("9000", "6A80")
        assert desk.environment(0xB6, 0x56) == "9000"
        assert desk.sw(0x2A, 0x9E9A, b"data", 256) in ("9000", "6A80")
    card.restore(mark)


@given(command=st.binary(max_size=300))
def test_any_bytes_are_answered(card: Card, command: bytes) -> None:
    mark = card.snapshot()
    Desk(card)
    response = card.transmit(command)
    assert len(response) >= 2
    assert response[-2:] != b"\x6f\x00"
    card.restore(mark)

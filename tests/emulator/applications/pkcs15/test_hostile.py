"""Whatever comes in, the card answers, and never by an exception of its own (6F00)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pkcs15_desk import OTHER_PIN, PIN, PUK, Desk, curve_key, curve_parameters, df, ef

from emulator import Card
from emulator.applications.pkcs15.command_table import PKCS15
from emulator.applications.pkcs15.interface import APPLICATION_IDENTIFIER, Algorithm
from iso7816.ber_tlv import encode_all
from iso7816.key_algorithms import KeyAlgorithm

PARAMETERS = st.sampled_from(
    [0x0000, 0x0001, 0x0101, 0x0102, 0x4100, 0x41B6, 0x41B8, 0x4200, 0x9E9A, 0x8086, 0x3FFF, 0x0400, 0x0800, 0x0900]
)
PIECES = [
    PIN,
    OTHER_PIN,
    PUK,
    APPLICATION_IDENTIFIER,
    ef("6F01", 16, "90" * 7),
    ef("6F02"),
    df("5015", "00" * 6 + "90"),
    *(bytes.fromhex(fid) for fid in ("3F00", "5015", "6F01", "6F02", "3FFF", "2F00")),
    *(bytes((0x80, 1, algorithm, 0x84, 1, key)) for algorithm in Algorithm for key in (0, 1)),
    encode_all(curve_parameters(KeyAlgorithm.P_256)),
    curve_key(KeyAlgorithm.P_256, b"\1"),
    bytes.fromhex("A6057F49028600"),
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
COMMANDS = st.tuples(
    st.sampled_from([0x00, 0x00, 0x00, 0x10]),
    st.sampled_from(sorted(row.ins for row in PKCS15.COMMANDS)),
    st.one_of(PARAMETERS, st.integers(0, 0xFFFF)),
    DATA,
    st.sampled_from([b"", b"\0\0", b"\0\1"]),
)
GENERATION_OF_RSA = (0x46, 0x4200)


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> list[Card]:
    """A card of each version, with a key on a curve."""
    text = (Path(__file__).parents[4] / "emulator" / "profiles" / "pkcs15.toml").read_text(encoding="utf-8")
    made = []
    for version in (0, 1):
        path = tmp_path_factory.mktemp("cards") / "card.toml"
        path.write_text(text.replace("interface = 0", f"interface = {version}"), encoding="utf-8")
        desk = Desk(Card.from_profile(path))
        desk.new_key(Algorithm.GENERATE_EC)
        assert desk.import_key(curve_key(KeyAlgorithm.P_256, b"\1")) == "9000"
        made.append(desk.card)
    return made


@given(which=st.integers(0, 1), issued=st.booleans(), commands=st.lists(COMMANDS, min_size=1, max_size=8))
def test_every_command_is_answered(
    cards: list[Card], which: int, issued: bool, commands: list[tuple[int, int, int, bytes, bytes]]
) -> None:
    card = cards[which]
    mark = card.snapshot()
    desk: Any = Desk(card)
    if issued:
        desk.set_pin()
    for cla, ins, parameters, data, le in commands:
        if (ins, parameters) == GENERATION_OF_RSA:
            continue  # it takes long
        header = bytes((cla, ins, parameters >> 8, parameters & 0xFF))
        body = b"\0" + len(data).to_bytes(2, "big") + data if data else b"\0" * bool(le)
        response = card.transmit(header + body + le)
        assert len(response) >= 2
        assert response[-2:] != b"\x6f\x00"
    card.restore(mark)


@given(command=st.binary(max_size=300))
def test_any_bytes_are_answered(cards: list[Card], command: bytes) -> None:
    mark = cards[0].snapshot()
    Desk(cards[0])
    response = cards[0].transmit(command)
    assert len(response) >= 2
    assert response[-2:] != b"\x6f\x00"
    cards[0].restore(mark)

"""What an ATR offers, and what is chosen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iso7816.atr import ATR
from iso7816.errors import ATRError
from scardmgr.winscard.constants import Protocols
from scardmgr.winscard.embedded.negotiation import choose, offered_protocols

NONE, T0, T1 = Protocols.UNDEFINED, Protocols.T0, Protocols.T1
BOTH = T0 | T1


@pytest.mark.parametrize(
    ("atr", "offered"),
    [
        ("3B00", T0),  # no TD1: T=0
        ("3F00", T0),
        ("3B14 11", T0),  # TA1 alone; the historical bytes it announces are missing, which is nobody's business here
        ("3B800181", T1),
        ("3B800100", T1),  # a wrong TCK
        ("3B80800101", BOTH),
        ("3B8001", T1),  # no TCK
        ("3BF0 11 00 FF 81 31 FE 45", T1),
        ("3B80 1F", NONE),  # T=15 cannot come first
        ("3B80 80 0F", T0),  # T=0, then global bytes
        ("3B80 8E 01", NONE),  # T=14 first
        ("3B80 80 8E 01", BOTH),  # T=14 in between
        ("", NONE),
        ("3B", NONE),
        ("0000", NONE),  # not TS
        ("3C800181", NONE),
        ("3B80", T0),  # cut short: TD1 never came
        ("3BF0 11", T0),
    ],
)
def test_offered_protocols(atr: str, offered: Protocols) -> None:
    assert offered_protocols(bytes.fromhex(atr)) == offered


@pytest.mark.parametrize(("ta2", "offered"), [(0x00, T0), (0x81, T1), (0x0E, NONE)])
def test_specific_mode_offers_one_protocol_only(ta2: int, offered: Protocols) -> None:
    assert offered_protocols(bytes([0x3B, 0x80, 0x90, ta2, 0x01, 0x00])) == offered


@given(st.binary(max_size=40))
def test_any_bytes_are_read_without_complaint(atr: bytes) -> None:
    assert offered_protocols(atr) in (NONE, T0, T1, BOTH)


@given(
    st.lists(st.sampled_from([0, 1]), min_size=1, unique=True).map(sorted),
    st.binary(max_size=15),
    st.none() | st.integers(0, 255),
)
def test_it_agrees_with_the_strict_reader(protocols: list[int], historical: bytes, ta1: int | None) -> None:
    atr = ATR.build(protocols=protocols, historical_bytes=historical, ta1=ta1)
    assert offered_protocols(atr.to_bytes()) == sum(1 << protocol for protocol in atr.protocols)


@given(st.binary(min_size=2, max_size=33).map(lambda tail: b"\x3b" + tail))
def test_it_agrees_with_the_strict_reader_on_whatever_that_accepts(data: bytes) -> None:
    try:
        atr = ATR.parse(data)
    except ATRError:
        return
    if atr.specific_mode is None and atr.protocols[0] in (0, 1) and atr.groups[-1].t != 15:
        assert offered_protocols(data) == sum(1 << protocol for protocol in atr.protocols if protocol < 2)


@pytest.mark.parametrize(
    ("wanted", "atr", "chosen"),
    [
        (BOTH, "3B80800101", T1),  # T=1 is tried first, though T=0 is offered first
        (T0, "3B80800101", T0),
        (T1, "3B80800101", T1),
        (BOTH, "3B00", T0),
        (T1, "3B00", NONE),
        (NONE, "3B00", NONE),
        (BOTH, "", NONE),
    ],
)
def test_the_protocol_chosen(wanted: Protocols, atr: str, chosen: Protocols) -> None:
    assert choose(wanted, bytes.fromhex(atr)) == chosen

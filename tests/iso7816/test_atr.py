"""Answers-to-reset: tables, building, and the rules of TCK and size."""

from __future__ import annotations

from functools import reduce
from operator import xor

import pytest

from iso7816.atr import ATR, InterfaceGroup
from iso7816.errors import ATRError
from iso7816.interface_bytes import ClockStop, OperatingClass, SpecificMode, TransmissionFactors


# ISO/IEC 7816-3:2006, tables 7 and 8.
@pytest.mark.parametrize(
    ("high", "fi", "khz"),
    [
        (0, 372, 4000),
        (1, 372, 5000),
        (2, 558, 6000),
        (3, 744, 8000),
        (4, 1116, 12000),
        (5, 1488, 16000),
        (6, 1860, 20000),
        (7, None, None),
        (8, None, None),
        (9, 512, 5000),
        (10, 768, 7500),
        (11, 1024, 10000),
        (12, 1536, 15000),
        (13, 2048, 20000),
        (14, None, None),
        (15, None, None),
    ],
)
def test_clock_rate_conversion_integer(high: int, fi: int | None, khz: int | None) -> None:
    factors = TransmissionFactors(high << 4 | 1)
    assert (factors.fi, factors.max_clock_khz) == (fi, khz)
    assert factors.cycles_per_etu == fi


@pytest.mark.parametrize(
    ("low", "di"),
    [(0, None), (1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 64), (8, 12), (9, 20)]
    + [(low, None) for low in range(10, 16)],
)
def test_baud_rate_adjustment_integer(low: int, di: int | None) -> None:
    factors = TransmissionFactors(0x90 | low)
    assert factors.di == di
    assert factors.cycles_per_etu == (None if di is None else 512 / di)


def test_defaults_hold_where_nothing_is_said() -> None:
    atr = ATR.parse(bytes.fromhex("3B00"))
    assert (atr.transmission_factors.fi, atr.transmission_factors.di) == (372, 1)
    assert atr.transmission_factors.max_clock_khz == 5000
    assert (atr.protocols, atr.first_protocol, atr.specific_mode) == ((0,), 0, None)
    assert (atr.extra_guard_time, atr.waiting_integer) == (0, 10)
    assert (atr.ifsc, atr.block_waiting_integer, atr.character_waiting_integer, atr.uses_crc) == (32, 4, 13, False)
    assert (atr.clock_stop, atr.classes) == (ClockStop.NOT_SUPPORTED, OperatingClass.A_5V)


@pytest.mark.parametrize(
    ("protocols", "expected"),
    [((0,), "3B 00"), ((1,), "3B 80 01 81"), ((0, 1), "3B 80 80 01 01"), ((14,), "3B 80 0E 8E")],
)
def test_the_shortest_atr_of_each_offer(protocols: tuple[int, ...], expected: str) -> None:
    assert str(ATR.build(protocols=protocols)) == expected


def test_a_contactless_card_as_pcsc_part_3_shows_it() -> None:
    """PC/SC part 3, 3.1.3.2.3.1: 3B 8N 80 01, historical bytes, TCK."""
    atr = ATR.build(protocols=(0, 1), historical_bytes=bytes.fromhex("8031B8738401E0829000"))
    assert str(atr) == "3B 8A 80 01 80 31 B8 73 84 01 E0 82 90 00 06"


def test_the_atr_of_a_published_card_built_from_its_meaning() -> None:
    """OpenPGP Card V3, smartcard_list.txt."""
    atr = ATR.build(
        protocols=(1,),
        ta1=0x18,
        extra_guard_time=255,
        ifsc=254,
        block_waiting_integer=7,
        character_waiting_integer=5,
        classes=OperatingClass.A_5V | OperatingClass.B_3V,
        historical_bytes=bytes.fromhex("0031F573C00160009000"),
    )
    assert str(atr) == "3B DA 18 FF 81 B1 FE 75 1F 03 00 31 F5 73 C0 01 60 00 90 00 1C"


def test_tck_makes_the_exclusive_or_zero() -> None:
    atr = ATR.build(protocols=(0, 1), historical_bytes=b"card").to_bytes()
    assert reduce(xor, atr[1:]) == 0


def test_t15_alone_beside_t0_needs_a_tck() -> None:
    atr = ATR.build(clock_stop=ClockStop.STATE_L)
    assert atr.protocols == (0,)
    assert atr.tck is not None


def test_global_bytes_of_t15_are_not_those_of_a_protocol() -> None:
    atr = ATR((InterfaceGroup(), InterfaceGroup(t=1), InterfaceGroup(0x83, t=15)))
    assert atr.ifsc == 32
    assert (atr.clock_stop, atr.classes) == (ClockStop.NO_PREFERENCE - 1, OperatingClass(3))


def test_the_first_byte_for_a_protocol_counts() -> None:
    atr = ATR((InterfaceGroup(), InterfaceGroup(t=1), InterfaceGroup(0x20, t=1), InterfaceGroup(0xFE, 0x45, 1, t=1)))
    assert (atr.ifsc, atr.block_waiting_integer, atr.uses_crc) == (0x20, 4, True)


def test_specific_mode_decides_the_first_protocol() -> None:
    atr = ATR.build(protocols=(0, 1), specific_mode=SpecificMode(1))
    assert (atr.protocols, atr.first_protocol) == ((0, 1), 1)


def test_thirty_three_bytes_fit_and_one_more_does_not() -> None:
    groups = [InterfaceGroup(1, 2, 3)] + [InterfaceGroup(1, 2, 3, t=1)] * 3
    atr = ATR(tuple(groups), b"x" * 15)
    assert len(atr.to_bytes()) == 33
    assert ATR.parse(atr.to_bytes()) == atr
    with pytest.raises(ATRError, match="at most 33 bytes, this would have 34"):
        ATR((*groups, InterfaceGroup(t=1)), b"x" * 15)
    with pytest.raises(ATRError, match="not 34"):
        ATR.parse(atr.to_bytes() + b"\0")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"protocols": ()}, "at least one"),
        ({"protocols": (1, 0)}, "ascending"),
        ({"protocols": (1, 1)}, "ascending"),
        ({"protocols": (15,)}, "0 to 14"),
        ({"protocols": (0,), "ifsc": 32}, "T=1, which is not offered"),
        ({"protocols": (1,), "waiting_integer": 10}, "belongs to T=0"),
        ({"protocols": (0,), "waiting_integer": 0}, "1 to 255"),
        ({"protocols": (1,), "ifsc": 255}, "IFSC 255"),
        ({"protocols": (1,), "ifsc": 0}, "IFSC 0"),
        ({"protocols": (1,), "block_waiting_integer": 10}, "BWI 10"),
        ({"protocols": (1,), "character_waiting_integer": 16}, "CWI 16"),
        ({"protocols": (0,), "specific_mode": SpecificMode(1)}, "specific mode is T=1"),
        ({"ta1": 256}, "TA 256"),
        ({"historical_bytes": b"x" * 16}, "16 historical bytes"),
    ],
)
def test_what_cannot_be_said_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ATRError, match=message):
        ATR.build(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "groups",
    [(), (InterfaceGroup(t=0),), (InterfaceGroup(), InterfaceGroup())],
    ids=["none", "first with T", "second without T"],
)
def test_groups_that_are_none_are_refused(groups: tuple[InterfaceGroup, ...]) -> None:
    with pytest.raises(ATRError, match="group of interface bytes"):
        ATR(groups)


@pytest.mark.parametrize("size", [0, 1])
def test_less_than_ts_and_t0_is_no_atr(size: int) -> None:
    with pytest.raises(ATRError, match=f"2 to 33 bytes, not {size}"):
        ATR.parse(b"\x3b"[:size])


def test_an_announced_byte_that_is_missing_is_named() -> None:
    with pytest.raises(ATRError, match="before TD2, which it announces"):
        ATR.parse(bytes.fromhex("3B8080"))


@pytest.mark.parametrize("protocol", [-1, 16])
def test_a_protocol_that_does_not_fit_ta2_is_refused(protocol: int) -> None:
    with pytest.raises(ATRError, match="does not fit TA2"):
        SpecificMode(protocol)

"""Card types as values: which there can be, and which ATR is of one."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iso7816.atr import ATR
from iso7816.errors import ATRError
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.database.kinds_of_card import CardType, atr_size
from scardmgr.winscard.errors import SCardError

ATRS = st.binary(min_size=1, max_size=33)


@pytest.mark.parametrize(
    ("registered", "mask", "given", "matches"),
    [
        ("3B00", None, "3B00", True),
        ("3B00", None, "3B01", False),
        ("3B00", None, "3B0000", False),
        ("3B00", "FFFF", "3B00", True),
        ("3B00", "FFF0", "3B0F", True),
        ("3B00", "FFF0", "3B1F", False),
        ("3B00", "FFF0", "3B0F00", False),
        # (card ATR AND mask) == registered ATR: bits of the registered one that the mask hides cannot be met
        ("3B0F", "FFF0", "3B0F", False),
        ("0000", "0000", "3B0F", True),
    ],
)
def test_the_card_atr_and_the_mask_make_the_registered_atr(
    registered: str, mask: str | None, given: str, *, matches: bool
) -> None:
    card_type = CardType("T", bytes.fromhex(registered), None if mask is None else bytes.fromhex(mask))
    assert card_type.matches(bytes.fromhex(given)) is matches


@given(atr=ATRS)
def test_without_a_mask_an_atr_is_of_its_own_type_alone(atr: bytes) -> None:
    assert CardType("T", atr).matches(atr)
    assert CardType("T", atr, b"\xff" * len(atr)).matches(atr)
    assert not CardType("T", atr).matches(atr + b"\0")
    assert not CardType("T", atr).matches(bytes([atr[0] ^ 1]) + atr[1:])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("", b"\x3b\x00"), SCardCode.SCARD_E_INVALID_VALUE),
        (("a\0b", b"\x3b\x00"), SCardCode.SCARD_E_INVALID_VALUE),
        (("\ud800", b"\x3b\x00"), SCardCode.SCARD_E_INVALID_VALUE),
        (("n" * 256, b"\x3b\x00"), SCardCode.SCARD_E_INVALID_VALUE),
        (("T", b""), SCardCode.SCARD_E_INVALID_PARAMETER),
        (("T", bytes(34)), SCardCode.SCARD_E_INVALID_PARAMETER),
        (("T", b"\x3b\x00", b"\xff"), SCardCode.SCARD_E_INVALID_PARAMETER),
        (("T", b"\x3b\x00", b""), SCardCode.SCARD_E_INVALID_PARAMETER),
        (("T", b"\x3b\x00", None, None, (), {0: "x"}), SCardCode.SCARD_E_INVALID_VALUE),
        (("T", b"\x3b\x00", None, None, (), {1: "x"}), SCardCode.SCARD_E_INVALID_VALUE),
        (("T", b"\x3b\x00", None, None, (), {1 << 32: "x"}), SCardCode.SCARD_E_INVALID_VALUE),
        (("T", b"\x3b\x00", None, None, (), {2: ""}), SCardCode.SCARD_E_INVALID_VALUE),
        (("T", b"\x3b\x00", None, None, (), {2: "x" * 1025}), SCardCode.SCARD_E_INVALID_VALUE),
    ],
)
def test_what_is_no_card_type(arguments: tuple[object, ...], code: SCardCode) -> None:
    with pytest.raises(SCardError) as raised:
        CardType(*arguments)  # type: ignore[arg-type]
    assert raised.value.code is code


def test_a_card_type_supports_every_one_of_the_interfaces_asked_for() -> None:
    one, two, three = (UUID(int=number) for number in (1, 2, 3))
    card_type = CardType("T", b"\x3b\x00", interfaces=(one, two))
    assert card_type.supports([])
    assert card_type.supports([two])
    assert card_type.supports([two, one, two])
    assert not card_type.supports([one, three])


@pytest.mark.parametrize(
    "atr", ["3B00", "3B8B018031F873F7C1FF830590006F", "3B80800101", "3BDA18FF81B1FE751F030031C573C001400090000C"]
)
def test_an_atr_ends_where_it_says(atr: str) -> None:
    data = bytes.fromhex(atr)
    for behind in (b"", b"\0", bytes(36 - len(data))):
        assert atr_size(data + behind) == len(data)


@given(data=st.binary(max_size=40))
def test_any_bytes_have_a_size(data: bytes) -> None:
    assert min(len(data), 2) <= atr_size(data) <= len(data)


@given(data=st.binary(min_size=2, max_size=33))
def test_what_parses_as_an_atr_is_as_long_as_it_says(data: bytes) -> None:
    try:
        ATR.parse(data)
    except ATRError:
        return
    assert atr_size(data + b"\x3b\x00") == len(data)


@pytest.mark.parametrize("atr", ["3B00", [0x3B, 0x00], 2])
def test_an_atr_is_bytes(atr: object) -> None:
    with pytest.raises(TypeError):
        CardType("Card", atr)  # type: ignore[arg-type]


def test_a_card_type_does_not_change_with_the_buffers_it_came_from() -> None:
    atr, mask = bytearray(b"\x3b\x00"), bytearray(b"\xff\xff")
    card_type = CardType("Card", atr, mask)
    atr[0] = mask[0] = 0
    assert (card_type.atr, card_type.mask) == (b"\x3b\x00", b"\xff\xff")

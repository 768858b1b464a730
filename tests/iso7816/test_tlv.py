"""Data objects in their three codings: what cannot be built, nesting, and cost."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from iso7816 import ber_tlv, compact_tlv, simple_tlv
from iso7816.ber_tlv import TLV, encode_length, is_constructed
from iso7816.compact_tlv import CompactTLV
from iso7816.errors import TLVError
from iso7816.simple_tlv import SimpleTLV


@pytest.mark.parametrize(
    ("length", "field"),
    [
        (0, "00"),
        (0x7F, "7F"),
        (0x80, "8180"),
        (0xFF, "81FF"),
        (0x100, "820100"),
        (0xFFFF, "82FFFF"),
        (0x10000, "83010000"),
        (0xFFFFFF, "83FFFFFF"),
        (0x1000000, "8401000000"),
        (0xFFFFFFFF, "84FFFFFFFF"),
    ],
)
def test_a_length_takes_its_shortest_form(length: int, field: str) -> None:
    assert encode_length(length).hex().upper() == field


@pytest.mark.parametrize("length", [-1, 0x100000000])
def test_a_length_that_cannot_be_coded_is_refused(length: int) -> None:
    with pytest.raises(TLVError, match="cannot be coded"):
        encode_length(length)


@pytest.mark.parametrize("tag", [-1, 0, 0x1F, 0x4F00, 0x5F, 0x5F80, 0x5F8080, 0x5F818101, 0x6F6F])
def test_a_number_that_is_no_tag_is_refused(tag: int) -> None:
    with pytest.raises(TLVError):
        TLV(tag, b"").to_bytes()


@pytest.mark.parametrize(
    ("tag", "constructed"), [(0x4F, False), (0x6F, True), (0x5F2D, False), (0x7F4E, True), (0xA5, True)]
)
def test_bit_6_of_the_first_byte_tells_constructed(tag: int, constructed: bool) -> None:
    assert is_constructed(tag) is constructed


def test_children_of_a_template() -> None:
    children = (TLV(0x84, b"\xa0"), TLV.constructed(0xA5, [TLV(0x88, b"\x02")]))
    template = TLV.constructed(0x6F, children)
    assert template.to_bytes() == bytes.fromhex("6F088401A0A503880102")
    assert template.children() == children
    assert ber_tlv.find(template.children(), 0xA5) == children[1]
    assert ber_tlv.find(template.children(), 0x50) is None


def test_a_primitive_object_has_no_children() -> None:
    with pytest.raises(TLVError, match="primitive"):
        TLV(0x84, b"").children()
    with pytest.raises(TLVError, match="primitive"):
        TLV.constructed(0x84, [])


def test_find_gives_the_first_of_several() -> None:
    assert ber_tlv.find([TLV(0x80, b"1"), TLV(0x80, b"2")], 0x80) == TLV(0x80, b"1")
    assert compact_tlv.find([CompactTLV(0, b"1"), CompactTLV(0, b"2")], 0) == CompactTLV(0, b"1")
    assert simple_tlv.find([SimpleTLV(1, b"1"), SimpleTLV(1, b"2")], 1) == SimpleTLV(1, b"1")
    assert compact_tlv.find([], 0) is None
    assert simple_tlv.find([], 1) is None


@pytest.mark.parametrize(
    ("module", "good", "rest"),
    [
        (ber_tlv, "41 01 AA", "5F"),
        (ber_tlv, "5F2D 01 AA", "41 02 BB"),
        (compact_tlv, "31 AA", "32 BB"),
        (simple_tlv, "01 01 AA", "FF 00"),
        (simple_tlv, "01 FF 0001 AA", "01"),
    ],
)
def test_decode_one_gives_the_rest_and_decode_all_takes_none(module: ModuleType, good: str, rest: str) -> None:
    data, behind = bytes.fromhex(good), bytes.fromhex(rest)
    tlv, left = module.decode_one(data + behind)
    assert (tlv.value, left) == (b"\xaa", behind)
    assert module.decode_all(data) == (tlv,)
    with pytest.raises(TLVError):
        module.decode_all(data + behind)
    with pytest.raises(TLVError):
        module.decode_one(b"")
    assert module.decode_all(b"") == ()


@pytest.mark.parametrize(("tag", "value"), [(-1, b""), (16, b""), (0, bytes(16))])
def test_a_compact_object_out_of_range_is_refused(tag: int, value: bytes) -> None:
    with pytest.raises(TLVError):
        CompactTLV(tag, value)


@pytest.mark.parametrize(("tag", "value"), [(0, b""), (255, b""), (1, bytes(65536))])
def test_a_simple_object_out_of_range_is_refused(tag: int, value: bytes) -> None:
    with pytest.raises(TLVError):
        SimpleTLV(tag, value)


@pytest.mark.parametrize(("size", "header"), [(0, 2), (254, 2), (255, 4), (256, 4), (65535, 4)])
def test_the_length_of_a_simple_object_takes_one_byte_or_three(size: int, header: int) -> None:
    encoded = SimpleTLV(1, bytes(size)).to_bytes()
    assert len(encoded) == header + size
    assert simple_tlv.decode_all(encoded) == (SimpleTLV(1, bytes(size)),)


def test_a_compact_tag_names_the_same_object_as_its_ber_tag() -> None:
    assert CompactTLV(7, b"\xc0").ber_tag == 0x47


def test_values_never_show_in_a_repr() -> None:
    assert repr(TLV(0x53, b"secret")) == "TLV(0x53, 6 bytes)"
    assert repr(SimpleTLV(0x01, b"secret")) == "SimpleTLV(0x1, 6 bytes)"


class Watched(bytes):
    """Bytes that count how many of them are copied out."""

    copied = 0

    def __getitem__(self, key: Any) -> Any:
        part = super().__getitem__(key)
        if not isinstance(key, slice):
            return part
        type(self).copied += len(part)
        return type(self)(part)


@pytest.mark.parametrize(
    ("decode_all", "objects"),
    [
        (ber_tlv.decode_all, "410141"),
        (compact_tlv.decode_all, "31AA"),
        (simple_tlv.decode_all, "0101AA"),
    ],
)
def test_reading_a_long_sequence_copies_no_more_than_its_length(
    decode_all: Callable[[bytes], tuple[object, ...]], objects: str
) -> None:
    class Data(Watched):
        pass

    data = Data(bytes.fromhex(objects) * 1000)
    assert len(decode_all(data)) == 1000
    assert Data.copied <= len(data)

"""What a key may be used for, by which mechanism, how often, and after whose verification."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from key_desk import BOTH, COMPUTE, KeyDesk, desk_with, key_table, rsa_key

from emulator import Card
from emulator.keys import OPERATION_NAMES, KeyOperation, possible_operations
from iso7816.ber_tlv import TLV
from iso7816.control_reference import TemplateKind
from iso7816.icc import ICCMute
from iso7816.key_algorithms import KeyAlgorithm

HASH = bytes(32)
POINT = TLV(0xA6, TLV(0x7F49, TLV(0x86, b"\x09" + bytes(31)).to_bytes()).to_bytes()).to_bytes()
CHV = '[[chvs]]\nreference = 1\nvalue = "1234"\n[[chvs]]\nreference = 2\nvalue = "1234"\n'


def algorithm_of(usage: str) -> str:
    if usage == "agree":
        return "x25519"
    if usage in ("sign", "verify", "verify certificate"):
        return "p-256"
    return "aes"


TRIES: dict[str, tuple[TemplateKind, int, int, bytes]] = {
    "sign": (TemplateKind.SIGNATURE, 0x44, 0x9E9A, HASH),
    "verify": (TemplateKind.SIGNATURE, 0x44, 0x00A8, b"\x9a\x20" + HASH + b"\x9e\x01\0"),
    "verify certificate": (TemplateKind.SIGNATURE, 0x44, 0x00AE, b"\x81\x01\0\x9e\x01\0"),
    "encipher": (TemplateKind.CONFIDENTIALITY, 0x0D, 0x8680, b"data"),
    "decipher": (TemplateKind.CONFIDENTIALITY, 0x0D, 0x8086, b"\x02" + bytes(16)),
    "agree": (TemplateKind.CONFIDENTIALITY, 0x0C, 0x8086, POINT),
    "compute checksum": (TemplateKind.CHECKSUM, 0x0F, 0x8E80, b"data"),
    "verify checksum": (TemplateKind.CHECKSUM, 0x0F, 0x00A2, b"\x80\x01\0\x8e\x01\0"),
}
DONE = {"verify": "6300", "verify certificate": "6300", "verify checksum": "6300"}


@pytest.mark.parametrize(
    ("tried", "allowed"),
    [
        (tried, allowed)
        for tried, allowed in itertools.product(TRIES, TRIES)
        if OPERATION_NAMES[allowed] in possible_operations(KeyAlgorithm(algorithm_of(tried)))
    ],
)
def test_a_key_does_what_its_usage_says_and_nothing_else(
    define: Callable[[str], Any], tried: str, allowed: str
) -> None:
    key_type = algorithm_of(tried)
    desk = desk_with(define, key_table(key_type, f"['{allowed}']", _value(key_type)))
    kind, mechanism, parameters, data = TRIES[tried]
    desk.set(kind, BOTH, mechanism)
    _data, sw = desk.send(0x2A, parameters, data, 256)
    assert sw == (DONE.get(tried, "9000") if tried == allowed else "6984")


def _value(key_type: str) -> str:
    return "generated = true\nsize = 128" if key_type == "aes" else "generated = true"


@pytest.mark.parametrize("usage", TRIES)
def test_every_operation_spends_a_use_before_it_is_done(
    define: Callable[[str], Any], tmp_path: Path, usage: str
) -> None:
    key_type = algorithm_of(usage)
    kind, mechanism, parameters, data = TRIES[usage]
    path = tmp_path / "uses.card"
    desk_with(define, key_table(key_type, f"['{usage}']", f"{_value(key_type)}\nuses = 2")).card.save(path)
    cut = CutAfter()
    with Card.open(path, fault_point=cut) as card:
        card.power_on()
        desk = KeyDesk(card)
        desk.set(kind, BOTH, mechanism)
        cut.armed = True
        assert desk.send(0x2A, parameters, data, 256)[1] == DONE.get(usage, "9000")
        assert cut.commits == 1
        assert card._state.keys[(0, 1)].uses_left == 1
        cut.at = 2
        with pytest.raises(ICCMute):
            desk.send(0x2A, parameters, data, 256)
    with Card.open(path) as card:
        assert card._state.keys[(0, 1)].uses_left == 1
        card.power_on()
        desk = KeyDesk(card)
        desk.set(kind, BOTH, mechanism)
        assert desk.send(0x2A, parameters, data, 256)[1] == DONE.get(usage, "9000")
        assert desk.send(0x2A, parameters, data, 256) == (b"", "6985")


class CutAfter:
    """Counts commits, and cuts the power in the one of a number."""

    def __init__(self) -> None:
        self.armed = False
        self.commits = 0
        self.at = 0

    def reached(self, name: str) -> None:
        if self.armed and name == "commit":
            self.commits += 1
            if self.commits == self.at:
                raise RuntimeError("the lights go out")


def test_authentication_spends_uses_too(define: Callable[[str], Any]) -> None:
    desk = desk_with(define, key_table("aes", "['internal', 'external']", "value = '" + "00" * 16 + "'\nuses = 2"))
    assert desk.send(0x88, 0x0001, bytes(16), 256)[1] == "9000"
    desk.ok(0x84, 0, ne=16)
    assert desk.send(0x82, 0x0001, bytes(16))[1] == "6300"
    desk.ok(0x84, 0, ne=16)
    assert desk.send(0x82, 0x0001, bytes(16))[1] == "6985"
    assert desk.send(0x88, 0x0001, bytes(16), 256)[1] == "6985"


def test_what_is_refused_spends_nothing(define: Callable[[str], Any]) -> None:
    desk = desk_with(define, CHV, key_table("p-256", "['sign']", "generated = true\nuses = 1\nuse = 'CHV 1'"))
    assert desk.send(0x2A, 0x9E9A, HASH, 256)[1] == "6985"
    desk.set(TemplateKind.SIGNATURE, COMPUTE, 0x44)
    assert desk.send(0x2A, 0x9E9A, HASH, 256)[1] == "6982"
    desk.ok(0x20, 0x0001, b"1234")
    assert desk.send(0x2A, 0x9E9A, HASH, 63)[1] == "6700"
    assert desk.send(0x2A, 0x9E9A, HASH)[1] == "6700"
    assert desk.send(0x2A, 0x9E9A, HASH, 64)[1] == "9000"
    assert desk.send(0x2A, 0x9E9A, HASH, 64)[1] == "6985"


def test_only_the_named_mechanisms_are_taken(define: Callable[[str], Any]) -> None:
    more = rsa_key(1024) + "\nalgorithms = ['rsassa-pss-sha256', 'rsaes-oaep-sha1']"
    desk = desk_with(define, key_table("rsa", "['sign', 'decipher', 'internal']", more))
    desk.set(TemplateKind.SIGNATURE, BOTH, 0x43)
    assert desk.send(0x2A, 0x9E9A, HASH, 256)[1] == "6985"
    desk.set(TemplateKind.SIGNATURE, BOTH, 0x45)
    assert desk.send(0x2A, 0x9E9A, HASH, 256)[1] == "9000"
    desk.set(TemplateKind.SIGNATURE, BOTH)
    assert desk.send(0x2A, 0x9E9A, HASH, 256)[1] == "9000"  # the one that it has
    desk.set(TemplateKind.CONFIDENTIALITY, BOTH, 0x0A)
    assert desk.send(0x2A, 0x8086, bytes(129), 256)[1] == "6985"
    assert desk.send(0x88, 0x4301, bytes(16), 256)[1] == "6A88"
    assert desk.send(0x88, 0x0001, bytes(16), 256)[1] == "9000"


class TestCHVEachTime:
    """A verification serves one use of a key that wants it each time, and files as ever."""

    FILE = '[files."3F00/6F01"]\ntype = "transparent"\ncontent = "x"\naccess = { read = "CHV 1" }\n'

    def desk(self, define: Callable[[str], Any], rule: str = "'CHV 1'") -> KeyDesk:
        more = f"generated = true\nchv_each_time = true\nuse = {rule}"
        other = key_table("p-256", "['sign']", "generated = true\nuse = 'CHV 1'", reference=2)
        desk = desk_with(define, CHV, key_table("p-256", "['sign']", more), other, self.FILE)
        desk.set(TemplateKind.SIGNATURE, COMPUTE, 0x44)
        return desk

    def sign(self, desk: KeyDesk) -> str:
        return desk.send(0x2A, 0x9E9A, HASH, 64)[1]

    def test_it_is_used_up(self, define: Callable[[str], Any]) -> None:
        desk = self.desk(define)
        assert self.sign(desk) == "6982"
        for _ in range(2):
            desk.ok(0x20, 0x0001, b"1234")
            assert self.sign(desk) == "9000"
            assert self.sign(desk) == "6982"
        assert desk.send(0x20, 0x0001)[1] == "9000"
        assert desk.ok(0xB0, 0x8100, ne=1) == b"x"
        desk.set(TemplateKind.SIGNATURE, COMPUTE, 0x44, key=2)
        assert self.sign(desk) == "9000"
        assert self.sign(desk) == "9000"

    def test_a_refused_verification_does_not_make_it_new(self, define: Callable[[str], Any]) -> None:
        desk = self.desk(define)
        desk.ok(0x20, 0x0001, b"1234")
        assert self.sign(desk) == "9000"
        assert desk.send(0x20, 0x0001, b"0000")[1] == "63C2"
        assert self.sign(desk) == "6982"
        desk.ok(0x20, 0x0001, b"1234")
        assert self.sign(desk) == "9000"

    def test_all_or_any_of_several(self, define: Callable[[str], Any]) -> None:
        desk = self.desk(define, "{ all = ['CHV 1', 'CHV 2'] }")
        desk.ok(0x20, 0x0001, b"1234")
        assert self.sign(desk) == "6982"
        desk.ok(0x20, 0x0002, b"1234")
        assert self.sign(desk) == "9000"
        desk.ok(0x20, 0x0002, b"1234")
        assert self.sign(desk) == "6982"
        desk = self.desk(define, "{ any = ['CHV 1', 'CHV 2'] }")
        desk.ok(0x20, 0x0001, b"1234")
        assert [self.sign(desk), self.sign(desk)] == ["9000", "6982"]
        desk.ok(0x20, 0x0001, b"1234")
        desk.ok(0x20, 0x0002, b"1234")
        assert self.sign(desk) == "9000"
        assert self.sign(desk) == "6982"
        desk.ok(0x20, 0x0002, b"1234")
        assert self.sign(desk) == "9000"

    def test_a_chv_that_need_not_be_verified_need_not_be_anew(self, define: Callable[[str], Any]) -> None:
        desk = self.desk(define)
        desk.ok(0x26, 0x0001, b"1234")
        assert [self.sign(desk) for _ in range(3)] == ["9000"] * 3

    def test_a_data_field_that_is_wrong_uses_it_up(self, define: Callable[[str], Any]) -> None:
        desk = self.desk(define)
        desk.ok(0x20, 0x0001, b"1234")
        assert desk.send(0x2A, 0x9E9A, b"no hash code", 64)[1] == "6A80"
        assert self.sign(desk) == "6982"


def test_a_closed_df_closes_its_keys(define: Callable[[str], Any]) -> None:
    df = '[files."3F00/7F10"]\ntype = "DF"\n'
    local = "reference = 0x81\ndf = \"3F00/7F10\"\ngenerate = 'always'\nupdate = 'always'"
    table = key_table("p-256", "['sign', 'verify', 'internal']").replace("reference = 1", local)
    desk = desk_with(define, df, table)
    desk.ok(0xA4, 0x000C, b"\x7f\x10")
    desk.set(TemplateKind.SIGNATURE, BOTH, 0x44, key=0x81)
    name = bytes.fromhex("B603840181")
    assert desk.send(0x2A, 0x9E9A, HASH, 64)[1] == "9000"
    desk.ok(0x04, 0)
    for ins, parameters, data in (
        (0x2A, 0x9E9A, HASH),
        (0x2A, 0x00A8, TRIES["verify"][3]),
        (0x46, 0x8100, name),
        (0x46, 0x8000, name),
        (0x88, 0x0081, bytes(8)),
    ):
        assert desk.send(ins, parameters, data, 256) == (b"", "6985"), (ins, parameters)
    assert desk.send(0xDB, 0x3FFF, bytes.fromhex("4D0EB603840181") + bytes.fromhex("7F480292015F480101"))[1] in (
        "6985",
        "6A80",
    )
    assert desk.send(0x22, 0xF205)[1] == "6985"


def test_every_operation_has_a_name_of_its_own() -> None:
    assert set(OPERATION_NAMES.values()) == set(KeyOperation)
    everything = KeyOperation(0)
    for name, operation in OPERATION_NAMES.items():
        assert operation.words == (name,)
        everything |= operation
    assert everything.words == tuple(OPERATION_NAMES)

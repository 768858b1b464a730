"""The seal itself: what a passphrase makes, what an image keeps of it, and what it refuses."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import Passphrase
from emulator.images.damage import NotAuthentic
from emulator.images.sealing.scrypt_cost import DEFAULT_COST, ScryptCost
from emulator.images.sealing.seal import Seal
from emulator.images.sealing.seal_record import SealRecord

VALUES = st.binary(max_size=200)


def test_the_key_is_that_of_scrypt() -> None:
    """RFC 7914, clause 12: the first 32 bytes of the third test vector."""
    key = Passphrase("pleaseletmein").key(b"SodiumChloride", ScryptCost(16384, 8, 1))
    assert key.hex() == "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"


def test_a_passphrase_is_the_same_however_it_is_typed() -> None:
    cost, salt = ScryptCost(2, 1, 1), bytes(16)
    assert Passphrase("gepr\u00fcft").key(salt, cost) == Passphrase("gepru\u0308ft").key(salt, cost)
    assert Passphrase("gepr\u00fcft").key(salt, cost) == Passphrase("gepr\u00fcft".encode()).key(salt, cost)
    assert Passphrase("a").key(salt, cost) != Passphrase("b").key(salt, cost)
    assert Passphrase("a").key(salt, cost) != Passphrase("a").key(b"\1" * 16, cost)


@pytest.mark.parametrize("secret", ["", b"", "\udcff"])
def test_what_is_no_passphrase_is_refused(secret: str | bytes) -> None:
    with pytest.raises(ValueError, match="a passphrase is") as refusal:
        Passphrase(secret)
    assert refusal.value.__context__ is None


def test_the_usual_cost_can_be_asked_for() -> None:
    assert DEFAULT_COST.memory == 128 << 20
    assert DEFAULT_COST.memory * DEFAULT_COST.p >= 128 << 20


@pytest.mark.parametrize(
    ("n", "r", "p"),
    [
        (1, 8, 1),
        (3, 8, 1),
        (0, 8, 1),
        (1 << 17, 0, 1),
        (1 << 17, 8, 0),
        (1 << 17, 8, 5),
        (1 << 19, 8, 1),
        (1 << 16, 1, 1),
        (1 << 14, 33, 1),
    ],
)
def test_an_image_cannot_ask_for_gigabytes_or_hours(n: int, r: int, p: int) -> None:
    with pytest.raises(ValueError, match="parameters"):
        ScryptCost(n, r, p)


@given(n=st.integers(0, 1 << 24), r=st.integers(-1, 64), p=st.integers(-1, 8))
def test_what_can_be_asked_for_is_bounded(n: int, r: int, p: int) -> None:
    try:
        cost = ScryptCost(n, r, p)
    except ValueError:
        return
    assert cost.memory * cost.p <= 4 << 28
    assert ScryptCost.from_bytes(cost.to_bytes()) == cost


def test_a_record_comes_back_from_its_row() -> None:
    record = Seal.new(Passphrase("a")).record
    assert SealRecord.from_row(record.row) == record
    assert len(set(record.row)) == len(record.row)


@given(which=st.integers(0, 5), where=st.integers(0, 100), change=st.integers(1, 255))
def test_a_row_that_is_damaged_is_told_from_a_wrong_passphrase(which: int, where: int, change: int) -> None:
    values = list(Seal.new(Passphrase("a")).record.row)
    value = values[which]
    if isinstance(value, bytes):
        octets = bytearray(value)
        octets[where % len(octets)] ^= change
        values[which] = bytes(octets)
    else:
        values[which] = value ^ change
    with pytest.raises(ValueError, match=r"parameters|damaged"):
        SealRecord.from_row(tuple(values))  # type: ignore[arg-type]


def test_the_wrapped_key_is_bound_to_what_is_kept_beside_it() -> None:
    record = Seal.new(Passphrase("a")).record
    Seal.opened(record, Passphrase("a"))
    for other in (replace(record, cost=ScryptCost(8, 2, 1)), replace(record, salt=bytes(16))):
        with pytest.raises(NotAuthentic):
            Seal.opened(other, Passphrase("a"))
    with pytest.raises(NotAuthentic):
        Seal.opened(record, Passphrase("b"))


@given(value=VALUES, place=VALUES)
def test_a_value_comes_back_in_its_place(value: bytes, place: bytes) -> None:
    seal = Seal.new(Passphrase("a"))
    sealed = seal.close_value(value, place)
    again = Seal.opened(seal.record, Passphrase("a"))
    assert again.open_value(sealed, place) == value
    for other, elsewhere in ((seal, place + b"!"), (seal.renewed(), place), (Seal.new(Passphrase("a")), place)):
        with pytest.raises(NotAuthentic):
            other.open_value(sealed, elsewhere)


def test_the_length_of_a_code_is_not_told() -> None:
    seal = Seal.new(Passphrase("a"))
    assert len({len(seal.close_value(bytes(length), b"")) for length in range(32)}) == 1


def test_a_renewed_seal_is_opened_by_the_same_passphrase_with_another_key() -> None:
    passphrase = Passphrase("a")
    seal = Seal.new(passphrase)
    renewed = seal.renewed()
    assert renewed.record.salt == seal.record.salt
    assert renewed.record.wrapped != seal.record.wrapped
    again = Seal.opened(renewed.record, passphrase)
    assert again.open_value(renewed.close_value(b"1234", b""), b"") == b"1234"


def test_another_process_opens_the_same_image_and_no_other() -> None:
    passphrase = Passphrase("a")
    assert passphrase.derived == ""
    seal, other = Seal.new(passphrase), Seal.new(Passphrase("a"))
    handed_on = Passphrase.from_derived(passphrase.derived)
    Seal.opened(seal.record, handed_on)
    Seal.opened(seal.renewed().record, handed_on)
    with pytest.raises(NotAuthentic):
        Seal.opened(other.record, handed_on)


@pytest.mark.parametrize("derived", ["", "00", "xyz", "00" * 60, "00" * 61])
def test_what_was_derived_from_nothing_is_refused(derived: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        Passphrase.from_derived(derived)


def test_nothing_secret_is_shown() -> None:
    passphrase = Passphrase("geheim")
    seal = Seal.new(passphrase)
    for shown in (repr(passphrase), str(passphrase), repr(seal), str(seal), repr(seal.record)):
        assert "geheim" not in shown
        assert passphrase.derived[-64:] not in shown
        assert str(bytes.fromhex(passphrase.derived[-64:])) not in shown
    assert repr(passphrase) == "Passphrase(...)"
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(passphrase)

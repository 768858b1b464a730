"""A structure is made, keys are put into it and read from it; OpenSC judges it in tests/interop/pkcs15."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from emulator import Card
from emulator.applications.pkcs15.personalisation import Personaliser, keys_on
from iso7816.asymmetric_keys import curves
from iso7816.errors import KeyDataError
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.status_words import StatusWordError

PIN, PUK = b"123456", b"0123456789abcdef"


@pytest.fixture
def card() -> Card:
    card = Card.from_profile("pkcs15")
    card.power_on()
    return card


@pytest.fixture
def maker(card: Card) -> Personaliser:
    maker = Personaliser(card)
    maker.issue(PIN, PUK)
    return maker


def keys(card: Card) -> list[Any]:
    return list(keys_on(card.snapshot().state()))


def test_a_new_card_has_no_structure(card: Card) -> None:
    assert keys(card) == []


@pytest.mark.parametrize("algorithm", list(curves()), ids=lambda each: each.value)
def test_keys_on_curves(maker: Personaliser, card: Card, algorithm: KeyAlgorithm) -> None:
    assert maker.put_key(ec.generate_private_key(curves()[algorithm]), b"certificate", "label") == 0
    (key,) = keys(card)
    assert (key.label, key.identifier, key.is_curve, key.bits) == ("label", b"\1", True, algorithm.sizes[0])
    assert (key.is_there, key.certificate) == (True, b"certificate")


def test_a_key_of_rsa_lasts(maker: Personaliser, card: Card, tmp_path: Any) -> None:
    maker.put_key(rsa.generate_private_key(65537, 2048))
    card.save(tmp_path / "image.card")
    with Card.open(tmp_path / "image.card") as again:
        (key,) = keys(again)
        assert (key.is_curve, key.bits, key.is_there, key.certificate) == (False, 2048, True, None)


def test_a_card_on_t0_is_made_likewise(new_desk: Callable[..., Any]) -> None:
    card = new_desk(("T=1", "T=0")).card
    maker = Personaliser(card)
    maker.issue(PIN, PUK)
    maker.put_key(rsa.generate_private_key(65537, 2048), b"certificate" * 200)
    maker.put_key(ec.generate_private_key(ec.SECP384R1()), b"another one")
    first, second = keys(card)
    assert (first.bits, first.is_there, first.certificate) == (2048, True, b"certificate" * 200)
    assert (second.bits, second.is_there, second.certificate) == (384, True, b"another one")
    with pytest.raises(StatusWordError, match="6985"):
        maker.issue(PIN)


def test_sixteen_keys_and_no_more(maker: Personaliser, card: Card) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    assert [maker.put_key(key, b"certificate", f"number {index}") for index in range(16)] == list(range(16))
    with pytest.raises(KeyDataError, match="all places"):
        maker.put_key(key)
    assert [each.reference for each in keys(card)] == list(range(16))


def test_a_place_of_its_own(maker: Personaliser, card: Card) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    assert maker.put_key(key, reference=5) == 5
    assert maker.put_key(key) == 0
    with pytest.raises(KeyDataError, match="taken"):
        maker.put_key(key, reference=5)
    assert [each.reference for each in keys(card)] == [5, 0]


@pytest.mark.parametrize("kind", ["ed25519", "rsa-1024"])
def test_keys_that_the_card_does_not_have(maker: Personaliser, card: Card, kind: str) -> None:
    key = (
        ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else rsa.generate_private_key(65537, 1024)  # noqa: S505 (which is why it is refused)
    )
    with pytest.raises(KeyDataError, match="the card has keys of RSA"):
        maker.put_key(key)
    assert keys(card) == []


@pytest.mark.parametrize("pin", [b"", b"123", b"1" * 17, b"123456\0"])
def test_no_pin(card: Card, pin: bytes) -> None:
    with pytest.raises(ValueError, match="a PIN has 4 to 16 bytes"):
        Personaliser(card).issue(pin)
    Personaliser(card).issue(PIN)


@pytest.mark.parametrize("puk", [b"", b"1" * 15, b"1" * 17])
def test_no_puk(card: Card, puk: bytes) -> None:
    with pytest.raises(ValueError, match="a PUK has 16 bytes"):
        Personaliser(card).issue(PIN, puk)


def test_a_card_is_issued_once(maker: Personaliser, card: Card) -> None:
    with pytest.raises(StatusWordError, match="6985"):
        maker.issue(PIN)
    Personaliser(card).verify(PIN)


def test_keys_want_the_pin(maker: Personaliser, card: Card) -> None:
    del maker
    again = Personaliser(card)
    with pytest.raises(StatusWordError, match="6982"):
        again.put_key(ec.generate_private_key(ec.SECP256R1()))
    again.verify(PIN)
    again.put_key(ec.generate_private_key(ec.SECP256R1()))


def test_what_does_not_fit_leaves_the_card_as_it_was(maker: Personaliser, card: Card) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    maker.put_key(key, label="first")
    before = card.snapshot().state()
    with pytest.raises(StatusWordError, match="6A84"):
        maker.put_key(key, b"certificate", "x" * 2000)
    after = card.snapshot().state()
    assert (before.contents, before.application_values.keys()) == (after.contents, after.application_values.keys())
    maker.verify(PIN)
    assert maker.put_key(key, label="second") == 1


def test_a_card_of_another_kind() -> None:
    card = Card.from_profile("iso7816")
    card.power_on()
    with pytest.raises(StatusWordError, match="6A82"):
        Personaliser(card)
    assert keys(card) == []

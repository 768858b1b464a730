"""A GIDS card filled and shown by what its application offers."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from emulator import PersonalisationError
from emulator.applications.issuing import GivenKey, applications_of, issue
from emulator.applications.personalisation import Contents, Personalisation
from emulator.definition.profiles import load_profile, read_definition
from emulator.definition.settings import with_settings
from emulator.persistent import PersistentState


@cache
def key(number: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048 if number < 9 else 1024)


def made(*keys: GivenKey, **codes: bytes) -> PersistentState:
    return issue(load_profile("gids"), codes, keys)


def contents(state: PersistentState) -> Contents:
    (application,) = applications_of(state)
    assert isinstance(application.personalisation, Personalisation)
    return application.contents(state)


def test_keys_are_in_their_containers() -> None:
    held = contents(made(GivenKey(key(0), label="Ada"), GivenKey(key(1), "05", label="Ada"))).keys
    assert [(each.slot, str(each.kind), each.facts.get("default")) for each in held] == [
        ("00", "rsa2048", "yes"),
        ("05", "rsa2048", None),
    ]
    assert held[0].facts["name"] == "Ada"
    assert held[1].facts["name"] != "Ada", "two containers have two names"


def test_codes() -> None:
    assert [(each.name, each.tries_left) for each in contents(made(pin=b"4321", puk=b"87654321")).codes] == [
        ("PIN", 3),
        ("PUK", 5),
    ]
    for code in ("pin", "puk"):
        with pytest.raises(PersonalisationError, match=f"{code}: expected 4 to 16 bytes"):
            made(**{code: b"123"})


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (GivenKey(ec.generate_private_key(ec.SECP256R1())), "slot 00: takes no p256; it takes rsa1024, rsa2048"),
        (GivenKey(key(9)), "is weak"),
        (GivenKey(key(0), "7e"), "no slot '7e'"),
    ],
)
def test_keys_that_it_does_not_take(given: Any, says: str) -> None:
    with pytest.raises(PersonalisationError, match=says):
        made(given)


def test_a_card_as_it_comes_from_the_factory_has_no_slots() -> None:
    definition = read_definition("gids")
    options = dict.fromkeys(("pin", "admin_key", "card_identifier"))
    table = {**definition.table, "applications": [dict(definition.table["applications"][0])]}
    table["applications"][0]["options"] = {
        name: value for name, value in table["applications"][0]["options"].items() if name not in options
    }
    empty = with_settings(type(definition)(table, "empty"), ["initialised=false"])
    with pytest.raises(PersonalisationError, match="no slot for a key"):
        issue(empty.build(), {}, [GivenKey(key(0))])
    with pytest.raises(PersonalisationError, match="none on a card that is not set up"):
        issue(empty.build(), {"pin": b"1234"}, [])
    assert contents(empty.build()).keys == []

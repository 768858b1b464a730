"""Whatever an image holds, and whatever stands where a certificate should: it is shown, or said to be unreadable."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from emulator import Card
from emulator.applications.issuing import GivenKey, issue
from emulator.definition.profiles import load_profile
from emulator.persistent import PersistentState, Table
from sandbox.command_line.card_contents import certificate_facts, contents_of
from sandbox.command_line.card_tree import tree_of

from .card_making.conftest import KEY, certificate, rsa_key

PROFILES = ("gids", "openpgp", "piv", "pkcs15")


@cache
def der(key: Any = KEY) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return bytes(certificate(key, "Ada").public_bytes(Encoding.DER))


@cache
def another_rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def made(profile: str) -> PersistentState:
    if profile == "gids":
        key, other_key = rsa_key(), another_rsa_key()
    else:
        key, other_key = KEY, ec.derive_private_key(77, ec.SECP256R1())
    return issue(load_profile(profile), {}, [GivenKey(key, None, der(key)), GivenKey(other_key)])


@st.composite
def spoilt(draw: st.DrawFn, data: bytes) -> bytes:
    """Bytes with some of them changed, cut off or put in; or other ones."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=64))
    changed = bytearray(data)
    for place, byte in draw(st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=4)):
        if changed:
            changed[place % len(changed)] = byte
    return bytes(changed[: draw(st.integers(0, 5000))])


def shown(state: PersistentState) -> Any:
    contents = contents_of(Card.from_state(state))
    json.dumps(contents)
    tree_of("card", contents)
    return contents


@pytest.mark.parametrize("profile", PROFILES)
@given(draws=st.data())
def test_any_value_of_an_application(profile: str, draws: st.DataObject) -> None:
    state = made(profile).copy()
    records = {
        **{(Table.APPLICATION_VALUES, key): value for key, value in state.application_values.items()},
        **{(Table.CONTENTS, key): value for key, value in state.contents.items() if isinstance(value, bytes)},
    }
    table, key = draws.draw(st.sampled_from(sorted(records, key=repr)))
    state.write(table, key, draws.draw(st.none() | spoilt(records[table, key])))
    assert shown(state)["files"]["path"] == "3F00"


@given(draws=st.data())
def test_any_certificate(draws: st.DataObject) -> None:
    data = draws.draw(spoilt(der()))
    assert certificate_facts(data)["size"] == len(data)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_card_that_nobody_spoilt_can_be_read(profile: str) -> None:
    (application,) = shown(made(profile))["applications"]
    assert "unreadable" not in application
    assert len(application["keys"]) == 2

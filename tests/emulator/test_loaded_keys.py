"""Private keys of applications are read once."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from emulator import Card
from emulator.loaded_keys import LoadedKeys
from iso7816 import asymmetric_keys
from iso7816.asymmetric_keys import private_key_bytes
from iso7816.errors import KeyDataError

SELECT = "00A4040006D27600012401"
ED25519_KEY = "00DA00C10A162B06010401DA470F01"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The keys that are read from now on."""
    read: list[bytes] = []
    load = asymmetric_keys.load_private_key

    def note(der: bytes, **options: Any) -> Any:
        read.append(der)
        return load(der, **options)

    monkeypatch.setattr(asymmetric_keys, "load_private_key", note)
    return read


def say(card: Card, *commands: str) -> str:
    return [card.transmit(bytes.fromhex(command))[-2:].hex() for command in commands][-1]


def sign(card: Card) -> str:
    return say(card, SELECT, "0020008106313233343536", "002A9E9A0361626300")


def test_a_key_is_read_once_over_resets_and_snapshots(reads: list[bytes]) -> None:
    card = Card.from_profile("openpgp")
    card.power_on()
    say(card, SELECT, "00200083083132333435363738", ED25519_KEY)
    assert say(card, "0047800002B60000") == "9000"
    mark = card.snapshot()
    assert sign(card) == "9000"
    card.reset()
    assert sign(card) == "9000"
    card.restore(mark)
    card.power_on()
    assert sign(card) == "9000"
    assert len(reads) == 1
    say(card, SELECT, "00200083083132333435363738", "0047800002B60000")
    assert sign(card) == "9000"
    assert len(set(reads)) == len(reads) == 2, "another key is"


def test_only_so_many_are_kept(reads: list[bytes]) -> None:
    ders = [private_key_bytes(ed25519.Ed25519PrivateKey.generate()) for _ in range(33)]
    keys = LoadedKeys()
    for der in (*ders[:32], ders[0], ders[32]):
        assert private_key_bytes(keys.private_key(der)) == der
    assert len(reads) == 33
    keys.private_key(ders[0])
    assert len(reads) == 33, "it was used after the second"
    keys.private_key(ders[1])
    assert len(reads) == 34, "the second was not"


def test_it_shows_no_key() -> None:
    keys = LoadedKeys()
    with pytest.raises(KeyDataError):
        keys.private_key(b"\x01\x02\x03")
    der = private_key_bytes(ed25519.Ed25519PrivateKey.generate())
    keys.private_key(der)
    assert repr(der)[2:20] not in repr(keys)
    assert der.hex() not in repr(keys)

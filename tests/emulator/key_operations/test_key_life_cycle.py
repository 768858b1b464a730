"""The life cycle of keys, which have a value, tries and uses or none (left), and that of the DF they are in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from key_desk import BOTH, KeyDesk, desk_with, key_table

from emulator import Card
from iso7816.asymmetric_keys import generate_private_key
from iso7816.authentication import KeyType, authentication_token
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.key_import import KeyImport

HASH = bytes(32)
SECRET = bytes(range(16))
NAME, LOCAL_NAME = bytes.fromhex("B603840101"), bytes.fromhex("B603840181")
FREE = "generate = 'always'\nupdate = 'always'"
FILE = '[files."3F00/6F01"]\ntype = "transparent"\ncontent = "x"\naccess = { read = "key 1" }\n'


def sign(desk: KeyDesk, key: int = 1) -> str:
    desk.set(TemplateKind.SIGNATURE, BOTH, 0x44, key=key)
    return desk.send(0x2A, 0x9E9A, HASH, 64)[1]


def pair(reference: int = 1) -> bytes:
    """The import of a new pair."""
    named = ControlReferenceTemplate(TemplateKind.SIGNATURE, private_key=bytes((reference,)))
    return KeyImport.of_private_key(named, generate_private_key(KeyAlgorithm.P_256, 256)).to_bytes()


def secret(value: bytes, reference: int = 1) -> bytes:
    """The import of a secret."""
    named = ControlReferenceTemplate(TemplateKind.AUTHENTICATION, key=bytes((reference,)))
    return KeyImport.of_secret(named, value).to_bytes()


def prove(desk: KeyDesk, value: bytes, reference: int = 1) -> str:
    """EXTERNAL AUTHENTICATE with a secret."""
    challenge = desk.ok(0x84, 0, ne=16)
    return desk.send(0x82, reference, authentication_token(KeyType.AES, value, challenge))[1]


@pytest.mark.parametrize("begins", ["generation", "import"])
def test_a_pair_from_its_creation_to_its_end_and_anew(
    define: Callable[[str], Any], tmp_path: Path, begins: str
) -> None:
    def begin(desk: KeyDesk) -> None:
        if begins == "generation":
            desk.ok(0x46, 0x8400, NAME)
        else:
            desk.ok(0xDB, 0x3FFF, pair())

    path = tmp_path / "life.card"
    desk_with(define, key_table("p-256", "['sign', 'internal']", f"empty = true\nuses = 3\n{FREE}")).card.save(path)
    lives = [
        [("6984", "6984")],  # no value yet
        [("9000", "9000"), ("9000", "6985"), ("6985", "6985")],  # three uses, of whatever kind
        [("9000", "9000"), ("9000", "6985"), ("6985", "6985")],  # those of another value
    ]
    for number, life in enumerate(lives):
        for step, expected in enumerate(life):
            # Each step survives the loss of power.
            with Card.open(path) as card:
                card.power_on()
                desk = KeyDesk(card)
                if number and step == 0:
                    begin(desk)
                assert (sign(desk), desk.send(0x88, 0x0001, HASH, 64)[1]) == expected
                assert desk.send(0x46, 0x8100, NAME, 256)[1] == ("9000" if number else "6984")


def test_a_secret_from_its_creation_to_its_end_and_anew(define: Callable[[str], Any], tmp_path: Path) -> None:
    table = key_table("aes", "['external', 'internal']", "empty = true\nsize = 128\ntries = 2\nupdate = 'always'")
    path = tmp_path / "life.card"
    desk_with(define, table, FILE).card.save(path)

    def again(*steps: Callable[[KeyDesk], str]) -> list[str]:
        with Card.open(path) as card:
            card.power_on()
            desk = KeyDesk(card)
            return [step(desk) for step in steps]

    def asks(desk: KeyDesk) -> str:
        return desk.send(0x82, 0x0001)[1]

    def right(desk: KeyDesk) -> str:
        return prove(desk, SECRET)

    def wrong(desk: KeyDesk) -> str:
        return prove(desk, bytes(16))

    def shows(desk: KeyDesk) -> str:
        return desk.send(0x88, 0x0001, bytes(16), 16)[1]

    def reads(desk: KeyDesk) -> str:
        return desk.send(0xB0, 0x8100, ne=1)[1]

    def give(desk: KeyDesk) -> str:
        return desk.send(0xDB, 0x3FFF, secret(SECRET))[1]

    assert again(asks, right, shows, reads) == ["6984", "6984", "6984", "6982"]
    assert again(give, asks, shows, right, asks, reads) == ["9000", "63C2", "9000", "9000", "9000", "9000"]
    assert again(wrong, right, wrong) == ["63C1", "9000", "63C1"]
    assert again(reads, wrong, asks) == ["6982", "63C0", "6983"]
    # At the end of its tries the outside cannot use it; the card shows that it has it all the same.
    assert again(right, asks, reads, shows) == ["6983", "6983", "6982", "9000"]
    assert again(give, asks, right, reads) == ["9000", "63C2", "9000", "9000"]


def test_what_a_key_proved_ends_with_its_value(define: Callable[[str], Any]) -> None:
    table = key_table("aes", "['external']", f"value = '{SECRET.hex()}'\nupdate = 'always'")
    desk = desk_with(define, table, FILE)
    assert prove(desk, SECRET) == "9000"
    assert desk.ok(0xB0, 0x8100, ne=1) == b"x"
    desk.ok(0xDB, 0x3FFF, secret(SECRET))  # the same value again is a new one
    assert desk.send(0xB0, 0x8100, ne=1)[1] == "6982"
    assert prove(desk, SECRET) == "9000"


STATES = {
    "creation": "9000",
    "initialisation": "9000",
    "activated": "9000",
    "deactivated": "6985",
    "terminated": "6985",
}


def in_df(life_cycle: str) -> str:
    """A DF in that state with a pair (81) and a secret (82) of its own."""
    local = 'df = "3F00/7F10"\n'
    return "".join(
        (
            key_table("p-256", "['sign']", f"generated = true\n{FREE}\n{local}", reference=0x81),
            key_table("aes", "['external', 'internal']", f"value = '{SECRET.hex()}'\n{local}", reference=0x82),
            f'[files."3F00/7F10"]\ntype = "DF"\nlife_cycle = "{life_cycle}"\n',
        )
    )


@pytest.mark.parametrize(("life_cycle", "used"), STATES.items())
def test_a_key_in_a_df_of_each_state(define: Callable[[str], Any], life_cycle: str, used: str) -> None:
    desk = desk_with(define, in_df(life_cycle))
    selected = {"deactivated": "6283", "terminated": "6285"}.get(life_cycle, "9000")
    assert desk.send(0xA4, 0x000C, b"\x7f\x10")[1] == selected
    assert sign(desk, 0x81) == used
    assert desk.send(0x88, 0x0082, bytes(16), 16)[1] == used
    assert desk.send(0x46, 0x8400, LOCAL_NAME)[1] == used
    assert desk.send(0xDB, 0x3FFF, pair(0x81))[1] == used
    assert desk.send(0x46, 0x8100, LOCAL_NAME, 256)[1] == used
    # The outside can still show who it is: the activation of the DF may ask for that.
    assert prove(desk, SECRET, 0x82) == "9000"
    assert prove(desk, bytes(16), 0x82) == "6300"


def test_a_key_goes_with_its_df_through_deactivation_and_termination(define: Callable[[str], Any]) -> None:
    desk = desk_with(define, in_df("activated"))
    desk.ok(0xA4, 0x000C, b"\x7f\x10")
    public = desk.ok(0x46, 0x8100, LOCAL_NAME, 256)
    assert sign(desk, 0x81) == "9000"
    desk.ok(0x04, 0x0000)
    assert (sign(desk, 0x81), desk.send(0x46, 0x8400, LOCAL_NAME)[1]) == ("6985", "6985")
    desk.ok(0x44, 0x0000)
    assert sign(desk, 0x81) == "9000"
    assert desk.ok(0x46, 0x8100, LOCAL_NAME, 256) == public  # nothing happened to the key meanwhile
    desk.ok(0xE6, 0x0000)
    assert (sign(desk, 0x81), desk.send(0x46, 0x8400, LOCAL_NAME)[1]) == ("6985", "6985")
    assert desk.send(0x44, 0x0000)[1] != "9000"
    assert sign(desk, 0x81) == "6985"


def test_keys_end_with_the_card(define: Callable[[str], Any]) -> None:
    desk = desk_with(define, key_table("p-256", "['sign', 'internal']", f"generated = true\n{FREE}"))
    assert sign(desk) == "9000"
    desk.ok(0xFE, 0x0000)
    desk.card.reset()
    for ins, parameters, data in (
        (0x22, 0xC1B6, b"\x84\x01\x01"),
        (0x2A, 0x9E9A, HASH),
        (0x88, 0x0001, HASH),
        (0x46, 0x8000, NAME),
        (0x46, 0x8100, NAME),
        (0xDB, 0x3FFF, pair()),
    ):
        assert desk.send(ins, parameters, data, None if ins in (0x22, 0xDB) else 256) == (b"", "6D00")

"""Cryptography takes longer to load than all the rest: who needs none does not wait for it, others have it ahead."""

from __future__ import annotations

import subprocess
import sys

import pytest
from cryptography.exceptions import UnsupportedAlgorithm

from emulator import Card, first_use

PROGRAM = """
import sys
from emulator import Card
import scardmgr.connection.manage
card = Card.from_profile("iso7816")
card.power_on()
for command in ("00A4000C027F10", "0CB0000000", "00B0810005", "00700000 01", "10A4000C017F"):
    card.transmit(bytes.fromhex(command))
print([name for name in ("cryptography", "hashlib", "logging") if name in sys.modules])
"""
WITH_KEYS = """
import sys
from emulator import Card
from emulator.first_use import prepare
cards = [Card.from_profile(name) for name in ("openpgp", "piv")]
before = set(sys.modules)
prepare(cards[0].snapshot().state())
print("ahead", sorted({"cryptography", "hmac", "iso7816.rsa_primitive"} & set(sys.modules) - before))
openpgp = ["00A4040006D27600012401", "00200083083132333435363738"]
for attributes in ("", "00DA00C109132A8648CE3D030107", "00DA00C10A162B06010401DA470F01"):
    openpgp += [attributes] if attributes else []
    openpgp += ["00478000000002B6000000", "0020008106313233343536", "002A9E9A20" + 32 * "11" + "00"]
piv = ["00A4040005A000000308", "0020008008313233343536FFFF", "0087039B047C02810000"]
before = None
for card, commands in zip(cards, (openpgp, piv)):
    card.power_on()
    for command in commands:
        before = before or set(sys.modules)
        response = card.transmit(bytes.fromhex(command))
        print("answered", response[-2:].hex())
found = {name.partition(".")[0] for name in set(sys.modules) - before}
print("late", sorted(found - {"emulator", "iso7816"}))
"""


def run(program: str) -> str:
    """What it prints, in an interpreter of its own."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def test_cryptography_is_loaded_when_it_is_used() -> None:
    assert "cryptography" not in run(PROGRAM)


def test_what_was_imported_ahead_is_all_that_keys_need() -> None:
    said = run(WITH_KEYS).splitlines()
    assert said[0] == "ahead ['cryptography', 'hmac', 'iso7816.rsa_primitive']"
    assert {line for line in said if line.startswith("answered")} == {"answered 9000"}
    assert said[-1] == "late []"


@pytest.mark.parametrize(("profile", "is_there"), [("piv", True), ("iso7816", False), ("openpgp", False)])
def test_what_an_application_alone_needs_is_imported_ahead_for_its_cards(profile: str, is_there: bool) -> None:
    program = f"""
import sys
from emulator import Card
from emulator.first_use import prepare
prepare(Card.from_profile({profile!r}).snapshot().state())
print("cryptography.x509" in sys.modules)
"""
    assert run(program) == f"{is_there}\n"


def test_what_cannot_be_prepared_is_left_to_the_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise UnsupportedAlgorithm("not on this machine")

    used: list[str] = []
    monkeypatch.setattr(first_use, "_use_cipher", refuse)
    monkeypatch.setattr(first_use, "_use_rsa", lambda: used.append("RSA"))
    first_use.prepare(Card.from_profile("piv").snapshot().state())
    assert used == ["RSA"]

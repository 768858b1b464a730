"""The names that the decoder has for the profile are those of what is there; what may be a secret is masked."""

from __future__ import annotations

from typing import Any

from emulator.applications.openpgp.data_objects import OBJECTS
from emulator.applications.openpgp.passwords import PasswordReference
from emulator.applications.openpgp.templates import TEMPLATES, VALUES
from iso7816.describe import Names
from iso7816.describe.dialogue import Dialogue

SECRET = {0x0103, 0x0104, 0xD1, 0xD2, 0xD3, 0xD5, 0xF4, 0xF9}
NAMES = Names.load("openpgp")


def test_every_data_object_that_is_public_has_a_name() -> None:
    assert set(NAMES.data_objects) == (OBJECTS.keys() | VALUES.keys() | TEMPLATES.keys()) - SECRET


def test_every_password_and_key_has_one() -> None:
    assert set(NAMES.chvs) == set(PasswordReference)
    assert set(NAMES.keys) == {1, 2, 3}


def test_the_application_is_known_by_its_whole_name(openpgp: Any) -> None:
    found = NAMES.by_df_name(openpgp.get(0x4F))
    assert found is not None
    assert str(found.path) == "3F00/7F4F"


def test_what_is_said_is_put_in_words() -> None:
    dialogue = Dialogue(NAMES)
    entry = dialogue.entry(bytes.fromhex("0020008306" + "313233343536"), b"\x90\x00")
    assert entry.title == "VERIFY CHV 83 (PW3, administration), 6 bytes (masked)"
    assert "31 32" not in entry.command
    assert "name" in dialogue.entry(bytes.fromhex("00DA005B03446F65"), b"\x90\x00").parameters
    assert dialogue.entry(bytes.fromhex("00DA005B03446F65"), b"\x90\x00").sent == ('"Doe"',)
    for tag in sorted(SECRET):
        command = bytes((0x00, 0xDA, tag >> 8, tag & 0xFF, 0x03)) + b"abc"
        assert "61 62 63" not in dialogue.entry(command, b"\x90\x00").command

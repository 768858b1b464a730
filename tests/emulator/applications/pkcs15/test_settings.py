"""The options of the application in a card definition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator import CardDefinitionError

OPTIONS = "[applications.options]\n"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("interface = 0", "interface = 2", "interface: expected an integer from 0 to 1"),
        ("interface = 0", "interface = -1", "interface: expected an integer from 0 to 1"),
        ("interface = 0", "interface = true", "interface: expected an integer from 0 to 1"),
        ("interface = 0", 'interface = "1"', "interface: expected an integer from 0 to 1"),
        ("key_import = true", "key_import = 1", "key_import: expected true or false"),
        ("key_import = true", 'key_import = "no"', "key_import: expected true or false"),
        (OPTIONS, OPTIONS + 'pin = "123456"\n', "pin: is not a key that belongs here: expected interface, key_import"),
    ],
)
def test_what_an_option_cannot_be(new_desk: Callable[..., Any], old: str, new: str, complaint: str) -> None:
    with pytest.raises(CardDefinitionError) as refusal:
        new_desk((old, new))
    assert str(refusal.value) == f"applications[0].options.{complaint}"


def test_the_options_may_be_left_out(new_desk: Callable[..., Any]) -> None:
    desk = new_desk(("interface = 0\n", ""), ("key_import = true\n", ""))
    assert desk.selected == bytes.fromhex("000607"), "version 0"
    assert desk.sw(0xDB, 0x3FFF, b"x") == "6985", "keys may be imported"

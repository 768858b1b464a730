"""docs/card.md says what is so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import emulator
from emulator.authentication_keys import MECHANISMS_OF_AUTHENTICATION
from emulator.command_limits import LIMITS
from emulator.command_table import COMMANDS
from emulator.commands.security_operation import SecurityOperation
from emulator.definition.profiles import parse_definition
from emulator.operation_forms import FORMS
from iso7816.mechanisms import Scheme

MANUAL = (Path(__file__).parents[2] / "docs" / "card.md").read_text(encoding="utf-8")
PROFILE = tomllib.loads((Path(emulator.__file__).parent / "profiles" / "iso7816.toml").read_text(encoding="utf-8"))


def test_every_command_says_how_far_it_goes() -> None:
    assert LIMITS.keys() == {row.code for row in COMMANDS}


def test_every_security_operation_has_its_form() -> None:
    assert list(FORMS) == list(SecurityOperation)


@pytest.mark.parametrize("code", [0x0082, 0x0088])
def test_authentication_names_every_algorithm_that_it_is_done_by(code: int) -> None:
    names = {Scheme.BLOCK: "AES, 3DES", Scheme.ECDSA: "ECDSA", Scheme.EDDSA: "Ed25519"}
    done = {names.get(each.scheme, "RSA") for each in MECHANISMS_OF_AUTHENTICATION.values()}
    assert {name for name in done if name not in LIMITS[code].partition(";")[0]} == set()


def test_every_definition_in_it_is_a_card() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", MANUAL, re.DOTALL)
    assert blocks
    for block in blocks:
        parse_definition(block, "manual")


@pytest.mark.parametrize(
    ("heading", "source"),
    [
        ("`[card]`", "identity.py"),
        ("`[contactless]`", "identity.py"),
        ('`[files."PATH"]`', "files.py command_rules.py"),
        ("`[[chvs]]`", "secrets.py"),
        ("`[[keys]]`", "keys.py pem.py secrets.py"),
        ("`[[data_objects]]`", "secrets.py"),
        ("`[[applications]]`", "whole_card.py"),
    ],
)
def test_every_key_it_names_is_one_that_the_reader_takes(heading: str, source: str) -> None:
    section = MANUAL.split(f"### {heading}\n")[1].split("\n#")[0]
    folder = Path(emulator.__file__).parent / "definition"
    code = "".join((folder / name).read_text(encoding="utf-8") for name in source.split())
    named = set(re.findall(r"`([a-z_]+)`", " ".join(re.findall(r"^\| (.*?) \|", section, re.MULTILINE))))
    if heading == "`[[applications]]`":
        named = {"name", "path", "label", "type", "options"}
    assert named
    assert [key for key in named if f'"{key}"' not in code] == []


@pytest.mark.parametrize(
    "source", ["identity.py", "whole_card.py", "files.py", "secrets.py", "keys.py", "pem.py", "command_rules.py"]
)
def test_every_key_that_the_reader_takes_is_in_it(source: str) -> None:
    code = (Path(emulator.__file__).parent / "definition" / source).read_text(encoding="utf-8")
    taken = set(re.findall(r'\.(?:take|section|sections)\(\s*"([a-z_]+)"', code))
    assert taken
    assert [key for key in taken if f"`{key}`" not in MANUAL and f"[{key}" not in MANUAL] == []


def test_the_profile_is_described(terminal: Any) -> None:
    for path in PROFILE["files"]:
        assert f"`{path}`" in MANUAL or f"`.../{path[-4:]}`" in MANUAL
    for chv in PROFILE["chvs"]:
        assert f"| CHV {chv['reference']:02X}" in MANUAL
        assert f"`{chv['value']}`" in MANUAL
    for key in PROFILE["keys"]:
        assert f"| key {key['reference']:02X} |" in MANUAL
        assert "value" not in key or f"`{key['value']}`" in MANUAL


def test_the_dialogue_is_what_the_card_says(terminal: Any) -> None:
    assert terminal.ok("00 88 00 01 10 00112233445566778899AABBCCDDEEFF 00").hex().upper() in MANUAL

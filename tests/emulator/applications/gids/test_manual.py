"""docs/profiles/gids.md: its tables name what there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric import rsa
from gids_desk import ADMIN_KEY, PIN, pem

from emulator.applications.gids.command_table import COMMANDS
from emulator.applications.gids.definition import read_options
from emulator.applications.gids.personalisation import initial_values
from emulator.applications.gids.stored_files import FILE
from emulator.definition.section import Section

PAGE = (Path(__file__).parents[4] / "docs" / "profiles" / "gids.md").read_text(encoding="utf-8")


def tables(first_cell: str) -> list[list[list[str]]]:
    """The rows of every table whose head begins with a cell."""
    found = re.findall(rf"^\| {first_cell} \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, flags=re.MULTILINE)
    return [[row.strip("|").split("|") for row in table.splitlines()] for table in found]


def test_every_option_is_in_its_table(key: rsa.RSAPrivateKey) -> None:
    class Asked(Section):
        names: ClassVar[set[str]] = set()

        def take(self, name: str, *arguments: object) -> object:  # type: ignore[override]
            self.names.add(name)
            return super().take(name, *arguments)  # type: ignore[arg-type]

        def sections(self, name: str) -> list[Section]:
            return [Asked(dict(each._table), each.path) for each in super().sections(name)]

    table = {"pin": PIN.decode(), "admin_key": ADMIN_KEY.hex(), "containers": [{"pem": pem(key)}]}
    read_options(Asked(table))
    told = {re.sub("[` ]", "", row[0]) for table in tables("option") for row in table}
    assert told == Asked.names - {"containers"}


def test_every_command_is_in_its_table() -> None:
    (table,) = tables("command")
    told = {int(number, 16) for row in table for number in re.findall(r"`([0-9A-F]{2})`", row[0])}
    assert told == {row.ins for row in COMMANDS}


def test_every_file_is_in_its_table() -> None:
    (table,) = tables("file")
    told = {match[1] for row in table if (match := re.search(r"`([0-9A-F]{4})`", row[0])) is not None}
    made = {key[len(FILE) :].hex().upper() for key in initial_values(PIN, ADMIN_KEY) if key.startswith(FILE)}
    assert told == made | {"B081"}


def test_the_codes_of_the_profile_are_told() -> None:
    for code in (PIN.decode(), ADMIN_KEY.hex(), b"GIDS test card 1".hex()):
        assert f"`{code}`" in PAGE

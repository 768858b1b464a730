"""Every row of a command table names its document and section: those of the card and of built-in applications."""

from __future__ import annotations

import re
from typing import Any

import pytest

from emulator.applications import registry
from emulator.applications.registry import application_type
from emulator.command_table import COMMANDS

SECTIONS = r"\d+(\.\d+)+(, \d+(\.\d+)+)*"
ISO = rf"ISO/IEC 7816-[489]:\d{{4}}, {SECTIONS}"
CLAUSES = {
    "gids": rf"GIDS 2\.0, 11; {ISO}",
    "openpgp": rf"OpenPGP card 3\.4\.1, {SECTIONS}",
    "piv": rf"SP 800-73-5, part [123], {SECTIONS}|{ISO}",
    "pkcs15": ISO,
}
YUBICO = "Yubico, PIV commands"
"""A page of the manufacturer's, whose sections have no numbers: management commands."""
ROWS = [(name, row) for name in CLAUSES for row in application_type(name).COMMANDS]


def test_no_built_in_application_is_left_out() -> None:
    assert set(CLAUSES) == set(registry._BUILT_IN)
    assert all(application_type(name).COMMANDS for name in CLAUSES)


@pytest.mark.parametrize(("name", "row"), ROWS, ids=lambda value: value if isinstance(value, str) else value.name)
def test_every_row_of_an_application_names_its_clause(name: str, row: Any) -> None:
    if name == "piv" and row.ins >= 0xF0:
        assert row.clause == YUBICO
    else:
        assert re.fullmatch(CLAUSES[name], row.clause)


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.name)
def test_every_row_of_the_card_names_its_clause(row: Any) -> None:
    own = row.cla >= 0x80
    assert re.fullmatch(r"proprietary, as .+" if own else ISO, row.clause)

"""The table of interindustry instructions and data objects, read from ``interindustry.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Instruction:
    """One command.

    Attributes:
        ins: the INS code.
        name: the standard's name.
        standard: the document that defines the command.
        masks_data: whether command data may be a secret, which is never shown.
        masks_response: the same of response data.
    """

    ins: int
    name: str
    standard: str
    masks_data: bool
    masks_response: bool


@dataclass(frozen=True, slots=True)
class InterindustryTable:
    """What the file says.

    Attributes:
        instructions: by INS, odd codes included.
        templates: names of the constructed data objects that are spelt out, by tag.
        file_control: names of data objects in file control information, by tag.
        public_key: names of data objects in a public key template, by tag.
        data_objects: names of data objects elsewhere, by tag.
    """

    instructions: Mapping[int, Instruction]
    templates: Mapping[int, str]
    file_control: Mapping[int, str]
    public_key: Mapping[int, str]
    data_objects: Mapping[int, str]


@cache
def interindustry() -> InterindustryTable:
    """The table, read once."""
    text = files("iso7816.describe").joinpath("interindustry.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    instructions: dict[int, Instruction] = {}
    for row in table["instruction"]:
        secret = row.get("secret", ())
        for ins in (row["ins"], row["ins"] | 1) if row.get("odd", False) else (row["ins"],):
            instructions[ins] = Instruction(ins, row["name"], row["standard"], "data" in secret, "response" in secret)
    names = (
        {int(tag, 16): name for tag, name in table[part].items()}
        for part in ("templates", "file_control", "public_key", "interindustry")
    )
    return InterindustryTable(instructions, *names)


def instruction(ins: int) -> Instruction | None:
    """The instruction with that INS, ``None`` where the standards know none."""
    return interindustry().instructions.get(ins)

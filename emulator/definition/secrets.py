"""CHVs and data objects of a card definition, and what references have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from emulator.commands.chv import is_new_value, pad
from emulator.commands.data_objects import is_data_object_tag
from emulator.definition.rules import to_requirement
from emulator.definition.section import Section, boolean, choice, integer, octets
from emulator.errors import CardDefinitionError
from emulator.persistent import (
    CHV,
    GLOBAL,
    MAX_FILE_SIZE,
    MF_NUMBER,
    CHVState,
    DataObject,
    DataObjectId,
    ReferenceId,
    UnblockingCode,
)
from emulator.requirement import Requirement, is_reference
from iso7816.file_control import FCI_TEMPLATE, FCP_TEMPLATE, FMD_TEMPLATE

FindDF = Callable[[str, str], int]
"""From the path of a DF (and the path of the key that gives it) to the DF's number."""

MAX_TRIES = 15
_MAX_CODE = 64


def to_reference(value: Any, path: str) -> int:
    """A reference as in P2: 1 to 31 (0x01 to 0x1F) for the card, 0x81 to 0x9F for a DF."""
    if not isinstance(value, int) or isinstance(value, bool) or not is_reference(value):
        raise CardDefinitionError(path, "expected a reference: 0x01 to 0x1F (global) or 0x81 to 0x9F (local)")
    return value


def read_where(section: Section, find_df: FindDF) -> ReferenceId:
    """Reference, and DF: that of the key ``df``, which local ones must have and global ones must not."""
    reference = section.take("reference", to_reference)
    local = reference >= 0x80
    if not local and "df" in section.remaining():
        raise section.error("df", "belongs to a local reference (0x81 to 0x9F) only")
    return (section.take("df", find_df) if local else GLOBAL), reference


def read_chv(section: Section, find_df: FindDF) -> tuple[ReferenceId, CHV]:
    """One element of ``chvs``."""
    where = read_where(section, find_df)
    value = section.take("value", octets(1, _MAX_CODE))
    tries = section.take("tries", integer(1, MAX_TRIES), 3)
    shortest = section.take("min_length", integer(1, _MAX_CODE), min(4, len(value)))
    longest = section.take("max_length", integer(shortest, _MAX_CODE), max(8, len(value), shortest))
    puk = None
    if "puk" in section:
        code = section.take("puk", octets(1, _MAX_CODE))
        puk_tries = section.take("puk_tries", integer(1, MAX_TRIES), 10)
        puk = UnblockingCode(code, puk_tries, section.take("puk_tries_left", integer(0, puk_tries), puk_tries))
    chv = CHV(
        value=value,
        max_tries=tries,
        tries_left=section.take("tries_left", integer(0, tries), tries),
        min_length=shortest,
        max_length=longest,
        padding=section.take("padding", _to_padding, None),
        state=section.take("state", choice({state.value: state for state in CHVState}), CHVState.ENABLED),
        may_be_disabled=section.take("may_be_disabled", boolean, default=True),
        puk=puk,
        unblock=section.take("unblock", to_requirement, Requirement.NEVER),
    )
    section.finish()
    if chv.padding is not None and chv.padding == value[-1]:
        raise section.error("padding", "expected a byte that the value does not end in")
    padded = pad(chv, value)
    if not is_new_value(chv, padded):
        raise section.error("value", f"expected {shortest} to {longest} bytes, as min_length and max_length say")
    return where, replace(chv, value=padded)


def _to_padding(value: Any, path: str) -> int | None:
    return integer(0, 0xFF)(value, path)


def _to_tag(value: Any, path: str) -> int:
    tag = value if isinstance(value, int) else -1
    if tag in (FCP_TEMPLATE, FMD_TEMPLATE, FCI_TEMPLATE) or not is_data_object_tag(tag):
        raise CardDefinitionError(
            path,
            "expected a tag: 0x40 to 0xFE (not 62, 64, 6F), 0x0100 to 0x01FF, 0x0201 to 0x02FE or 0x4000 to 0xFFFE",
        )
    return tag


def read_data_object(section: Section, find_df: FindDF) -> tuple[DataObjectId, DataObject]:
    """One element of ``data_objects``."""
    tag = section.take("tag", _to_tag)
    df = section.take("df", find_df, MF_NUMBER)
    value = section.take("value", octets(0, MAX_FILE_SIZE), b"")
    size = section.take("size", integer(len(value), MAX_FILE_SIZE), len(value))
    read = section.take("read", to_requirement, Requirement.ALWAYS)
    update = section.take("update", to_requirement, Requirement.NEVER)
    section.finish()
    return (df, tag), DataObject(value, size, read, update)

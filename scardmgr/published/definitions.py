"""The published interfaces as values, read from ``ssp_interfaces.json``.

Names, parameters and their order are those of the documentation pages; ``variant`` is the binary form, where another
source has it. The tables give no dispatch identifiers for the interfaces that only a header defines: those count from 1
in the order of the header, the accessors of a property sharing one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto, unique
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID


@unique
class MemberKind(Enum):
    """What a member is for those who call it."""

    METHOD = auto()
    PROPERTYGET = auto()
    PROPERTYPUT = auto()


@unique
class Direction(Enum):
    """Which way the value of a parameter goes."""

    IN = "in"
    OUT = "out"
    IN_OUT = "in,out"


@dataclass(frozen=True, slots=True)
class ParameterDefinition:
    """A parameter.

    Attributes:
        name: its documented name.
        type: its type in C.
        direction: in, out or both.
        optional: whether NULL may be given.
        default: what it is when left out; ``None`` where it cannot be.
    """

    name: str
    type: str
    direction: Direction
    optional: bool
    default: str | int | None


@dataclass(frozen=True, slots=True)
class MemberDefinition:
    """A method, or one of the accessors of a property.

    Attributes:
        name: as in C: ``get_Atr``.
        attribute: as in Python, and for late binding: ``Atr``.
        kind: what it is.
        slot: its place in the table of methods, from 0, behind those of IUnknown and IDispatch.
        dispid: its number for late binding.
        parameters: as its page has them.
        returns: the names of the HRESULTs that its page lists.
        documented: whether it has a page.
        variant: parameters in C as another source has them, which is the binary form; ``None``: as documented.
    """

    name: str
    attribute: str
    kind: MemberKind
    slot: int
    dispid: int
    parameters: tuple[ParameterDefinition, ...]
    returns: tuple[str, ...]
    documented: bool
    variant: str | None


@dataclass(frozen=True, slots=True)
class InterfaceDefinition:
    """An interface; all of them inherit from IDispatch.

    Attributes:
        name: its name.
        iid: its identifier.
        coclass: the class that Microsoft shipped with it, ``None`` where vendors bring theirs.
        clsid: the identifier of that class.
        members: in the order of their slots.
    """

    name: str
    iid: UUID
    coclass: str | None
    clsid: UUID | None
    members: tuple[MemberDefinition, ...]


@cache
def tables() -> Mapping[str, Any]:
    """The whole file."""
    content: Mapping[str, Any] = json.loads((files(__package__) / "ssp_interfaces.json").read_text("utf-8"))
    return content


@cache
def interfaces() -> tuple[InterfaceDefinition, ...]:
    """Every published interface, in the order of the file."""
    return tuple(
        _interface(name, entry) for name, entry in tables().items() if isinstance(entry, dict) and "iid" in entry
    )


def interface_of(iid: UUID) -> InterfaceDefinition | None:
    """The interface with an identifier."""
    return next((each for each in interfaces() if each.iid == iid), None)


def _interface(name: str, entry: Mapping[str, Any]) -> InterfaceDefinition:
    clsid = entry["clsid"]
    methods = sorted(entry["methods"], key=lambda method: int(method["vtable_slot"]))
    members = tuple(_member(method, dispid) for method, dispid in zip(methods, _dispids(methods), strict=True))
    return InterfaceDefinition(
        name, UUID(entry["iid"]), entry.get("coclass"), None if clsid is None else UUID(clsid), members
    )


def _dispids(methods: list[dict[str, Any]]) -> Iterator[int]:
    numbers: dict[str, int] = {}
    for method in methods:
        attribute, _ = _attribute_and_kind(method["name"])
        yield numbers.setdefault(attribute, method.get("dispid", len(numbers) + 1))


def _attribute_and_kind(name: str) -> tuple[str, MemberKind]:
    if name.startswith("get_"):
        return name.removeprefix("get_"), MemberKind.PROPERTYGET
    if name.startswith("put_"):
        return name.removeprefix("put_"), MemberKind.PROPERTYPUT
    return name, MemberKind.METHOD


def _member(method: Mapping[str, Any], dispid: int) -> MemberDefinition:
    attribute, kind = _attribute_and_kind(method["name"])
    return MemberDefinition(
        method["name"],
        attribute,
        kind,
        method["vtable_slot"],
        dispid,
        tuple(
            ParameterDefinition(
                each["name"], each["type"], Direction(each["dir"]), each["optional"], each.get("default")
            )
            for each in method["params"]
        ),
        tuple(method["returns"]),
        method.get("documented", True),
        next(iter(method.get("variants", {}).values()), None),
    )

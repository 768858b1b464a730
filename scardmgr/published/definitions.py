"""The published interfaces as values, read from ``ssp_interfaces.json``.

A member has its parameters in two forms. ``parameters`` are those of its documentation page, which the Python methods
take; ``binary`` are those of headers and type libraries, which is what a program in C or C++ has to agree on. They are
the same where no source contradicts the page. ``our_classes.json`` has the classes of this package beside those that
Microsoft shipped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
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
        default: what it is when left out; ``None`` where it cannot be, or where no source tells.
        lcid: whether who calls late bound gives it by ``lcid`` of Invoke, not among the arguments.
        element: what a safe array holds; ``None`` where it is none.
    """

    name: str
    type: str
    direction: Direction
    optional: bool
    default: str | int | None
    lcid: bool
    element: str | None


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
        binary: as headers and type libraries have them.
        returns: the names of the HRESULTs that its page lists.
        documented: whether it has a page.
        hidden: whether browsers of type libraries should leave it out.
    """

    name: str
    attribute: str
    kind: MemberKind
    slot: int
    dispid: int
    parameters: tuple[ParameterDefinition, ...]
    binary: tuple[ParameterDefinition, ...]
    returns: tuple[str, ...]
    documented: bool
    hidden: bool


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


@dataclass(frozen=True, slots=True)
class ClassDefinition:
    """A class that can be created, and has one interface of the tables.

    Attributes:
        name: its name.
        clsid: its identifier.
        interface: the name of its interface.
    """

    name: str
    clsid: UUID
    interface: str


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


@cache
def our_classes() -> tuple[ClassDefinition, ...]:
    """The classes of this package for the interfaces of which vendors bring theirs."""
    content: Mapping[str, Any] = json.loads((files(__package__) / "our_classes.json").read_text("utf-8"))
    return tuple(ClassDefinition(name, UUID(entry["clsid"]), entry["interface"]) for name, entry in content.items())


def _interface(name: str, entry: Mapping[str, Any]) -> InterfaceDefinition:
    clsid = entry["clsid"]
    members = tuple(sorted(map(_member, entry["methods"]), key=lambda member: member.slot))
    return InterfaceDefinition(
        name, UUID(entry["iid"]), entry.get("coclass"), None if clsid is None else UUID(clsid), members
    )


def _member(method: Mapping[str, Any]) -> MemberDefinition:
    attribute, kind = _attribute_and_kind(method["name"])
    return MemberDefinition(
        method["name"],
        attribute,
        kind,
        method["vtable_slot"],
        method["dispid"],
        _parameters(method["params"]),
        _parameters(next(iter(method.get("variants", {}).values()), method["params"])),
        tuple(method["returns"]),
        method.get("documented", True),
        method.get("hidden", False),
    )


def _attribute_and_kind(name: str) -> tuple[str, MemberKind]:
    if name.startswith("get_"):
        return name.removeprefix("get_"), MemberKind.PROPERTYGET
    if name.startswith("put_"):
        return name.removeprefix("put_"), MemberKind.PROPERTYPUT
    return name, MemberKind.METHOD


def _parameters(entries: Iterable[Mapping[str, Any]]) -> tuple[ParameterDefinition, ...]:
    return tuple(
        ParameterDefinition(
            each["name"],
            each["type"],
            Direction(each["dir"]),
            each["optional"],
            each.get("default"),
            each.get("lcid", False),
            each.get("element"),
        )
        for each in entries
    )

"""``Scardmgr.tlb``, as Wine's oleaut32 reads it, against the tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from scardmgr.published import enumerations
from scardmgr.published.definitions import (
    Direction,
    InterfaceDefinition,
    MemberDefinition,
    MemberKind,
    ParameterDefinition,
    interfaces,
    our_classes,
    tables,
)

SLOTS_OF_DISPATCH = 7
READERS_POINTER = 8
"""The program that reads is one of 64 bits, and is told slots as it would call them, of a 32-bit library, too."""
DISPATCHABLE, HIDDEN, CAN_CREATE = 0x1000, 0x40, 0x2
IN, OUT, LCID, RETVAL, OPTIONAL, WITH_DEFAULT = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
INVOKE = {MemberKind.METHOD: 1, MemberKind.PROPERTYGET: 2, MemberKind.PROPERTYPUT: 4}

#: What the published types are in a type library; others are there by their names, handles depend on the system.
TYPES = {
    "BYTE": "UI1",
    "WORD": "UI2",
    "LONG": "I4",
    "DWORD": "UI4",
    "UINT": "UINT",
    "BSTR": "BSTR",
    "ULARGE_INTEGER": "_ULARGE_INTEGER",
    "LPBYTE": "PTR(UI1)",
    "LPWORD": "PTR(UI2)",
    "LPGUID": "PTR(GUID)",
    "LPUNKNOWN": "IUnknown",
    "LPSTREAM": "PTR(IStream)",
}
HANDLES = ("HSCARD", "HSCARDCONTEXT", "HSCARD_FILE")


@dataclass(frozen=True)
class System:
    """A system that type libraries are for."""

    file: str
    kind: int
    pointer: int
    handle: str


SYSTEMS = (System("Scardmgr.tlb", 3, 8, "UI8"), System("Scardmgr32.tlb", 1, 4, "UI4"))


@dataclass
class Described:
    """A type in the library: the fields of its own line, and the lines that belong to it."""

    kind: str
    identifier: str
    flags: int
    size: int
    implements: list[str] = field(default_factory=list)
    functions: list[tuple[list[str], list[list[str]]]] = field(default_factory=list)
    constants: dict[str, int] = field(default_factory=dict)
    fields: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Library:
    """What the program told."""

    system: System
    line: list[str]
    types: dict[str, Described]


def parsed(lines: list[str], system: System) -> Library:
    head, *others = [line.split("\t") for line in lines]
    types: dict[str, Described] = {}
    for what, *rest in others:
        last = next(reversed(types.values())) if types else None
        if what == "type":
            kind, name, identifier, flags, size = rest
            types[name] = Described(kind, identifier.strip("{}"), int(flags), int(size))
        elif last is None:
            raise AssertionError(rest)
        elif what == "implements":
            last.implements.append(rest[0])
        elif what == "function":
            last.functions.append((rest, []))
        elif what == "parameter":
            last.functions[-1][1].append(rest)
        elif what == "constant":
            last.constants[rest[0]] = int(rest[1])
        else:
            last.fields.append((rest[2], rest[0]))
    return Library(system, head, types)


@pytest.fixture(scope="module", params=SYSTEMS, ids=lambda system: system.file)
def library(
    request: pytest.FixtureRequest, compiled: Path, build: Callable[[str], Path], wine: Callable[..., list[str]]
) -> Library:
    return parsed(wine(build("describe_library"), compiled / request.param.file), request.param)


def type_of(parameter: ParameterDefinition, system: System) -> str:
    base, _, stars = parameter.type.partition(" ")
    meaning = tables()["typedefs"].get(base, base)
    if parameter.element is not None:
        text = f"ARRAY({'UI1' if parameter.element == 'unsigned char' else parameter.element})"
    elif base in HANDLES:
        text = system.handle
    elif meaning.endswith(" *"):
        text = f"PTR({named(meaning.removesuffix(' *'))})"
    elif base.removeprefix("LP") in tables()["structs"]:
        text = f"PTR({named(base.removeprefix('LP'))})"
    else:
        text = TYPES.get(base) or named(base)
    for _ in stars:
        text = f"PTR({text})"
    return text


def named(base: str) -> str:
    return f"tag{base}" if base in tables()["enums"] or base in tables()["structs"] else base


def flags_of(member: MemberDefinition, parameter: ParameterDefinition) -> int:
    flags = {Direction.IN: IN, Direction.OUT: OUT, Direction.IN_OUT: IN | OUT}[parameter.direction]
    outs = [each for each in member.binary if each.direction is Direction.OUT]
    if parameter.lcid:
        flags |= LCID
    if outs == [parameter] and parameter is member.binary[-1]:
        flags |= RETVAL
    return flags


def test_the_library_is_the_published_one(library: Library) -> None:
    identifier = tables()["classes"]["LIBID_SCARDSSPLib"]
    assert library.line == ["library", "SCARDSSPLib", f"{{{identifier}}}", "1.1", str(library.system.kind)]


@pytest.mark.parametrize("interface", interfaces(), ids=lambda each: each.name)
def test_interfaces_have_their_members(interface: InterfaceDefinition, library: Library) -> None:
    found = library.types[interface.name]
    assert (found.kind, found.implements) == ("interface", ["IDispatch"])
    assert (found.identifier, found.flags) == (str(interface.iid).upper(), DISPATCHABLE)
    assert len(found.functions) == len(interface.members)
    for member, (function, parameters) in zip(interface.members, found.functions, strict=True):
        number, kind, offset, flags, name, result = function
        assert (int(number), int(kind)) == (member.dispid, INVOKE[member.kind]), member.name
        assert int(offset) == (SLOTS_OF_DISPATCH + member.slot) * READERS_POINTER, member.name
        assert (bool(int(flags) & HIDDEN), result) == (member.hidden, "HRESULT"), member.name
        # A library has one spelling for names that differ in case alone.
        assert name.lower() == member.attribute.lower()
        expected = [[str(flags_of(member, each)), type_of(each, library.system)] for each in member.binary]
        given = [[str(int(each[0]) & ~(OPTIONAL | WITH_DEFAULT)), each[1]] for each in parameters]
        assert given == expected, member.name
        # Names are asked for by number, which a property's accessors share: the getter's are told.
        if member.kind is not MemberKind.PROPERTYPUT:
            assert [each[2].lower() for each in parameters] == [each.name.lower() for each in member.binary], (
                member.name
            )


def test_defaults_are_those_that_can_be_written(library: Library) -> None:
    there, expected = {}, {}
    for interface in interfaces():
        for member, (_, parameters) in zip(interface.members, library.types[interface.name].functions, strict=True):
            for definition, (flags, _, _, value) in zip(member.binary, parameters, strict=True):
                key = (interface.name, member.name, definition.name)
                assert (value != "-") == bool(int(flags) & WITH_DEFAULT) == bool(int(flags) & OPTIONAL), key
                if value != "-":
                    there[key] = value.strip('"')
                if definition.default is not None:
                    expected[key] = str(number_of(definition.default, definition.type))
    safe_arrays = {key for key in expected if key[2] in ("pGroupNames", "pInterfaceGuids")}
    before_a_safe_array = {("ISCardDatabase", "ListCards", "pAtr")}
    assert set(expected) - set(there) == safe_arrays | before_a_safe_array
    assert there == {key: expected[key] for key in there}


def number_of(default: str | int, kind: str) -> str | int:
    """The default as a library has it: a member of an enumeration by its number."""
    if isinstance(default, int) or default == "":
        return default
    return int(getattr(enumerations, kind)[default])


def test_classes_have_their_interfaces(library: Library) -> None:
    expected = {each.coclass: (str(each.clsid).upper(), [each.name]) for each in interfaces() if each.coclass}
    expected |= {each.name: (str(each.clsid).upper(), [each.interface]) for each in our_classes()}
    classes = {name: each for name, each in library.types.items() if each.kind == "coclass"}
    assert {name: (each.identifier, each.implements) for name, each in classes.items()} == expected
    assert {each.flags for each in classes.values()} == {CAN_CREATE}


def test_enumerations_have_their_numbers(library: Library) -> None:
    for name in tables()["enums"]:
        published = getattr(enumerations, name).__members__
        found = library.types[f"tag{name}"]
        assert found.kind == "enum"
        assert found.constants == {member: int(value) for member, value in published.items()}, name


def test_structures_have_their_fields(library: Library) -> None:
    pointer, handle = library.system.pointer, library.system.handle
    long_pointer = handle.removeprefix("U")
    assert library.types["tagTLV_TABLE"].fields == [("cbSize", "I4"), ("byData", "PTR(UI1)")]
    assert library.types["tagTLV_TABLE"].size == 2 * pointer
    assert library.types["tagSTATSTRUCT"].size == 5 * 4
    assert [kind for _, kind in library.types["tagSCARDINFO"].fields] == [
        handle,
        handle,
        "tagSCARD_PROTOCOLS",
        "tagSCARD_SHARE_MODES",
        *[long_pointer] * 4,
    ]
    for name, entry in tables()["structs"].items():
        expected = [field for field, _ in (entry["typelib"] if isinstance(entry, dict) else entry)]
        assert [name.lower() for name, _ in library.types[f"tag{name}"].fields] == [each.lower() for each in expected]

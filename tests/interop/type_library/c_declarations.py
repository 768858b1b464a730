"""What a C header declares of COM interfaces, enumerations, structures and identifiers, as values.

Reads what the IDL compilers of Microsoft, Wine and mingw write, no other C.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

INHERITED = ("QueryInterface", "AddRef", "Release", "GetTypeInfoCount", "GetTypeInfo", "GetIDsOfNames", "Invoke")
"""The methods of IUnknown and IDispatch, with which each table begins."""

#: Names for one type, and the one that is compared. Pointers to the interfaces keep the published names.
EQUIVALENT = {
    "__LONG32": "LONG",
    "LPBYTE": "BYTE*",
    "LPWORD": "WORD*",
    "LPGUID": "GUID*",
    "LPSAFEARRAY": "SAFEARRAY*",
}

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_TABLE = re.compile(r"typedef struct (\w+)Vtbl\s*\{(.*?)\}\s*\1Vtbl;", re.DOTALL)
_METHOD = re.compile(r"(\w+)\s*\(\s*(?:STDMETHODCALLTYPE|WINAPI)\s*\*\s*(\w+)\s*\)\s*\(([^)]*)\)\s*;")
_CLASS = re.compile(r"\b(\w+)\s*:\s*public IDispatch\s*\{(.*?)\n\s*\};", re.DOTALL)
_VIRTUAL = re.compile(r"virtual HRESULT (?:STDMETHODCALLTYPE|WINAPI)\s+(\w+)\s*\(([^)]*)\)\s*=\s*0;")
_ENUMERATION = re.compile(r"typedef enum tag(\w+)\s*\{(.*?)\}\s*\1;", re.DOTALL)
_STRUCTURE = re.compile(r"typedef struct tag(\w+)\s*\{(.*?)\}\s*\1;", re.DOTALL)
_IDENTIFIER = re.compile(r"DEFINE_GUID\s*\(\s*(?:\w+,\s*)?(\w+),\s*((?:0x[0-9a-fA-F]+,?\s*){11})\)")


@dataclass(frozen=True, slots=True)
class Declared:
    """A parameter or a field: its name, and its type without spaces."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Header:
    """What a header declares.

    Attributes:
        tables: of each interface the methods in the order of their slots, each with its parameters but ``This``.
        classes: the same as C++ classes have it, without what they inherit.
        defaults: of a method (interface and name) what its C++ parameters are when left out.
        enumerations: members and numbers.
        structures: fields in their order.
        identifiers: by name (``IID_ISCard``, ``CLSID_CSCard``).
    """

    tables: dict[str, list[tuple[str, list[Declared]]]]
    classes: dict[str, list[tuple[str, list[Declared]]]]
    defaults: dict[tuple[str, str], dict[str, str]]
    enumerations: dict[str, dict[str, int]]
    structures: dict[str, list[Declared]]
    identifiers: dict[str, UUID]


def read(text: str) -> Header:
    """What the text of a header declares."""
    text = _COMMENT.sub("", text)
    tables, classes, defaults = {}, {}, {}
    for name, body in _TABLE.findall(text):
        methods = [(method, _parameters(inside)) for _, method, inside in _METHOD.findall(body)]
        assert tuple(method for method, _ in methods[: len(INHERITED)]) == INHERITED
        assert all(parameters[0] == Declared("This", f"{name}*") for _, parameters in methods)
        tables[name] = [(method, parameters[1:]) for method, parameters in methods[len(INHERITED) :]]
    for name, body in _CLASS.findall(text):
        members = _VIRTUAL.findall(body)
        classes[name] = [(method, _parameters(re.sub(r"=[^,]*", "", inside))) for method, inside in members]
        for method, inside in members:
            given = re.findall(r"(\w+)\s*=\s*([^,\s]+)", inside)
            if given:
                defaults[name, method] = dict(given)
    return Header(
        tables,
        classes,
        defaults,
        {name: _members(body) for name, body in _ENUMERATION.findall(text)},
        {
            name: [_declared(line) for line in body.split(";") if line.strip()]
            for name, body in _STRUCTURE.findall(text)
        },
        {name: _identifier(numbers) for name, numbers in _IDENTIFIER.findall(text)},
    )


def normal(kind: str) -> str:
    """A type as it is compared: no spaces, one name of several."""
    base, stars = re.fullmatch(r"(\w+)([* ]*)", kind).groups()  # type: ignore[union-attr]
    return EQUIVALENT.get(base, base) + stars.replace(" ", "")


def _parameters(inside: str) -> list[Declared]:
    return [] if inside.strip() in ("", "void") else [_declared(each) for each in inside.split(",")]


def _declared(text: str) -> Declared:
    found = re.fullmatch(r"(.*?)(\w+)", " ".join(text.split()))
    assert found is not None, text
    return Declared(found[2], normal(found[1].strip()))


def _members(body: str) -> dict[str, int]:
    pairs = [each.split("=") for each in body.split(",") if each.strip()]
    return {name.strip(): int(value, 0) for name, value in pairs}


def _identifier(numbers: str) -> UUID:
    first, second, third, *rest = [int(each, 16) for each in numbers.split(",")]
    return UUID(bytes=first.to_bytes(4) + second.to_bytes(2) + third.to_bytes(2) + bytes(rest))

"""The published interfaces in COM's interface definition language, from which headers and type libraries are made.

What is written is the binary form. Three things come from the system, as for every IDL file:

* ``oaidl.idl`` and what it imports: IDispatch, IStream, BSTR, SAFEARRAY, and the enumerations of IStream
  (``LOCKTYPE``, ``STREAM_SEEK``, ``STGC``, ``STATFLAG``);
* ``stdole2.tlb``: IDispatch for the type library;
* ``winscard.h``, which a program may include beside the header: it has the members of ``SCARD_SCOPES`` and ``SC_DLG``
  as macros, so that those two are left out of the header where it was included before.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum, IntFlag
from typing import Final

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

_WIDTH = 120
_LIBRARY_VERSION: Final = "1.1"
"""1.0 is the library that Microsoft shipped: seven of these interfaces."""

_OF_THE_STREAM: Final = ("LOCKTYPE", "STREAM_SEEK", "STGC", "STATFLAG")
_MACROS_OF_WINSCARD: Final = ("SCARD_SCOPES", "SC_DLG")
_SPELT_OUT: Final = {"LPBYTE": "BYTE *", "LPWORD": "WORD *", "LPGUID": "GUID *"}
"""Types of windows.h, which no IDL file declares."""

_HEAD = """\
/*
 * The smart card service provider interfaces: what Microsoft published of them, in the binary form.
 *
 * Written by "python -m scardmgr.published.write_idl" from ssp_interfaces.json and our_classes.json; edit those.
 */

import "oaidl.idl";
"""


def idl() -> str:
    """The whole file."""
    return "\n".join(
        [_HEAD, *_names(), "", *_enumerations(), *_structures(), *map(_interface, _in_order_of_use()), *_library()]
    )


def _names() -> Iterator[str]:
    """Forward declarations, handles and pointers."""
    for each in _in_order_of_use():
        yield f"interface {each.name};"
    yield ""
    structures = tables()["structs"]
    for name, meaning in tables()["typedefs"].items():
        if meaning.removesuffix(" *") not in structures:
            yield _typedef(name, meaning)


def _typedef(name: str, meaning: str) -> str:
    return f"typedef {meaning}{'' if meaning.endswith('*') else ' '}{name};"


def _enumerations() -> Iterator[str]:
    with_wire_size = tables()["enum_sources"]["v1_enum"]
    for name in tables()["enums"]:
        if name in _OF_THE_STREAM:
            continue
        members: type[IntEnum | IntFlag] = getattr(enumerations, name)
        attribute = "[v1_enum] " if name in with_wire_size else ""
        text = ",\n".join(f"    {member} = {_number(value)}" for member, value in members.__members__.items())
        text = f"typedef {attribute}enum tag{name}\n{{\n{text}\n}} {name};\n"
        if name in _MACROS_OF_WINSCARD:
            first = next(iter(members.__members__))
            text = f'cpp_quote("#ifndef {first}")\n{text}cpp_quote("#endif")\n'
        yield text


def _number(value: IntEnum | IntFlag) -> str:
    return f"0x{value:04X}" if isinstance(value, IntFlag) else str(int(value))


def _structures() -> Iterator[str]:
    for name, entry in tables()["structs"].items():
        fields = entry["typelib"] if isinstance(entry, dict) else entry
        text = "\n".join(f"    {_declaration(kind, field)};" for field, kind in fields)
        yield f"typedef struct tag{name}\n{{\n{text}\n}} {name};\n{_typedef(f'LP{name}', f'{name} *')}\n"


def _in_order_of_use() -> list[InterfaceDefinition]:
    """The interfaces, each behind those that it uses."""
    waiting = {each.name: each for each in interfaces()}
    pointers = {name: meaning.split()[0] for name, meaning in tables()["typedefs"].items()}
    placed: list[InterfaceDefinition] = []

    def place(each: InterfaceDefinition) -> None:
        for parameter in (parameter for member in each.members for parameter in member.binary):
            used = parameter.type.split()[0]
            if (found := waiting.pop(pointers.get(used, used), None)) is not None:
                place(found)
        placed.append(each)

    while waiting:
        place(waiting.pop(next(iter(waiting))))
    return placed


def _interface(each: InterfaceDefinition) -> str:
    # Neither dual nor oleautomation: with BYTE *, structures and handles they are not what those promise.
    members = "\n".join(map(_member, each.members))
    return (
        f"[\n    object,\n    uuid({_identifier(each.iid)}),\n    pointer_default(unique)\n]\n"
        f"interface {each.name} : IDispatch\n{{\n{members}\n}}\n"
    )


def _member(each: MemberDefinition) -> str:
    attributes = [f"id({each.dispid})"]
    if each.kind is not MemberKind.METHOD:
        attributes.append("propget" if each.kind is MemberKind.PROPERTYGET else "propput")
    if each.hidden:
        attributes.append("hidden")
    returned, with_default = _returned(each), _with_default(each)
    parameters = [_parameter(parameter, parameter in with_default, parameter is returned) for parameter in each.binary]
    head = f"    [{', '.join(attributes)}] HRESULT {each.attribute}("
    line = f"{head}{', '.join(parameters)});"
    return line if len(line) <= _WIDTH else f"{head}\n        " + ",\n        ".join(parameters) + ");"


def _returned(each: MemberDefinition) -> ParameterDefinition | None:
    """The parameter that languages with results make the result: the last one, where it is the only [out] one."""
    results = [parameter for parameter in each.binary if parameter.direction is Direction.OUT]
    return results[0] if len(results) == 1 and results[0] is each.binary[-1] else None


def _with_default(each: MemberDefinition) -> list[ParameterDefinition]:
    """The parameters whose default can be written: those that nothing without default follows, and no safe array."""
    found: list[ParameterDefinition] = []
    for parameter in reversed([given for given in each.binary if given.direction is not Direction.OUT]):
        if parameter.lcid:
            continue
        if parameter.default is None or parameter.element is not None:
            break
        found.append(parameter)
    return found


def _parameter(each: ParameterDefinition, with_default: bool, is_returned: bool) -> str:
    attributes = each.direction.value.split(",")
    declaration = _declaration(each.type, each.name, each.element)
    if each.optional and "*" in declaration and each.direction is not Direction.OUT:
        attributes.append("unique")
    if each.lcid:
        attributes.append("lcid")
    if with_default:
        text = f'"{each.default}"' if each.default == "" else str(each.default)
        attributes.append(f"defaultvalue({text})")
    if is_returned:
        attributes.append("retval")
    return f"[{', '.join(attributes)}] {declaration}"


def _declaration(kind: str, name: str, element: str | None = None) -> str:
    """``LONG`` and ``lRef`` as ``LONG lRef``, ``BYTE *`` and ``pData`` as ``BYTE *pData``."""
    base, _, stars = kind.partition(" ")
    base = _SPELT_OUT.get(base, base) if element is None else f"SAFEARRAY({element})"
    return f"{base}{'' if base.endswith('*') else ' '}{stars}{name}"


def _library() -> Iterator[str]:
    classes = [(each.coclass, each.clsid, each.name) for each in interfaces() if each.coclass is not None]
    classes += [(each.name, each.clsid, each.interface) for each in our_classes()]
    yield f"[\n    uuid({tables()['classes']['LIBID_SCARDSSPLib']}),\n    version({_LIBRARY_VERSION})\n]"
    yield 'library SCARDSSPLib\n{\n    importlib("stdole2.tlb");\n'
    # No method uses these, so they are asked for; the header has them already.
    yield '    cpp_quote("#if 0")'
    for name in (*_OF_THE_STREAM, *_MACROS_OF_WINSCARD):
        yield f"    enum tag{name};"
    yield '    cpp_quote("#endif")'
    for name, clsid, interface in classes:
        yield f"\n    [uuid({_identifier(clsid)})]\n    coclass {name}"
        yield f"    {{\n        [default] interface {interface};\n    }}"
    yield "}\n"


def _identifier(value: object) -> str:
    return str(value).upper()

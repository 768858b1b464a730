"""``Scardmgr.h``, as widl writes it, against the tables and against mingw's own header of the interfaces."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import c_declarations
import pytest
from c_declarations import Declared, Header, normal

from scardmgr.published import enumerations
from scardmgr.published.definitions import InterfaceDefinition, interfaces, our_classes, tables

#: Interfaces that mingw has no header of: Microsoft left them to vendors of service providers.
VENDORS_INTERFACES = {"ISCardManage", "ISCardAuth", "ISCardVerify", "ISCardFileAccess"}

#: Enumerations and structures that come with those, and what winscard.h has as macros.
NOT_IN_MINGW = {"REFTYPE", "FILETYPE", "SEEKTYPE", "SCARD_FLAGS", "TLV_TABLE", "SCARD_SCOPES", "SC_DLG"}

#: Enumerations that objidl.h has.
OF_THE_STREAM = {"LOCKTYPE", "STREAM_SEEK", "STGC", "STATFLAG"}

every_interface = pytest.mark.parametrize("interface", interfaces(), ids=lambda each: each.name)


@pytest.fixture(scope="module")
def ours(compiled: Path) -> Header:
    return c_declarations.read((compiled / "Scardmgr.h").read_text("ascii"))


@pytest.fixture(scope="module")
def mingws(mingw: Path) -> Header:
    return c_declarations.read("".join((mingw / name).read_text("ascii") for name in ("scardssp.h", "scardssp_i.c")))


@every_interface
def test_every_method_is_in_its_slot_with_its_parameters(interface: InterfaceDefinition, ours: Header) -> None:
    expected = [
        (member.name, [Declared(each.name, normal(each.type)) for each in member.binary])
        for member in interface.members
    ]
    assert ours.tables[interface.name] == expected
    assert ours.classes[interface.name] == expected


def test_nothing_else_is_declared(ours: Header) -> None:
    assert set(ours.tables) == set(ours.classes) == {each.name for each in interfaces()}
    assert set(ours.enumerations) == set(tables()["enums"]) - OF_THE_STREAM
    assert set(ours.structures) == set(tables()["structs"])


def test_identifiers_are_those_of_the_tables(ours: Header) -> None:
    expected = {f"IID_{each.name}": each.iid for each in interfaces()}
    expected |= {f"CLSID_{each.coclass}": each.clsid for each in interfaces() if each.clsid is not None}
    expected |= {f"CLSID_{each.name}": each.clsid for each in our_classes()}
    expected["LIBID_SCARDSSPLib"] = UUID(tables()["classes"]["LIBID_SCARDSSPLib"])
    assert ours.identifiers == expected


def test_enumerations_have_their_numbers(ours: Header) -> None:
    for name, members in ours.enumerations.items():
        published = getattr(enumerations, name).__members__
        assert members == {member: int(value) for member, value in published.items()}, name


def test_structures_have_their_fields(ours: Header) -> None:
    for name, fields in ours.structures.items():
        entry = tables()["structs"][name]
        expected = entry["typelib"] if isinstance(entry, dict) else entry
        assert fields == [Declared(field, normal(kind)) for field, kind in expected], name


def test_mingw_has_the_same_interfaces(ours: Header, mingws: Header) -> None:
    assert set(ours.tables) - set(mingws.tables) == VENDORS_INTERFACES
    assert set(mingws.tables) - set(ours.tables) == set()
    for name, methods in mingws.tables.items():
        assert methods == ours.tables[name], name
        assert mingws.classes[name] == ours.classes[name], name


def test_mingw_has_the_same_enumerations_and_structures(ours: Header, mingws: Header) -> None:
    for here, there in ((ours.enumerations, mingws.enumerations), (ours.structures, mingws.structures)):
        assert set(here) - set(there) <= NOT_IN_MINGW
        assert {name: here[name] for name in there} == there


def test_mingw_has_the_same_identifiers(ours: Header, mingws: Header) -> None:
    only_here = {f"IID_{name}" for name in VENDORS_INTERFACES} | {f"CLSID_{each.name}" for each in our_classes()}
    assert set(ours.identifiers) - set(mingws.identifiers) == only_here
    assert {name: ours.identifiers[name] for name in mingws.identifiers} == mingws.identifiers


def test_mingw_has_the_same_defaults(ours: Header, mingws: Header) -> None:
    """Those of C++, which are what nothing without a default follows."""
    there = {method: dict(given) for method, given in mingws.defaults.items()}
    for method in ("ConfigureCardGuidSearch", "ConfigureCardNameSearch"):
        assert there["ISCardLocate", method].pop("pGroupNames") == "0", "in IDL a safe array has no default"
    assert ours.defaults == there

"""The classes against the published tables: nothing missing, nothing misspelt; listed by hand is what is left out.

Which class implements an interface is found out: every module of the package is imported and asked.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.resources
import inspect
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID

import pytest

import scardmgr
from scardmgr.com.automation import IID_NULL
from scardmgr.interfaces.base import SmartCardInterface
from scardmgr.published import identifiers, winscard_constants
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
from scardmgr.winscard.constants import Disposition, Protocols, ShareMode

RAW_POINTER = (
    "it takes the address of the template's manager object as a number; ISCardManage creates what is wired here"
)
#: Members of the tables that Python does not have.
LEFT_OUT = {
    ("ISCardAuth", "Initialize"): RAW_POINTER,
    ("ISCardVerify", "Initialize"): RAW_POINTER,
    ("ISCardFileAccess", "Initialize"): RAW_POINTER,
}
#: Parameters beyond the documentation page's, which the type library has.
MORE_PARAMETERS = {("ISCardManage", "AttachByIFD"): ["flags"]}
#: The other form of a structure, which holds a row of the table in one run of bytes.
LEFT_OUT_FORMS = {("TLV_TABLE", "typelib"): "the page's form is Python's: tag, length and value apart"}
#: What the tables hold beside the interfaces, each with the test that reads it.
OTHER_TABLES = {
    "enums": "test_enumerations_have_the_published_members_and_numbers",
    "structs": "test_structures_have_the_published_fields_in_their_order",
    "typedefs": "test_handles_are_the_only_types_that_are_no_interface_pointers",
    "classes": "test_the_type_library_has_its_published_identifier",
    "constants": "test_constants_have_their_published_numbers",
    "hresults": "test_codes_are_importable_and_have_the_published_numbers",
    "scard_codes": "test_codes_are_importable_and_have_the_published_numbers",
}
WITHOUT_NAMES = {"_meta", "enum_sources", "disagreements"}

Interface = type[SmartCardInterface]


def of_each_interface(check: Callable[[InterfaceDefinition], None]) -> Callable[[InterfaceDefinition], None]:
    """A test of every interface in the tables."""
    return pytest.mark.parametrize("definition", interfaces(), ids=lambda each: each.name)(check)


def class_of(definition: InterfaceDefinition) -> Interface:
    found: Interface = getattr(scardmgr, definition.name)
    return found


@cache
def every_class() -> frozenset[Interface]:
    """Every class of the package that is an interface or implements one."""
    modules = [importlib.import_module(each.name) for each in pkgutil.walk_packages(scardmgr.__path__, "scardmgr.")]
    return frozenset(
        found
        for module in modules
        for found in vars(module).values()
        if inspect.isclass(found) and _is_interface(found)
    )


def _is_interface(found: type) -> bool:
    return issubclass(found, SmartCardInterface) and found.__module__.startswith("scardmgr.")


def implementations_of(definition: InterfaceDefinition) -> list[Interface]:
    interface = class_of(definition)
    return [found for found in every_class() if issubclass(found, interface) and not inspect.isabstract(found)]


def members_of(definition: InterfaceDefinition) -> list[MemberDefinition]:
    return [each for each in definition.members if (definition.name, each.name) not in LEFT_OUT]


def given_to(member: MemberDefinition) -> list[ParameterDefinition]:
    """What a Python method takes: all but what is [out] alone."""
    return [each for each in member.parameters if each.direction is not Direction.OUT]


def function_of(owner: type, member: MemberDefinition) -> Callable[..., object]:
    """What runs when the member is used."""
    found = inspect.getattr_static(owner, member.attribute)
    if member.kind is MemberKind.METHOD:
        assert inspect.isfunction(found), f"{owner.__name__}.{member.attribute} is no method"
        return found
    assert isinstance(found, property), f"{owner.__name__}.{member.attribute} is no property"
    accessor = found.fget if member.kind is MemberKind.PROPERTYGET else found.fset
    assert accessor is not None, f"{owner.__name__}.{member.attribute}: no {member.name}"
    return accessor


# Interfaces


@of_each_interface
def test_interface_is_on_the_door_with_its_published_identifier(definition: InterfaceDefinition) -> None:
    assert definition.name in scardmgr.__all__
    assert definition.iid == class_of(definition).IID


@of_each_interface
def test_every_member_is_there_and_no_other(definition: InterfaceDefinition) -> None:
    there = {name for name in vars(class_of(definition)) if name[0].isupper()} - {"IID"}
    assert there == {member.attribute for member in members_of(definition)}


@of_each_interface
def test_members_are_methods_or_properties_as_published(definition: InterfaceDefinition) -> None:
    for owner in (class_of(definition), *implementations_of(definition)):
        for member in members_of(definition):
            function_of(owner, member)
        writable = {member.attribute for member in members_of(definition) if member.kind is MemberKind.PROPERTYPUT}
        for member in members_of(definition):
            found = inspect.getattr_static(owner, member.attribute)
            assert not isinstance(found, property) or (found.fset is not None) == (member.attribute in writable)


@of_each_interface
def test_parameters_have_the_documented_names_and_order(definition: InterfaceDefinition) -> None:
    for owner in (class_of(definition), *implementations_of(definition)):
        for member in members_of(definition):
            given = [name.lower() for name in inspect.signature(function_of(owner, member)).parameters]
            documented = [each.name.lower() for each in given_to(member)]
            more = MORE_PARAMETERS.get((definition.name, member.name), [])
            assert given == ["self", *documented, *more], f"{owner.__name__}.{member.name}"


@of_each_interface
def test_what_goes_out_is_returned(definition: InterfaceDefinition) -> None:
    for owner in (class_of(definition), *implementations_of(definition)):
        for member in members_of(definition):
            returned = inspect.signature(function_of(owner, member)).return_annotation
            out = [each.name for each in member.parameters if each.direction is not Direction.IN]
            assert (returned != "None") == bool(out), f"{owner.__name__}.{member.name}"


@of_each_interface
def test_documented_defaults_are_the_defaults(definition: InterfaceDefinition) -> None:
    for owner in (class_of(definition), *implementations_of(definition)):
        for member in members_of(definition):
            parameters = {
                name.lower(): each for name, each in inspect.signature(function_of(owner, member)).parameters.items()
            }
            for entry in given_to(member):
                default = parameters[entry.name.lower()].default
                if entry.optional and default is inspect.Parameter.empty:
                    assert "None" in parameters[entry.name.lower()].annotation, f"{member.name}: {entry.name}"
                if entry.default is None:
                    continue
                if entry.default == 0 and ("*" in entry.type or entry.type.startswith("LP")):
                    assert not default, f"{member.name}: {entry.name} is no NULL"
                else:
                    # A member goes by its name; the header writes some as a number.
                    named = isinstance(entry.default, str) and entry.default != ""
                    assert (default.name if named else default) == entry.default


@of_each_interface
def test_docstrings_tell_every_documented_hresult(definition: InterfaceDefinition) -> None:
    for member in members_of(definition):
        text = inspect.getdoc(inspect.getattr_static(class_of(definition), member.attribute)) or ""
        missing = [code for code in member.returns if code not in text]
        assert missing == [], f"{definition.name}.{member.name}"


@of_each_interface
def test_late_binding_finds_every_member_under_its_published_number(definition: InterfaceDefinition) -> None:
    for implementation in implementations_of(definition):
        late = implementation.__new__(implementation)
        for member in members_of(definition):
            assert late.GetIDsOfNames(IID_NULL, [member.attribute]) == [member.dispid]


@of_each_interface
def test_interfaces_are_abstract_and_something_implements_them(definition: InterfaceDefinition) -> None:
    assert inspect.isabstract(class_of(definition))
    assert implementations_of(definition) != []


@of_each_interface
def test_classes_have_the_published_identifier_or_one_of_their_own(definition: InterfaceDefinition) -> None:
    identified = [found for found in implementations_of(definition) if "CLSID" in vars(found)]
    assert len(identified) == 1, "one class is what COM would create"
    published = {definition.name: definition.clsid} | {each.interface: each.clsid for each in our_classes()}
    assert vars(identified[0])["CLSID"] == published[definition.name]
    ours = {each.interface: each.name for each in our_classes()}
    assert definition.name not in ours or ours[definition.name] == identified[0].__name__


def test_identifiers_of_our_classes_are_nobody_elses() -> None:
    published = {each.iid for each in interfaces()} | {each.clsid for each in interfaces()}
    published |= {UUID(entry["typelib_clsid"]) for entry in tables().values() if "typelib_clsid" in entry}
    assert published & {each.clsid for each in our_classes()} == set()


def test_no_two_classes_have_the_same_identifier() -> None:
    identified = [vars(found)["CLSID"] for found in every_class() if "CLSID" in vars(found)]
    assert len(identified) == len(set(identified))


def test_what_is_left_out_is_published_and_undocumented() -> None:
    published = {(each.name, member.name): member for each in interfaces() for member in each.members}
    assert [key for key in LEFT_OUT if published[key].documented] == []


# What the tables hold besides


def test_every_table_is_read_by_a_test() -> None:
    assert set(tables()) == {each.name for each in interfaces()} | set(OTHER_TABLES) | WITHOUT_NAMES
    assert [test for test in OTHER_TABLES.values() if test not in globals()] == []


def test_enumerations_have_the_published_members_and_numbers() -> None:
    for name, members in tables()["enums"].items():
        published = getattr(scardmgr, name).__members__
        assert set(published) == set(members), name
        for member, number in members.items():
            if number is not None:
                assert published[member] == number, f"{name}.{member}"


def test_members_without_a_published_number_mean_the_member_that_is_meant() -> None:
    assert scardmgr.REFTYPE.SC_TYPE_BY_SHORT is scardmgr.REFTYPE.SC_TYPE_BY_SHORT_ID
    assert scardmgr.SCARD_FLAGS.SC_FL_PREALLOCATED is scardmgr.SCARD_FLAGS.SC_FL_PREALLOCATE
    assert scardmgr.REFTYPE.SC_TYPE_BY_ANY not in (0, 1, 2)


def test_codes_are_importable_and_have_the_published_numbers() -> None:
    for name, number in (tables()["hresults"] | tables()["scard_codes"]).items():
        code = getattr(scardmgr, name)
        assert code.name == name
        assert int(code) == int(number, 16)


def test_a_misprinted_code_has_no_name() -> None:
    assert not hasattr(scardmgr, "ERROR_BROKEN_PIPE")
    assert [scardmgr.HResultError(number).name for number in (109, 0x109)] == ["0x0000006D", "0x00000109"]


def test_program_identifiers_are_the_samples_alone() -> None:
    named = {name for name, table in tables().items() if "sample_progid" in table}
    assert named == {"ISCardManage", "ISCardAuth", "ISCardVerify", "ISCardFileAccess"}
    idl = importlib.resources.files(scardmgr).joinpath("scardmgr.idl").read_text(encoding="utf-8")
    assert "progid" not in idl.lower()


@pytest.mark.parametrize("name", sorted(tables()["structs"]))
def test_structures_have_the_published_fields_in_their_order(name: str) -> None:
    published = tables()["structs"][name]
    forms = {"": published} if isinstance(published, list) else published
    for form, fields in forms.items():
        if (name, form) in LEFT_OUT_FORMS:
            continue
        structure = getattr(scardmgr, name)
        there = {field.name for field in dataclasses.fields(structure)}
        # What follows from another field is a property.
        there |= {key for key, value in vars(structure).items() if isinstance(value, property)}
        assert there == {field for field, _ in fields}
        kept = [field.name for field in dataclasses.fields(structure)]
        assert kept == [field for field, _ in fields if field in kept]


def test_handles_are_the_only_types_that_are_no_interface_pointers() -> None:
    names = {each.name for each in interfaces()} | set(tables()["structs"])
    handles = {}
    for name, meaning in tables()["typedefs"].items():
        pointed = meaning.removesuffix(" *")
        if pointed == meaning:
            handles[name] = meaning
        else:
            assert pointed in names, f"{name} points to nothing that is published"
    # Numbers both; a card handle and a context are plain ones.
    assert set(handles) == {"HSCARD", "HSCARDCONTEXT", "HSCARD_FILE"}
    assert issubclass(scardmgr.HSCARD_FILE, int)
    assert inspect.signature(scardmgr.ISCard.AttachByHandle).parameters["hCard"].annotation == "int"
    assert inspect.signature(scardmgr.ISCard.Context.fget).return_annotation == "int"  # type: ignore[attr-defined]


def test_the_type_library_has_its_published_identifier() -> None:
    published = {name: value for name, value in tables()["classes"].items() if name.startswith("LIBID")}
    assert published
    for name, value in published.items():
        assert str(getattr(identifiers, name)).upper() == value
    # The rest says where Microsoft kept them.
    assert set(tables()["classes"]) - set(published) == {"dll", "docs_headers"}


def test_constants_have_their_published_numbers() -> None:
    constants: dict[str, Any] = tables()["constants"]
    assert set(constants) == {"winscard_vs_ssp", "iso7816_4_ins"}
    assert {name: int(member) for name, member in scardmgr.INS.__members__.items()} == constants["iso7816_4_ins"]
    there = {name: value for name, value in vars(winscard_constants).items() if name.startswith("SCARD_")}
    assert there == constants["winscard_vs_ssp"]


def test_winscard_has_the_numbers_of_the_interfaces_enumerations_but_for_raw() -> None:
    constants = tables()["constants"]["winscard_vs_ssp"]
    for mode in scardmgr.SCARD_SHARE_MODES:
        assert constants[f"SCARD_SHARE_{mode.name}"] == mode == ShareMode[mode.name]
    for disposition in scardmgr.SCARD_DISPOSITIONS:
        assert constants[f"SCARD_{disposition.name}_CARD"] == disposition == Disposition[disposition.name]
    for state in scardmgr.SCARD_STATES:
        assert constants[f"SCARD_{state.name.removesuffix('MODE')}"] == state
    for protocol in (scardmgr.SCARD_PROTOCOLS.T0, scardmgr.SCARD_PROTOCOLS.T1):
        assert constants[f"SCARD_PROTOCOL_{protocol.name}"] == protocol == Protocols[protocol.name or ""]
    assert constants["SCARD_PROTOCOL_RAW"] == Protocols.RAW != scardmgr.SCARD_PROTOCOLS.RAW

"""The classes against the published facts."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any
from uuid import UUID

import pytest

import scardmgr
from scardmgr.interfaces.base import SmartCardInterface

INTERFACES = (
    "ISCardManage",
    "ISCardAuth",
    "ISCardVerify",
    "ISCardFileAccess",
    "ISCard",
    "ISCardDatabase",
    "ISCardLocate",
)

#: Methods without a page that are there all the same, as the header has them.
FROM_THE_HEADER = {("ISCardLocate", "ConfigureCardGuidSearch")}

#: Parameters beyond the documentation page's, which the type library has.
EXTRA_PARAMETERS = {("ISCardManage", "AttachByIFD"): ["flags"]}

#: What implements the interface, as an application gets it.
IMPLEMENTATIONS = {
    "ISCardManage": "scardmgr.connection.manage.SCardManage",
    "ISCardAuth": "scardmgr.providers.iso.authentication.ISO7816Auth",
    "ISCardVerify": "scardmgr.providers.iso.verification.ISO7816Verify",
    "ISCardFileAccess": "scardmgr.providers.iso.file_access.ISO7816FileAccess",
    "ISCard": "scardmgr.connection.card.SCard",
    "ISCardDatabase": "scardmgr.locating.database_query.SCardDatabase",
    "ISCardLocate": "scardmgr.locating.card_search.SCardLocate",
}


def class_of(name: str) -> type[SmartCardInterface]:
    found: type[SmartCardInterface] = getattr(scardmgr, name)
    return found


def implementation_of(name: str) -> type[SmartCardInterface]:
    module, _, attribute = IMPLEMENTATIONS[name].rpartition(".")
    found: type[SmartCardInterface] = getattr(__import__(module, fromlist=[attribute]), attribute)
    return found


def documented_methods(name: str, tables: dict[str, Any]) -> list[dict[str, Any]]:
    """Those with a page: the undocumented Initialize wires the parts of a template together."""
    return [
        method
        for method in tables[name]["methods"]
        if method.get("documented", True) or (name, method["name"]) in FROM_THE_HEADER
    ]


def attribute_name(method: dict[str, Any]) -> str:
    """The Python attribute for a method: a property's getter is the property."""
    name: str = method["name"]
    return name.removeprefix("get_")


@pytest.mark.parametrize("name", INTERFACES)
def test_interface_identifier_is_the_published_one(name: str, tables: dict[str, Any]) -> None:
    assert UUID(tables[name]["iid"]) == class_of(name).IID


@pytest.mark.parametrize("name", INTERFACES)
def test_every_documented_method_and_property_is_there(name: str, tables: dict[str, Any]) -> None:
    interface = class_of(name)
    wanted = {attribute_name(method) for method in documented_methods(name, tables)}
    wanted |= {entry["name"] for entry in tables[name]["properties"]}
    there = {attribute for attribute in vars(interface) if attribute[0].isupper()} - {"IID"}
    assert there == wanted


@pytest.mark.parametrize("name", INTERFACES)
def test_properties_are_properties_without_setters(name: str, tables: dict[str, Any]) -> None:
    for entry in tables[name]["properties"]:
        found = vars(class_of(name))[entry["name"]]
        assert isinstance(found, property)
        assert (found.fset is None) == (entry["access"] == "read")


@pytest.mark.parametrize("name", INTERFACES)
def test_parameters_have_the_documented_names_and_order(name: str, tables: dict[str, Any]) -> None:
    for owner in (class_of(name), implementation_of(name)):
        for method in documented_methods(name, tables):
            if method["name"].startswith("get_"):
                continue
            given = [parameter.lower() for parameter in inspect.signature(getattr(owner, method["name"])).parameters]
            documented = [entry["name"].lower() for entry in method["params"] if entry["dir"] != "out"]
            extra = EXTRA_PARAMETERS.get((name, method["name"]), [])
            assert given == ["self", *documented, *extra], f"{owner.__name__}.{method['name']}"


@pytest.mark.parametrize("name", INTERFACES)
def test_documented_defaults_are_the_defaults(name: str, tables: dict[str, Any]) -> None:
    for method in documented_methods(name, tables):
        parameters = inspect.signature(getattr(class_of(name), method["name"], lambda: None)).parameters
        for entry in method["params"]:
            if "default" in entry:
                default = parameters[entry["name"]].default
                # A member goes by its name; a NULL pointer is None; the header writes lFlags as a number.
                given = default.name if isinstance(entry["default"], str) and entry["default"] else default
                assert given == (None if entry["type"] == "LPSAFEARRAY" else entry["default"])


@pytest.mark.parametrize("name", INTERFACES)
def test_docstrings_tell_every_documented_hresult(name: str, tables: dict[str, Any]) -> None:
    for method in documented_methods(name, tables):
        text = inspect.getdoc(inspect.getattr_static(class_of(name), attribute_name(method))) or ""
        missing = [code for code in method["returns"] if code not in text]
        assert missing == [], f"{name}.{method['name']}"


@pytest.mark.parametrize("name", INTERFACES)
def test_interfaces_are_abstract_and_implementations_are_not(name: str) -> None:
    assert inspect.isabstract(class_of(name))
    assert not inspect.isabstract(implementation_of(name))
    assert issubclass(implementation_of(name), class_of(name))


def test_enumerations_have_the_published_members_and_numbers(tables: dict[str, Any]) -> None:
    for name, members in tables["enums"].items():
        published = getattr(scardmgr, name).__members__
        assert set(published) == set(members), name
        for member, number in members.items():
            if number is not None:
                assert published[member] == number, f"{name}.{member}"


def test_members_without_a_published_number_mean_the_member_that_is_meant() -> None:
    assert scardmgr.REFTYPE.SC_TYPE_BY_SHORT is scardmgr.REFTYPE.SC_TYPE_BY_SHORT_ID
    assert scardmgr.SCARD_FLAGS.SC_FL_PREALLOCATED is scardmgr.SCARD_FLAGS.SC_FL_PREALLOCATE
    assert scardmgr.REFTYPE.SC_TYPE_BY_ANY not in (0, 1, 2)


def test_codes_are_importable_and_have_the_published_numbers(tables: dict[str, Any]) -> None:
    for name, number in (tables["hresults"] | tables["scard_codes"]).items():
        code = getattr(scardmgr, name)
        assert code.name == name
        assert int(code) == int(number, 16)


def test_tlv_table_has_the_documented_fields(tables: dict[str, Any]) -> None:
    row = scardmgr.TLV_TABLE(0x82, b"\x01")
    for field, _ in tables["structs"]["TLV_TABLE"]["docs_as_TLV"]:
        assert hasattr(row, field)
    assert row.Length == 1


def test_scardinfo_has_the_published_fields_in_their_order(tables: dict[str, Any]) -> None:
    fields = [field.name for field in dataclasses.fields(scardmgr.SCARDINFO)]
    assert fields == [name for name, _ in tables["structs"]["SCARDINFO"]]

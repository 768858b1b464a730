"""The interfaces in the tables, as values."""

from __future__ import annotations

from uuid import UUID

from scardmgr.published.definitions import Direction, MemberKind, interface_of, interfaces, tables


def test_every_interface_is_there_whole() -> None:
    assert [each.name for each in interfaces()] == [
        "ISCardManage",
        "ISCardAuth",
        "ISCardVerify",
        "ISCardFileAccess",
        "ISCard",
        "ISCardCmd",
        "ISCardISO7816",
        "ISCardTypeConv",
        "IByteBuffer",
        "ISCardDatabase",
        "ISCardLocate",
    ]
    for each in interfaces():
        assert {member.name for member in each.members} == {method["name"] for method in tables()[each.name]["methods"]}
        assert [member.slot for member in each.members] == list(range(len(each.members)))


def test_an_interface_is_found_by_its_identifier() -> None:
    found = interface_of(UUID("E126F8FE-A7AF-11D0-B88A-00C04FD424B9"))
    assert found is not None
    assert (found.name, found.coclass) == ("IByteBuffer", "CByteBuffer")
    assert interface_of(UUID(int=0)) is None


def test_accessors_share_the_number_of_their_property() -> None:
    command = interface_of(UUID("D5778AE3-43DE-11D0-9171-00AA00C18068"))
    assert command is not None
    getter, setter = command.members[:2]
    assert (getter.attribute, getter.kind, setter.kind) == ("Apdu", MemberKind.PROPERTYGET, MemberKind.PROPERTYPUT)
    assert getter.dispid == setter.dispid == 1
    build = next(each for each in command.members if each.name == "BuildCmd")
    assert [each.direction for each in build.parameters] == [Direction.IN] * 6
    assert build.parameters[4].optional

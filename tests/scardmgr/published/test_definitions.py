"""The interfaces in the tables, as values."""

from __future__ import annotations

from uuid import UUID

from scardmgr.published.definitions import Direction, MemberKind, interface_of, interfaces, our_classes, tables


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
    assert getter.dispid == setter.dispid == 0
    nad = [each.dispid for each in command.members if each.attribute == "Nad"]
    assert nad == [18, 18], "numbered as the type library does it, not as the table of methods is ordered"
    build = next(each for each in command.members if each.name == "BuildCmd")
    assert [each.direction for each in build.parameters] == [Direction.IN] * 6
    assert build.parameters[4].optional


def test_a_member_has_the_form_of_its_page_and_the_binary_one() -> None:
    files = interface_of(UUID("4029DD8A-5902-11D0-B84C-00C04FD424B9"))
    assert files is not None
    read = next(each for each in files.members if each.name == "Read")
    assert [each.name for each in read.parameters] == ["hFile", "lBytesToRead", "flags", "ppBuffer"]
    assert [(each.name, each.direction) for each in read.binary] == [
        ("hFile", Direction.IN),
        ("lBytesToRead", Direction.IN_OUT),
        ("ppBuffer", Direction.OUT),
        ("Flags", Direction.IN),
    ]
    close = next(each for each in files.members if each.name == "Close")
    assert close.binary == close.parameters


def test_every_interface_has_one_class_microsofts_or_ours() -> None:
    published = {each.name: each.clsid for each in interfaces() if each.clsid is not None}
    ours = {each.interface: each.clsid for each in our_classes()}
    assert sorted([*published, *ours]) == sorted(each.name for each in interfaces())
    assert len({*published.values(), *ours.values()}) == 11

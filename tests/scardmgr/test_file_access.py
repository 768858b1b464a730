"""ISCardFileAccess on the built-in card: directories, open files, and what is said to secure messaging."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.pytest_plugin import CardReader
from scardmgr import (
    E_INVALIDARG,
    E_POINTER,
    HRESULT,
    REFTYPE,
    SCARD_E_DIR_NOT_FOUND,
    SCARD_E_FILE_NOT_FOUND,
    SCARD_E_NO_DIR,
    SCARD_E_NO_FILE,
    SCARD_FLAGS,
    SEEKTYPE,
    HResultError,
    ISCardFileAccess,
    SCardManage,
)
from scardmgr.winscard.manager import ResourceManager

pytestmark = pytest.mark.card("iso7816", via=("embedded", "pcscd"))

Refused = Callable[..., HResultError]
NAME, ID, SHORT, ANY = (
    REFTYPE.SC_TYPE_BY_NAME,
    REFTYPE.SC_TYPE_BY_ID,
    REFTYPE.SC_TYPE_BY_SHORT_ID,
    REFTYPE.SC_TYPE_BY_ANY,
)
BEGINNING, END, RELATIVE = SEEKTYPE.SC_SEEK_FROM_BEGINNING, SEEKTYPE.SC_SEEK_FROM_END, SEEKTYPE.SC_SEEK_RELATIVE
APPLICATION = "F073636172646D677201"
SECURE = SCARD_FLAGS.SC_FL_SECURE_MESSAGING


# Directories


@pytest.mark.parametrize(
    ("kind", "reference"),
    [(NAME, "7F10"), (NAME, "3F00/7F10"), (NAME, APPLICATION), (NAME, APPLICATION[:12]), (ID, "7F10"), (ANY, "7F10")],
)
def test_changing_directory_leads_to_an_absolute_path(manage: SCardManage, kind: REFTYPE, reference: str) -> None:
    files = manage.CreateFileAccess()
    assert files.GetCurrentDir() == "3F00"
    files.ChangeDir(kind, reference)
    assert files.GetCurrentDir() == "3F00/7F10"
    files.ChangeDir(NAME, "..")
    assert files.GetCurrentDir() == "3F00"


def test_the_current_directory_belongs_to_the_attachment(manage: SCardManage, reader: CardReader) -> None:
    first, second = manage.CreateFileAccess(), manage.CreateFileAccess()
    first.ChangeDir(NAME, "7F10")
    assert second.GetCurrentDir() == "3F00/7F10"
    with SCardManage(reader.resource_manager) as other:
        other.AttachByIFD(reader.name)
        assert other.CreateFileAccess().GetCurrentDir() == "3F00"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((NAME, "7F99"), SCARD_E_DIR_NOT_FOUND),
        ((NAME, "A000000099"), SCARD_E_DIR_NOT_FOUND),
        ((NAME, ".."), SCARD_E_DIR_NOT_FOUND),
        ((NAME, "2F01"), SCARD_E_NO_DIR),
        ((NAME, ""), E_INVALIDARG),
        ((NAME, None), E_INVALIDARG),
        ((NAME, 7), E_INVALIDARG),
        ((9, "7F10"), E_INVALIDARG),
        ((ID, "7F10/6F01"), E_INVALIDARG),
    ],
)
def test_what_is_no_directory(manage: SCardManage, arguments: tuple[Any, ...], code: int, refused: Refused) -> None:
    files = manage.CreateFileAccess()
    refused(code, files.ChangeDir, *arguments)
    assert files.GetCurrentDir() == "3F00"


def test_a_short_identifier_is_never_a_directory(in_application: ISCardFileAccess, refused: Refused) -> None:
    refused(SCARD_E_NO_DIR, in_application.ChangeDir, SHORT, "1")


def test_others_selecting_something_else_do_no_harm(
    resource_manager: ResourceManager, others_handle: int, in_application: ISCardFileAccess
) -> None:
    file = in_application.Open(ID, "6F01")
    for expected in (b"Hello", b", sma"):
        assert resource_manager.transmit(others_handle, bytes.fromhex("00A4000C023F00")) == b"\x90\x00"
        assert in_application.Read(file, 5) == expected
    assert in_application.Read(in_application.Open(ID, "6F02"), 16).startswith(b"Record one")


def test_within_a_lock_a_file_is_selected_once(
    resource_manager: ResourceManager,
    manage: SCardManage,
    in_application: ISCardFileAccess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = in_application.Open(ID, "6F01")
    transmitted: list[bytes] = []
    transmit = resource_manager.transmit
    monkeypatch.setattr(
        resource_manager, "transmit", lambda card, command: transmitted.append(command) or transmit(card, command)
    )
    manage.SCardLock()
    for _ in range(3):
        in_application.Read(file, 2)
    manage.SCardUnlock(0)
    assert [command[1] for command in transmitted] == [0xA4, 0xB0, 0xB0, 0xB0]


# Opening


@pytest.mark.parametrize(
    ("kind", "reference"),
    [
        (NAME, "6F01"),
        (NAME, "3F00/7F10/6F01"),
        (NAME, f"{APPLICATION}/6F01"),
        (ID, "6F01"),
        (SHORT, "1"),
        (ANY, "1"),
        (ANY, "6F01"),
        (ANY, "/7F10/6F01"),
    ],
)
def test_a_file_opens_by_every_reference(in_application: ISCardFileAccess, kind: REFTYPE, reference: str) -> None:
    with in_application.Open(kind, reference) as file:
        assert in_application.Read(file, 18) == b"Hello, smart card."


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((ID, "6F99"), SCARD_E_FILE_NOT_FOUND),
        ((NAME, "3F00/7F99/6F01"), SCARD_E_FILE_NOT_FOUND),
        ((SHORT, "29"), SCARD_E_FILE_NOT_FOUND),
        ((NAME, "3F00/7F10"), SCARD_E_NO_FILE),
        ((NAME, "3F00"), SCARD_E_NO_FILE),
        ((ID, None), E_POINTER),
        ((ID, ""), E_INVALIDARG),
        ((SHORT, "31"), E_INVALIDARG),
        ((-1, "6F01"), E_INVALIDARG),
    ],
)
def test_what_cannot_be_opened(
    in_application: ISCardFileAccess, arguments: tuple[Any, ...], code: int, refused: Refused
) -> None:
    refused(code, in_application.Open, *arguments)


def test_many_files_are_open_at_once_each_with_its_position(in_application: ISCardFileAccess) -> None:
    first, second = in_application.Open(ID, "6F01"), in_application.Open(ID, "6F01")
    records = in_application.Open(ID, "6F03")
    assert in_application.Read(first, 5) == b"Hello"
    assert in_application.Read(records, 99) == b"One"
    assert in_application.Read(second, 7) == b"Hello, "
    assert in_application.Read(first, 2) == b", "
    assert in_application.Read(records, 99) == b"Twenty-two"


def test_a_closed_file_is_no_file(in_application: ISCardFileAccess, refused: Refused) -> None:
    file = in_application.Open(ID, "6F01")
    in_application.Close(file)
    refused(E_INVALIDARG, in_application.Close, file)
    refused(E_INVALIDARG, in_application.Read, file, 1)
    with in_application.Open(ID, "6F01") as file:
        in_application.Close(file)
    with in_application.Open(ID, "6F01") as file:
        pass
    refused(E_INVALIDARG, in_application.Read, file, 1)


@pytest.mark.parametrize("handle", [0, 99, "1"])
def test_a_file_handle_has_to_be_one(in_application: ISCardFileAccess, handle: Any, refused: Refused) -> None:
    refused(E_INVALIDARG, in_application.Close, handle)
    refused(E_INVALIDARG, in_application.Read, handle, 1)
    refused(E_INVALIDARG, in_application.Write, handle, b"x")
    refused(E_INVALIDARG, in_application.Seek, handle, BEGINNING, 0)


def test_releasing_the_interface_closes_its_files(in_application: ISCardFileAccess, refused: Refused) -> None:
    file = in_application.Open(ID, "6F01")
    in_application.close()
    refused(HRESULT.CO_E_RELEASED, in_application.Read, file, 1)


# Secure messaging


@pytest.mark.parametrize(
    "call",
    [
        lambda files, file: files.Read(file, 1, SECURE),
        lambda files, file: files.Write(file, b"x", SECURE | SCARD_FLAGS.SC_FL_REPLACE),
        lambda files, _: files.Create(ID, "6F30", [], SECURE),
        lambda files, _: files.Delete(ID, "6F01", SECURE),
        lambda files, _: files.GetProperties(ID, "6F01", SECURE, []),
        lambda files, _: files.SetProperties(ID, "6F01", SECURE, []),
        lambda files, _: files.GetFileCapabilities([], None, SECURE),
        lambda files, _: files.Invalidate("6F01", SECURE),
        lambda files, _: files.Rehabilitate("6F01", SECURE),
    ],
)
def test_secure_messaging_needs_a_session(files: ISCardFileAccess, call: Any, refused: Refused) -> None:
    assert "no session" in str(refused(HRESULT.E_UNEXPECTED, call, files, files.Open(ID, "6F01")))

"""Every HRESULT that a page lists: provoked here, or named with the reason why Python cannot see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

import scardmgr
from sandbox.pytest_plugin import CardReader
from scardmgr import (
    REFTYPE,
    SCARD_FLAGS,
    SCARD_PROTOCOLS,
    SCARD_SHARE_MODES,
    TLV_TABLE,
    HResultError,
    SCard,
    SCardCmd,
    SCardDatabase,
    SCardLocate,
    SCardManage,
)

INTERFACES = (
    "ISCardManage",
    "ISCardAuth",
    "ISCardVerify",
    "ISCardFileAccess",
    "ISCard",
    "ISCardDatabase",
    "ISCardLocate",
)
GLOBAL = SCARD_FLAGS.SC_FL_IHV_GLOBAL
NAME, ID = REFTYPE.SC_TYPE_BY_NAME, REFTYPE.SC_TYPE_BY_ID

NO_OUT_PARAMETER = "it is about an out parameter, which Python returns"
#: Rows that cannot occur in Python.
IMPOSSIBLE: dict[tuple[str, str, str], str] = {
    **{
        ("ISCardManage", method, code): NO_OUT_PARAMETER
        for method in ("CreateFileAccess", "CreateCardAuth", "CreateCHVerification", "Status")
        for code in ("E_INVALIDARG", "E_POINTER")
    },
    **{
        ("ISCard", method, code): NO_OUT_PARAMETER
        for method in ("get_Atr", "get_CardHandle", "get_Context", "get_Protocol", "get_Status")
        for code in ("E_INVALIDARG", "E_POINTER")
    },
    ("ISCardFileAccess", "Directory", "E_POINTER"): NO_OUT_PARAMETER,
    ("ISCardFileAccess", "GetCurrentDir", "E_INVALIDARG"): NO_OUT_PARAMETER,
    ("ISCardFileAccess", "GetCurrentDir", "E_POINTER"): NO_OUT_PARAMETER,
    ("ISCardLocate", "FindCard", "E_POINTER"): NO_OUT_PARAMETER,
}
#: Codes that no method of ours can give.
NEVER = {"S_OK": "it is the return", "E_OUTOFMEMORY": "Python raises MemoryError"}

Call = Callable[[Any], object]


def _file(desk: Any) -> int:
    handle: int = desk.files.Open(NAME, "3F00/7F10/6F01")
    return handle


#: How each of the others is provoked; ``desk`` has an open interface of each kind.
PROVOKED: dict[tuple[str, str, str], Call] = {
    ("ISCardManage", "AttachByHandle", "E_INVALIDARG"): lambda desk: _detached(desk).AttachByHandle(0),
    ("ISCardManage", "AttachByIFD", "E_INVALIDARG"): lambda desk: _detached(desk).AttachByIFD(""),
    ("ISCardManage", "SCardLock", "E_FAIL"): lambda desk: _detached(desk).SCardLock(),
    ("ISCardManage", "SCardUnlock", "E_INVALIDARG"): lambda desk: desk.manage.SCardUnlock(9),
    ("ISCardManage", "CreateInterface", "E_INVALIDARG"): lambda desk: desk.manage.CreateInterface("x", ""),
    ("ISCardManage", "CreateInterface", "E_POINTER"): lambda desk: desk.manage.CreateInterface(None, None),
    ("ISCardAuth", "APP_Auth", "E_INVALIDARG"): lambda desk: desk.auth.APP_Auth(-1, b"\x01", bytes(16)),
    ("ISCardAuth", "APP_Auth", "E_POINTER"): lambda desk: desk.auth.APP_Auth(0, b"\x01", None),
    ("ISCardAuth", "GetChallenge", "E_INVALIDARG"): lambda desk: desk.auth.GetChallenge(0, 0),
    ("ISCardAuth", "GetChallenge", "E_POINTER"): lambda desk: desk.auth.GetChallenge(0, 8, None),
    ("ISCardAuth", "ICC_Auth", "E_INVALIDARG"): lambda desk: desk.auth.ICC_Auth(0, b"\x09", bytes(16)),
    ("ISCardAuth", "ICC_Auth", "E_POINTER"): lambda desk: desk.auth.ICC_Auth(0, None, bytes(16)),
    ("ISCardAuth", "User_Auth", "E_INVALIDARG"): lambda desk: desk.auth.User_Auth(0, b"\x01\x02", b"1234"),
    ("ISCardAuth", "User_Auth", "E_POINTER"): lambda desk: desk.auth.User_Auth(0, b"\x01", None),
    ("ISCardVerify", "ChangeCode", "E_INVALIDARG"): lambda desk: desk.verify.ChangeCode(b"1234", b"", GLOBAL, 1),
    ("ISCardVerify", "ChangeCode", "E_POINTER"): lambda desk: desk.verify.ChangeCode(b"1234", None, GLOBAL, 1),
    ("ISCardVerify", "Unblock", "E_INVALIDARG"): lambda desk: desk.verify.Unblock(1, GLOBAL, 1),
    ("ISCardVerify", "Unblock", "E_POINTER"): lambda desk: desk.verify.Unblock(None, GLOBAL, 1),
    ("ISCardVerify", "Verify", "E_INVALIDARG"): lambda desk: desk.verify.Verify(b"", GLOBAL, 1),
    ("ISCardVerify", "Verify", "E_POINTER"): lambda desk: desk.verify.Verify(None, GLOBAL, 1),
    ("ISCardFileAccess", "ChangeDir", "E_INVALIDARG"): lambda desk: desk.files.ChangeDir(NAME, ""),
    ("ISCardFileAccess", "Close", "E_INVALIDARG"): lambda desk: desk.files.Close(99),
    ("ISCardFileAccess", "Create", "E_INVALIDARG"): lambda desk: desk.files.Create(ID, "3F00", ()),
    ("ISCardFileAccess", "Create", "E_POINTER"): lambda desk: desk.files.Create(ID, "6F20", None),
    ("ISCardFileAccess", "Delete", "E_INVALIDARG"): lambda desk: desk.files.Delete(ID, "x"),
    ("ISCardFileAccess", "Directory", "E_INVALIDARG"): lambda desk: desk.files.Directory(99),
    ("ISCardFileAccess", "GetFileCapabilities", "E_INVALIDARG"): (
        lambda desk: desk.files.GetFileCapabilities([TLV_TABLE(0x47)], 2)
    ),
    ("ISCardFileAccess", "GetFileCapabilities", "E_POINTER"): lambda desk: desk.files.GetFileCapabilities(None),
    ("ISCardFileAccess", "GetProperties", "E_INVALIDARG"): lambda desk: desk.files.GetProperties(ID, "x"),
    ("ISCardFileAccess", "GetProperties", "E_POINTER"): (lambda desk: desk.files.GetProperties(ID, "7F10", 0, None)),
    ("ISCardFileAccess", "Invalidate", "E_INVALIDARG"): lambda desk: desk.files.Invalidate(""),
    ("ISCardFileAccess", "Invalidate", "E_POINTER"): lambda desk: desk.files.Invalidate(None),
    ("ISCardFileAccess", "Open", "E_INVALIDARG"): lambda desk: desk.files.Open(ID, "x"),
    ("ISCardFileAccess", "Open", "E_POINTER"): lambda desk: desk.files.Open(ID, None),
    ("ISCardFileAccess", "Read", "E_INVALIDARG"): lambda desk: desk.files.Read(_file(desk), -1),
    ("ISCardFileAccess", "Read", "E_POINTER"): lambda desk: desk.files.Read(_file(desk), None),
    ("ISCardFileAccess", "Rehabilitate", "E_INVALIDARG"): lambda desk: desk.files.Rehabilitate(None),
    ("ISCardFileAccess", "Seek", "E_INVALIDARG"): lambda desk: desk.files.Seek(_file(desk), 9, 0),
    ("ISCardFileAccess", "SetProperties", "E_INVALIDARG"): (
        lambda desk: desk.files.SetProperties(ID, "7F10", 0, [TLV_TABLE(0x8A, b"")])
    ),
    ("ISCardFileAccess", "SetProperties", "E_POINTER"): (lambda desk: desk.files.SetProperties(ID, "7F10", 0, None)),
    ("ISCardFileAccess", "Write", "E_INVALIDARG"): lambda desk: desk.files.Write(99, b"x"),
    ("ISCardFileAccess", "Write", "E_POINTER"): lambda desk: desk.files.Write(_file(desk), None),
    ("ISCard", "AttachByHandle", "E_INVALIDARG"): lambda desk: SCard(desk.manager).AttachByHandle(0),
    ("ISCard", "AttachByReader", "E_INVALIDARG"): lambda desk: SCard(desk.manager).AttachByReader(""),
    ("ISCard", "Detach", "E_INVALIDARG"): lambda desk: desk.iscard.Detach(9),
    ("ISCard", "ReAttach", "E_INVALIDARG"): lambda desk: desk.iscard.ReAttach(9),
    ("ISCard", "Transaction", "E_INVALIDARG"): lambda desk: desk.iscard.Transaction(SCardCmd(b"\x00")),
    ("ISCard", "Transaction", "E_POINTER"): lambda desk: desk.iscard.Transaction(None),
    ("ISCard", "UnlockSCard", "E_INVALIDARG"): lambda desk: desk.iscard.UnlockSCard(9),
    ("ISCardDatabase", "GetProviderCardId", "E_INVALIDARG"): lambda desk: desk.database.GetProviderCardId(""),
    ("ISCardDatabase", "GetProviderCardId", "E_POINTER"): lambda desk: desk.database.GetProviderCardId(None),
    ("ISCardDatabase", "ListCardInterfaces", "E_INVALIDARG"): lambda desk: desk.database.ListCardInterfaces(7),
    ("ISCardDatabase", "ListCardInterfaces", "E_POINTER"): lambda desk: desk.database.ListCardInterfaces(None),
    ("ISCardDatabase", "ListCards", "E_INVALIDARG"): lambda desk: desk.database.ListCards(b"", None, 0),
    ("ISCardDatabase", "ListCards", "E_POINTER"): lambda desk: desk.database.ListCards(None, None, None),
    ("ISCardDatabase", "ListReaderGroups", "E_INVALIDARG"): lambda desk: desk.database.ListReaderGroups("en"),
    ("ISCardDatabase", "ListReaderGroups", "E_POINTER"): lambda desk: desk.database.ListReaderGroups(None),
    ("ISCardDatabase", "ListReaders", "E_INVALIDARG"): lambda desk: desk.database.ListReaders(1 << 31),
    ("ISCardDatabase", "ListReaders", "E_POINTER"): lambda desk: desk.database.ListReaders(None),
    ("ISCardLocate", "ConfigureCardNameSearch", "E_INVALIDARG"): lambda desk: desk.locate.ConfigureCardNameSearch([]),
    ("ISCardLocate", "ConfigureCardNameSearch", "E_POINTER"): lambda desk: desk.locate.ConfigureCardNameSearch(None),
    ("ISCardLocate", "FindCard", "E_INVALIDARG"): lambda desk: desk.locate.FindCard(9, SCARD_PROTOCOLS.T1, 0),
}

#: Provoked by a card that lacks a command, in tests of their own.
BY_ANOTHER_CARD = {
    ("ISCardFileAccess", "Delete", "E_NOTIMPL"): "test_a_card_may_have_no_command_to_delete",
    ("ISCardFileAccess", "Directory", "E_NOTIMPL"): "test_a_card_that_does_not_tell_is_not_guessed_at",
}


def _detached(desk: Any) -> Any:
    desk.manage.Detach()
    return desk.manage


@pytest.fixture
def desk(reader: CardReader, manage: SCardManage) -> Iterator[SimpleNamespace]:
    """Every interface, with the card attached where it takes one."""
    manager = reader.resource_manager
    with SCard(manager) as iscard, SCardDatabase(manager) as database, SCardLocate(manager) as locate:
        iscard.AttachByReader(reader.name, SCARD_SHARE_MODES.SHARED, SCARD_PROTOCOLS.T1)
        yield SimpleNamespace(
            manager=manager,
            manage=manage,
            files=manage.CreateFileAccess(),
            verify=manage.CreateCHVerification(),
            auth=manage.CreateCardAuth(),
            iscard=iscard,
            database=database,
            locate=locate,
        )


@pytest.mark.parametrize(("interface", "method", "code"), PROVOKED)
def test_a_documented_hresult_is_given(desk: SimpleNamespace, interface: str, method: str, code: str) -> None:
    with pytest.raises(HResultError) as caught:
        PROVOKED[interface, method, code](desk)
    assert caught.value.hresult == getattr(scardmgr, code)


def test_every_documented_hresult_is_provoked_or_impossible(tables: dict[str, Any]) -> None:
    documented = {
        (interface, method["name"], code)
        for interface in INTERFACES
        for method in tables[interface]["methods"]
        for code in method["returns"]
        if code not in NEVER
    }
    assert documented == set(PROVOKED) | set(IMPOSSIBLE) | set(BY_ANOTHER_CARD)
    assert len(documented) == len(PROVOKED) + len(IMPOSSIBLE) + len(BY_ANOTHER_CARD)

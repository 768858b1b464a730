"""``None`` in place of each argument: E_POINTER where the method's page lists it, E_INVALIDARG where it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import scardmgr
from scardmgr import (
    FILETYPE,
    ISO_APDU_TYPE,
    REFTYPE,
    SC_DLG,
    SCARD_DISPOSITIONS,
    SCARD_FLAGS,
    SCARD_PROTOCOLS,
    SCARD_SHARE_MODES,
    TLV_TABLE,
    HResultError,
    MemoryStream,
    SCard,
    SCardCmd,
    SCardManage,
    UnblockData,
)
from scardmgr.published.definitions import Direction, MemberKind, interfaces

pytestmark = pytest.mark.card("iso7816", via="embedded")

ID = REFTYPE.SC_TYPE_BY_ID
GLOBAL = SCARD_FLAGS.SC_FL_IHV_GLOBAL
NONE = SCARD_FLAGS.SC_FL_NO_FLAGS
SHARED, T1, LEAVE = SCARD_SHARE_MODES.SHARED, SCARD_PROTOCOLS.T1, SCARD_DISPOSITIONS.LEAVE

#: Arguments of the right kind for the methods that take any.
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "ISCardManage.AttachByHandle": (1,),
    "ISCardManage.AttachByIFD": ("Desk",),
    "ISCardManage.SCardUnlock": (LEAVE,),
    "ISCardAuth.APP_Auth": (0, b"\x01", bytes(16)),
    "ISCardAuth.GetChallenge": (0, 8, b"", b""),
    "ISCardAuth.ICC_Auth": (0, b"\x01", bytes(16)),
    "ISCardAuth.User_Auth": (0, b"\x01", b"1234"),
    "ISCardVerify.ChangeCode": (b"1234", b"4321", GLOBAL, 1),
    "ISCardVerify.Unblock": (UnblockData(b"12345678"), GLOBAL, 1),
    "ISCardVerify.Verify": (b"1234", GLOBAL, 1),
    "ISCardFileAccess.ChangeDir": (ID, "7F10"),
    "ISCardFileAccess.Close": (1,),
    "ISCardFileAccess.Create": (ID, "6F20", (), NONE, b""),
    "ISCardFileAccess.Delete": (ID, "0100", NONE),
    "ISCardFileAccess.Directory": (FILETYPE.SC_TYPE_ALL_FILES,),
    "ISCardFileAccess.GetFileCapabilities": ([TLV_TABLE(0x47)], 1, NONE),
    "ISCardFileAccess.GetProperties": (ID, "0100", NONE, [TLV_TABLE(0x83)]),
    "ISCardFileAccess.Invalidate": ("0100", NONE),
    "ISCardFileAccess.Open": (ID, "0100"),
    "ISCardFileAccess.Read": (1, 1, NONE),
    "ISCardFileAccess.Rehabilitate": ("0100", NONE),
    "ISCardFileAccess.Seek": (1, 0, 0),
    "ISCardFileAccess.SetProperties": (ID, "0100", NONE, [TLV_TABLE(0x8A, b"\x05")]),
    "ISCardFileAccess.Write": (1, b"x", NONE),
    "ISCard.AttachByHandle": (1,),
    "ISCard.AttachByReader": ("Desk", SHARED, T1),
    "ISCard.Detach": (LEAVE,),
    "ISCard.ReAttach": (SHARED, LEAVE),
    "ISCard.Transaction": (SCardCmd(bytes(4)),),
    "ISCard.UnlockSCard": (LEAVE,),
    "ISCardCmd.BuildCmd": (0, 0xB0, 0, 0, b"", 1),
    "ISCardCmd.Encapsulate": (bytes(4), ISO_APDU_TYPE.ISO_CASE_1),
    "ISCardTypeConv.ConvertByteArrayToByteBuffer": (b"ab", 2),
    "ISCardTypeConv.ConvertByteBufferToByteArray": (b"ab",),
    "ISCardTypeConv.ConvertByteBufferToSafeArray": (b"ab",),
    "ISCardTypeConv.ConvertSafeArrayToByteBuffer": ([1],),
    "ISCardTypeConv.CreateByteArray": (1,),
    "ISCardTypeConv.CreateByteBuffer": (1,),
    "ISCardTypeConv.CreateSafeArray": (1,),
    "ISCardTypeConv.FreeIStreamMemoryPtr": (MemoryStream(b"ab"), memoryview(b"ab")),
    "ISCardTypeConv.GetAtIStreamMemory": (MemoryStream(b"ab"),),
    "ISCardTypeConv.SizeOfIStream": (MemoryStream(b"ab"),),
    "ISCardDatabase.GetProviderCardId": ("Card",),
    "ISCardDatabase.ListCardInterfaces": ("Card",),
    "ISCardDatabase.ListCards": (None, None, 0),
    "ISCardDatabase.ListReaderGroups": (0,),
    "ISCardDatabase.ListReaders": (0,),
    "ISCardLocate.ConfigureCardNameSearch": (["Card"], None, "", SC_DLG.SC_DLG_NO_UI),
    "ISCardLocate.FindCard": (SHARED, T1, SC_DLG.SC_DLG_NO_UI),
}
#: Arguments that may be None.
OPTIONAL = {
    "ISCardAuth.GetChallenge": {"lAlgoID"},
    "ISCardCmd.BuildCmd": {"pbyData", "plLe"},
    "ISCardDatabase.ListCards": {"pAtr", "pInterfaceGuids"},
    "ISCardFileAccess.GetFileCapabilities": {"plProperties"},
    "ISCardLocate.ConfigureCardNameSearch": {"pGroupNames"},
}
#: Sizes are E_INVALIDARG whatever the page lists (test_type_conversion.py).
SIZES = {"ISCardTypeConv.ConvertByteArrayToByteBuffer": {"dwArraySize"}}
#: Methods with pages for which the rule does not hold, and why.
ELSEWHERE = {
    "ISCardManage.CreateInterface": "either argument may be None, not both",
    "ISCardLocate.ConfigureCardGuidSearch": "it has no page",
}
WITHOUT_A_ROW = {"IByteBuffer", "ISCardISO7816"}
"""Pages that list no code, and commands, whose every argument test_iso7816_commands.py leaves out."""


def _cases() -> list[Any]:
    made = []
    for definition in interfaces():
        for member in definition.members:
            name = f"{definition.name}.{member.name}"
            taken = [each.name for each in member.parameters if each.direction is not Direction.OUT]
            if name not in ARGUMENTS:
                continue
            assert len(taken) == len(ARGUMENTS[name]), name
            code = "E_POINTER" if "E_POINTER" in member.returns else "E_INVALIDARG"
            made += [
                pytest.param(definition.name, member.name, place, code, id=f"{name}({parameter})")
                for place, parameter in enumerate(taken)
                if parameter not in OPTIONAL.get(name, set()) | SIZES.get(name, set())
            ]
    return made


@pytest.mark.parametrize(("interface", "method", "place", "code"), _cases())
def test_an_argument_that_is_none_has_the_code_that_the_page_lists(
    desk: Any, interface: str, method: str, place: int, code: str
) -> None:
    objects: dict[str, Callable[[], Any]] = {
        "ISCardManage": lambda: SCardManage(desk.manager) if method.startswith("Attach") else desk.manage,
        "ISCardAuth": lambda: desk.auth,
        "ISCardVerify": lambda: desk.verify,
        "ISCardFileAccess": lambda: desk.files,
        "ISCard": lambda: SCard(desk.manager) if method.startswith("Attach") else desk.iscard,
        "ISCardCmd": SCardCmd,
        "ISCardTypeConv": lambda: desk.conversions,
        "ISCardDatabase": lambda: desk.database,
        "ISCardLocate": lambda: desk.locate,
    }
    arguments = list(ARGUMENTS[f"{interface}.{method}"])
    if interface == "ISCardFileAccess" and method in ("Close", "Read", "Seek", "Write"):
        arguments[0] = desk.files.Open(ID, "0100")
    arguments[place] = None
    with pytest.raises(HResultError) as caught:
        getattr(objects[interface](), method)(*arguments)
    assert caught.value.hresult == getattr(scardmgr, code)
    assert caught.value.sw is None


def test_no_method_is_forgotten() -> None:
    taking = {
        f"{definition.name}.{member.name}"
        for definition in interfaces()
        for member in definition.members
        if definition.name not in WITHOUT_A_ROW and member.kind is MemberKind.METHOD
        if any(each.direction is not Direction.OUT for each in member.parameters) and member.name != "Initialize"
    }
    assert taking == set(ARGUMENTS) | set(ELSEWHERE)

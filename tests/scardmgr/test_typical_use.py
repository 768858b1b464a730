"""The typical use of an interface, in the steps that its page lists, unchanged on either resource manager.

That of ISCard, ISCardCmd and ISCardISO7816 stands with their own tests.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from emulator import Card
from sandbox.pytest_plugin import CardReader
from scardmgr import (
    HRESULT,
    REFTYPE,
    SC_DLG,
    SCARD_FLAGS,
    SCARD_PROTOCOLS,
    SCARD_SHARE_MODES,
    SCARD_W_WRONG_CHV,
    SEEKTYPE,
    STREAM_SEEK,
    ByteBuffer,
    HResultError,
    ISCard,
    ISCardAuth,
    ISCardFileAccess,
    ISCardVerify,
    KeyType,
    SCard,
    SCardDatabase,
    SCardLocate,
    SCardManage,
    SCardTypeConv,
    authentication_token,
    is_token_right,
)
from scardmgr.winscard.constants import ShareMode

pytestmark = pytest.mark.card("iso7816", via=("embedded", "pcscd"))

Refused = Callable[..., HResultError]
GLOBAL, LOCAL = SCARD_FLAGS.SC_FL_IHV_GLOBAL, SCARD_FLAGS.SC_FL_IHV_LOCAL
GREETING = "3F00/7F10/6F01"
AES_KEY = bytes(range(16))
BY_READER, BY_HANDLE = "AttachByIFD", "AttachByHandle"


@pytest.mark.parametrize("attach", [BY_READER, BY_HANDLE])
def test_iscardmanage(reader: CardReader, attach: str, refused: Refused) -> None:
    manager = reader.resource_manager
    # 1. Create it.
    manage = SCardManage(manager)
    # 2. Attach, by a reader's name or by a handle that was opened before.
    context = manager.establish_context()
    if attach == BY_READER:
        manage.AttachByIFD(reader.name)
    else:
        manage.AttachByHandle(manager.connect(context, reader.name).handle)
    # 3. Create the other interfaces, each by its method or by its identifier.
    files, auth, verify = manage.CreateFileAccess(), manage.CreateCardAuth(), manage.CreateCHVerification()
    assert isinstance(files, ISCardFileAccess)
    assert isinstance(auth, ISCardAuth)
    assert isinstance(verify, ISCardVerify)
    card = manage.CreateInterface(ISCard.IID)
    assert isinstance(card, ISCard)
    verify.Verify(b"1234", GLOBAL, 1)
    with files.Open(REFTYPE.SC_TYPE_BY_NAME, GREETING) as file:
        assert files.Read(file, 5) == b"Hello"
    assert card.Atr[0] == 0x3B
    # 4. Detach.
    card.Detach()
    manage.Detach()
    # 5. Release it, and the others.
    for interface in (card, files, auth, verify, manage):
        assert interface.Release() == 0
        refused(HRESULT.CO_E_RELEASED, interface.AddRef)
    manager.release_context(context)


def test_iscardauth(manage: SCardManage, refused: Refused) -> None:
    # 1. Create it by ISCardManage.
    auth = manage.CreateCardAuth()
    # 2. Call what is wanted: the card proves itself, the application does, the user does.
    challenge = bytes(range(200, 216))
    assert is_token_right(KeyType.AES, AES_KEY, challenge, auth.ICC_Auth(0, b"\x01", challenge))
    auth.APP_Auth(0, b"\x01", authentication_token(KeyType.AES, AES_KEY, auth.GetChallenge(0, 16)))
    auth.User_Auth(0, b"\x01", b"1234")
    # 3. Release it.
    assert auth.Release() == 0
    refused(HRESULT.CO_E_RELEASED, auth.GetChallenge, 0, 8)


@pytest.mark.parametrize(
    ("place", "old", "directory"), [(GLOBAL, b"1234", "3F00"), (LOCAL, b"5678", "7F10")], ids=["global", "local"]
)
def test_iscardverify(manage: SCardManage, place: SCARD_FLAGS, old: bytes, directory: str, refused: Refused) -> None:
    manage.CreateFileAccess().ChangeDir(REFTYPE.SC_TYPE_BY_NAME, directory)
    # 1. Create it by ISCardManage.
    verify = manage.CreateCHVerification()
    # 2. Change the code, saying whether it is local or global, and enabled or disabled.
    verify.ChangeCode(old, b"24680", place, 1)
    refused(SCARD_W_WRONG_CHV, verify.Verify, old, place, 1)
    verify.Verify(b"24680", place, 1)
    verify.ChangeCode(b"24680", b"13579", place | SCARD_FLAGS.SC_FL_IHV_DISABLE | SCARD_FLAGS.SC_FL_IHV_CHANGE, 1)
    verify.ChangeCode(b"13579", b"", place | SCARD_FLAGS.SC_FL_IHV_ENABLE, 1)
    verify.Verify(b"13579", place, 1)
    # 3. Release it.
    assert verify.Release() == 0
    refused(HRESULT.CO_E_RELEASED, verify.Verify, b"13579", place, 1)


def test_iscardfileaccess(manage: SCardManage, refused: Refused) -> None:
    manage.CreateCHVerification().Verify(b"1234", GLOBAL, 1)
    # 1. Create it by ISCardManage.
    files = manage.CreateFileAccess()
    # 2. Open a file.
    file = files.Open(REFTYPE.SC_TYPE_BY_NAME, GREETING)
    # 3. Write.
    files.Write(file, b"Salut")
    # 4. Close.
    files.Close(file)
    # 5. Release it.
    assert files.Release() == 0
    refused(HRESULT.CO_E_RELEASED, files.Open, REFTYPE.SC_TYPE_BY_NAME, GREETING)
    # Another finds what was written.
    with manage.CreateFileAccess() as again, again.Open(REFTYPE.SC_TYPE_BY_NAME, GREETING) as file:
        assert again.Read(file, 18) == b"Salut, smart card."


def test_iscarddatabase(reader: CardReader, card: Card, refused: Refused) -> None:
    manager = reader.resource_manager
    context = manager.establish_context()
    manager.introduce_card_type(context, "Badge", None, [ISCardAuth.IID], card.atr)
    # 1. Create it.
    database = SCardDatabase(manager)
    # 2. List the cards that are known, by ATR or by the interfaces they support.
    assert "Badge" in database.ListCards(card.atr, None, 0)
    assert "Badge" in database.ListCards(None, [ISCardAuth.IID], 0)
    assert set(database.ListCards()) >= {"Badge"}
    assert reader.name in database.ListReaders(0)
    # 3. Release it.
    assert database.Release() == 0
    refused(HRESULT.CO_E_RELEASED, database.ListCards)
    manager.release_context(context)


def test_iscardlocate(reader: CardReader, card: Card, refused: Refused) -> None:
    manager = reader.resource_manager
    context = manager.establish_context()
    manager.introduce_card_type(context, "Badge", None, [], card.atr)
    # 1. Create it.
    locate = SCardLocate(manager)
    # 2. Say the card's name.
    locate.ConfigureCardNameSearch(["Badge"])
    # 3. Find the card.
    found = locate.FindCard(SCARD_SHARE_MODES.SHARED, SCARD_PROTOCOLS.T1, SC_DLG.SC_DLG_NO_UI)
    # 4. Look at what was found: a card that is open, for the other interfaces to attach to.
    assert (found.ActiveProtocol, found.ShareMode) == (SCARD_PROTOCOLS.T1, SCARD_SHARE_MODES.SHARED)
    assert manager.status(found.hCard).reader == reader.name
    # 5. Release it.
    assert locate.Release() == 0
    refused(HRESULT.CO_E_RELEASED, locate.ConfigureCardNameSearch, ["Badge"])
    with SCard(manager) as opened:
        opened.AttachByHandle(found.hCard)
        assert opened.Atr == card.atr
        # The handle is the caller's, and so is its context.
        manager.release_context(found.hContext)
    manager.connect(context, reader.name, ShareMode.EXCLUSIVE)
    manager.release_context(context)


def test_ibytebuffer(manage: SCardManage, refused: Refused) -> None:
    # 1. Create it, and initialize it.
    code = ByteBuffer()
    code.Initialize(4, b"1234")
    greeting = ByteBuffer(b"Hello, ")
    # 2. Write and read at the seek pointer.
    greeting.Seek(0, STREAM_SEEK.STREAM_SEEK_END)
    assert greeting.Write(b"card!") == 5
    assert greeting.Read(10) == b""
    # 3. Give it where a buffer is wanted.
    manage.CreateCHVerification().Verify(code, GLOBAL, 1)
    files = manage.CreateFileAccess()
    file = files.Open(REFTYPE.SC_TYPE_BY_NAME, GREETING)
    files.Write(file, greeting)
    files.Seek(file, SEEKTYPE.SC_SEEK_FROM_BEGINNING, 0)
    assert files.Read(file, 12) == b"Hello, card!"
    # 4. Release it.
    assert code.Release() == 0
    assert greeting.Release() == 0
    refused(HRESULT.CO_E_RELEASED, greeting.Read, 1)


def test_iscardtypeconv(manage: SCardManage, refused: Refused) -> None:
    # 1. Create it.
    conversions = SCardTypeConv()
    # 2. Convert what another interface gave, and what it is to take.
    files = manage.CreateFileAccess()
    file = files.Open(REFTYPE.SC_TYPE_BY_NAME, GREETING)
    assert list(conversions.ConvertByteBufferToSafeArray(files.Read(file, 5))) == list(b"Hello")
    code = conversions.ConvertSafeArrayToByteBuffer(list(b"1234"))
    manage.CreateCHVerification().Verify(code, GLOBAL, 1)
    # 3. Get at a stream's memory, and give it back.
    stream = code.Stream
    memory = conversions.GetAtIStreamMemory(stream)
    assert bytes(memory.pbyData) == b"1234"
    conversions.FreeIStreamMemoryPtr(stream, memory)
    # 4. Release it, and the buffer that it gave.
    stream.Release()
    code.Release()
    assert conversions.Release() == 0
    refused(HRESULT.CO_E_RELEASED, conversions.SizeOfIStream, stream)

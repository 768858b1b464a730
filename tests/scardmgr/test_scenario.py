"""The typical use of ISCardManage, step by step, unchanged on the embedded and on a real resource manager."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from sandbox.pytest_plugin import CardReader
from scardmgr import (
    E_INVALIDARG,
    REFTYPE,
    SCARD_DISPOSITIONS,
    SCARD_E_INVALID_HANDLE,
    SCARD_E_NO_SMARTCARD,
    SCARD_E_SHARING_VIOLATION,
    SCARD_FLAGS,
    SCARD_PROTOCOLS,
    SCARD_SHARE_MODES,
    SCARD_STATES,
    SCARD_W_RESET_CARD,
    SCARD_W_SECURITY_VIOLATION,
    SCARD_W_WRONG_CHV,
    SEEKTYPE,
    TLV_TABLE,
    HResultError,
    KeyType,
    SCard,
    SCardCmd,
    SCardManage,
    authentication_token,
    is_token_right,
)

Refused = Callable[..., HResultError]
GLOBAL = SCARD_FLAGS.SC_FL_IHV_GLOBAL
APPLICATION = "F073636172646D677201"
AES_KEY = bytes(range(16))

pytestmark = pytest.mark.card("iso7816", via=("embedded", "pcscd"))


def test_the_whole_story_of_iscardmanage(reader: CardReader, refused: Refused) -> None:
    with SCardManage(reader.resource_manager) as manage:
        # Attach.
        manage.AttachByIFD(reader.name)
        state, protocol = manage.Status()
        assert state in (SCARD_STATES.NEGOTIABLEMODE, SCARD_STATES.SPECIFICMODE)
        assert protocol is SCARD_PROTOCOLS.T1

        # Files.
        files = manage.CreateFileAccess()
        files.ChangeDir(REFTYPE.SC_TYPE_BY_NAME, APPLICATION)
        assert files.GetCurrentDir() == "3F00/7F10"
        greeting = files.Open(REFTYPE.SC_TYPE_BY_ID, "6F01")
        assert files.Read(greeting, 18) == b"Hello, smart card."
        files.Seek(greeting, SEEKTYPE.SC_SEEK_FROM_BEGINNING, 7)
        refused(SCARD_W_SECURITY_VIOLATION, files.Write, greeting, b"clever", sw=0x6982)

        # The cardholder: wrong, right, changed.
        verify = manage.CreateCHVerification()
        assert refused(SCARD_W_WRONG_CHV, verify.Verify, b"0000", GLOBAL, 1).tries_left == 2
        verify.Verify(b"1234", GLOBAL, 1)
        files.Write(greeting, b"clever")
        verify.ChangeCode(b"1234", b"4321", GLOBAL, 1)
        refused(SCARD_W_WRONG_CHV, verify.Verify, b"1234", GLOBAL, 1)
        verify.Verify(b"4321", GLOBAL, 1)
        files.Seek(greeting, SEEKTYPE.SC_SEEK_FROM_BEGINNING, 0)
        assert files.Read(greeting, 14) == b"Hello, cleverc"

        # Create and delete.
        files.Create(
            REFTYPE.SC_TYPE_BY_ID, "6F20", TLV_TABLE(0x82, b"\x01"), SCARD_FLAGS.SC_FL_PREALLOCATE, b"new" * 100
        )
        with files.Open(REFTYPE.SC_TYPE_BY_ID, "6F20") as created:
            assert files.Read(created, 1000) == b"new" * 100
        files.Delete(REFTYPE.SC_TYPE_BY_ID, "6F20")

        # The card proves itself to the application, and the application to the card.
        auth = manage.CreateCardAuth()
        challenge = os.urandom(16)
        assert is_token_right(KeyType.AES, AES_KEY, challenge, auth.ICC_Auth(0, b"\x01", challenge))
        proven = files.Open(REFTYPE.SC_TYPE_BY_ID, "6F06")
        refused(SCARD_W_SECURITY_VIOLATION, files.Write, proven, b"x")
        auth.APP_Auth(0, b"\x01", authentication_token(KeyType.AES, AES_KEY, auth.GetChallenge(0, 16)))
        files.Write(proven, b"x")

        # Everything presented is dropped, and others are told.
        verify.ResetSecurityState()
        refused(SCARD_W_SECURITY_VIOLATION, files.Write, proven, b"x")

        # Detach.
        manage.Detach()
        refused(SCARD_E_INVALID_HANDLE, files.Read, greeting, 1)
        refused(SCARD_E_INVALID_HANDLE, manage.Status)


def test_locks_and_resets_between_two_applications(reader: CardReader, refused: Refused) -> None:
    manager = reader.resource_manager
    with SCardManage(manager) as manage, SCardManage(manager) as other:
        manage.AttachByIFD(reader.name)
        other.AttachByIFD(reader.name)
        manage.SCardLock()
        manage.CreateCHVerification().Verify(b"1234", GLOBAL, 1)
        manage.SCardUnlock(SCARD_DISPOSITIONS.RESET)
        refused(SCARD_W_RESET_CARD, other.SCardLock)
        refused(SCARD_W_RESET_CARD, manage.SCardLock)
        for each in (manage, other):
            each.Reconnect()
            each.SCardLock()
            each.SCardUnlock()


def test_an_empty_reader_and_a_card_that_comes_and_goes(reader: CardReader, refused: Refused) -> None:
    with SCardManage(reader.resource_manager) as manage:
        reader.remove()
        manage.AttachByIFD(reader.name)
        assert manage.Status() == (SCARD_STATES.ABSENT, SCARD_PROTOCOLS(0))
        refused(SCARD_E_NO_SMARTCARD, manage.CreateFileAccess)
        reader.insert()
        manage.Reconnect()
        assert manage.Status()[1] is SCARD_PROTOCOLS.T1
        assert manage.CreateFileAccess().GetCurrentDir() == "3F00"


def test_the_typical_use_of_iscard(reader: CardReader) -> None:
    with SCard(reader.resource_manager) as card:
        card.AttachByReader(reader.name, PrefProtocol=SCARD_PROTOCOLS.T1)
        assert card.Atr[0] == 0x3B
        card.LockSCard()
        command = card.Transaction(SCardCmd(bytes.fromhex("00A40004023F0000")))
        assert (command.ReplyStatus, command.ApduReply[0]) == (0x9000, 0x62)
        card.UnlockSCard()
        card.Detach(SCARD_DISPOSITIONS.RESET)
        assert card.CardHandle == 0


def test_a_borrowed_handle_stays_open(reader: CardReader) -> None:
    manager = reader.resource_manager
    context = manager.establish_context()
    try:
        handle = manager.connect(context, reader.name).handle
        with SCardManage(manager) as manage:
            manage.AttachByHandle(handle)
            manage.CreateCHVerification().Verify(b"1234", GLOBAL, 1)
            manage.Detach()
        assert manager.transmit(handle, bytes.fromhex("00200001")) == b"\x90\x00"
        for disposition in (SCARD_DISPOSITIONS.RESET, SCARD_DISPOSITIONS.UNPOWER, SCARD_DISPOSITIONS.EJECT):
            with SCard(manager) as card:
                card.AttachByHandle(handle)
                card.Transaction(SCardCmd(bytes.fromhex("002000010431323334")))
                card.Detach(disposition)
            assert manager.transmit(handle, bytes.fromhex("00200001")) != b"\x90\x00"
    finally:
        manager.release_context(context)


def test_becoming_exclusive_beside_others_is_refused_at_once(reader: CardReader, refused: Refused) -> None:
    with SCard(reader.resource_manager) as card, SCardManage(reader.resource_manager) as other:
        card.AttachByReader(reader.name, SCARD_SHARE_MODES.SHARED, SCARD_PROTOCOLS.T1)
        other.AttachByIFD(reader.name)
        refused(SCARD_E_SHARING_VIOLATION, card.ReAttach)
        assert card.Transaction(SCardCmd(bytes.fromhex("00A4000C023F00"))).ReplyStatus == 0x9000
        other.Detach()
        card.ReAttach()
        refused(SCARD_E_SHARING_VIOLATION, other.AttachByIFD, reader.name)


@pytest.mark.parametrize("handle", [0, -1, 1 << 63, 1 << 64])
def test_what_can_be_no_handle_is_an_invalid_argument(reader: CardReader, handle: int, refused: Refused) -> None:
    with SCardManage(reader.resource_manager) as manage:
        refused(E_INVALIDARG, manage.AttachByHandle, handle)

"""SCardManage: attaching, locking, status, and the way to the other interfaces."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

import scardmgr
from emulator import Card
from sandbox.pytest_plugin import CardReader
from scardmgr import (
    CRYPTPROV,
    E_FAIL,
    E_INVALIDARG,
    E_POINTER,
    E_UNEXPECTED,
    HRESULT,
    REFTYPE,
    SCARD_DISPOSITIONS,
    SCARD_E_CARD_UNSUPPORTED,
    SCARD_E_INVALID_HANDLE,
    SCARD_E_NO_SERVICE,
    SCARD_E_NO_SMARTCARD,
    SCARD_E_NOT_READY,
    SCARD_E_NOT_TRANSACTED,
    SCARD_E_SHARING_VIOLATION,
    SCARD_E_UNKNOWN_READER,
    SCARD_E_UNSUPPORTED_FEATURE,
    SCARD_FLAGS,
    SCARD_PROTOCOLS,
    SCARD_SHARE_MODES,
    SCARD_STATES,
    SCARD_W_RESET_CARD,
    CardTypes,
    HResultError,
    IByteBuffer,
    ISCard,
    ISCardAuth,
    ISCardDatabase,
    ISCardFileAccess,
    ISCardISO7816,
    ISCardManage,
    ISCardVerify,
    ISO7816Provider,
    SCard,
    SCardError,
    SCardManage,
)
from scardmgr.com.unknown import IUnknown
from scardmgr.published import definitions
from scardmgr.winscard.constants import Disposition, Scope, ShareMode
from scardmgr.winscard.embedded import EmbeddedResourceManager
from scardmgr.winscard.manager import ResourceManager

pytestmark = pytest.mark.card("iso7816", via=("embedded", "pcscd"))

Refused = Callable[..., HResultError]
LEAVE, RESET, UNPOWER = SCARD_DISPOSITIONS.LEAVE, SCARD_DISPOSITIONS.RESET, SCARD_DISPOSITIONS.UNPOWER


# The resource manager


@pytest.mark.parametrize("make", [SCardManage, SCard])
@pytest.mark.parametrize("nothing", [None, "a string"])
def test_creation_without_a_resource_manager_fails_and_says_so(make: Any, nothing: object, refused: Refused) -> None:
    for arguments in ((), (nothing,)):
        assert "resource manager" in str(refused(SCARD_E_NO_SERVICE, make, *arguments))


class DeadManager(EmbeddedResourceManager):
    """A resource manager whose service does not answer."""

    def establish_context(self, scope: Scope = Scope.USER) -> int:
        del scope
        raise SCardError(SCARD_E_NO_SERVICE)


@pytest.mark.parametrize("make", [SCardManage, SCard])
def test_creation_without_a_service_fails_and_says_so(make: Any, refused: Refused) -> None:
    assert "no resource manager is running" in str(refused(SCARD_E_NO_SERVICE, make, DeadManager()))


def released(manager: EmbeddedResourceManager, context: int) -> bool:
    """Whether a context is released within a while."""
    deadline = time.monotonic() + 10
    while manager.is_valid_context(context) and time.monotonic() < deadline:
        threading.Event().wait(0.001)
    return not manager.is_valid_context(context)


def test_closing_releases_the_context() -> None:
    manager = EmbeddedResourceManager()
    manage = SCardManage(manager)
    context = manage._context.handle
    manage.close()
    assert not manager.is_valid_context(context)


def test_a_context_goes_with_its_object() -> None:
    manager = EmbeddedResourceManager()
    manage = SCardManage(manager)
    context = manage._context.handle
    del manage
    gc.collect()
    assert released(manager, context)


def test_garbage_is_collected_wherever_the_resource_manager_is() -> None:
    manager = EmbeddedResourceManager()
    slot = manager.add_reader("Desk")
    slot.insert(Card.from_profile("iso7816"))
    manage = SCardManage(manager)
    manage.AttachByIFD("Desk")
    manage.CreateFileAccess()
    manage.SCardLock()
    context = manage._context.handle
    del manage
    # In a thread of its own, so that a deadlock fails the test and does not hang it.
    collected = threading.Event()

    def collect() -> None:
        with slot.exchange, slot.world:
            gc.collect()
        collected.set()

    threading.Thread(target=collect, daemon=True).start()
    assert collected.wait(10)
    assert released(manager, context)


# AttachByIFD


def test_attaching_by_reader_is_shared(unattached: SCardManage, reader: CardReader) -> None:
    unattached.AttachByIFD(reader.name)
    with SCardManage(reader.resource_manager) as other:
        other.AttachByIFD(reader.name)
        assert other.Status()[1] is SCARD_PROTOCOLS.T1


def test_a_second_argument_takes_another_share_mode(
    unattached: SCardManage, reader: CardReader, refused: Refused
) -> None:
    unattached.AttachByIFD(reader.name, SCARD_SHARE_MODES.EXCLUSIVE)
    with SCardManage(reader.resource_manager) as other:
        refused(SCARD_E_SHARING_VIOLATION, other.AttachByIFD, reader.name)


def test_direct_can_be_asked_for_though_it_is_no_published_mode(
    unattached: SCardManage, reader: CardReader, refused: Refused
) -> None:
    unattached.AttachByIFD(reader.name, ShareMode.DIRECT)
    refused(SCARD_E_NOT_READY, unattached.CreateFileAccess)


@pytest.mark.parametrize("name", ["", None, 7, b"Desk"])
def test_a_reader_needs_a_name(unattached: SCardManage, name: Any, refused: Refused) -> None:
    refused(E_INVALIDARG, unattached.AttachByIFD, name)


def test_a_share_mode_has_to_be_one(unattached: SCardManage, reader: CardReader, refused: Refused) -> None:
    refused(E_INVALIDARG, unattached.AttachByIFD, reader.name, 9)


def test_a_reader_has_to_exist(unattached: SCardManage, refused: Refused) -> None:
    refused(SCARD_E_UNKNOWN_READER, unattached.AttachByIFD, "No such reader")


def test_attaching_twice_is_refused(
    reader: CardReader, manage: SCardManage, others_handle: int, refused: Refused
) -> None:
    assert reader.name in str(refused(E_UNEXPECTED, manage.AttachByIFD, reader.name))
    refused(E_UNEXPECTED, manage.AttachByHandle, others_handle)


# An empty reader


def test_an_empty_reader_is_attached_direct_and_absent(
    unattached: SCardManage, empty: CardReader, refused: Refused
) -> None:
    unattached.AttachByIFD(empty.name)
    assert unattached.Status() == (SCARD_STATES.ABSENT, SCARD_PROTOCOLS(0))
    for create in (
        unattached.CreateFileAccess,
        unattached.CreateCardAuth,
        unattached.CreateCHVerification,
        lambda: unattached.CreateInterface(ISCardAuth.IID),
    ):
        refused(SCARD_E_NO_SMARTCARD, create)


def test_a_card_that_comes_later_is_taken_up_by_reconnect(
    unattached: SCardManage, empty: CardReader, refused: Refused
) -> None:
    unattached.AttachByIFD(empty.name)
    empty.insert()
    assert unattached.Status()[0] is not SCARD_STATES.ABSENT
    refused(SCARD_E_NOT_READY, unattached.CreateFileAccess)
    unattached.Reconnect()
    assert unattached.CreateFileAccess().GetCurrentDir() == "3F00"


def test_a_card_that_goes_leaves_an_empty_reader(reader: CardReader, manage: SCardManage, refused: Refused) -> None:
    reader.remove()
    assert manage.Status() == (SCARD_STATES.ABSENT, SCARD_PROTOCOLS(0))
    refused(SCARD_E_NO_SMARTCARD, manage.CreateFileAccess)
    manage.Reconnect()
    assert manage.Status() == (SCARD_STATES.ABSENT, SCARD_PROTOCOLS(0))
    reader.insert()
    manage.Reconnect()
    assert manage.Status()[1] is SCARD_PROTOCOLS.T1


# AttachByHandle


def test_a_handle_of_somebody_elses_is_borrowed(
    unattached: SCardManage, others_handle: int, reader: CardReader
) -> None:
    unattached.AttachByHandle(others_handle)
    assert unattached.CreateFileAccess().GetCurrentDir() == "3F00"
    unattached.Detach()
    assert reader.resource_manager.status(others_handle).reader == reader.name


def test_a_handle_from_the_flat_functions_serves(reader: CardReader, unattached: SCardManage) -> None:
    manager = reader.resource_manager
    _, context = manager.SCardEstablishContext(0)
    result, handle, _ = manager.SCardConnect(context, reader.name, 2, 3)
    assert result == 0
    unattached.AttachByHandle(handle)
    assert unattached.Status()[1] is SCARD_PROTOCOLS.T1


@pytest.mark.parametrize("handle", [0, -1, 0x7FFFFFF, None, "7", True, 1.5])
def test_a_handle_that_is_none_is_an_invalid_argument(unattached: SCardManage, handle: Any, refused: Refused) -> None:
    refused(E_INVALIDARG, unattached.AttachByHandle, handle)


def test_closing_leaves_a_borrowed_handle_open(unattached: SCardManage, others_handle: int, reader: CardReader) -> None:
    with unattached as manage:
        manage.AttachByHandle(others_handle)
    assert reader.resource_manager.status(others_handle).reader == reader.name


# Detach


def test_detach_closes_a_handle_of_our_own(unattached: SCardManage, reader: CardReader) -> None:
    unattached.AttachByIFD(reader.name, SCARD_SHARE_MODES.EXCLUSIVE)
    unattached.Detach()
    with SCardManage(reader.resource_manager) as other:
        other.AttachByIFD(reader.name)


def test_detach_leaves_the_card_as_it_is(
    manage: SCardManage, resource_manager: ResourceManager, others_handle: int
) -> None:
    manage.CreateCHVerification().Verify(b"1234", SCARD_FLAGS.SC_FL_IHV_GLOBAL, 1)
    manage.Detach()
    assert resource_manager.transmit(others_handle, bytes.fromhex("00200001")) == bytes.fromhex("9000")


def test_interfaces_refuse_use_after_detach(manage: SCardManage, reader: CardReader, refused: Refused) -> None:
    files, auth, verify = manage.CreateFileAccess(), manage.CreateCardAuth(), manage.CreateCHVerification()
    file = files.Open(REFTYPE.SC_TYPE_BY_NAME, "3F00/2F01")
    manage.Detach()
    manage.AttachByIFD(reader.name)
    for method, arguments in (
        (files.GetCurrentDir, ()),
        (files.Read, (file, 1)),
        (files.Close, (file,)),
        (auth.GetChallenge, (0, 8)),
        (verify.Verify, (b"1234", SCARD_FLAGS.SC_FL_IHV_GLOBAL, 1)),
        (verify.ResetSecurityState, ()),
    ):
        refused(SCARD_E_INVALID_HANDLE, method, *arguments)
    file.__exit__(None, None, None)


@pytest.mark.parametrize(
    ("method", "arguments", "code"),
    [
        ("Detach", (), SCARD_E_INVALID_HANDLE),
        ("Reconnect", (), SCARD_E_INVALID_HANDLE),
        ("Status", (), SCARD_E_INVALID_HANDLE),
        ("SCardUnlock", (LEAVE,), SCARD_E_INVALID_HANDLE),
        ("CreateFileAccess", (), SCARD_E_INVALID_HANDLE),
        ("CreateCardAuth", (), SCARD_E_INVALID_HANDLE),
        ("CreateCHVerification", (), SCARD_E_INVALID_HANDLE),
        ("SCardLock", (), E_FAIL),
    ],
)
def test_without_an_attachment_methods_say_so(
    unattached: SCardManage, method: str, arguments: tuple[Any, ...], code: int, refused: Refused
) -> None:
    refused(code, getattr(unattached, method), *arguments)


def test_a_released_object_attaches_no_more(unattached: SCardManage, reader: CardReader, refused: Refused) -> None:
    unattached.close()
    unattached.close()
    refused(HRESULT.CO_E_RELEASED, unattached.AttachByIFD, reader.name)


# Lock


def test_a_lock_holds_the_card_and_nests(
    manage: SCardManage, resource_manager: ResourceManager, others_handle: int
) -> None:
    manage.SCardLock()
    manage.SCardLock()
    manage.SCardUnlock(LEAVE)
    with pytest.raises(SCardError) as caught:
        resource_manager.end_transaction(others_handle)
    assert caught.value.code in (SCARD_E_SHARING_VIOLATION, SCARD_E_NOT_TRANSACTED)
    files = manage.CreateFileAccess()
    assert files.GetCurrentDir() == "3F00"
    manage.SCardUnlock(LEAVE)
    resource_manager.begin_transaction(others_handle)
    resource_manager.end_transaction(others_handle)


def test_a_lock_that_is_not_held_cannot_be_released(manage: SCardManage, refused: Refused) -> None:
    refused(SCARD_E_NOT_TRANSACTED, manage.SCardUnlock, LEAVE)


def test_an_unlock_disposition_has_to_be_one(manage: SCardManage, refused: Refused) -> None:
    manage.SCardLock()
    refused(E_INVALIDARG, manage.SCardUnlock, 4)
    manage.SCardUnlock(LEAVE)


@pytest.mark.parametrize("disposition", [RESET, UNPOWER])
def test_unlocking_with_a_reset_resets_the_card(
    manage: SCardManage, disposition: SCARD_DISPOSITIONS, refused: Refused
) -> None:
    manage.SCardLock()
    manage.SCardUnlock(disposition)
    refused(SCARD_W_RESET_CARD, manage.SCardLock)
    manage.Reconnect()
    manage.SCardLock()
    manage.SCardUnlock(LEAVE)


def test_detaching_ends_a_lock(manage: SCardManage, resource_manager: ResourceManager, others_handle: int) -> None:
    manage.SCardLock()
    manage.Detach()
    resource_manager.begin_transaction(others_handle)
    resource_manager.end_transaction(others_handle)


def test_detaching_from_a_borrowed_handle_ends_our_locks_and_leaves_the_owners(
    resource_manager: ResourceManager, others_handle: int, unattached: SCardManage
) -> None:
    resource_manager.begin_transaction(others_handle)
    unattached.AttachByHandle(others_handle)
    unattached.SCardLock()
    unattached.Detach()
    resource_manager.end_transaction(others_handle)
    with pytest.raises(SCardError):
        resource_manager.end_transaction(others_handle)


# Reconnect and status


def test_a_reset_by_others_is_reported_until_reconnect(
    manage: SCardManage, resource_manager: ResourceManager, others_handle: int, refused: Refused
) -> None:
    files = manage.CreateFileAccess()
    resource_manager.reconnect(others_handle, initialization=Disposition.RESET)
    refused(SCARD_W_RESET_CARD, files.ChangeDir, 0, "3F00")
    manage.Reconnect()
    files.ChangeDir(0, "3F00")


def test_reconnect_keeps_the_share_mode_and_the_directory(
    unattached: SCardManage, reader: CardReader, refused: Refused
) -> None:
    manage = unattached
    manage.AttachByIFD(reader.name, SCARD_SHARE_MODES.EXCLUSIVE)
    files = manage.CreateFileAccess()
    files.ChangeDir(0, "7F10")
    manage.Reconnect()
    with SCardManage(reader.resource_manager) as other:
        refused(SCARD_E_SHARING_VIOLATION, other.AttachByIFD, reader.name)
    assert files.GetCurrentDir() == "3F00/7F10"
    assert files.Read(files.Open(1, "6F01"), 5) == b"Hello"


def test_status_tells_state_and_protocol(manage: SCardManage) -> None:
    state, protocol = manage.Status()
    assert state in (SCARD_STATES.NEGOTIABLEMODE, SCARD_STATES.SPECIFICMODE)
    assert protocol is SCARD_PROTOCOLS.T1


# CreateInterface


@pytest.mark.parametrize("interface", [ISCardAuth, ISCardFileAccess, ISCardManage, ISCardVerify, ISCard, CRYPTPROV])
def test_interfaces_come_by_iid_and_by_name(manage: SCardManage, interface: Any) -> None:
    create = manage.CreateInterface
    for iid, name in (
        (interface.IID, ""),
        (str(interface.IID), None),
        (None, interface.__name__),
        (UUID(int=0), interface.__name__),
    ):
        assert isinstance(create(iid, name, None), interface)


def test_the_iid_goes_before_the_name(manage: SCardManage) -> None:
    assert isinstance(manage.CreateInterface(ISCardAuth.IID, "ISCardVerify"), ISCardAuth)


def test_an_iscard_so_created_shares_the_handle(manage: SCardManage) -> None:
    card = manage.CreateInterface(ISCard.IID)
    card.Detach()
    card.close()
    assert manage.Status()[1] is SCARD_PROTOCOLS.T1


def test_the_crypto_provider_has_a_name_of_its_own(manage: SCardManage) -> None:
    assert isinstance(manage.CreateInterface(None, "CryptoProvider"), CRYPTPROV)


class WithoutCrypto(ISO7816Provider):
    """A provider that has no CryptoProvider, and takes user data for an ISCardAuth of its own."""

    def serves(self, atr: bytes) -> bool:
        return bool(atr)

    def create_crypto_provider(self, attachment: Any, user_data: object) -> None:
        """None."""

    def create_other(self, attachment: Any, iid: UUID | None, name: str, user_data: object) -> object | None:
        del attachment
        return user_data if iid == ISCardAuth.IID or name == "ISCardAuth" else None


def test_a_provider_without_one_is_an_unsupported_feature(reader: CardReader, refused: Refused) -> None:
    with SCardManage(reader.resource_manager, CardTypes(WithoutCrypto())) as manage:
        manage.AttachByIFD(reader.name)
        for iid, name in ((None, "CryptoProvider"), (CRYPTPROV.IID, None)):
            assert "CryptoProvider" in str(refused(SCARD_E_UNSUPPORTED_FEATURE, manage.CreateInterface, iid, name))


def test_user_data_are_handed_to_the_provider(reader: CardReader) -> None:
    with SCardManage(reader.resource_manager, CardTypes(WithoutCrypto())) as manage:
        manage.AttachByIFD(reader.name)
        data = object()
        assert manage.CreateInterface(ISCardAuth.IID, None, data) is data
        assert manage.CreateInterface(None, "ISCardAuth", data) is data
        assert isinstance(manage.CreateInterface(ISCardAuth.IID), ISCardAuth)
        assert isinstance(manage.CreateInterface(ISCardVerify.IID, None, data), ISCardVerify)


def test_iscardmanage_is_the_object_itself_with_a_reference_more(manage: SCardManage) -> None:
    assert manage.CreateInterface(ISCardManage.IID) is manage
    assert manage.Release() == 1


def test_every_published_interface_comes_by_its_iid_and_by_its_name(manage: SCardManage) -> None:
    for published in definitions.interfaces():
        for iid, name in ((published.iid, None), (None, published.name)):
            made = manage.CreateInterface(iid, name)
            assert isinstance(made, getattr(scardmgr, published.name))
            assert isinstance(made, IUnknown)
            assert made.Release() == (1 if made is manage else 0)


class WithBuffersOfItsOwn(ISO7816Provider):
    """A provider that has an IByteBuffer of its own."""

    MADE = object()

    def serves(self, atr: bytes) -> bool:
        return bool(atr)

    def create_other(self, attachment: Any, iid: UUID | None, name: str, user_data: object) -> object | None:
        del attachment, name, user_data
        return self.MADE if iid == IByteBuffer.IID else None


def test_interfaces_of_no_card_come_where_the_provider_has_none(
    reader: CardReader, manage: SCardManage, refused: Refused
) -> None:
    """They are of use at once, on the resource manager of the ISCardManage."""
    commands, buffer = manage.CreateInterface(ISCardISO7816.IID), manage.CreateInterface(IByteBuffer.IID)
    assert isinstance(commands, ISCardISO7816)
    assert commands.GetChallenge(8).Apdu == bytes.fromhex("0084000008")
    assert isinstance(buffer, IByteBuffer)
    refused(E_UNEXPECTED, buffer.Read, 1)
    buffer.Initialize(3, b"abc")
    assert buffer.Read(3) == b"abc"
    database = manage.CreateInterface(None, "ISCardDatabase")
    assert isinstance(database, ISCardDatabase)
    assert reader.name in database.ListReaders()
    with SCardManage(reader.resource_manager, CardTypes(WithBuffersOfItsOwn())) as other:
        other.AttachByIFD(reader.name)
        assert other.CreateInterface(IByteBuffer.IID) is WithBuffersOfItsOwn.MADE


@pytest.mark.parametrize(
    ("iid", "name"), [(UUID(int=1), ""), ("not an IID", ""), (7, ""), (None, "ISCardFriend"), (None, 7)]
)
def test_unknown_interfaces_are_invalid_arguments(manage: SCardManage, iid: Any, name: Any, refused: Refused) -> None:
    refused(E_INVALIDARG, manage.CreateInterface, iid, name)


def test_an_interface_needs_an_iid_or_a_name(manage: SCardManage, refused: Refused) -> None:
    refused(E_POINTER, manage.CreateInterface, None, None)


def test_with_releases_every_interface(manage: SCardManage, refused: Refused) -> None:
    for interface in (manage.CreateFileAccess(), manage.CreateCardAuth(), manage.CreateCHVerification()):
        with interface as entered:
            assert entered is interface
    with manage.CreateFileAccess() as files:
        pass
    refused(HRESULT.CO_E_RELEASED, files.GetCurrentDir)
    assert manage.Status()[1] is SCARD_PROTOCOLS.T1


def test_a_card_that_is_no_card_we_know_is_unsupported(reader: CardReader, refused: Refused) -> None:
    with SCardManage(reader.resource_manager, CardTypes()) as manage:
        manage.AttachByIFD(reader.name)
        assert "3B" in str(refused(SCARD_E_CARD_UNSUPPORTED, manage.CreateFileAccess))


def test_a_borrowed_handle_cannot_follow_a_card_that_goes(
    unattached: SCardManage, others_handle: int, reader: CardReader, refused: Refused
) -> None:
    unattached.AttachByHandle(others_handle)
    reader.remove()
    refused(SCARD_E_NO_SMARTCARD, unattached.Reconnect)


def test_an_empty_reader_may_be_somebody_elses_by_then(
    manage: SCardManage, empty: CardReader, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = empty.resource_manager
    context = manager.establish_context()
    disconnect = manager.disconnect

    def disconnect_and_lose(card: int, disposition: Disposition = Disposition.LEAVE) -> None:
        disconnect(card, disposition)
        monkeypatch.undo()
        empty.insert()
        manager.connect(context, empty.name, ShareMode.EXCLUSIVE)

    monkeypatch.setattr(manager, "disconnect", disconnect_and_lose)
    refused(SCARD_E_SHARING_VIOLATION, manage.Reconnect)
    refused(SCARD_E_INVALID_HANDLE, manage.Status)
    manager.release_context(context)
    manage.AttachByIFD(empty.name)


def test_a_borrowed_handle_is_reconnected_shared(reader: CardReader, unattached: SCardManage) -> None:
    manager = reader.resource_manager
    context = manager.establish_context()
    handle = manager.connect(context, reader.name, ShareMode.EXCLUSIVE).handle
    unattached.AttachByHandle(handle)
    unattached.Reconnect()
    with SCardManage(manager) as other:
        other.AttachByIFD(reader.name)
    manager.release_context(context)

"""SCardManage: attaching, locking, status, and the way to the other interfaces."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from emulator import Card
from iso7816.icc import ICC
from scardmgr import (
    E_FAIL,
    E_INVALIDARG,
    E_POINTER,
    E_UNEXPECTED,
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
    ISCard,
    ISCardAuth,
    ISCardFileAccess,
    ISCardManage,
    ISCardVerify,
    SCard,
    SCardError,
    SCardManage,
)
from scardmgr.winscard.constants import Disposition, Scope, ShareMode
from scardmgr.winscard.embedded import EmbeddedResourceManager

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


def test_attaching_by_reader_is_shared(unattached: Any) -> None:
    unattached.manage.AttachByIFD(unattached.reader)
    with SCardManage(unattached.manager) as other:
        other.AttachByIFD(unattached.reader)
        assert other.Status()[1] is SCARD_PROTOCOLS.T1


def test_a_second_argument_takes_another_share_mode(unattached: Any, refused: Refused) -> None:
    unattached.manage.AttachByIFD(unattached.reader, SCARD_SHARE_MODES.EXCLUSIVE)
    with SCardManage(unattached.manager) as other:
        refused(SCARD_E_SHARING_VIOLATION, other.AttachByIFD, unattached.reader)


def test_direct_can_be_asked_for_though_it_is_no_published_mode(unattached: Any, refused: Refused) -> None:
    unattached.manage.AttachByIFD(unattached.reader, ShareMode.DIRECT)
    refused(SCARD_E_NOT_READY, unattached.manage.CreateFileAccess)


@pytest.mark.parametrize("name", ["", None, 7, b"Desk"])
def test_a_reader_needs_a_name(unattached: Any, name: Any, refused: Refused) -> None:
    refused(E_INVALIDARG, unattached.manage.AttachByIFD, name)


def test_a_share_mode_has_to_be_one(unattached: Any, refused: Refused) -> None:
    refused(E_INVALIDARG, unattached.manage.AttachByIFD, unattached.reader, 9)


def test_a_reader_has_to_exist(unattached: Any, refused: Refused) -> None:
    refused(SCARD_E_UNKNOWN_READER, unattached.manage.AttachByIFD, "No such reader")


def test_attaching_twice_is_refused(desk: Any, refused: Refused) -> None:
    assert desk.reader in str(refused(E_UNEXPECTED, desk.manage.AttachByIFD, desk.reader))
    refused(E_UNEXPECTED, desk.manage.AttachByHandle, desk.handle())


# An empty reader


def test_an_empty_reader_is_attached_direct_and_absent(empty: Any, refused: Refused) -> None:
    empty.manage.AttachByIFD(empty.reader)
    assert empty.manage.Status() == (SCARD_STATES.ABSENT, SCARD_PROTOCOLS(0))
    for create in (
        empty.manage.CreateFileAccess,
        empty.manage.CreateCardAuth,
        empty.manage.CreateCHVerification,
        lambda: empty.manage.CreateInterface(ISCardAuth.IID),
    ):
        refused(SCARD_E_NO_SMARTCARD, create)


def test_a_card_that_comes_later_is_taken_up_by_reconnect(empty: Any, refused: Refused) -> None:
    empty.manage.AttachByIFD(empty.reader)
    empty.slot.insert(Card.from_profile("iso7816"))
    assert empty.manage.Status()[0] is not SCARD_STATES.ABSENT
    refused(SCARD_E_NOT_READY, empty.manage.CreateFileAccess)
    empty.manage.Reconnect()
    assert empty.manage.CreateFileAccess().GetCurrentDir() == "3F00"


def test_a_card_that_goes_leaves_an_empty_reader(desk: Any, refused: Refused) -> None:
    desk.slot.remove()
    assert desk.manage.Status() == (SCARD_STATES.ABSENT, SCARD_PROTOCOLS(0))
    refused(SCARD_E_NO_SMARTCARD, desk.manage.CreateFileAccess)
    desk.manage.Reconnect()
    assert desk.manage.Status() == (SCARD_STATES.ABSENT, SCARD_PROTOCOLS(0))
    desk.slot.insert(Card.from_profile("iso7816"))
    desk.manage.Reconnect()
    assert desk.manage.Status()[1] is SCARD_PROTOCOLS.T1


# AttachByHandle


def test_a_handle_of_somebody_elses_is_borrowed(unattached: Any) -> None:
    handle = unattached.handle()
    unattached.manage.AttachByHandle(handle)
    assert unattached.manage.CreateFileAccess().GetCurrentDir() == "3F00"
    unattached.manage.Detach()
    assert unattached.manager.status(handle).reader == unattached.reader


def test_a_handle_from_the_flat_functions_serves(unattached: Any) -> None:
    manager = unattached.manager
    _, context = manager.SCardEstablishContext(0)
    result, handle, _ = manager.SCardConnect(context, unattached.reader, 2, 3)
    assert result == 0
    unattached.manage.AttachByHandle(handle)
    assert unattached.manage.Status()[1] is SCARD_PROTOCOLS.T1


@pytest.mark.parametrize("handle", [0, -1, 0x7FFFFFF, None, "7", True, 1.5])
def test_a_handle_that_is_none_is_an_invalid_argument(unattached: Any, handle: Any, refused: Refused) -> None:
    refused(E_INVALIDARG, unattached.manage.AttachByHandle, handle)


def test_closing_leaves_a_borrowed_handle_open(unattached: Any) -> None:
    handle = unattached.handle()
    with unattached.manage as manage:
        manage.AttachByHandle(handle)
    assert unattached.manager.status(handle).reader == unattached.reader


# Detach


def test_detach_closes_a_handle_of_our_own(unattached: Any) -> None:
    unattached.manage.AttachByIFD(unattached.reader, SCARD_SHARE_MODES.EXCLUSIVE)
    unattached.manage.Detach()
    with SCardManage(unattached.manager) as other:
        other.AttachByIFD(unattached.reader)


def test_detach_leaves_the_card_as_it_is(desk: Any) -> None:
    witness = desk.handle()
    desk.verify.Verify(b"1234", SCARD_FLAGS.SC_FL_IHV_GLOBAL, 1)
    desk.manage.Detach()
    assert desk.manager.transmit(witness, bytes.fromhex("00200001")) == bytes.fromhex("9000")


def test_interfaces_refuse_use_after_detach(desk: Any, refused: Refused) -> None:
    files, auth, verify = desk.files, desk.auth, desk.verify
    file = files.Open(REFTYPE.SC_TYPE_BY_NAME, "3F00/2F01")
    desk.manage.Detach()
    desk.manage.AttachByIFD(desk.reader)
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
    unattached: Any, method: str, arguments: tuple[Any, ...], code: int, refused: Refused
) -> None:
    refused(code, getattr(unattached.manage, method), *arguments)


def test_a_released_object_attaches_no_more(unattached: Any, refused: Refused) -> None:
    unattached.manage.close()
    unattached.manage.close()
    refused(SCARD_E_INVALID_HANDLE, unattached.manage.AttachByIFD, unattached.reader)


# Lock


def test_a_lock_holds_the_card_and_nests(desk: Any) -> None:
    witness = desk.handle()
    desk.manage.SCardLock()
    desk.manage.SCardLock()
    desk.manage.SCardUnlock(LEAVE)
    with pytest.raises(SCardError) as caught:
        desk.manager.end_transaction(witness)
    assert caught.value.code in (SCARD_E_SHARING_VIOLATION, SCARD_E_NOT_TRANSACTED)
    files = desk.files
    assert files.GetCurrentDir() == "3F00"
    desk.manage.SCardUnlock(LEAVE)
    desk.manager.begin_transaction(witness)
    desk.manager.end_transaction(witness)


def test_a_lock_that_is_not_held_cannot_be_released(desk: Any, refused: Refused) -> None:
    refused(SCARD_E_NOT_TRANSACTED, desk.manage.SCardUnlock, LEAVE)


def test_an_unlock_disposition_has_to_be_one(desk: Any, refused: Refused) -> None:
    desk.manage.SCardLock()
    refused(E_INVALIDARG, desk.manage.SCardUnlock, 4)
    desk.manage.SCardUnlock(LEAVE)


@pytest.mark.parametrize("disposition", [RESET, UNPOWER])
def test_unlocking_with_a_reset_resets_the_card(desk: Any, disposition: SCARD_DISPOSITIONS, refused: Refused) -> None:
    desk.manage.SCardLock()
    desk.manage.SCardUnlock(disposition)
    refused(SCARD_W_RESET_CARD, desk.manage.SCardLock)
    desk.manage.Reconnect()
    desk.manage.SCardLock()
    desk.manage.SCardUnlock(LEAVE)


def test_detaching_ends_a_lock(desk: Any) -> None:
    witness = desk.handle()
    desk.manage.SCardLock()
    desk.manage.Detach()
    desk.manager.begin_transaction(witness)
    desk.manager.end_transaction(witness)


def test_detaching_from_a_borrowed_handle_ends_our_locks_and_leaves_the_owners(unattached: Any) -> None:
    handle = unattached.handle()
    unattached.manager.begin_transaction(handle)
    unattached.manage.AttachByHandle(handle)
    unattached.manage.SCardLock()
    unattached.manage.Detach()
    unattached.manager.end_transaction(handle)
    with pytest.raises(SCardError):
        unattached.manager.end_transaction(handle)


# Reconnect and status


def test_a_reset_by_others_is_reported_until_reconnect(desk: Any, refused: Refused) -> None:
    files = desk.files
    witness = desk.handle()
    desk.manager.reconnect(witness, initialization=Disposition.RESET)
    refused(SCARD_W_RESET_CARD, files.ChangeDir, 0, "3F00")
    desk.manage.Reconnect()
    files.ChangeDir(0, "3F00")


def test_reconnect_keeps_the_share_mode_and_the_directory(unattached: Any, refused: Refused) -> None:
    manage = unattached.manage
    manage.AttachByIFD(unattached.reader, SCARD_SHARE_MODES.EXCLUSIVE)
    files = manage.CreateFileAccess()
    files.ChangeDir(0, "7F10")
    manage.Reconnect()
    with SCardManage(unattached.manager) as other:
        refused(SCARD_E_SHARING_VIOLATION, other.AttachByIFD, unattached.reader)
    assert files.GetCurrentDir() == "3F00/7F10"
    assert files.Read(files.Open(1, "6F01"), 5) == b"Hello"


def test_status_tells_state_and_protocol(desk: Any) -> None:
    state, protocol = desk.manage.Status()
    assert state in (SCARD_STATES.NEGOTIABLEMODE, SCARD_STATES.SPECIFICMODE)
    assert protocol is SCARD_PROTOCOLS.T1


# CreateInterface


@pytest.mark.parametrize("interface", [ISCardAuth, ISCardFileAccess, ISCardManage, ISCardVerify, ISCard])
def test_interfaces_come_by_iid_and_by_name(desk: Any, interface: Any) -> None:
    create = desk.manage.CreateInterface
    for iid, name in (
        (interface.IID, ""),
        (str(interface.IID), None),
        (None, interface.__name__),
        (UUID(int=0), interface.__name__),
    ):
        assert isinstance(create(iid, name, None), interface)


def test_the_iid_goes_before_the_name(desk: Any) -> None:
    assert isinstance(desk.manage.CreateInterface(ISCardAuth.IID, "ISCardVerify"), ISCardAuth)


def test_an_iscard_so_created_shares_the_handle(desk: Any) -> None:
    card = desk.manage.CreateInterface(ISCard.IID)
    card.Detach()
    card.close()
    assert desk.manage.Status()[1] is SCARD_PROTOCOLS.T1


def test_there_is_no_crypto_provider_yet(desk: Any, refused: Refused) -> None:
    assert "CryptoProvider" in str(
        refused(SCARD_E_UNSUPPORTED_FEATURE, desk.manage.CreateInterface, None, "CryptoProvider")
    )


@pytest.mark.parametrize(
    ("iid", "name"), [(UUID(int=1), ""), ("not an IID", ""), (7, ""), (None, "ISCardFriend"), (None, 7)]
)
def test_unknown_interfaces_are_invalid_arguments(desk: Any, iid: Any, name: Any, refused: Refused) -> None:
    refused(E_INVALIDARG, desk.manage.CreateInterface, iid, name)


def test_an_interface_needs_an_iid_or_a_name(desk: Any, refused: Refused) -> None:
    refused(E_POINTER, desk.manage.CreateInterface, None, None)


def test_with_releases_every_interface(desk: Any, refused: Refused) -> None:
    for interface in (desk.files, desk.auth, desk.verify):
        with interface as entered:
            assert entered is interface
    with desk.files as files:
        pass
    refused(SCARD_E_INVALID_HANDLE, files.GetCurrentDir)
    assert desk.manage.Status()[1] is SCARD_PROTOCOLS.T1


def test_a_card_that_is_no_card_we_know_is_unsupported(lay_desk: Callable[[ICC | None], Any], refused: Refused) -> None:
    laid = lay_desk(Card.from_profile("iso7816"))
    with SCardManage(laid.manager, CardTypes()) as manage:
        manage.AttachByIFD(laid.reader)
        assert "3B" in str(refused(SCARD_E_CARD_UNSUPPORTED, manage.CreateFileAccess))


def test_a_borrowed_handle_cannot_follow_a_card_that_goes(unattached: Any, refused: Refused) -> None:
    handle = unattached.handle()
    unattached.manage.AttachByHandle(handle)
    unattached.slot.remove()
    refused(SCARD_E_NO_SMARTCARD, unattached.manage.Reconnect)


def test_a_borrowed_handle_is_reconnected_shared(unattached: Any) -> None:
    manager = unattached.manager
    context = manager.establish_context()
    handle = manager.connect(context, unattached.reader, ShareMode.EXCLUSIVE).handle
    unattached.manage.AttachByHandle(handle)
    unattached.manage.Reconnect()
    with SCardManage(manager) as other:
        other.AttachByIFD(unattached.reader)
    manager.release_context(context)

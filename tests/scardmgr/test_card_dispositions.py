"""What ISCard does to the card when it lets go of it, what others see of that, and who has the card to himself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from sandbox.pytest_plugin import CardReader
from scardmgr import (
    E_INVALIDARG,
    SCARD_DISPOSITIONS,
    SCARD_E_INVALID_HANDLE,
    SCARD_E_NO_SMARTCARD,
    SCARD_E_NOT_TRANSACTED,
    SCARD_E_SHARING_VIOLATION,
    SCARD_PROTOCOLS,
    SCARD_SHARE_MODES,
    SCARD_STATES,
    SCARD_W_RESET_CARD,
    HResultError,
    SCard,
    SCardCmd,
    SCardError,
)
from scardmgr.winscard.constants import Attribute, Disposition, ShareMode
from scardmgr.winscard.manager import ResourceManager

pytestmark = pytest.mark.card("iso7816", via=("embedded", "pcscd"))

Refused = Callable[..., HResultError]
Eventually = Callable[[Callable[[], object]], None]
EXCLUSIVE, SHARED = SCARD_SHARE_MODES.EXCLUSIVE, SCARD_SHARE_MODES.SHARED
T1 = SCARD_PROTOCOLS.T1
LEAVE, RESET, UNPOWER, EJECT = SCARD_DISPOSITIONS
VERIFY = bytes.fromhex("0020000104") + b"1234"
IS_VERIFIED = bytes.fromhex("00200001")
WAYS = ("Detach", "Detach what is borrowed", "UnlockSCard", "ReAttach")


class Witness:
    """An ICC that takes every command, and remembers what its reader does to it."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def power_on(self) -> bytes:
        self.seen.append("on")
        return bytes.fromhex("3B800181")

    def power_off(self) -> None:
        self.seen.append("off")

    def reset(self) -> bytes:
        self.seen.append("reset")
        return bytes.fromhex("3B800181")

    def transmit(self, _command: bytes) -> bytes:
        return b"\x90\x00"


@pytest.fixture
def attached(reader: CardReader) -> Iterator[SCard]:
    """An SCard attached shared to the card in the reader."""
    with SCard(reader.resource_manager) as made:
        made.AttachByReader(reader.name, SHARED, T1)
        yield made


@contextmanager
def attached_for(way: str, reader: CardReader) -> Iterator[SCard]:
    """An SCard with the card in hand as the way to let go of it asks for: lent or opened."""
    with SCard(reader.resource_manager) as card:
        if way == "Detach what is borrowed":
            manager = reader.resource_manager
            card.AttachByHandle(manager.connect(manager.establish_context(), reader.name).handle)
        else:
            card.AttachByReader(reader.name, SHARED, T1)
        yield card


def let_go(way: str, card: SCard, disposition: SCARD_DISPOSITIONS) -> None:
    if way == "UnlockSCard":
        card.LockSCard()
        card.UnlockSCard(disposition)
    elif way == "ReAttach":
        card.ReAttach(SHARED, disposition)
    else:
        card.Detach(disposition)


def code_of(call: Callable[..., object], *arguments: object) -> int | None:
    """The code that a call of the resource manager fails with."""
    try:
        call(*arguments)
    except SCardError as error:
        return error.code
    return None


# Dispositions


@pytest.mark.parametrize("disposition", SCARD_DISPOSITIONS)
@pytest.mark.parametrize("way", WAYS)
def test_a_disposition_does_to_the_card_what_it_says_and_others_are_told(
    reader: CardReader, eventually: Eventually, way: str, disposition: SCARD_DISPOSITIONS
) -> None:
    manager = reader.resource_manager
    witness = Witness()
    reader.swap(witness)
    theirs = manager.connect(manager.establish_context(), reader.name).handle
    with attached_for(way, reader) as card:
        card.Transaction(SCardCmd(bytes(4)))
        witness.seen.clear()
        let_go(way, card, disposition)
        # No reader here has a motor: a card that should be ejected loses its power.
        without_power = ["off"] if (way, disposition) == ("Detach", UNPOWER) else ["off", "on"]
        expected = {LEAVE: [], RESET: ["reset"]}.get(disposition, without_power)
        eventually(lambda: witness.seen == expected)  # pcscd does not wait for a card to be without power
        told = None if disposition is LEAVE else SCARD_W_RESET_CARD
        assert code_of(manager.transmit, theirs, bytes(4)) == told
        assert (card.CardHandle == 0) == way.startswith("Detach")


@pytest.mark.parametrize("disposition", SCARD_DISPOSITIONS)
@pytest.mark.parametrize("way", WAYS)
def test_what_was_verified_stays_with_leave_alone(
    reader: CardReader, others_handle: int, way: str, disposition: SCARD_DISPOSITIONS
) -> None:
    manager = reader.resource_manager
    with attached_for(way, reader) as card:
        assert card.Transaction(SCardCmd(VERIFY)).ReplyStatus == 0x9000
        let_go(way, card, disposition)
        # Whoever finds the card without power has to give it some.
        manager.reconnect(
            others_handle, initialization=Disposition.UNPOWER if disposition is UNPOWER else Disposition.LEAVE
        )
        assert (manager.transmit(others_handle, IS_VERIFIED) == b"\x90\x00") == (disposition is LEAVE)


def test_the_handle_that_unlocks_with_a_reset_is_told_as_well(attached: SCard, refused: Refused) -> None:
    for disposition in (RESET, UNPOWER, EJECT):
        attached.LockSCard()
        attached.UnlockSCard(disposition)
        refused(SCARD_W_RESET_CARD, attached.Transaction, SCardCmd(IS_VERIFIED))
        attached.ReAttach(SHARED)
        assert attached.Transaction(SCardCmd(IS_VERIFIED)).ReplyStatus == 0x63C3


def test_detach_closes_its_own_handle_and_leaves_a_borrowed_one_open(
    attached: SCard, resource_manager: ResourceManager, others_handle: int
) -> None:
    handle = attached.CardHandle
    attached.Detach()
    assert code_of(resource_manager.status, handle) == SCARD_E_INVALID_HANDLE
    attached.AttachByHandle(others_handle)
    attached.LockSCard()
    attached.Detach()
    assert code_of(resource_manager.status, others_handle) is None
    assert code_of(resource_manager.end_transaction, others_handle) == SCARD_E_NOT_TRANSACTED, "its lock is gone"


def test_a_disposition_has_to_be_one(attached: SCard, refused: Refused) -> None:
    refused(E_INVALIDARG, attached.Detach, 4)
    assert attached.CardHandle != 0
    refused(E_INVALIDARG, attached.UnlockSCard, -1)
    refused(E_INVALIDARG, attached.ReAttach, SHARED, 7)
    refused(E_INVALIDARG, attached.ReAttach, 3, LEAVE)


def test_a_card_that_is_gone_can_be_let_go_all_the_same(attached: SCard, reader: CardReader) -> None:
    reader.remove()
    attached.Detach(EJECT)
    assert attached.CardHandle == 0


# Locks


def test_a_lock_holds_the_card_alone(
    attached: SCard, resource_manager: ResourceManager, others_handle: int, refused: Refused
) -> None:
    attached.LockSCard()
    attached.LockSCard()
    for _ in range(2):
        # Most calls of others wait; this one is refused.
        assert code_of(resource_manager.get_attribute, others_handle, Attribute.ATR_STRING) == SCARD_E_SHARING_VIOLATION
        assert attached.Transaction(SCardCmd(IS_VERIFIED)).ReplyStatus == 0x63C3
        attached.UnlockSCard()
    assert code_of(resource_manager.get_attribute, others_handle, Attribute.ATR_STRING) is None
    refused(SCARD_E_NOT_TRANSACTED, attached.UnlockSCard)


def test_who_locks_waits_for_whoever_has_locked(attached: SCard, reader: CardReader) -> None:
    order: list[str] = []
    attached.LockSCard()

    def lock() -> None:
        with SCard(reader.resource_manager) as other:
            other.AttachByReader(reader.name, SHARED, T1)
            other.LockSCard()
            order.append("theirs")
            other.UnlockSCard()

    waiting = Thread(target=lock)
    waiting.start()
    for number in range(100):
        assert attached.Transaction(SCardCmd(IS_VERIFIED)).ReplyStatus == 0x63C3
        order.append(f"ours {number}")
    attached.UnlockSCard()
    waiting.join(60)
    assert order[-1] == "theirs"
    assert len(order) == 101


# Sharing


def test_reattach_is_the_way_back_after_a_reset_by_others(
    attached: SCard, resource_manager: ResourceManager, others_handle: int, refused: Refused
) -> None:
    resource_manager.reconnect(others_handle, ShareMode.SHARED, initialization=Disposition.RESET)
    refused(SCARD_W_RESET_CARD, attached.LockSCard)
    attached.ReAttach(SHARED)
    attached.LockSCard()
    attached.UnlockSCard()


def test_exclusive_keeps_others_out_and_shared_lets_them_in(reader: CardReader, refused: Refused) -> None:
    with SCard(reader.resource_manager) as card, SCard(reader.resource_manager) as other:
        card.AttachByReader(reader.name, EXCLUSIVE, T1)
        handle = card.CardHandle
        refused(SCARD_E_SHARING_VIOLATION, other.AttachByReader, reader.name, SHARED, T1)
        card.ReAttach(SHARED)
        assert card.CardHandle == handle
        other.AttachByReader(reader.name, SHARED, T1)
        other.LockSCard()
        assert other.Transaction(SCardCmd(IS_VERIFIED)).ReplyStatus == 0x63C3
        other.Detach()
        card.Detach()
        other.AttachByReader(reader.name, EXCLUSIVE, T1)
        refused(SCARD_E_SHARING_VIOLATION, card.AttachByReader, reader.name, SHARED, T1)


def test_reattach_becomes_exclusive_when_nobody_else_is_there(
    attached: SCard, reader: CardReader, refused: Refused
) -> None:
    manager = reader.resource_manager
    handle = attached.CardHandle
    attached.LockSCard()
    attached.ReAttach(EXCLUSIVE, RESET)
    assert attached.CardHandle == handle
    with SCard(manager) as other:
        refused(SCARD_E_SHARING_VIOLATION, other.AttachByReader, reader.name, SHARED, T1)
    attached.UnlockSCard()
    attached.ReAttach(SHARED)
    manager.connect(manager.establish_context(), reader.name)


def test_reattach_stays_shared_beside_others(
    attached: SCard, resource_manager: ResourceManager, others_handle: int, refused: Refused
) -> None:
    attached.LockSCard()
    refused(SCARD_E_SHARING_VIOLATION, attached.ReAttach, EXCLUSIVE)
    refused(SCARD_E_SHARING_VIOLATION, attached.ReAttach)
    assert attached.Transaction(SCardCmd(VERIFY)).ReplyStatus == 0x9000
    attached.UnlockSCard()
    assert resource_manager.transmit(others_handle, IS_VERIFIED) == b"\x90\x00"


def test_a_borrowed_handle_becomes_exclusive_and_shared(
    resource_manager: ResourceManager, reader: CardReader, others_handle: int, refused: Refused
) -> None:
    with SCard(resource_manager) as card, SCard(resource_manager) as other:
        card.AttachByHandle(others_handle)
        card.ReAttach(EXCLUSIVE)
        assert card.CardHandle == others_handle
        refused(SCARD_E_SHARING_VIOLATION, other.AttachByReader, reader.name, SHARED, T1)
        card.ReAttach(SHARED)
        other.AttachByReader(reader.name, SHARED, T1)
        refused(SCARD_E_SHARING_VIOLATION, card.ReAttach, EXCLUSIVE)
        assert card.Transaction(SCardCmd(IS_VERIFIED)).ReplyStatus == 0x63C3
    assert resource_manager.transmit(others_handle, IS_VERIFIED) == b"\x63\xc3"


def test_reattach_to_a_card_that_went_keeps_the_reader(attached: SCard, reader: CardReader, refused: Refused) -> None:
    reader.remove()
    refused(SCARD_E_NO_SMARTCARD, attached.ReAttach, EXCLUSIVE)
    assert attached.Status is SCARD_STATES.ABSENT
    reader.insert()
    attached.ReAttach(EXCLUSIVE)
    assert attached.Transaction(SCardCmd(VERIFY)).ReplyStatus == 0x9000

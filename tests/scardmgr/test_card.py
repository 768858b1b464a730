"""SCard: ISCard's properties, dispositions, and commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scardmgr import (
    E_INVALIDARG,
    E_POINTER,
    E_UNEXPECTED,
    SCARD_DISPOSITIONS,
    SCARD_E_INVALID_HANDLE,
    SCARD_E_NO_SMARTCARD,
    SCARD_E_NOT_TRANSACTED,
    SCARD_E_PROTO_MISMATCH,
    SCARD_E_SHARING_VIOLATION,
    SCARD_E_UNKNOWN_READER,
    SCARD_PROTOCOLS,
    SCARD_SHARE_MODES,
    SCARD_STATES,
    SCARD_W_RESET_CARD,
    HResultError,
    SCard,
    SCardCmd,
    SCardError,
)
from scardmgr.winscard.constants import Disposition, ShareMode

Refused = Callable[..., HResultError]
EXCLUSIVE, SHARED = SCARD_SHARE_MODES.EXCLUSIVE, SCARD_SHARE_MODES.SHARED
T0, T1, RAW = SCARD_PROTOCOLS.T0, SCARD_PROTOCOLS.T1, SCARD_PROTOCOLS.RAW
LEAVE, RESET, UNPOWER, EJECT = SCARD_DISPOSITIONS
IS_VERIFIED = bytes.fromhex("00200001")


@pytest.fixture
def card(unattached: Any) -> Any:
    """An SCard attached shared to the built-in card."""
    with SCard(unattached.manager) as made:
        made.AttachByReader(unattached.reader, SHARED, T1)
        yield made


def verify(card: SCard) -> None:
    command = card.Transaction(SCardCmd(bytes.fromhex("0020000104") + b"1234"))
    assert command.ReplyStatus == 0x9000


def is_verified(manager: Any, handle: int) -> bool:
    answer: bytes = manager.transmit(handle, IS_VERIFIED)
    return answer == b"\x90\x00"


def test_properties_of_an_attached_card(card: SCard, unattached: Any) -> None:
    assert card.Atr == unattached.card.power_on()
    assert unattached.manager.status(card.CardHandle).reader == unattached.reader
    assert unattached.manager.is_valid_context(card.Context)
    assert card.Protocol is T1
    assert card.Status in (SCARD_STATES.NEGOTIABLEMODE, SCARD_STATES.SPECIFICMODE)


def test_properties_without_an_attachment(unattached: Any, refused: Refused) -> None:
    with SCard(unattached.manager) as card:
        assert card.CardHandle == 0
        assert unattached.manager.is_valid_context(card.Context)
        for name in ("Atr", "Protocol", "Status"):
            refused(SCARD_E_INVALID_HANDLE, getattr, card, name)
    assert card.Context == 0


def test_the_default_is_exclusive_and_t0(unattached: Any, refused: Refused) -> None:
    with SCard(unattached.manager) as card:
        refused(SCARD_E_PROTO_MISMATCH, card.AttachByReader, unattached.reader)
        card.AttachByReader(unattached.reader, PrefProtocol=T1)
        with SCard(unattached.manager) as other:
            refused(SCARD_E_SHARING_VIOLATION, other.AttachByReader, unattached.reader, SHARED, T1)


def test_either_protocol_may_be_offered(unattached: Any) -> None:
    with SCard(unattached.manager) as card:
        card.AttachByReader(unattached.reader, SHARED, T0 | T1)
        assert card.Protocol is T1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("", SHARED, T1), E_INVALIDARG),
        ((None, SHARED, T1), E_INVALIDARG),
        (("Desk 00 00", 3, T1), E_INVALIDARG),
        (("Desk 00 00", SHARED, 0), E_INVALIDARG),
        (("Desk 00 00", SHARED, 4), E_INVALIDARG),
        (("No such reader", SHARED, T1), SCARD_E_UNKNOWN_READER),
    ],
)
def test_what_cannot_be_attached(unattached: Any, arguments: tuple[Any, ...], code: int, refused: Refused) -> None:
    with SCard(unattached.manager) as card:
        refused(code, card.AttachByReader, *arguments)


def test_an_empty_reader_has_no_card_to_attach(empty: Any, refused: Refused) -> None:
    with SCard(empty.manager) as card:
        refused(SCARD_E_NO_SMARTCARD, card.AttachByReader, empty.reader, SHARED, T1)


def test_attaching_twice_is_refused(card: SCard, unattached: Any, refused: Refused) -> None:
    refused(E_UNEXPECTED, card.AttachByReader, unattached.reader, SHARED, T1)
    refused(E_UNEXPECTED, card.AttachByHandle, card.CardHandle)


@pytest.mark.parametrize("handle", [0, None, "1"])
def test_an_invalid_handle_is_an_invalid_argument(unattached: Any, handle: Any, refused: Refused) -> None:
    with SCard(unattached.manager) as card:
        refused(E_INVALIDARG, card.AttachByHandle, handle)


@pytest.mark.parametrize(("disposition", "still"), [(LEAVE, True), (RESET, False), (UNPOWER, False), (EJECT, False)])
def test_detach_does_to_the_card_as_told(
    card: SCard, unattached: Any, disposition: SCARD_DISPOSITIONS, still: bool
) -> None:
    manager, witness = unattached.manager, unattached.handle()
    verify(card)
    handle = card.CardHandle
    card.Detach(disposition)
    assert card.CardHandle == 0
    with pytest.raises(SCardError):
        manager.status(handle)
    if disposition is EJECT:
        return  # no reader here has a motor, so what EJECT does is the reader's affair
    if not still:
        with pytest.raises(SCardError) as caught:
            manager.transmit(witness, IS_VERIFIED)
        assert caught.value.code == SCARD_W_RESET_CARD
        # Whoever finds the card without power has to give it some.
        manager.reconnect(witness, initialization=Disposition.UNPOWER if disposition is UNPOWER else Disposition.LEAVE)
    assert is_verified(manager, witness) is still


@pytest.mark.parametrize(("disposition", "still"), [(LEAVE, True), (RESET, False), (UNPOWER, False), (EJECT, False)])
def test_detach_tells_a_borrowed_handle_first_and_leaves_it_open(
    unattached: Any, disposition: SCARD_DISPOSITIONS, still: bool
) -> None:
    handle = unattached.handle()
    with SCard(unattached.manager) as card:
        card.AttachByHandle(handle)
        verify(card)
        card.Detach(disposition)
        assert card.CardHandle == 0
    assert is_verified(unattached.manager, handle) is still


def test_a_disposition_has_to_be_one(card: SCard, refused: Refused) -> None:
    refused(E_INVALIDARG, card.Detach, 4)
    assert card.CardHandle != 0
    refused(E_INVALIDARG, card.UnlockSCard, -1)
    refused(E_INVALIDARG, card.ReAttach, SHARED, 7)
    refused(E_INVALIDARG, card.ReAttach, 3, LEAVE)


def test_a_lock_holds_the_card(card: SCard, unattached: Any, refused: Refused) -> None:
    witness = unattached.handle()
    card.LockSCard()
    with pytest.raises(SCardError):
        unattached.manager.end_transaction(witness)
    card.UnlockSCard()
    unattached.manager.begin_transaction(witness)
    unattached.manager.end_transaction(witness)
    refused(SCARD_E_NOT_TRANSACTED, card.UnlockSCard)


@pytest.mark.parametrize(("state", "still"), [(LEAVE, True), (RESET, False), (UNPOWER, False), (EJECT, False)])
def test_reattach_initialises_the_card_as_told(
    card: SCard, unattached: Any, state: SCARD_DISPOSITIONS, still: bool
) -> None:
    verify(card)
    card.ReAttach(SHARED, state)
    assert is_verified(unattached.manager, card.CardHandle) is still


def test_reattach_is_the_way_back_after_a_reset_by_others(card: SCard, unattached: Any, refused: Refused) -> None:
    unattached.manager.reconnect(unattached.handle(), ShareMode.SHARED, initialization=Disposition.RESET)
    refused(SCARD_W_RESET_CARD, card.LockSCard)
    card.ReAttach(SHARED)
    card.LockSCard()
    card.UnlockSCard()


def test_reattach_becomes_exclusive_when_nobody_else_is_there(card: SCard, unattached: Any, refused: Refused) -> None:
    card.LockSCard()
    card.ReAttach(EXCLUSIVE, RESET)
    with SCard(unattached.manager) as other:
        refused(SCARD_E_SHARING_VIOLATION, other.AttachByReader, unattached.reader, SHARED, T1)
    card.UnlockSCard()
    card.ReAttach(SHARED)
    unattached.handle()


def test_reattach_stays_shared_beside_others(card: SCard, unattached: Any, refused: Refused) -> None:
    other = unattached.handle()
    card.LockSCard()
    refused(SCARD_E_SHARING_VIOLATION, card.ReAttach, EXCLUSIVE)
    refused(SCARD_E_SHARING_VIOLATION, card.ReAttach)
    verify(card)
    card.UnlockSCard()
    assert is_verified(unattached.manager, other)


def test_reattach_to_a_card_that_went_keeps_the_reader(card: SCard, unattached: Any, refused: Refused) -> None:
    unattached.slot.remove()
    refused(SCARD_E_NO_SMARTCARD, card.ReAttach, EXCLUSIVE)
    assert card.Status is SCARD_STATES.ABSENT
    unattached.slot.insert(unattached.card)
    card.ReAttach(EXCLUSIVE)
    verify(card)


def test_a_transaction_fills_the_command_with_its_reply(card: SCard) -> None:
    command = SCardCmd()
    command.Apdu = bytes.fromhex("00A4000C023F00")
    assert card.Transaction(command) is command
    assert (command.ApduLength, command.ApduReply, command.ApduReplyLength) == (7, b"\x90\x00", 2)
    assert command.ReplyStatus == 0x9000


def test_on_t0_a_transaction_fetches_the_response(plain_desk: Callable[..., Any]) -> None:
    answers = {"00A40000023F00": "6103", "00C0000003": "6201009000"}
    desk = plain_desk(answers, atr=bytes.fromhex("3B00"))
    desk.manage.Detach()
    with SCard(desk.manager) as card:
        card.AttachByReader(desk.reader)
        reply = card.Transaction(SCardCmd(bytes.fromhex("00A40000023F0000"))).ApduReply
    assert reply == bytes.fromhex("6201009000")


def test_a_transaction_sends_the_bytes_as_they_are(plain_desk: Callable[..., Any]) -> None:
    extended = "00CA0000000010"
    desk = plain_desk({extended: "9000"})
    with SCard(desk.manager) as card:
        card.AttachByReader(desk.reader, SHARED, T1)
        assert card.Transaction(SCardCmd(bytes.fromhex(extended))).ReplyStatus == 0x9000
    assert desk.card.seen == [extended]


@pytest.mark.parametrize(
    ("command", "code"),
    [(None, E_POINTER), (b"\x00\xa4\x00\x00", E_INVALIDARG), (SCardCmd(b"\x00\xa4"), E_INVALIDARG)],
)
def test_what_is_no_command(card: SCard, command: Any, code: int, refused: Refused) -> None:
    refused(code, card.Transaction, command)


def test_without_an_attachment_methods_say_so(unattached: Any, refused: Refused) -> None:
    with SCard(unattached.manager) as card:
        for method, arguments in (
            (card.Detach, ()),
            (card.LockSCard, ()),
            (card.UnlockSCard, ()),
            (card.ReAttach, ()),
            (card.Transaction, (SCardCmd(bytes(4)),)),
        ):
            refused(SCARD_E_INVALID_HANDLE, method, *arguments)


def test_a_command_has_no_reply_before_a_transaction(refused: Refused) -> None:
    with SCardCmd(bytes(4)) as command:
        assert command.ApduReply == b""
        refused(E_UNEXPECTED, lambda: command.ReplyStatus)
        command.ApduReply = b"\x69\x85"
        assert command.ReplyStatus == 0x6985
    assert command.ApduLength == 0


def test_buffers_of_a_command_are_bytes(refused: Refused) -> None:
    refused(E_POINTER, SCardCmd, None)
    refused(E_INVALIDARG, SCardCmd, "00A4")

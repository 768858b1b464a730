"""SCard: ISCard's properties, dispositions, and commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator import Card
from sandbox.pytest_plugin import CardReader
from scardmgr import (
    E_INVALIDARG,
    E_POINTER,
    E_UNEXPECTED,
    HRESULT,
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
from scardmgr.winscard.manager import ResourceManager

Refused = Callable[..., HResultError]
EXCLUSIVE, SHARED = SCARD_SHARE_MODES.EXCLUSIVE, SCARD_SHARE_MODES.SHARED
T0, T1, RAW = SCARD_PROTOCOLS.T0, SCARD_PROTOCOLS.T1, SCARD_PROTOCOLS.RAW
LEAVE, RESET, UNPOWER, EJECT = SCARD_DISPOSITIONS
IS_VERIFIED = bytes.fromhex("00200001")


@pytest.fixture
def attached(reader: CardReader) -> Any:
    """An SCard attached shared to the built-in card."""
    with SCard(reader.resource_manager) as made:
        made.AttachByReader(reader.name, SHARED, T1)
        yield made


def verify(attached: SCard) -> None:
    command = attached.Transaction(SCardCmd(bytes.fromhex("0020000104") + b"1234"))
    assert command.ReplyStatus == 0x9000


def is_verified(manager: Any, handle: int) -> bool:
    answer: bytes = manager.transmit(handle, IS_VERIFIED)
    return answer == b"\x90\x00"


def test_properties_of_an_attached_card(attached: SCard, card: Card, reader: CardReader) -> None:
    assert attached.Atr == card.atr
    assert reader.resource_manager.status(attached.CardHandle).reader == reader.name
    assert reader.resource_manager.is_valid_context(attached.Context)
    assert attached.Protocol is T1
    assert attached.Status in (SCARD_STATES.NEGOTIABLEMODE, SCARD_STATES.SPECIFICMODE)


def test_properties_without_an_attachment(resource_manager: ResourceManager, refused: Refused) -> None:
    with SCard(resource_manager) as card:
        assert card.CardHandle == 0
        assert resource_manager.is_valid_context(card.Context)
        for name in ("Atr", "Protocol", "Status"):
            refused(SCARD_E_INVALID_HANDLE, getattr, card, name)
    refused(HRESULT.CO_E_RELEASED, lambda: card.Context)


def test_the_default_is_exclusive_and_t0(reader: CardReader, refused: Refused) -> None:
    with SCard(reader.resource_manager) as card:
        refused(SCARD_E_PROTO_MISMATCH, card.AttachByReader, reader.name)
        card.AttachByReader(reader.name, PrefProtocol=T1)
        with SCard(reader.resource_manager) as other:
            refused(SCARD_E_SHARING_VIOLATION, other.AttachByReader, reader.name, SHARED, T1)


def test_either_protocol_may_be_offered(reader: CardReader) -> None:
    with SCard(reader.resource_manager) as card:
        card.AttachByReader(reader.name, SHARED, T0 | T1)
        assert card.Protocol is T1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("", SHARED, T1), E_INVALIDARG),
        ((None, SHARED, T1), E_INVALIDARG),
        (("Some reader", 3, T1), E_INVALIDARG),
        (("Some reader", SHARED, 0), E_INVALIDARG),
        (("Some reader", SHARED, 4), E_INVALIDARG),
        (("No such reader", SHARED, T1), SCARD_E_UNKNOWN_READER),
    ],
)
def test_what_cannot_be_attached(
    resource_manager: ResourceManager, arguments: tuple[Any, ...], code: int, refused: Refused
) -> None:
    with SCard(resource_manager) as card:
        refused(code, card.AttachByReader, *arguments)


def test_an_empty_reader_has_no_card_to_attach(empty: CardReader, refused: Refused) -> None:
    with SCard(empty.resource_manager) as card:
        refused(SCARD_E_NO_SMARTCARD, card.AttachByReader, empty.name, SHARED, T1)


def test_attaching_twice_is_refused(attached: SCard, reader: CardReader, refused: Refused) -> None:
    refused(E_UNEXPECTED, attached.AttachByReader, reader.name, SHARED, T1)
    refused(E_UNEXPECTED, attached.AttachByHandle, attached.CardHandle)


@pytest.mark.parametrize("handle", [0, None, "1"])
def test_an_invalid_handle_is_an_invalid_argument(
    resource_manager: ResourceManager, handle: Any, refused: Refused
) -> None:
    with SCard(resource_manager) as card:
        refused(E_INVALIDARG, card.AttachByHandle, handle)


@pytest.mark.parametrize(("disposition", "still"), [(LEAVE, True), (RESET, False), (UNPOWER, False), (EJECT, False)])
def test_detach_does_to_the_card_as_told(
    attached: SCard, resource_manager: ResourceManager, others_handle: int, disposition: SCARD_DISPOSITIONS, still: bool
) -> None:
    verify(attached)
    handle = attached.CardHandle
    attached.Detach(disposition)
    assert attached.CardHandle == 0
    with pytest.raises(SCardError):
        resource_manager.status(handle)
    if disposition is EJECT:
        return  # no reader here has a motor, so what EJECT does is the reader's affair
    if not still:
        with pytest.raises(SCardError) as caught:
            resource_manager.transmit(others_handle, IS_VERIFIED)
        assert caught.value.code == SCARD_W_RESET_CARD
        # Whoever finds the card without power has to give it some.
        resource_manager.reconnect(
            others_handle, initialization=Disposition.UNPOWER if disposition is UNPOWER else Disposition.LEAVE
        )
    assert is_verified(resource_manager, others_handle) is still


@pytest.mark.parametrize(("disposition", "still"), [(LEAVE, True), (RESET, False), (UNPOWER, False), (EJECT, False)])
def test_detach_tells_a_borrowed_handle_first_and_leaves_it_open(
    resource_manager: ResourceManager, others_handle: int, disposition: SCARD_DISPOSITIONS, still: bool
) -> None:
    with SCard(resource_manager) as card:
        card.AttachByHandle(others_handle)
        verify(card)
        card.Detach(disposition)
        assert card.CardHandle == 0
    assert is_verified(resource_manager, others_handle) is still


def test_a_disposition_has_to_be_one(attached: SCard, refused: Refused) -> None:
    refused(E_INVALIDARG, attached.Detach, 4)
    assert attached.CardHandle != 0
    refused(E_INVALIDARG, attached.UnlockSCard, -1)
    refused(E_INVALIDARG, attached.ReAttach, SHARED, 7)
    refused(E_INVALIDARG, attached.ReAttach, 3, LEAVE)


def test_a_lock_holds_the_card(
    attached: SCard, resource_manager: ResourceManager, others_handle: int, refused: Refused
) -> None:
    attached.LockSCard()
    with pytest.raises(SCardError):
        resource_manager.end_transaction(others_handle)
    attached.UnlockSCard()
    resource_manager.begin_transaction(others_handle)
    resource_manager.end_transaction(others_handle)
    refused(SCARD_E_NOT_TRANSACTED, attached.UnlockSCard)


@pytest.mark.parametrize(("state", "still"), [(LEAVE, True), (RESET, False), (UNPOWER, False), (EJECT, False)])
def test_reattach_initialises_the_card_as_told(
    attached: SCard, resource_manager: ResourceManager, state: SCARD_DISPOSITIONS, still: bool
) -> None:
    verify(attached)
    attached.ReAttach(SHARED, state)
    assert is_verified(resource_manager, attached.CardHandle) is still


def test_reattach_is_the_way_back_after_a_reset_by_others(
    attached: SCard, resource_manager: ResourceManager, others_handle: int, refused: Refused
) -> None:
    resource_manager.reconnect(others_handle, ShareMode.SHARED, initialization=Disposition.RESET)
    refused(SCARD_W_RESET_CARD, attached.LockSCard)
    attached.ReAttach(SHARED)
    attached.LockSCard()
    attached.UnlockSCard()


def test_reattach_becomes_exclusive_when_nobody_else_is_there(
    attached: SCard, reader: CardReader, refused: Refused
) -> None:
    manager = reader.resource_manager
    attached.LockSCard()
    attached.ReAttach(EXCLUSIVE, RESET)
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
    verify(attached)
    attached.UnlockSCard()
    assert is_verified(resource_manager, others_handle)


def test_reattach_to_a_card_that_went_keeps_the_reader(attached: SCard, reader: CardReader, refused: Refused) -> None:
    reader.remove()
    refused(SCARD_E_NO_SMARTCARD, attached.ReAttach, EXCLUSIVE)
    assert attached.Status is SCARD_STATES.ABSENT
    reader.insert()
    attached.ReAttach(EXCLUSIVE)
    verify(attached)


def test_a_transaction_fills_the_command_with_its_reply(attached: SCard) -> None:
    command = SCardCmd()
    command.Apdu = bytes.fromhex("00A4000C023F00")
    assert attached.Transaction(command) is command
    assert (command.ApduLength, command.ApduReply, command.ApduReplyLength) == (7, b"\x90\x00", 2)
    assert command.ReplyStatus == 0x9000


def test_on_t0_a_transaction_fetches_the_response(plain_desk: Callable[..., Any]) -> None:
    answers = {"00A40000023F00": "6103", "00C0000003": "6201009000"}
    desk = plain_desk(answers, atr=bytes.fromhex("3B00"))
    desk.manage.Detach()
    with SCard(desk.reader.resource_manager) as card:
        card.AttachByReader(desk.reader.name)
        reply = card.Transaction(SCardCmd(bytes.fromhex("00A40000023F0000"))).ApduReply
    assert reply == bytes.fromhex("6201009000")


def test_a_transaction_sends_the_bytes_as_they_are(plain_desk: Callable[..., Any]) -> None:
    extended = "00CA0000000010"
    desk = plain_desk({extended: "9000"})
    with SCard(desk.reader.resource_manager) as card:
        card.AttachByReader(desk.reader.name, SHARED, T1)
        assert card.Transaction(SCardCmd(bytes.fromhex(extended))).ReplyStatus == 0x9000
    assert desk.card.seen == [extended]


@pytest.mark.parametrize(
    ("command", "code"),
    [(None, E_POINTER), (b"\x00\xa4\x00\x00", E_INVALIDARG), (SCardCmd(), E_INVALIDARG)],
)
def test_what_is_no_command(attached: SCard, command: Any, code: int, refused: Refused) -> None:
    refused(code, attached.Transaction, command)


def test_without_an_attachment_methods_say_so(resource_manager: ResourceManager, refused: Refused) -> None:
    with SCard(resource_manager) as card:
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
    refused(HRESULT.CO_E_RELEASED, lambda: command.ApduLength)


def test_buffers_of_a_command_are_bytes(refused: Refused) -> None:
    refused(E_POINTER, SCardCmd, None)
    refused(E_INVALIDARG, SCardCmd, "00A4")

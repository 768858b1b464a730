"""SCard: ISCard's properties, attaching, and commands; what it does to the card is in test_card_dispositions.py."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator import Card
from sandbox.pytest_plugin import CardReader
from scardmgr import (
    E_INVALIDARG,
    E_POINTER,
    E_UNEXPECTED,
    HRESULT,
    SCARD_E_INVALID_HANDLE,
    SCARD_E_NO_SERVICE,
    SCARD_E_NO_SMARTCARD,
    SCARD_E_PROTO_MISMATCH,
    SCARD_E_SHARING_VIOLATION,
    SCARD_E_UNKNOWN_READER,
    SCARD_PROTOCOLS,
    SCARD_SHARE_MODES,
    SCARD_STATES,
    SCARD_W_REMOVED_CARD,
    HResultError,
    SCard,
    SCardCmd,
)
from scardmgr.winscard.manager import ResourceManager

pytestmark = pytest.mark.card("iso7816", via=("embedded", "pcscd"))

Refused = Callable[..., HResultError]
EXCLUSIVE, SHARED = SCARD_SHARE_MODES.EXCLUSIVE, SCARD_SHARE_MODES.SHARED
T0, T1, RAW = SCARD_PROTOCOLS.T0, SCARD_PROTOCOLS.T1, SCARD_PROTOCOLS.RAW
T0_ATR, T1_ATR, BOTH_ATR = "3B00", "3B800181", "3B80800101"

#: On another libpcsclite, which finds no daemon.
WITHOUT_A_DAEMON = """
import scardmgr
try:
    scardmgr.SCard(scardmgr.resource_manager("pcsc"))
except scardmgr.HResultError as error:
    print(error.name)
"""


@pytest.fixture
def attached(reader: CardReader) -> Any:
    """An SCard attached shared to the built-in card."""
    with SCard(reader.resource_manager) as made:
        made.AttachByReader(reader.name, SHARED, T1)
        yield made


# Creation and properties


def test_creation_needs_a_resource_manager(refused: Refused) -> None:
    refused(SCARD_E_NO_SERVICE, SCard)
    refused(SCARD_E_NO_SERVICE, SCard, None)


def test_creation_needs_a_resource_manager_that_answers(tmp_path: Path) -> None:
    environment = {**os.environ, "PCSCLITE_CSOCK_NAME": str(tmp_path / "nobody")}
    command = [sys.executable, "-c", WITHOUT_A_DAEMON]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.split() == ["SCARD_E_NO_SERVICE"]


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


def test_properties_after_detach(attached: SCard, refused: Refused) -> None:
    context = attached.Context
    attached.Detach()
    assert (attached.CardHandle, attached.Context) == (0, context)
    for name in ("Atr", "Protocol", "Status"):
        refused(SCARD_E_INVALID_HANDLE, getattr, attached, name)


def test_properties_of_a_card_that_is_gone(attached: SCard, reader: CardReader, refused: Refused) -> None:
    handle = attached.CardHandle
    reader.remove()
    assert (attached.Status, attached.Protocol, attached.Atr) == (SCARD_STATES.ABSENT, SCARD_PROTOCOLS(0), b"")
    assert attached.CardHandle == handle
    refused(SCARD_W_REMOVED_CARD, attached.Transaction, SCardCmd(bytes.fromhex("0084000008")))


# Attaching


def test_the_default_is_exclusive_and_t0(reader: CardReader, refused: Refused) -> None:
    with SCard(reader.resource_manager) as card:
        refused(SCARD_E_PROTO_MISMATCH, card.AttachByReader, reader.name)
        card.AttachByReader(reader.name, PrefProtocol=T1)
        with SCard(reader.resource_manager) as other:
            refused(SCARD_E_SHARING_VIOLATION, other.AttachByReader, reader.name, SHARED, T1)


@pytest.mark.parametrize(
    ("atr", "protocols", "in_force"),
    [
        (T0_ATR, T0, T0),
        (T0_ATR, T1, None),
        (T0_ATR, T0 | T1, T0),
        (T1_ATR, T0, None),
        (T1_ATR, T1, T1),
        (T1_ATR, T0 | T1, T1),
        (BOTH_ATR, T0, T0),
        (BOTH_ATR, T1, T1),
        (BOTH_ATR, T0 | T1, T1),
        (BOTH_ATR, RAW, RAW),
    ],
)
def test_a_card_speaks_one_of_the_protocols_that_are_offered(
    reader: CardReader,
    plain_card: Callable[..., Any],
    refused: Refused,
    atr: str,
    protocols: SCARD_PROTOCOLS,
    in_force: SCARD_PROTOCOLS | None,
) -> None:
    plain_card({"00840000 08": "01020304050607089000"}, atr=bytes.fromhex(atr))
    with SCard(reader.resource_manager) as card:
        if in_force is None:
            refused(SCARD_E_PROTO_MISMATCH, card.AttachByReader, reader.name, SHARED, protocols)
            return
        card.AttachByReader(reader.name, EXCLUSIVE, protocols)
        assert card.Protocol is in_force
        assert card.Transaction(SCardCmd(bytes.fromhex("0084000008"))).ApduReplyLength == 10


def test_a_handle_of_somebody_elses_is_taken_as_it_is(
    reader: CardReader, others_handle: int, card: Card, refused: Refused
) -> None:
    manager = reader.resource_manager
    with SCard(manager) as borrowing:
        borrowing.AttachByHandle(others_handle)
        assert (borrowing.CardHandle, borrowing.Protocol, borrowing.Atr) == (others_handle, T1, card.atr)
        assert borrowing.Transaction(SCardCmd(bytes.fromhex("00A4000C023F00"))).ReplyStatus == 0x9000
        refused(E_UNEXPECTED, borrowing.AttachByHandle, others_handle)
    assert manager.transmit(others_handle, bytes.fromhex("00A4000C023F00")) == b"\x90\x00"


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


# Commands


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


def test_on_t0_the_built_in_card_is_asked_for_its_response(t0_reader: CardReader) -> None:
    with SCard(t0_reader.resource_manager) as card:
        card.AttachByReader(t0_reader.name)
        command = card.Transaction(SCardCmd(bytes.fromhex("00A40004023F0000")))
        assert (command.ApduReply[0], command.ReplyStatus) == (0x62, 0x9000)
        card.Transaction(SCardCmd(bytes.fromhex("00A4040C0AF073636172646D677201")))
        # 6C10, and again with the right length.
        command = card.Transaction(SCardCmd(bytes.fromhex("00B2011400")))
        assert (len(command.ApduReply), command.ReplyStatus) == (18, 0x9000)


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


def test_a_command_without_an_instruction_is_not_sent(attached: SCard, refused: Refused) -> None:
    command = SCardCmd()
    command.ClassId, command.P1, command.Data = 0x00, 0x04, b"\x3f\x00"
    command.ApduReply = b"\x69\x85"
    refused(E_INVALIDARG, attached.Transaction, command)
    assert command.ReplyStatus == 0x6985
    command.InstructionId = 0xA4
    assert attached.Transaction(command).ReplyStatus == 0x6A82


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

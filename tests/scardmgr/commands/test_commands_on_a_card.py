"""Every command of ISCardISO7816 on the built-in card, through ISCard.Transaction, on both resource managers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from emulator import Card
from iso7816.authentication import KeyType, authentication_token
from sandbox.pytest_plugin import CardReader
from scardmgr import (
    SCARD_DISPOSITIONS,
    SCARD_PROTOCOLS,
    SCARD_SHARE_MODES,
    ISCard,
    ISCardCmd,
    SCard,
    SCardCmd,
    SCardISO7816,
)
from scardmgr.com.automation import DISPATCH, DISPPARAMS, IID_NULL
from scardmgr.com.late_binding import IDispatch

pytestmark = pytest.mark.card("iso7816", via=("embedded", "pcscd"))

AID = bytes.fromhex("F073636172646D677201")
AES_KEY = bytes(range(16))
FREE_FILE = b"\x01\x00"


@pytest.fixture
def card_in_hand(reader: CardReader) -> Iterator[SCard]:
    with SCard(reader.resource_manager) as made:
        made.AttachByReader(reader.name, SCARD_SHARE_MODES.SHARED, SCARD_PROTOCOLS.T1)
        yield made


@pytest.fixture
def iso() -> SCardISO7816:
    return SCardISO7816()


@pytest.fixture
def application(card_in_hand: SCard, iso: SCardISO7816) -> SCard:
    """The card with its application selected, and the cardholder verified, everywhere and in it."""
    assert sent(card_in_hand, iso.SelectFile(0x04, 0x0C, AID)) == (b"", 0x9000)
    assert sent(card_in_hand, iso.Verify(0x01, b"1234")) == (b"", 0x9000)
    assert sent(card_in_hand, iso.Verify(0x81, b"5678")) == (b"", 0x9000)
    return card_in_hand


def sent(card: ISCard, command: ISCardCmd) -> tuple[bytes, int]:
    """The reply: data and status word."""
    assert card.Transaction(command) is command
    assert command.ApduReplyLength == len(command.ApduReply)
    assert command.ReplyStatus == command.ReplyStatusSW1 << 8 | command.ReplyStatusSW2
    return command.ApduReply[:-2], command.ReplyStatus


def test_the_typical_use_of_iscardiso7816(reader: CardReader) -> None:
    # A builder and a command to fill.
    with SCard(reader.resource_manager) as card, SCardISO7816() as iso, SCardCmd() as command:
        card.AttachByReader(reader.name, PrefProtocol=SCARD_PROTOCOLS.T1)
        # One command after the other is built into it and sent.
        assert iso.SelectFile(0x04, 0x00, AID, 256, command) is command
        card.Transaction(command)
        assert (command.ReplyStatus, command.ApduReply[0]) == (0x9000, 0x6F)
        iso.ReadBinary(0x81, 0x00, 18, command)
        card.Transaction(command)
        assert command.ApduReply == b"Hello, smart card.\x90\x00"
        card.Detach(SCARD_DISPOSITIONS.RESET)


def test_the_typical_use_of_iscardcmd(reader: CardReader) -> None:
    # A connection and a command.
    with SCard(reader.resource_manager) as card, SCardCmd() as command:
        card.AttachByReader(reader.name, PrefProtocol=SCARD_PROTOCOLS.T1)
        # Build, execute, look at the response; and again.
        command.BuildCmd(0x00, 0xA4, 0x04, 0x00, AID, 0)
        card.Transaction(command)
        assert (command.ReplyStatusSW1, command.ReplyStatusSW2) == (0x90, 0x00)
        assert command.ApduReplyLength == len(command.ApduReply) > 2
        command.Clear()
        command.InstructionId, command.P1, command.P2 = 0xB0, 0x81, 0x00
        command.Data = b""
        card.Transaction(command)
        assert command.ReplyStatus == 0x6700  # READ BINARY without an Le field
        command.Apdu = bytes.fromhex("00B0810005")
        assert card.Transaction(command).ApduReply == b"Hello\x90\x00"


def test_the_three_interfaces_bound_late(card_in_hand: SCard, iso: SCardISO7816) -> None:
    def call(target: IDispatch, name: str, *arguments: object) -> Any:
        number = target.GetIDsOfNames(IID_NULL, [name])[0]
        return target.Invoke(number, IID_NULL, 0, DISPATCH.METHOD, DISPPARAMS.of(*arguments))

    def value(target: IDispatch, name: str) -> object:
        number = target.GetIDsOfNames(IID_NULL, [name])[0]
        return target.Invoke(number, IID_NULL, 0, DISPATCH.PROPERTYGET)

    command = call(iso, "SelectFile", 0x04, 0x0C, AID, 0, SCardCmd())
    assert call(card_in_hand, "Transaction", command) is command
    assert value(command, "ReplyStatus") == 0x9000
    call(iso, "ReadBinary", 0x81, 0x00, 5, command)
    call(card_in_hand, "Transaction", command)
    assert value(command, "ApduReply") == b"Hello\x90\x00"


def test_select_file(card_in_hand: SCard, iso: SCardISO7816) -> None:
    template, status = sent(card_in_hand, iso.SelectFile(0x00, 0x04, b"\x3f\x00", 256))
    assert (template[0], status) == (0x62, 0x9000)
    assert sent(card_in_hand, iso.SelectFile(0x00, 0x0C)) == (b"", 0x9000)
    assert sent(card_in_hand, iso.SelectFile(0x08, 0x0C, bytes.fromhex("7F106F01"))) == (b"", 0x9000)
    assert sent(card_in_hand, iso.SelectFile(0x03, 0x0C)) == (b"", 0x9000)
    assert sent(card_in_hand, iso.SelectFile(0x00, 0x0C, b"\x12\x34")) == (b"", 0x6A82)


def test_binary_commands(card_in_hand: SCard, iso: SCardISO7816) -> None:
    assert sent(card_in_hand, iso.SelectFile(0x00, 0x0C, FREE_FILE)) == (b"", 0x9000)
    assert sent(card_in_hand, iso.UpdateBinary(0x00, 0x00, b"\xf0" * 300)) == (b"", 0x9000)
    assert sent(card_in_hand, iso.WriteBinary(0x01, 0x20, b"\x0f" * 8)) == (b"", 0x9000)
    assert sent(card_in_hand, iso.ReadBinary(0x01, 0x1F, 10)) == (b"\xf0" + b"\xff" * 8 + b"\xf0", 0x9000)
    assert sent(card_in_hand, iso.EraseBinary(0x00, 0x02, b"\x00\x04")) == (b"", 0x9000)
    assert sent(card_in_hand, iso.ReadBinary(0x00, 0x00, 6)) == (bytes.fromhex("F0F00000F0F0"), 0x9000)
    assert sent(card_in_hand, iso.EraseBinary(0x00, 0x01)) == (b"", 0x9000)
    # Le fields of zeros: up to the end of the file, as far as one byte, or two, can say.
    assert sent(card_in_hand, iso.ReadBinary(0x00, 0x00, 0)) == (b"\xf0" + bytes(255), 0x9000)
    assert sent(card_in_hand, iso.ReadBinary(0x00, 0x00, 65536)) == (b"\xf0" + bytes(1023), 0x9000)


def test_record_commands(application: SCard, iso: SCardISO7816) -> None:
    fixed, variable, cyclic = 2 << 3, 3 << 3, 4 << 3
    record, status = sent(application, iso.ReadRecord(0x01, fixed | 0b100, 0))
    assert (record[:10], len(record), status) == (b"Record one", 16, 0x9000)
    assert sent(application, iso.UpdateRecord(0x01, fixed | 0b100, b"\xf0" * 16)) == (b"", 0x9000)
    assert sent(application, iso.WriteRecord(0x01, 0b100, b"\x0f" * 16)) == (b"", 0x9000)
    assert sent(application, iso.ReadRecord(0x01, 0b100, 16)) == (b"\xff" * 16, 0x9000)
    assert sent(application, iso.AppendRecord(variable, b"appended")) == (b"", 0x9000)
    assert sent(application, iso.ReadRecord(0x00, 0b001, 0)) == (b"appended", 0x9000)
    assert sent(application, iso.AppendRecord(cyclic, b"the last")) == (b"", 0x9000)
    assert sent(application, iso.ReadRecord(0x01, cyclic | 0b100, 8)) == (b"the last", 0x9000)


def test_data_objects(application: SCard, iso: SCardISO7816) -> None:
    name, status = sent(application, iso.GetData(0x5F, 0x20, 0))
    assert (name != b"", status) == (True, 0x9000)
    assert sent(application, iso.PutData(0x01, 0x01, b"value")) == (b"", 0x9000)
    assert sent(application, iso.GetData(0x01, 0x01, 5)) == (b"value", 0x9000)


def test_verify(card_in_hand: SCard, iso: SCardISO7816) -> None:
    assert sent(card_in_hand, iso.Verify(0x01)) == (b"", 0x63C3)
    assert sent(card_in_hand, iso.Verify(0x01, b"0000")) == (b"", 0x63C2)
    assert sent(card_in_hand, iso.Verify(0x01, b"1234")) == (b"", 0x9000)
    assert sent(card_in_hand, iso.Verify(0x01)) == (b"", 0x9000)


def test_challenge_and_authentication(card_in_hand: SCard, iso: SCardISO7816) -> None:
    challenge, status = sent(card_in_hand, iso.GetChallenge(16))
    assert (len(challenge), status) == (16, 0x9000)
    answer = authentication_token(KeyType.AES, AES_KEY, challenge)
    assert sent(card_in_hand, iso.ExternalAuthenticate(0x00, 0x01, answer)) == (b"", 0x9000)
    assert sent(card_in_hand, iso.ExternalAuthenticate(0x00, 0x01)) == (b"", 0x9000)
    cryptogram, status = sent(card_in_hand, iso.InternalAuthenticate(0x00, 0x01, bytes(16), 16))
    assert (cryptogram, status) == (authentication_token(KeyType.AES, AES_KEY, bytes(16)), 0x9000)


def test_channels_and_the_default_class(card_in_hand: SCard, iso: SCardISO7816) -> None:
    number, status = sent(card_in_hand, iso.ManageChannel(0x00, 0x00))
    assert (number, status) == (b"\x01", 0x9000)
    assert sent(card_in_hand, iso.ManageChannel(0x00, 0x03)) == (b"", 0x9000)
    iso.SetDefaultClassId(number[0])
    assert sent(card_in_hand, iso.SelectFile(0x04, 0x0C, AID)) == (b"", 0x9000)
    assert sent(card_in_hand, iso.ReadBinary(0x81, 0x00, 5)) == (b"Hello", 0x9000)
    iso.SetDefaultClassId(0x00)
    assert sent(card_in_hand, iso.ReadBinary(0x81, 0x00, 5))[0] != b"Hello", "the basic channel is where it was"
    assert sent(card_in_hand, iso.ManageChannel(0x80, 0x01)) == (b"", 0x9000)
    iso.SetDefaultClassId(0x01)
    assert sent(card_in_hand, iso.ReadBinary(0x81, 0x00, 5)) == (b"", 0x6881)


def test_get_response(t0_reader: CardReader, iso: SCardISO7816, card: Card) -> None:
    with SCard(t0_reader.resource_manager) as attached:
        attached.AttachByReader(t0_reader.name)
        assert sent(attached, iso.GetResponse(0x00, 0x00, 0)) == (b"", 0x6985)
        select = iso.SelectFile(0x00, 0x04, b"\x3f\x00")
        # Nobody follows up what goes past Transaction.
        waiting = t0_reader.resource_manager.transmit(attached.CardHandle, select.Apdu)
        assert waiting[0] == 0x61
        template, status = sent(attached, iso.GetResponse(0x00, 0x00, waiting[1]))
        assert (template[0], len(template), status) == (0x62, waiting[1], 0x9000)

"""A contactless card in the embedded resource manager and behind the stock driver: the same, byte for byte."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from emulator import Card
from iso7816.ats import ATS
from sandbox.pytest_plugin import CardReader
from scardmgr.winscard import Disposition, Protocols
from scardmgr.winscard.manager import ResourceManager
from virtual_reader import TracingICC

ATR = "3B8380018031E053"
UID = "04A2B3C4D5E680"
ATS_BYTES = ATS(8, 0x80, 0x70, 0x02, bytes.fromhex("8031E0")).to_bytes().hex().upper()

pytestmark = pytest.mark.card("data/tag.toml", via=("embedded", "pcscd"))

Connect = Callable[..., int]
Send = Callable[[int, str], str]


@pytest.fixture
def reached(reader: CardReader, card: Card) -> list[str]:
    """The commands that have reached the card."""
    commands: list[str] = []
    reader.swap(TracingICC(card, lambda command, _: commands.append(command.hex().upper())))
    return commands


@pytest.fixture
def connect(reader: CardReader, reached: list[str]) -> Connect:
    """Gives a handle to the card."""
    manager = reader.resource_manager
    return lambda protocols=Protocols.ANY: (
        manager.connect(manager.establish_context(), reader.name, protocols=protocols).handle
    )


@pytest.fixture
def send(resource_manager: ResourceManager) -> Send:
    """Sends a command in hex, and gives the response in hex."""
    return lambda handle, command: resource_manager.transmit(handle, bytes.fromhex(command)).hex().upper()


def test_the_atr_is_that_of_part_3_and_the_protocol_t1(resource_manager: ResourceManager, connect: Connect) -> None:
    status = resource_manager.status(connect())
    assert status.atr.hex().upper() == ATR
    assert status.protocol is Protocols.T1


@pytest.mark.parametrize(
    ("command", "response"),
    [
        ("FFCA000000", f"{UID}9000"),
        ("FFCA000007", f"{UID}9000"),
        ("FFCA000004", "6C07"),
        ("FFCA00000A", f"{UID}6282"),
        ("FFCA0000", "6700"),
        ("FFCA00000411223344", "6700"),
        ("FFCA010000", f"{ATS_BYTES}9000"),
        ("FFCA010005", f"6C{len(ATS_BYTES) // 2:02X}"),
        ("FFCA020000", "6A81"),
        ("FFB0000010", "6A81"),
        ("FF", "6700"),
    ],
)
def test_the_reader_answers_class_ff_and_the_card_hears_nothing_of_it(
    connect: Connect, send: Send, reached: list[str], command: str, response: str
) -> None:
    assert send(connect(), command) == response
    assert reached == []


def test_all_else_is_the_card_s(connect: Connect, send: Send, reached: list[str]) -> None:
    handle = connect()
    assert send(handle, "00B0810000") == b"Hello".hex().upper() + "9000"
    assert send(handle, "FECA000000") == "6E00"
    assert reached == ["00B0810000", "FECA000000"]


def test_the_uid_is_the_same_after_a_reset_and_after_a_loss_of_power(
    resource_manager: ResourceManager, connect: Connect, send: Send
) -> None:
    handle = connect()
    for initialization in (Disposition.RESET, Disposition.UNPOWER):
        resource_manager.reconnect(handle, initialization=initialization)
        assert send(handle, "FFCA000000") == f"{UID}9000"


def test_a_program_may_insist_on_t0_which_the_made_up_atr_offers(
    resource_manager: ResourceManager, connect: Connect, send: Send
) -> None:
    handle = connect(Protocols.T0)
    assert resource_manager.status(handle).protocol is Protocols.T0
    assert send(handle, "00B0810000") == b"Hello".hex().upper() + "9000"


@pytest.mark.card("iso7816")
def test_a_card_with_contacts_gets_class_ff_itself(connect: Connect, send: Send, reached: list[str]) -> None:
    assert send(connect(), "FFCA000000") == "6E00"
    assert reached == ["FFCA000000"]

"""A contactless card in the embedded resource manager and behind the stock driver: the same, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator import Card
from iso7816.ats import ATS
from scardmgr.winscard import Disposition, EmbeddedResourceManager, Protocols
from virtual_reader import TracingICC, insert

TAG = """
[card]
historical_bytes = "80 31 E0"
[contactless]
uid = "04 A2 B3 C4 D5 E6 80"
[files."3F00/6F01"]
type = "transparent"
content = "Hello"
"""
ATR = "3B8380018031E053"
UID = "04A2B3C4D5E680"
ATS_BYTES = ATS(8, 0x80, 0x70, 0x02, bytes.fromhex("8031E0")).to_bytes().hex().upper()


class Counter:
    """A reader with a card in it, as at a cash desk, and what reached the card."""

    def __init__(self, card: Card, via: str) -> None:
        self.reached: list[str] = []
        traced = TracingICC(card, lambda command, _: self.reached.append(command.hex().upper()))
        into = EmbeddedResourceManager() if via == "embedded" else None
        self.reader = insert(traced, via=via, into=into)  # type: ignore[arg-type]
        self.rm = self.reader.resource_manager
        self.context = self.rm.establish_context()

    def connect(self, protocols: Protocols = Protocols.ANY) -> int:
        return self.rm.connect(self.context, self.reader.name, protocols=protocols).handle

    def send(self, handle: int, command: str) -> str:
        return self.rm.transmit(handle, bytes.fromhex(command)).hex().upper()


@pytest.fixture(scope="module", params=["embedded", "pcscd"])
def counter(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    if request.param == "pcscd":
        pytest.importorskip("smartcard.scard", reason="pyscard is the way to real PC/SC")
    definition = tmp_path_factory.mktemp("tag") / "tag.toml"
    definition.write_text(TAG, encoding="utf-8")
    made = Counter(Card.from_profile(definition), request.param)
    yield made
    made.rm.release_context(made.context)
    made.reader.close()


@pytest.fixture
def handle(counter: Counter) -> Iterator[int]:
    opened = counter.connect()
    counter.reached.clear()
    yield opened
    counter.rm.disconnect(opened, Disposition.UNPOWER)


def test_the_atr_is_that_of_part_3_and_the_protocol_t1(counter: Counter, handle: int) -> None:
    status = counter.rm.status(handle)
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
    counter: Counter, handle: int, command: str, response: str
) -> None:
    assert counter.send(handle, command) == response
    assert counter.reached == []


def test_all_else_is_the_card_s(counter: Counter, handle: int) -> None:
    assert counter.send(handle, "00B0810000") == b"Hello".hex().upper() + "9000"
    assert counter.send(handle, "FECA000000") == "6E00"
    assert counter.reached == ["00B0810000", "FECA000000"]


def test_the_uid_is_the_same_after_a_reset_and_after_a_loss_of_power(counter: Counter, handle: int) -> None:
    for initialization in (Disposition.RESET, Disposition.UNPOWER):
        counter.rm.reconnect(handle, initialization=initialization)
        assert counter.send(handle, "FFCA000000") == f"{UID}9000"


def test_a_program_may_insist_on_t0_which_the_made_up_atr_offers(counter: Counter) -> None:
    handle = counter.connect(Protocols.T0)
    try:
        assert counter.rm.status(handle).protocol is Protocols.T0
        assert counter.send(handle, "00B0810000") == b"Hello".hex().upper() + "9000"
    finally:
        counter.rm.disconnect(handle, Disposition.UNPOWER)


def test_a_card_with_contacts_gets_class_ff_itself() -> None:
    counter = Counter(Card.from_profile("iso7816"), "embedded")
    assert counter.send(counter.connect(), "FFCA000000") == "6E00"
    assert counter.reached == ["FFCA000000"]

"""Desks: a resource manager, a reader and a card on it, with SCardManage attached."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from emulator import Card
from iso7816.icc import ICC
from scardmgr import REFTYPE, HResultError, ISCardAuth, ISCardFileAccess, ISCardVerify, SCardManage
from scardmgr.winscard.embedded import EmbeddedResourceManager, Slot

if TYPE_CHECKING:
    from scardmgr.winscard.database import SmartCardDatabase
    from scardmgr.winscard.manager import ResourceManager

TABLES = Path(__file__).parent / "data" / "ssp_interfaces.json"
READER = "Desk"
#: Two cards of one make: the last historical byte tells them apart (and TCK).
STAND_ATRS = (bytes.fromhex("3B82014D41 8F"), bytes.fromhex("3B82014D42 8C"))
T1_ATR = bytes.fromhex("3B800181")
T0_ATR = bytes.fromhex("3B00")

APPLICATION = "F073636172646D677201"


class PlainCard:
    """An ICC without files: answers commands from a table of hex strings, and remembers them.

    Attributes:
        answers: response by command; a command that is not in it is answered ``6D00``.
        seen: the commands so far, in hex.
    """

    def __init__(self, atr: bytes, answers: dict[str, str]) -> None:
        self.atr = atr
        self.answers = {_plain(command): _plain(response) for command, response in answers.items()}
        self.seen: list[str] = []

    def power_on(self) -> bytes:
        return self.atr

    def power_off(self) -> None:
        """Nothing volatile here."""

    def reset(self) -> bytes:
        return self.atr

    def transmit(self, command: bytes) -> bytes:
        self.seen.append(command.hex().upper())
        return bytes.fromhex(self.answers.get(self.seen[-1], "6D00"))


def _plain(text: str) -> str:
    return text.replace(" ", "").upper()


@dataclass
class Desk:
    """An embedded resource manager, a reader with a card, and what a test wants of them."""

    manager: EmbeddedResourceManager
    slot: Slot
    card: ICC | None
    manage: SCardManage

    @property
    def reader(self) -> str:
        return self.slot.name

    @property
    def files(self) -> ISCardFileAccess:
        return self.manage.CreateFileAccess()

    @property
    def verify(self) -> ISCardVerify:
        return self.manage.CreateCHVerification()

    @property
    def auth(self) -> ISCardAuth:
        return self.manage.CreateCardAuth()

    def handle(self) -> int:
        """A shared handle that somebody else opened."""
        return self.manager.connect(self.manager.establish_context(), self.reader).handle


@dataclass
class Stand:
    """Two readers with a card in each, of either resource manager, and a smart card database of the test's own."""

    kind: str
    manager: ResourceManager
    context: int
    readers: tuple[str, str]
    database: SmartCardDatabase
    atrs: tuple[bytes, bytes] = STAND_ATRS

    def introduce(
        self,
        name: str,
        atr: bytes,
        mask: bytes | None = None,
        *,
        provider: UUID | None = None,
        interfaces: Sequence[UUID] = (),
    ) -> None:
        """SCardIntroduceCardType, in the user's scope."""
        self.manager.introduce_card_type(self.context, name, provider, interfaces, atr, mask)


@pytest.fixture(scope="session")
def tables() -> dict[str, Any]:
    """The published facts."""
    loaded: dict[str, Any] = json.loads(TABLES.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture
def lay_desk() -> Iterator[Callable[[ICC | None], Desk]]:
    """Makes desks, whose SCardManage is not attached yet."""
    desks: list[Desk] = []

    def lay(card: ICC | None) -> Desk:
        manager = EmbeddedResourceManager()
        slot = manager.add_reader(READER)
        if card is not None:
            slot.insert(card)
        desk = Desk(manager, slot, card, SCardManage(manager))
        desks.append(desk)
        return desk

    yield lay
    for desk in desks:
        desk.manage.close()
        desk.slot.close()


@pytest.fixture
def unattached(lay_desk: Callable[[ICC | None], Desk]) -> Desk:
    """A desk with the built-in card."""
    return lay_desk(Card.from_profile("iso7816"))


@pytest.fixture
def desk(unattached: Desk) -> Desk:
    """The same, attached shared."""
    unattached.manage.AttachByIFD(unattached.reader)
    return unattached


@pytest.fixture
def empty(lay_desk: Callable[[ICC | None], Desk]) -> Desk:
    """A desk whose reader is empty."""
    return lay_desk(None)


@pytest.fixture
def plain_desk(lay_desk: Callable[[ICC | None], Desk]) -> Callable[..., Desk]:
    """Makes desks with a card that answers from a table, attached; ``card`` is that PlainCard."""

    def lay(answers: dict[str, str], *, atr: bytes = T1_ATR) -> Desk:
        desk = lay_desk(PlainCard(atr, answers))
        desk.manage.AttachByIFD(desk.reader)
        return desk

    return lay


@pytest.fixture
def in_application(desk: Desk) -> ISCardFileAccess:
    """File access whose current directory is the built-in card's application."""
    files = desk.files
    files.ChangeDir(REFTYPE.SC_TYPE_BY_NAME, APPLICATION)
    return files


@pytest.fixture(scope="module")
def real_readers() -> Iterator[tuple[str, str]]:
    """The readers of a private pcscd, with a card in each."""
    pytest.importorskip("smartcard.scard", reason="pyscard is the way to real PC/SC")
    from virtual_reader import insert

    first, second = (PlainCard(atr, {}) for atr in STAND_ATRS)
    with insert(first, via="pcscd") as one, insert(second, via="pcscd") as other:
        yield one.name, other.name


@pytest.fixture(params=["embedded", "pcscd"])
def stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    """Two cards in two readers, once in the embedded resource manager and once in the real one."""
    from scardmgr.winscard.database import SmartCardDatabase

    database = SmartCardDatabase.in_memory()
    manager: ResourceManager
    if request.param == "embedded":
        manager = embedded = EmbeddedResourceManager(database=database)
        readers = ("First", "Second")
        for name, atr in zip(readers, STAND_ATRS, strict=True):
            embedded.add_reader(name).insert(PlainCard(atr, {}))
    else:
        from scardmgr.winscard.pcsc import PCSCResourceManager

        readers = request.getfixturevalue("real_readers")
        manager = PCSCResourceManager(database=database)
    context = manager.establish_context()
    yield Stand(request.param, manager, context, readers, database)
    manager.release_context(context)


@pytest.fixture
def refused() -> Callable[..., HResultError]:
    """Calls what must fail, and returns the error after checking its code and status word."""

    def call(code: int, method: Callable[..., object], *arguments: object, sw: int | None = None) -> HResultError:
        with pytest.raises(HResultError) as caught:
            method(*arguments)
        assert (caught.value.name, caught.value.hresult) == (HResultError(code).name, code)
        if sw is not None:
            assert caught.value.sw == sw
        return caught.value

    return call

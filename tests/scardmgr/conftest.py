"""Beside the plugin's fixtures: cards that answer from a table, and two cards in two readers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

import emulator
from emulator import Card
from scardmgr import REFTYPE, SCARD_FLAGS, HResultError, ISCardAuth, ISCardFileAccess, ISCardVerify, SCardManage
from scardmgr.published import definitions

if TYPE_CHECKING:
    from iso7816.icc import ICC
    from sandbox.pytest_plugin import CardReader
    from scardmgr.winscard.manager import ResourceManager

#: Two cards of one make: the last historical byte tells them apart (and TCK).
STAND_ATRS = (bytes.fromhex("3B82014D41 8F"), bytes.fromhex("3B82014D42 8C"))
T1_ATR = bytes.fromhex("3B800181")

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
class PlainDesk:
    """A card that answers from a table, and an SCardManage attached to it."""

    card: PlainCard
    manage: SCardManage
    reader: CardReader

    @property
    def files(self) -> ISCardFileAccess:
        return self.manage.CreateFileAccess()

    @property
    def verify(self) -> ISCardVerify:
        return self.manage.CreateCHVerification()

    @property
    def auth(self) -> ISCardAuth:
        return self.manage.CreateCardAuth()


@dataclass
class Stand:
    """Two readers with a card in each, of either resource manager."""

    manager: ResourceManager
    context: int
    readers: tuple[str, str]
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
    return dict(definitions.tables())


@pytest.fixture
def unattached(resource_manager: ResourceManager) -> Iterator[SCardManage]:
    """An ISCardManage that is not attached yet."""
    with SCardManage(resource_manager) as made:
        yield made


@pytest.fixture
def others_handle(reader: CardReader) -> int:
    """A shared handle to the card that somebody else has opened."""
    manager = reader.resource_manager
    return manager.connect(manager.establish_context(), reader.name).handle


@pytest.fixture
def empty(reader: CardReader) -> CardReader:
    """The reader, whose card has been pulled; ``insert()`` brings it back."""
    reader.remove()
    return reader


@pytest.fixture
def t0_reader(reader: CardReader) -> CardReader:
    """The reader, with the built-in card in it, as a card of T=0."""
    text = (Path(emulator.__file__).parent / "profiles" / "iso7816.toml").read_text(encoding="utf-8")
    assert 'protocols = ["T=1"]' in text
    with TemporaryDirectory() as folder:
        definition = Path(folder) / "t0.toml"
        definition.write_text(text.replace('protocols = ["T=1"]', 'protocols = ["T=0"]'), encoding="utf-8")
        reader.swap(Card.from_profile(definition))
    return reader


@pytest.fixture
def plain_card(reader: CardReader) -> Callable[..., PlainCard]:
    """Has a PlainCard take the place of the card in the reader."""

    def put(answers: dict[str, str], *, atr: bytes = T1_ATR) -> PlainCard:
        card = PlainCard(atr, answers)
        reader.swap(card)
        return card

    return put


@pytest.fixture
def plain_desk(
    reader: CardReader, unattached: SCardManage, plain_card: Callable[..., PlainCard]
) -> Callable[..., PlainDesk]:
    """Has a PlainCard take the place of the card in the reader, and attaches."""

    def lay(answers: dict[str, str], *, atr: bytes = T1_ATR) -> PlainDesk:
        card = plain_card(answers, atr=atr)
        unattached.AttachByIFD(reader.name)
        return PlainDesk(card, unattached, reader)

    return lay


@pytest.fixture
def verify(manage: SCardManage) -> ISCardVerify:
    """Verification of the cardholder."""
    return manage.CreateCHVerification()


@pytest.fixture
def auth(manage: SCardManage) -> ISCardAuth:
    """Authentication of card and application."""
    return manage.CreateCardAuth()


@pytest.fixture
def in_application(manage: SCardManage) -> ISCardFileAccess:
    """File access whose current directory is the built-in card's application."""
    files = manage.CreateFileAccess()
    files.ChangeDir(REFTYPE.SC_TYPE_BY_NAME, APPLICATION)
    return files


@pytest.fixture
def files(in_application: ISCardFileAccess, verify: ISCardVerify) -> ISCardFileAccess:
    """The same, with CHV 1 presented."""
    verify.Verify(b"1234", SCARD_FLAGS.SC_FL_IHV_GLOBAL, 1)
    return in_application


@pytest.fixture
def stand(reader: CardReader, another_reader: Callable[[ICC], CardReader]) -> Stand:
    """Two cards in two readers."""
    manager = reader.resource_manager
    reader.swap(PlainCard(STAND_ATRS[0], {}))
    other = another_reader(PlainCard(STAND_ATRS[1], {}))
    return Stand(manager, manager.establish_context(), (reader.name, other.name))


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

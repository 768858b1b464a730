"""ISCardLocate: finding a card by the name of its type, in the readers of either resource manager."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

import pytest

from emulator import Card
from sandbox.pytest_plugin import CardReader
from scardmgr import (
    E_INVALIDARG,
    E_POINTER,
    E_UNEXPECTED,
    HRESULT,
    SC_DLG,
    SCARD_E_NO_READERS_AVAILABLE,
    SCARD_E_NO_SERVICE,
    SCARD_E_NO_SMARTCARD,
    SCARD_E_PROTO_MISMATCH,
    SCARD_E_SHARING_VIOLATION,
    SCARD_E_UNKNOWN_CARD,
    SCARD_PROTOCOLS,
    SCARD_SHARE_MODES,
    SCARD_W_CANCELLED_BY_USER,
    HResultError,
    SCard,
    SCardLocate,
    SCardManage,
)
from scardmgr.winscard.constants import ShareMode
from scardmgr.winscard.embedded import EmbeddedResourceManager

pytestmark = pytest.mark.card(via=("embedded", "pcscd"))

Refused = Callable[..., HResultError]
SHARED, EXCLUSIVE = SCARD_SHARE_MODES.SHARED, SCARD_SHARE_MODES.EXCLUSIVE
T0, T1 = SCARD_PROTOCOLS.T0, SCARD_PROTOCOLS.T1
MINIMAL_UI, NO_UI, FORCE_UI = SC_DLG.SC_DLG_MINIMAL_UI, SC_DLG.SC_DLG_NO_UI, SC_DLG.SC_DLG_FORCE_UI
PUMP = UUID("12345678-1234-1234-1234-123456789ABC")
VALVE = UUID("12345678-1234-1234-1234-123456789ABD")
#: Matches both cards of a stand.
MAKE_MASK = bytes.fromhex("FFFFFFFF0000")


class Dialog:
    """A person at the Select Card dialogue who has made up his mind."""

    def __init__(self, choice: str | None) -> None:
        self.choice = choice
        self.asked: list[tuple[str, list[str]]] = []

    def __call__(self, title: str, readers: Sequence[str]) -> str | None:
        self.asked.append((title, list(readers)))
        return self.choice


@pytest.fixture
def known(stand: Any) -> Any:
    """A stand whose database knows both cards, and their make."""
    first, second = stand.atrs
    stand.introduce("First", first, interfaces=[PUMP, VALVE])
    stand.introduce("Second", second, interfaces=[PUMP])
    stand.introduce("Make", bytes(a & m for a, m in zip(first, MAKE_MASK, strict=True)), MAKE_MASK)
    stand.introduce("Elsewhere", bytes.fromhex("3B00"))
    return stand


@pytest.fixture
def locate(known: Any) -> Iterator[SCardLocate]:
    with SCardLocate(known.manager) as made:
        yield made


@pytest.fixture
def found(known: Any) -> Iterator[Callable[..., tuple[str, Any]]]:
    """Finds a card, and tells its reader and the SCARDINFO; what was opened is given back at the end."""
    contexts: list[int] = []

    def find(
        locate: SCardLocate, share_mode: SCARD_SHARE_MODES = SHARED, protocols: SCARD_PROTOCOLS = T1, flags: int = NO_UI
    ) -> tuple[str, Any]:
        info = locate.FindCard(share_mode, protocols, flags)
        contexts.append(info.hContext)
        return known.manager.status(info.hCard).reader, info

    yield find
    for context in contexts:
        known.manager.release_context(context)


def test_a_card_is_found_by_the_name_of_its_type(known: Any, locate: SCardLocate, found: Any) -> None:
    for name, reader in zip(("First", "Second"), known.readers, strict=True):
        locate.ConfigureCardNameSearch([name])
        where, info = found(locate)
        assert where == reader
        assert (info.ActiveProtocol, info.ShareMode) == (T1, SHARED)
        assert (info.hwndOwner, info.lpfnConnectProc, info.lpfnCheckProc, info.lpfnDisconnectProc) == (0, 0, 0, 0)


def test_any_of_the_names_will_do_and_unknown_ones_are_passed_over(known: Any, locate: SCardLocate, found: Any) -> None:
    locate.ConfigureCardNameSearch(["Nobody's", "Elsewhere", "Second"])
    assert found(locate)[0] == known.readers[1]


def test_the_card_found_can_be_handed_to_the_other_interfaces(known: Any, locate: SCardLocate, found: Any) -> None:
    locate.ConfigureCardNameSearch(["First"])
    _, info = found(locate)
    locate.close()
    with SCardManage(known.manager) as manage, SCard(known.manager) as card:
        manage.AttachByHandle(info.hCard)
        assert manage.Status()[1] is T1
        card.AttachByHandle(info.hCard)
        assert card.Atr == known.atrs[0]
    assert known.manager.status(info.hCard).reader == known.readers[0]


def test_handle_and_context_are_the_callers_to_give_back(known: Any, locate: SCardLocate, refused: Refused) -> None:
    locate.ConfigureCardNameSearch(["First"])
    info = locate.FindCard(EXCLUSIVE, T1, NO_UI)
    locate.close()
    assert known.manager.is_valid_context(info.hContext)
    with SCardManage(known.manager) as manage:
        refused(SCARD_E_SHARING_VIOLATION, manage.AttachByIFD, known.readers[0])
        known.manager.release_context(info.hContext)
        manage.AttachByIFD(known.readers[0])


def test_a_card_is_found_by_the_interfaces_of_its_type(known: Any, locate: SCardLocate, found: Any) -> None:
    locate.ConfigureCardGuidSearch([PUMP])
    assert found(locate)[0] == known.readers[0]
    known.manager.forget_card_type(known.context, "First")
    assert found(locate)[0] == known.readers[1]


def test_every_interface_has_to_be_there(locate: SCardLocate, found: Any, refused: Refused, known: Any) -> None:
    locate.ConfigureCardGuidSearch([str(VALVE), PUMP])
    assert found(locate)[0] == known.readers[0]
    locate.ConfigureCardGuidSearch([PUMP, UUID(int=1)])
    refused(SCARD_E_UNKNOWN_CARD, locate.FindCard, SHARED, T1, NO_UI)


def test_the_later_configuration_holds(locate: SCardLocate, found: Any, known: Any) -> None:
    locate.ConfigureCardGuidSearch([VALVE])
    locate.ConfigureCardNameSearch(["Second"])
    assert found(locate)[0] == known.readers[1]


def test_only_readers_of_the_groups_are_looked_at(
    known: Any, locate: SCardLocate, found: Any, refused: Refused
) -> None:
    known.manager.add_reader_to_group(known.context, known.readers[1], "Tills")
    locate.ConfigureCardNameSearch(["Make"], ["Tills"])
    assert found(locate)[0] == known.readers[1]
    locate.ConfigureCardNameSearch(["First"], ["Tills"])
    refused(SCARD_E_NO_SMARTCARD, locate.FindCard, SHARED, T1, NO_UI)
    locate.ConfigureCardNameSearch(["First"], ["No such group"])
    refused(SCARD_E_NO_READERS_AVAILABLE, locate.FindCard, SHARED, T1, NO_UI)


def test_without_groups_the_default_group_is_looked_at(
    known: Any, locate: SCardLocate, found: Any, refused: Refused
) -> None:
    known.manager.remove_reader_from_group(known.context, known.readers[0], "SCard$DefaultReaders")
    for groups in (None, []):
        locate.ConfigureCardNameSearch(["Make"], groups)
        assert found(locate)[0] == known.readers[1]
    locate.ConfigureCardNameSearch(["Make"], ["SCard$AllReaders"])
    assert found(locate)[0] == known.readers[0]


def test_the_search_looks_once(locate: SCardLocate, refused: Refused) -> None:
    locate.ConfigureCardNameSearch(["Elsewhere"])
    for flags in (0, MINIMAL_UI, NO_UI, FORCE_UI):
        assert "Elsewhere" in str(refused(SCARD_E_NO_SMARTCARD, locate.FindCard, SHARED, T1, flags))


def test_an_unknown_name_is_an_unknown_card(locate: SCardLocate, refused: Refused) -> None:
    locate.ConfigureCardNameSearch(["Nobody's"])
    assert "Nobody's" in str(refused(SCARD_E_UNKNOWN_CARD, locate.FindCard, SHARED, T1, NO_UI))


def test_a_card_that_does_not_open_is_passed_over(
    known: Any, locate: SCardLocate, found: Any, refused: Refused
) -> None:
    held = known.manager.connect(known.context, known.readers[0], ShareMode.EXCLUSIVE).handle
    locate.ConfigureCardNameSearch(["Make"])
    assert found(locate)[0] == known.readers[1]
    locate.ConfigureCardNameSearch(["First"])
    refused(SCARD_E_SHARING_VIOLATION, locate.FindCard, SHARED, T1, NO_UI)
    known.manager.disconnect(held)
    refused(SCARD_E_PROTO_MISMATCH, locate.FindCard, SHARED, T0, NO_UI)
    assert found(locate, EXCLUSIVE, T0 | T1)[1].ActiveProtocol is T1


# The dialogue


def test_the_dialogue_is_shown_as_the_flags_say(known: Any, found: Any) -> None:
    dialog = Dialog(known.readers[1])
    with SCardLocate(known.manager, dialog) as locate:
        locate.ConfigureCardNameSearch(["Make"], None, "Your card, please", NO_UI)
        assert found(locate, flags=NO_UI)[0] == known.readers[0]
        assert found(locate, flags=0)[0] == known.readers[0]
        assert dialog.asked == []
        assert found(locate, flags=MINIMAL_UI)[0] == known.readers[1]
        assert dialog.asked == [("Your card, please", list(known.readers))]
        locate.ConfigureCardNameSearch(["Second"], lFlags=FORCE_UI)
        assert found(locate, flags=MINIMAL_UI)[0] == known.readers[1]
        assert len(dialog.asked) == 1
        assert found(locate, flags=0)[0] == known.readers[1]
        assert dialog.asked[1:] == [("", [known.readers[1]])]


def test_the_dialogue_is_shown_where_there_is_no_card_yet(known: Any, refused: Refused) -> None:
    dialog = Dialog(known.readers[0])
    with SCardLocate(known.manager, dialog) as locate:
        locate.ConfigureCardNameSearch(["Elsewhere"])
        refused(SCARD_E_NO_SMARTCARD, locate.FindCard, SHARED, T1, MINIMAL_UI)
        assert dialog.asked == [("", [])]


def test_the_dialogue_may_wait_for_the_card(empty: CardReader, card: Card) -> None:
    manager = empty.resource_manager
    context = manager.establish_context()
    manager.introduce_card_type(context, "Awaited", None, [], card.atr)

    def ask(title: str, readers: Sequence[str]) -> str:
        assert (title, readers) == ("Insert it", ())
        empty.insert()
        return empty.name

    with SCardLocate(manager, ask) as locate:
        locate.ConfigureCardNameSearch(["Awaited"], None, "Insert it")
        info = locate.FindCard(SHARED, T1, MINIMAL_UI)
    assert manager.status(info.hCard).reader == empty.name


def test_the_dialogue_is_shown_where_there_is_no_reader_yet(refused: Refused) -> None:
    manager, dialog = EmbeddedResourceManager(), Dialog(None)
    context = manager.establish_context()
    manager.introduce_card_type(context, "First", None, [], b"\x3b\x00")
    with SCardLocate(manager, dialog) as locate:
        locate.ConfigureCardNameSearch(["First"])
        refused(SCARD_E_NO_READERS_AVAILABLE, locate.FindCard, SHARED, T1, NO_UI)
        refused(SCARD_W_CANCELLED_BY_USER, locate.FindCard, SHARED, T1, MINIMAL_UI)
    assert dialog.asked == [("", [])]
    manager.release_context(context)


def test_closing_the_dialogue_cancels(known: Any, refused: Refused) -> None:
    with SCardLocate(known.manager, Dialog(None)) as locate:
        locate.ConfigureCardNameSearch(["First"])
        refused(SCARD_W_CANCELLED_BY_USER, locate.FindCard, SHARED, T1, FORCE_UI)


def test_a_choice_that_holds_no_such_card_is_none(known: Any, refused: Refused) -> None:
    with SCardLocate(known.manager, Dialog(known.readers[1])) as locate:
        locate.ConfigureCardNameSearch(["First"])
        refused(SCARD_E_NO_SMARTCARD, locate.FindCard, SHARED, T1, FORCE_UI)


# Arguments


@pytest.mark.parametrize("method", ["ConfigureCardNameSearch", "ConfigureCardGuidSearch"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((None,), E_POINTER),
        (([],), E_INVALIDARG),
        (("First",), E_INVALIDARG),
        ((7,), E_INVALIDARG),
        (([7],), E_INVALIDARG),
        (([""],), E_INVALIDARG),
        (([str(PUMP)], "Tills"), E_INVALIDARG),
        (([str(PUMP)], [7]), E_INVALIDARG),
        (([str(PUMP)], None, None), E_POINTER),
        (([str(PUMP)], None, 7), E_INVALIDARG),
        (([str(PUMP)], None, "", 0), E_INVALIDARG),
        (([str(PUMP)], None, "", 3), E_INVALIDARG),
        (([str(PUMP)], None, "", None), E_POINTER),
    ],
)
def test_what_can_be_no_search(method: str, arguments: tuple[Any, ...], code: int, refused: Refused) -> None:
    with SCardLocate(EmbeddedResourceManager()) as locate:
        refused(code, getattr(locate, method), *arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        (0, T1, NO_UI),
        (3, T1, NO_UI),
        (SHARED, 0, NO_UI),
        (SHARED, 4, NO_UI),
        (SHARED, 0x10000, NO_UI),
        (SHARED, "T1", NO_UI),
    ],
)
@pytest.mark.parametrize("flags", [3, 8, "NO_UI"])
def test_what_can_be_no_way_to_open(arguments: tuple[Any, ...], flags: Any, refused: Refused) -> None:
    with SCardLocate(EmbeddedResourceManager()) as locate:
        locate.ConfigureCardNameSearch(["First"])
        refused(E_INVALIDARG, locate.FindCard, *arguments)
        refused(E_INVALIDARG, locate.FindCard, SHARED, T1, flags)
        refused(E_POINTER, locate.FindCard, SHARED, T1, None)


def test_what_to_look_for_comes_first(refused: Refused) -> None:
    with SCardLocate(EmbeddedResourceManager()) as locate:
        refused(E_UNEXPECTED, locate.FindCard, SHARED, T1, NO_UI)


def test_a_released_search_looks_for_nothing(refused: Refused) -> None:
    locate = SCardLocate(EmbeddedResourceManager())
    locate.ConfigureCardNameSearch(["First"])
    locate.close()
    locate.close()
    refused(HRESULT.CO_E_RELEASED, locate.FindCard, SHARED, T1, NO_UI)
    refused(HRESULT.CO_E_RELEASED, locate.ConfigureCardNameSearch, ["First"])
    refused(HRESULT.CO_E_RELEASED, locate.ConfigureCardGuidSearch, [PUMP])


def test_a_resource_manager_is_needed(refused: Refused) -> None:
    refused(SCARD_E_NO_SERVICE, SCardLocate)

"""Counted references, and interfaces by identifier, on objects that an application gets."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from threading import Thread
from uuid import UUID

import pytest

import scardmgr
from scardmgr import (
    E_INVALIDARG,
    E_POINTER,
    HRESULT,
    ByteBuffer,
    HResultError,
    ISCard,
    ISCardFileAccess,
    IStream,
    MemoryStream,
    SCard,
    SCardCmd,
    SCardDatabase,
    SCardISO7816,
    SCardLocate,
    SCardManage,
    SCardTypeConv,
)
from scardmgr.com.late_binding import IDispatch
from scardmgr.com.unknown import IUnknown
from scardmgr.published.definitions import interfaces
from scardmgr.winscard.manager import ResourceManager

Refused = Callable[..., HResultError]


def test_identifiers_are_those_of_com() -> None:
    assert UUID("00000000-0000-0000-C000-000000000046") == IUnknown.IID
    assert UUID("00020400-0000-0000-C000-000000000046") == IDispatch.IID


@pytest.mark.parametrize("interface", [IUnknown, IDispatch, ISCard])
def test_an_object_is_all_the_interfaces_it_inherits(
    interface: type[IUnknown], resource_manager: ResourceManager
) -> None:
    with SCard(resource_manager) as card:
        assert card.QueryInterface(interface.IID) is card
        assert card.QueryInterface(str(interface.IID).upper()) is card


#: One of each make that an application gets.
MAKES: dict[str, Callable[[SCardManage, ResourceManager], IUnknown]] = {
    "manage": lambda manage, _: manage,
    "files": lambda manage, _: manage.CreateFileAccess(),
    "auth": lambda manage, _: manage.CreateCardAuth(),
    "verify": lambda manage, _: manage.CreateCHVerification(),
    "crypto": lambda manage, _: manage.CreateInterface(None, "CryptoProvider"),
    "messaging": lambda manage, _: manage.CreateInterface(None, "SecureMessaging"),
    "card": lambda _, manager: SCard(manager),
    "card of a manage": lambda manage, _: manage.CreateInterface(ISCard.IID),
    "command": lambda *_: SCardCmd(),
    "commands": lambda *_: SCardISO7816(),
    "conversions": lambda *_: SCardTypeConv(),
    "buffer": lambda *_: ByteBuffer(b"abc"),
    "stream": lambda *_: MemoryStream(b"abc"),
    "database": lambda _, manager: SCardDatabase(manager),
    "locate": lambda _, manager: SCardLocate(manager),
}
each_make = pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)


def test_the_makes_are_all_interfaces_of_the_door(manage: SCardManage, resource_manager: ResourceManager) -> None:
    door = [getattr(scardmgr, name) for name in scardmgr.__all__]
    made = [make(manage, resource_manager) for make in MAKES.values()]
    for kind in (each for each in door if inspect.isclass(each) and issubclass(each, IUnknown)):
        assert any(isinstance(each, kind) for each in made), kind


@each_make
def test_interfaces_of_an_object_lead_to_one_another(
    make: Callable[..., IUnknown], manage: SCardManage, resource_manager: ResourceManager
) -> None:
    """COM's rules of QueryInterface: each leads to every other, and IUnknown is the object itself."""
    thing = make(manage, resource_manager)
    own = [vars(kind)["IID"] for kind in type(thing).__mro__ if "IID" in vars(kind)]
    known = {IUnknown.IID, IDispatch.IID, *own, *(each.iid for each in interfaces())}
    has = {each for each in known if _answers(thing, each)}
    # IUnknown and its own; between them IDispatch, or a stream's ISequentialStream.
    assert len(has) == (3 if isinstance(thing, IDispatch | IStream) else 2)
    for first in has:
        got = thing.QueryInterface(first)
        assert {each for each in known if _answers(got, each)} == has
        assert got.QueryInterface(IUnknown.IID) is thing.QueryInterface(IUnknown.IID)


@each_make
def test_a_question_that_is_refused_holds_no_reference(
    make: Callable[..., IUnknown], manage: SCardManage, resource_manager: ResourceManager
) -> None:
    thing = make(manage, resource_manager)
    assert not _answers(thing, UUID(int=7))
    assert thing.Release() == 0


def _answers(thing: IUnknown, identifier: UUID) -> bool:
    try:
        thing.QueryInterface(identifier).Release()
    except HResultError as error:
        if error.hresult is not HRESULT.E_NOINTERFACE:
            raise
        return False
    return True


def test_an_object_is_no_other_interface(manage: SCardManage, refused: Refused) -> None:
    for other in (ISCard.IID, ISCardFileAccess.IID, UUID(int=7)):
        refused(HRESULT.E_NOINTERFACE, manage.QueryInterface, other)
    refused(E_POINTER, manage.QueryInterface, None)
    refused(E_INVALIDARG, manage.QueryInterface, "ISCard")
    assert manage.AddRef() == 2, "what was refused holds no reference"


def test_each_reference_is_given_back_once(resource_manager: ResourceManager, refused: Refused) -> None:
    card = SCard(resource_manager)
    context = card.Context
    assert card.AddRef() == 2
    card.QueryInterface(ISCard.IID)
    assert card.Release() == 2
    assert card.Release() == 1
    assert resource_manager.is_valid_context(context)
    assert card.Release() == 0
    assert not resource_manager.is_valid_context(context)
    for call in (card.Release, card.AddRef):
        refused(HRESULT.CO_E_RELEASED, call)
    for identifier in (ISCard.IID, UUID(int=7), None, "x"):
        refused(HRESULT.CO_E_RELEASED, card.QueryInterface, identifier)


def test_with_gives_back_its_own_reference_only(resource_manager: ResourceManager, refused: Refused) -> None:
    with SCard(resource_manager) as card:
        kept = card.QueryInterface(ISCard.IID)
    card.close()
    assert resource_manager.is_valid_context(kept.Context)
    assert kept.Release() == 0
    refused(HRESULT.CO_E_RELEASED, lambda: card.Context)


def test_a_with_of_what_query_interface_gave_is_no_release(resource_manager: ResourceManager, refused: Refused) -> None:
    with SCard(resource_manager) as card, card.QueryInterface(ISCard.IID) as same:
        assert same is card
    assert resource_manager.is_valid_context(card.Context), "both gave back the one that came with the object"
    assert card.Release() == 0
    refused(HRESULT.CO_E_RELEASED, lambda: card.Context)


def test_closing_what_was_released_does_nothing(resource_manager: ResourceManager) -> None:
    with SCard(resource_manager) as card:
        assert card.Release() == 0
    card.close()


@each_make
def test_every_published_member_refuses_use_after_the_last_release(
    make: Callable[..., IUnknown], manage: SCardManage, resource_manager: ResourceManager, refused: Refused
) -> None:
    thing = make(manage, resource_manager)
    published = [each for each in dir(thing) if each[0].isupper() and each not in ("IID", "CLSID")]
    assert {"QueryInterface", "AddRef", "Release"} < set(published)
    if isinstance(thing, IDispatch):
        members = {each.attribute for each in thing.GetTypeInfo().members}
        assert {each for each in members if hasattr(type(thing), each)} < set(published)
    assert thing.Release() == 0
    for name in published:
        member = inspect.getattr_static(thing, name)
        if not isinstance(member, property):
            call = getattr(thing, name)
            # What is refused first of all is refused whatever the arguments are.
            answer = refused(HRESULT.CO_E_RELEASED, call, *(["x"] if name == "QueryInterface" else []))
            assert "has been released" in str(answer)
            continue
        refused(HRESULT.CO_E_RELEASED, getattr, thing, name)
        if member.fset is not None:
            refused(HRESULT.CO_E_RELEASED, setattr, thing, name, 1)


def test_an_interface_that_is_released_leaves_the_others(manage: SCardManage) -> None:
    first, second = manage.CreateFileAccess(), manage.CreateFileAccess()
    first.Release()
    assert second.GetCurrentDir() == "3F00"


def test_references_are_counted_from_many_threads(resource_manager: ResourceManager) -> None:
    with SCard(resource_manager) as card:

        def hold_and_let_go() -> None:
            for _ in range(500):
                card.AddRef()
                card.Release()

        threads = [Thread(target=hold_and_let_go) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert card.AddRef() == 2
        assert card.Release() == 1


class Ending(IUnknown):
    """Counts its ends."""

    def __init__(self) -> None:
        self.ends = 0

    def _final_release(self) -> None:
        self.ends += 1

    def Answer(self) -> int:  # noqa: N802 (as published members are called)
        return 42


def test_an_object_of_another_make_ends_once(refused: Refused) -> None:
    with Ending() as thing:
        assert thing.Answer() == 42
    thing.close()
    assert thing.ends == 1
    refused(HRESULT.CO_E_RELEASED, thing.Answer)

"""ISCardManage chooses its provider through the smart card database of either resource manager."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from iso7816.atr import ATR
from sandbox.pytest_plugin import CardReader
from scardmgr import (
    CARD_TYPES,
    ISO_7816_PROVIDER,
    SCARD_E_CARD_UNSUPPORTED,
    SCARD_F_INTERNAL_ERROR,
    SCARD_S_SUCCESS,
    CardProvider,
    CardTypes,
    HResultError,
    ISO7816Provider,
    SCardManage,
)
from scardmgr.providers.registry import CardProvider as RegisteredProvider
from scardmgr.winscard.database import SmartCardDatabase

pytestmark = pytest.mark.card(via=("embedded", "pcscd"))

Refused = Callable[..., HResultError]
MINE = UUID("0E6A7C7A-5B7D-4C0B-9C57-0C7B5B1F9B11")
THEIRS = UUID("0E6A7C7A-5B7D-4C0B-9C57-0C7B5B1F9B12")
NOBODYS = UUID("0E6A7C7A-5B7D-4C0B-9C57-0C7B5B1F9B13")
MAKE_MASK = bytes.fromhex("FFFFFFFF0000")


class Marked(ISO7816Provider):
    """Has an interface of its own, by which it can be told from others: its class."""

    def create_other(self, *_: object) -> object:
        return type(self)


class Mine(Marked):
    """Chosen by the database alone."""

    PROVIDER_ID = MINE


class Theirs(Marked):
    PROVIDER_ID = THEIRS


class Claiming(Marked):
    """Chosen by the ATR alone."""

    def serves(self, atr: bytes) -> bool:
        return atr.endswith(b"\x8f")


@pytest.fixture
def types() -> CardTypes:
    made = CardTypes(ISO7816Provider())
    made.register(Mine())
    made.register(Theirs())
    return made


def chosen(stand: Any, types: CardTypes, reader: int = 0) -> object:
    """The class of the provider that serves the card in a reader."""
    with SCardManage(stand.manager, types) as manage:
        manage.AttachByIFD(stand.readers[reader])
        assert manage.CreateFileAccess() is not None
        try:
            return manage.CreateInterface(None, "Own")
        except HResultError:
            return ISO7816Provider


def make_of(stand: Any) -> bytes:
    return bytes(given & bits for given, bits in zip(stand.atrs[0], MAKE_MASK, strict=True))


def test_introducing_a_card_type_changes_who_serves_the_card(stand: Any, types: CardTypes) -> None:
    assert chosen(stand, types) is ISO7816Provider
    stand.introduce("Mine", stand.atrs[0], provider=MINE)
    assert chosen(stand, types) is Mine
    assert chosen(stand, types, 1) is ISO7816Provider
    stand.manager.forget_card_type(stand.context, "Mine")
    assert chosen(stand, types) is ISO7816Provider


def test_so_does_a_program_written_on_pyscard(stand: Any, types: CardTypes) -> None:
    introduce = stand.manager.SCardIntroduceCardType
    assert introduce(stand.context, "Mine", list(MINE.bytes_le), [], list(stand.atrs[0]), []) == SCARD_S_SUCCESS
    assert chosen(stand, types) is Mine
    assert stand.manager.SCardForgetCardType(stand.context, "Mine") == SCARD_S_SUCCESS
    assert chosen(stand, types) is ISO7816Provider


def test_an_open_attachment_follows_the_database(stand: Any, types: CardTypes) -> None:
    with SCardManage(stand.manager, types) as manage:
        manage.AttachByIFD(stand.readers[0])
        stand.introduce("Mine", stand.atrs[0], provider=MINE)
        assert manage.CreateInterface(None, "Own") is Mine


def test_the_best_match_decides(stand: Any, types: CardTypes) -> None:
    stand.introduce("Exactly", stand.atrs[0], provider=MINE)
    stand.introduce("The make", make_of(stand), MAKE_MASK, provider=THEIRS)
    assert (chosen(stand, types), chosen(stand, types, 1)) == (Mine, Theirs)


def test_a_card_type_of_the_user_goes_before_one_of_the_system(stand: Any, types: CardTypes) -> None:
    from scardmgr.winscard.constants import Scope

    system = stand.manager.establish_context(Scope.SYSTEM)
    stand.manager.introduce_card_type(system, "For all", MINE, [], stand.atrs[0])
    stand.manager.release_context(system)
    assert chosen(stand, types) is Mine
    stand.introduce("My own", make_of(stand), MAKE_MASK, provider=THEIRS)
    assert chosen(stand, types) is Theirs


def test_a_card_type_without_a_registered_provider_keeps_no_card_from_working(stand: Any, types: CardTypes) -> None:
    stand.introduce("Bare", stand.atrs[0])
    stand.introduce("Nobody's", stand.atrs[0], provider=NOBODYS)
    assert chosen(stand, types) is ISO7816Provider
    stand.introduce("The make", make_of(stand), MAKE_MASK, provider=MINE)
    assert chosen(stand, types) is Mine


def test_what_the_database_names_goes_before_what_claims_the_atr(stand: Any, types: CardTypes) -> None:
    types.register(Claiming())
    assert (chosen(stand, types), chosen(stand, types, 1)) == (Claiming, ISO7816Provider)
    stand.introduce("General", stand.atrs[0], provider=ISO_7816_PROVIDER)
    assert chosen(stand, types) is Claiming
    stand.introduce("Mine", stand.atrs[0], provider=MINE)
    stand.manager.forget_card_type(stand.context, "General")
    assert chosen(stand, types) is Mine


def test_a_provider_that_is_missing_and_no_general_one(stand: Any, refused: Refused) -> None:
    with SCardManage(stand.manager, CardTypes()) as manage:
        manage.AttachByIFD(stand.readers[0])
        refused(SCARD_E_CARD_UNSUPPORTED, manage.CreateFileAccess)
        stand.introduce("Nobody's", stand.atrs[0], provider=NOBODYS)
        assert str(NOBODYS) in str(refused(SCARD_E_CARD_UNSUPPORTED, manage.CreateFileAccess))


def test_a_damaged_database_is_told_of(reader: CardReader, tmp_path: Path, refused: Refused) -> None:
    file = tmp_path / "cards.sqlite3"
    file.write_bytes(b"no database at all")
    manager = reader.resource_manager
    manager.database = SmartCardDatabase.at(file)
    with SCardManage(manager) as manage:
        manage.AttachByIFD(reader.name)
        assert str(file) in str(refused(SCARD_F_INTERNAL_ERROR, manage.CreateFileAccess))


# Identifiers


def test_an_identifier_is_not_inherited() -> None:
    class Descendant(Mine):
        pass

    assert (ISO7816Provider.PROVIDER_ID, Mine.PROVIDER_ID, Descendant.PROVIDER_ID) == (ISO_7816_PROVIDER, MINE, None)
    assert CardProvider is RegisteredProvider
    assert CardProvider.PROVIDER_ID is None


def test_a_provider_built_on_the_general_one_claims_nothing() -> None:
    atr = bytes.fromhex("3B00")
    assert ISO7816Provider().serves(atr)
    assert not Mine().serves(atr)


def test_the_newest_of_one_identifier_is_chosen(types: CardTypes) -> None:
    newer = Mine()
    types.register(newer)
    assert types.provider_for(b"\x3b\x00", [MINE]) is newer
    types.unregister(newer)
    assert types.provider_for(b"\x3b\x00", iter([NOBODYS, MINE])) is not newer


def test_card_types_that_come_with_the_package_name_the_general_provider_by_its_identifier() -> None:
    named = {card_type.primary_provider for card_type in SmartCardDatabase.in_memory().card_types()}
    assert ISO_7816_PROVIDER in named
    assert named <= {ISO_7816_PROVIDER, None}
    assert all(
        ATR.parse(card_type.atr) for card_type in SmartCardDatabase.in_memory().card_types() if not card_type.mask
    )


def test_the_page_on_card_types_shows_programs_that_run(stand: Any) -> None:
    page = (Path(__file__).parents[2] / "docs" / "card-types.md").read_text(encoding="utf-8")
    introducing, asking = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    names: dict[str, Any] = {"ATR": stand.atrs[1].hex(), "__name__": "page"}
    try:
        exec(compile(introducing, "card-types.md", "exec"), names)  # noqa: S102 - that is how a reader runs it
        exec(compile(asking, "card-types.md", "exec"), names)  # noqa: S102
    finally:
        registered = CARD_TYPES._registered
        registered[:] = [provider for provider in registered if type(provider).__module__ != "page"]

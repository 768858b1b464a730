"""Each code that the typed face of the database documents, in a situation that brings it about, under both managers.

The last test compares the table with the docstrings: what is documented is raised, and what is raised is documented.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from scardmgr.winscard.codes import SCardCode, name_of
from scardmgr.winscard.database import SmartCardDatabase
from scardmgr.winscard.errors import SCardError
from scardmgr.winscard.faces.database_face import DatabaseFace
from scardmgr.winscard.faces.reader_device_face import ReaderDeviceFace
from scardmgr.winscard.values import ATRPattern, ReaderState

ATR = b"\x3b\x00"
GUID = UUID(int=1)
NO_SUCH = 0x0BADCAFE
EXISTS, NOT_FOUND = 183, 2
UNKNOWN = [ReaderState("no such reader")]
TOO_MANY = 17  # pcsc-lite takes 16

INVALID_HANDLE = SCardCode.SCARD_E_INVALID_HANDLE
INVALID_VALUE = SCardCode.SCARD_E_INVALID_VALUE
INVALID_PARAMETER = SCardCode.SCARD_E_INVALID_PARAMETER
UNKNOWN_CARD = SCardCode.SCARD_E_UNKNOWN_CARD
UNKNOWN_READER = SCardCode.SCARD_E_UNKNOWN_READER
DUPLICATE = SCardCode.SCARD_E_DUPLICATE_READER
NO_READERS = SCardCode.SCARD_E_NO_READERS_AVAILABLE

#: Method, code, and the arguments behind the context; what the bench is like is said in ``prepared``.
CASES: list[tuple[str, int, tuple[Any, ...]]] = [
    ("introduce_card_type", INVALID_VALUE, ("", None, [], ATR)),
    ("introduce_card_type", INVALID_VALUE, ("a\0b", None, [], ATR)),
    ("introduce_card_type", INVALID_PARAMETER, ("New", None, [], b"")),
    ("introduce_card_type", INVALID_PARAMETER, ("New", None, [], bytes(34))),
    ("introduce_card_type", INVALID_PARAMETER, ("New", None, [], ATR, b"\xff")),
    ("introduce_card_type", EXISTS, ("card", None, [], ATR)),
    ("forget_card_type", UNKNOWN_CARD, ("no such card",)),
    ("set_card_type_provider_name", UNKNOWN_CARD, ("no such card", 2, "x")),
    ("set_card_type_provider_name", INVALID_VALUE, ("Card", 0, "x")),
    ("set_card_type_provider_name", INVALID_VALUE, ("Card", 2, "")),
    ("set_card_type_provider_name", INVALID_VALUE, ("Card", 1, "no GUID")),
    ("get_card_type_provider_name", UNKNOWN_CARD, ("no such card", 2)),
    ("get_card_type_provider_name", NOT_FOUND, ("Card", 2)),
    ("get_card_type_provider_name", NOT_FOUND, ("Card", 1)),
    ("list_interfaces", UNKNOWN_CARD, ("no such card",)),
    ("get_provider_id", UNKNOWN_CARD, ("no such card",)),
    ("get_provider_id", SCardCode.SCARD_E_ICC_INSTALLATION, ("Card",)),
    ("locate_cards", UNKNOWN_READER, (["Card"], UNKNOWN)),
    ("locate_cards_by_atr", UNKNOWN_READER, ([ATRPattern(ATR, ATR)], UNKNOWN)),
    ("introduce_reader", INVALID_VALUE, ("", "x")),
    ("introduce_reader", INVALID_VALUE, ("x", "")),
    ("introduce_reader", DUPLICATE, ("TILL", "x")),
    ("forget_reader", UNKNOWN_READER, ("no such reader",)),
    ("introduce_reader_group", INVALID_VALUE, ("",)),
    ("introduce_reader_group", INVALID_VALUE, ("SCard$AllReaders",)),
    ("forget_reader_group", INVALID_VALUE, ("",)),
    ("forget_reader_group", INVALID_VALUE, ("SCard$DefaultReaders",)),
    ("add_reader_to_group", INVALID_VALUE, ("Till", "")),
    ("add_reader_to_group", UNKNOWN_READER, ("no such reader", "Group")),
    ("remove_reader_from_group", INVALID_VALUE, ("Till", "SCard$SystemReaders")),
    ("remove_reader_from_group", UNKNOWN_READER, ("no such reader", "Group")),
    ("read_cache", SCardCode.SCARD_W_CACHE_ITEM_NOT_FOUND, (GUID, 1, "no such item")),
    ("read_cache", SCardCode.SCARD_W_CACHE_ITEM_STALE, (GUID, 8, "item")),
    ("write_cache", SCardCode.SCARD_W_CACHE_ITEM_TOO_BIG, (GUID, 1, "item", bytes(0x10001))),
    ("get_device_type_id", UNKNOWN_READER, ("no such reader",)),
    ("get_reader_device_instance_id", UNKNOWN_READER, ("no such reader",)),
    ("list_readers_with_device_instance_id", NO_READERS, ("no such identifier",)),
]

#: Arguments with which only the context is wrong.
ANY_ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "introduce_card_type": ("New", None, [], ATR),
    "forget_card_type": ("Card",),
    "set_card_type_provider_name": ("Card", 2, "x"),
    "get_card_type_provider_name": ("Card", 2),
    "list_cards": (),
    "list_interfaces": ("Card",),
    "get_provider_id": ("Card",),
    "locate_cards": ([], []),
    "locate_cards_by_atr": ([], []),
    "introduce_reader": ("x", "x"),
    "forget_reader": ("Till",),
    "introduce_reader_group": ("Group",),
    "forget_reader_group": ("Group",),
    "add_reader_to_group": ("Till", "Group"),
    "remove_reader_from_group": ("Till", "Group"),
    "read_cache": (GUID, 1, "item"),
    "write_cache": (GUID, 1, "item", b""),
    "get_device_type_id": ("Till",),
    "get_reader_device_instance_id": ("Till",),
    "list_readers_with_device_instance_id": ("x",),
}

#: pcsc-lite alone has such a limit.
PCSCD_ONLY = [("locate_cards", INVALID_PARAMETER), ("locate_cards_by_atr", INVALID_PARAMETER)]

BOTH = pytest.mark.parametrize("bench", ["embedded", "pcscd"], indirect=True)


def code_of(call: Callable[[], object]) -> int:
    with pytest.raises(SCardError) as raised:
        call()
    return raised.value.code


@pytest.fixture
def prepared(bench: Any, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A bench that knows the card type Card, the reader Till and a cached item."""
    monkeypatch.setattr(bench.rm, "database", SmartCardDatabase.at(database_file, seeded=False))
    bench.rm.introduce_card_type(bench.context, "Card", None, [], ATR)
    bench.rm.introduce_reader(bench.context, "Till", bench.reader)
    bench.rm.write_cache(bench.context, GUID, 7, "item", b"")
    return bench


@BOTH
@pytest.mark.parametrize(
    ("method", "code", "arguments"),
    CASES,
    ids=[f"{method}-{name_of(code)}-{n}" for n, (method, code, _) in enumerate(CASES)],
)
def test_the_situation_gives_the_code(method: str, code: int, arguments: tuple[Any, ...], prepared: Any) -> None:
    assert code_of(lambda: getattr(prepared.rm, method)(prepared.context, *arguments)) == code


@BOTH
@pytest.mark.parametrize("method", ANY_ARGUMENTS)
def test_a_context_that_is_not_open(method: str, prepared: Any) -> None:
    released = prepared.other_context()
    prepared.rm.release_context(released)
    for context in (NO_SUCH, released):
        assert (
            code_of(lambda each=context: getattr(prepared.rm, method)(each, *ANY_ARGUMENTS[method])) == INVALID_HANDLE
        )  # type: ignore[misc]


@pytest.mark.parametrize("bench", ["pcscd"], indirect=True)
@pytest.mark.parametrize(("method", "code"), PCSCD_ONLY)
def test_more_states_than_pcsclite_takes(method: str, code: int, prepared: Any) -> None:
    states = [ReaderState(prepared.reader)] * TOO_MANY
    assert code_of(lambda: getattr(prepared.rm, method)(prepared.context, [], states)) == code


@pytest.mark.parametrize("method", ANY_ARGUMENTS)
def test_what_is_documented_is_raised_and_what_is_raised_is_documented(method: str) -> None:
    documentation = (getattr(DatabaseFace, method, None) or getattr(ReaderDeviceFace, method)).__doc__
    assert documentation is not None
    named = re.findall(r"(SCARD_[EW]_\w+|ERROR_\w+ \(\d+\)):", documentation.partition("Raises:")[2])
    documented = {
        int(re.findall(r"\d+", name)[0]) if name.startswith("ERROR") else SCardCode[name].value for name in named
    }
    raised = {int(code) for name, code, _ in CASES if name == method} | {INVALID_HANDLE.value}
    raised |= {int(code) for name, code in PCSCD_ONLY if name == method}
    assert documented == raised


def test_no_method_is_left_out() -> None:
    methods = {name for face in (DatabaseFace, ReaderDeviceFace) for name in vars(face) if name[0] not in "_S"}
    assert methods == set(ANY_ARGUMENTS)

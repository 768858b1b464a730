"""Every SCard function there is: both resource managers offer it in both faces, or it is said here why it is none.

``data/registration_functions.json`` has the functions that register cards and readers, with their documented
parameters (winscard.h and its pages at learn.microsoft.com). The lists below are those of pyscard 2.3 (the table at the
head of its ``scard.i``) and of winscard.h.
"""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest

from scardmgr.winscard.embedded import EmbeddedResourceManager
from scardmgr.winscard.errors import SCardError
from scardmgr.winscard.manager import ResourceManager
from scardmgr.winscard.pcsc import PCSCResourceManager

REGISTRATION = json.loads((Path(__file__).parent / "data" / "registration_functions.json").read_text(encoding="utf-8"))

PYSCARD_EVERYWHERE = [
    "SCardBeginTransaction",
    "SCardCancel",
    "SCardConnect",
    "SCardControl",
    "SCardDisconnect",
    "SCardEndTransaction",
    "SCardEstablishContext",
    "SCardGetAttrib",
    "SCardGetErrorMessage",
    "SCardGetStatusChange",
    "SCardIsValidContext",
    "SCardListReaderGroups",
    "SCardListReaders",
    "SCardReconnect",
    "SCardReleaseContext",
    "SCardSetAttrib",
    "SCardStatus",
    "SCardTransmit",
]

#: Their parameters, as pyscard 2.3 calls them. On Linux it has those about readers and groups, which all fail.
PYSCARD_WINDOWS = {
    "SCardAddReaderToGroup": ["hcontext", "readername", "groupname"],
    "SCardForgetCardType": ["hcontext", "cardname"],
    "SCardForgetReader": ["hcontext", "readername"],
    "SCardForgetReaderGroup": ["hcontext", "groupname"],
    "SCardGetCardTypeProviderName": ["hcontext", "cardname", "dwProviderId"],
    "SCardIntroduceCardType": ["hcontext", "cardname", "primaryprovider", "providerlist", "atr", "mask"],
    "SCardIntroduceReader": ["hcontext", "readername", "devicename"],
    "SCardIntroduceReaderGroup": ["hcontext", "groupname"],
    "SCardListCards": ["hcontext", "atr", "providerguids"],
    "SCardListInterfaces": ["hcontext", "cardname"],
    "SCardLocateCards": ["hcontext", "cardnames", "readerstatelist"],
    "SCardRemoveReaderFromGroup": ["hcontext", "readername", "groupname"],
}

#: Functions that pyscard has nowhere, with their documented parameters less lengths, counts and what is given back.
LACKING = {
    "SCardSetCardTypeProviderName": ["hContext", "szCardName", "dwProviderId", "szProvider"],
    "SCardGetProviderId": ["hContext", "szCard"],
    "SCardLocateCardsByATR": ["hContext", "rgAtrMasks", "rgReaderStates"],
    "SCardReadCache": ["hContext", "CardIdentifier", "FreshnessCounter", "LookupName"],
    "SCardWriteCache": ["hContext", "CardIdentifier", "FreshnessCounter", "LookupName", "Data"],
    "SCardGetTransmitCount": ["hCard"],
    "SCardGetDeviceTypeId": ["hContext", "szReaderName"],
    "SCardGetReaderDeviceInstanceId": ["hContext", "szReaderName"],
    "SCardListReadersWithDeviceInstanceId": ["hContext", "szDeviceInstanceId"],
}

#: What winscard.h has besides, and why Python has no use for it.
NO_COUNTERPART = {
    "SCardFreeMemory": "Python frees what it gave",
    "SCardAccessStartedEvent": "an event handle of Windows: SCardEstablishContext tells whether there is a service",
    "SCardReleaseStartedEvent": "gives back that handle",
    "GetOpenCardNameA": "a dialogue of Windows, superseded by the next",
    "SCardDlgExtendedError": "what went wrong in a dialogue",
    "SCardUIDlgSelectCardA": "a dialogue of Windows",
    "SCardGetReaderIcon": "a virtual reader has no picture",
    "SCardAudit": "writes to the event log of Windows",
}

MANAGERS = [EmbeddedResourceManager, PCSCResourceManager]
ALL = sorted({*PYSCARD_EVERYWHERE, *PYSCARD_WINDOWS, *LACKING, *REGISTRATION})


def snake(function: str) -> str:
    """The typed face's name of a function."""
    named = {
        "SCardGetErrorMessage": "error_text",
        "SCardGetAttrib": "get_attribute",
        "SCardSetAttrib": "set_attribute",
        "SCardLocateCardsByATR": "locate_cards_by_atr",
    }
    return named.get(function) or re.sub(r"(?<!^)(?=[A-Z])", "_", function.removeprefix("SCard")).lower()


@pytest.mark.parametrize("manager", MANAGERS)
@pytest.mark.parametrize("function", ALL)
def test_every_function_is_offered_in_both_faces(function: str, manager: type[ResourceManager]) -> None:
    assert callable(getattr(manager, function))
    method = getattr(manager, snake(function))
    assert not getattr(method, "__isabstractmethod__", False)
    documented = getattr(ResourceManager, snake(function)).__doc__
    assert function in documented


def test_nothing_is_left_over() -> None:
    offered = {name for name in dir(ResourceManager) if name.startswith("SCard")}
    assert offered == set(ALL)
    assert not {name for name in NO_COUNTERPART if hasattr(ResourceManager, name)}


@pytest.mark.parametrize("function", PYSCARD_WINDOWS | LACKING)
def test_parameters_are_pyscards_or_the_documented_ones(function: str) -> None:
    parameters = list(inspect.signature(getattr(ResourceManager, function)).parameters)[1:]
    assert parameters == (PYSCARD_WINDOWS | LACKING)[function]


@pytest.mark.parametrize("function", sorted(REGISTRATION.keys() & LACKING.keys()))
def test_the_documented_parameters_of_what_pyscard_lacks(function: str) -> None:
    documented = REGISTRATION[function]["parameters"]
    assert LACKING[function] == [name for name in documented if name != "pguidProviderId"]


def test_pyscard_has_what_this_test_says(bench_free_scard: Any) -> None:
    assert [name for name in PYSCARD_EVERYWHERE if not hasattr(bench_free_scard, name)] == []
    assert [name for name in LACKING if hasattr(bench_free_scard, name)] == []


@pytest.fixture
def bench_free_scard() -> Any:
    """pyscard's module, of which nothing is called."""
    return pytest.importorskip("smartcard.scard", reason="pyscard is the way to real PC/SC")


ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "introduce_card_type": ("C", None, [], b"\x3b\0"),
    "set_card_type_provider_name": ("No such", 2, "x"),
    "get_card_type_provider_name": ("No such", 2),
    "forget_card_type": ("No such",),
    "list_cards": (),
    "get_provider_id": ("No such",),
    "list_interfaces": ("No such",),
    "locate_cards": ([], []),
    "introduce_reader": ("A", "R"),
    "forget_reader": ("No such",),
    "introduce_reader_group": ("G",),
    "forget_reader_group": ("G",),
    "add_reader_to_group": ("No such", "G"),
    "remove_reader_from_group": ("No such", "G"),
}


@pytest.mark.parametrize("bench", ["embedded", "pcscd"], indirect=True)
@pytest.mark.parametrize("function", REGISTRATION)
def test_a_context_may_be_null_where_the_pages_say_so(function: str, bench: Any) -> None:
    may_be_null = REGISTRATION[function]["hContext_may_be_null"]
    for context in (0, None):
        code = 0
        try:
            getattr(bench.rm, snake(function))(context, *ARGUMENTS[snake(function)])
        except SCardError as error:
            code = error.code
        assert (code != 0x80100003) is may_be_null


def test_the_page_of_differences_names_what_has_no_counterpart() -> None:
    page = (Path(__file__).parents[4] / "docs" / "differences.md").read_text(encoding="utf-8")
    for name in NO_COUNTERPART:
        assert name.removesuffix("A") in page

"""The pyscard face of the database: pyscard's shapes on Windows, on both resource managers.

``test_as_pyscards_own_tests_for_windows_expect`` asks what pyscard's ``testcase_listcards.py`` and
``testcase_readergroups.py`` ask, which there run on Windows alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scardmgr.winscard.codes import SCardCode as Code
from scardmgr.winscard.database import SmartCardDatabase

BOTH = pytest.mark.parametrize("bench", ["embedded", "pcscd"], indirect=True)
GUID_1 = [103, 22, 79, 173, 117, 234, 36, 65, 132, 212, 100, 27, 59, 25, 124, 101]
GUID_1_TEXT = "{AD4F1667-EA75-4124-84D4-641B3B197C65}"
GUID_2 = [90, 233, 42, 56, 44, 124, 156, 68, 161, 121, 86, 198, 222, 111, 243, 188]
ATR = [0x3B, 0x80, 0x01, 0x81]
UNKNOWN_CARD = Code.SCARD_E_UNKNOWN_CARD.value
INVALID_HANDLE = Code.SCARD_E_INVALID_HANDLE.value


def same(actual: Any, expected: Any) -> None:
    """Equal, and of the very same plain types all the way down."""
    assert actual == expected
    assert repr(actual) == repr(expected)


@pytest.fixture(autouse=True)
def fresh_database(bench: Any, database_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench.rm, "database", SmartCardDatabase.at(database_file))


@BOTH
def test_card_types(bench: Any) -> None:
    rm, context = bench.rm, bench.context
    same(rm.SCardIntroduceCardType(context, "dummy", GUID_1, GUID_1 + GUID_2, ATR, [0xFF] * 4), 0)
    same(rm.SCardIntroduceCardType(context, "DUMMY", [], [], ATR, []), 183)
    same(rm.SCardIntroduceCardType(context, "bare", [], [], [0x3B, 0], []), 0)
    same(rm.SCardIntroduceCardType(context, "", [], [], ATR, []), Code.SCARD_E_INVALID_VALUE.value)
    same(rm.SCardIntroduceCardType(context, "x", [], [], [], []), Code.SCARD_E_INVALID_PARAMETER.value)
    same(rm.SCardListCards(context, ATR, []), [0, ["dummy"]])
    same(rm.SCardListCards(context, [], GUID_2 + GUID_1), [0, ["dummy"]])
    same(rm.SCardListCards(context, [0x3B, 1], []), [0, []])
    same(rm.SCardListCards(context, [], [])[1][:2], ["dummy", "bare"])
    same(rm.SCardListInterfaces(context, "Dummy"), [0, [GUID_1, GUID_2]])
    same(rm.SCardListInterfaces(context, "bare"), [0, []])
    same(rm.SCardListInterfaces(context, "no such"), [UNKNOWN_CARD, []])
    same(rm.SCardGetProviderId(context, "dummy"), [0, GUID_1])
    same(rm.SCardGetProviderId(context, "bare"), [Code.SCARD_E_ICC_INSTALLATION.value, []])
    same(rm.SCardGetCardTypeProviderName(context, "dummy", 1), [0, GUID_1_TEXT])
    same(rm.SCardGetCardTypeProviderName(context, "dummy", 2), [2, None])
    same(rm.SCardGetCardTypeProviderName(context, "no such", 2), [UNKNOWN_CARD, None])
    same(rm.SCardSetCardTypeProviderName(context, "dummy", 2, "A CSP"), [0])
    same(rm.SCardSetCardTypeProviderName(0, "dummy", 2, "A CSP"), [UNKNOWN_CARD])  # it is the user's
    same(rm.SCardGetCardTypeProviderName(0, "dummy", 2), [0, "A CSP"])
    same(rm.SCardForgetCardType(context, "dummy"), 0)
    same(rm.SCardForgetCardType(context, "dummy"), UNKNOWN_CARD)


@BOTH
def test_locating(bench: Any) -> None:
    rm, context = bench.rm, bench.context
    bench.insert_scripted(bytes(ATR))
    rm.SCardIntroduceCardType(context, "dummy", [], [], ATR, [])
    code, [(name, state, atr)] = rm.SCardLocateCards(context, ["dummy"], [(bench.reader, 0)])
    same([code, name, state & 0xFFFF, atr], [0, bench.reader, 0x62, ATR])
    code, [(name, state, atr)] = rm.SCardLocateCardsByATR(context, [(ATR, [0xFF] * 4)], [(bench.reader, 0, [])])
    same([code, name, state & 0xFFFF, atr], [0, bench.reader, 0x62, ATR])
    code, [(_, state, _)] = rm.SCardLocateCardsByATR(context, [(ATR, [])], [(bench.reader, 0)])
    assert (code, state & 0x40) == (0, 0x40)
    for no_pattern in (([], []), (ATR, [0xFF])):
        found = rm.SCardLocateCardsByATR(context, [no_pattern], [(bench.reader, 0)])
        same(found, [Code.SCARD_E_INVALID_PARAMETER.value, [(bench.reader, 0, [])]])
    unknown = Code.SCARD_E_UNKNOWN_READER.value
    same(rm.SCardLocateCards(context, [], [("no such", 0)]), [unknown, [("no such", 0, [])]])
    same(rm.SCardLocateCardsByATR(context, [], [("no such", 0)]), [unknown, [("no such", 0, [])]])
    same(rm.SCardLocateCards(context, [], []), [0, []])


@BOTH
def test_the_cache(bench: Any) -> None:
    rm, context = bench.rm, bench.context
    same(rm.SCardReadCache(context, GUID_1, 1, "cardcf"), [Code.SCARD_W_CACHE_ITEM_NOT_FOUND.value, []])
    same(rm.SCardWriteCache(context, GUID_1, 1, "cardcf", [1, 2, 3]), [0])
    same(rm.SCardReadCache(context, GUID_1, 1, "cardcf"), [0, [1, 2, 3]])
    same(rm.SCardReadCache(context, GUID_1, 2, "cardcf"), [Code.SCARD_W_CACHE_ITEM_STALE.value, []])
    too_big = rm.SCardWriteCache(context, GUID_1, 1, "cardcf", bytes(0x10001))
    same(too_big, [Code.SCARD_W_CACHE_ITEM_TOO_BIG.value])


@BOTH
def test_a_context_that_is_none(bench: Any) -> None:
    rm = bench.rm
    no_such = 0x0BADCAFE
    same(rm.SCardIntroduceCardType(no_such, "dummy", [], [], ATR, []), INVALID_HANDLE)
    same(rm.SCardListCards(no_such, [], []), [INVALID_HANDLE, []])
    same(rm.SCardLocateCards(no_such, [], []), [INVALID_HANDLE, []])
    same(rm.SCardReadCache(no_such, GUID_1, 1, "x"), [INVALID_HANDLE, []])
    same(rm.SCardWriteCache(no_such, GUID_1, 1, "x", []), [INVALID_HANDLE])
    same(rm.SCardGetDeviceTypeId(no_such, bench.reader), [INVALID_HANDLE, 0])


@BOTH
def test_what_python_cannot_make_a_guid_of_is_a_type_error_as_in_pyscard(bench: Any) -> None:
    with pytest.raises(TypeError, match="Invalid GUID list size"):
        bench.rm.SCardListCards(bench.context, [], GUID_1[:15])
    with pytest.raises(TypeError, match="Invalid GUID list size"):
        bench.rm.SCardReadCache(bench.context, [], 1, "x")


@BOTH
def test_as_pyscards_own_tests_for_windows_expect(bench: Any) -> None:
    rm, context = bench.rm, bench.context
    assert rm.SCardForgetCardType(context, "dummycard") != 0
    egate = [0x3B, 0x75, 0x94, 0, 0, 0x62, 2, 2, 1, 1]
    mask = [0xFF] * 4 + [0] + [0xFF] * 5
    assert rm.SCardIntroduceCardType(context, "dummycard", GUID_1, GUID_1 + GUID_2, egate, mask) == 0
    cryptoflex = [0x3B, 0x95, 0x15, 0x40, 0, 0x68, 1, 2, 0, 0]
    assert rm.SCardListCards(context, cryptoflex, []) == [0, ["Schlumberger Cryptoflex 8K v2"]]
    assert rm.SCardListCards(context, [], GUID_2 + GUID_1) == [0, ["dummycard"]]
    assert rm.SCardListInterfaces(context, "dummycard") == [0, [GUID_1, GUID_2]]
    code, cards = rm.SCardListCards(context, [], [])
    assert code == 0
    assert {
        "dummycard",
        "GemSAFE Smart Card (8K)",
        "Schlumberger Cryptoflex 4K",
        "Schlumberger Cryptoflex 8K",
        "Schlumberger Cryptoflex 8K v2",
    } <= set(cards)
    assert rm.SCardGetCardTypeProviderName(context, "dummycard", 1) == [0, GUID_1_TEXT]
    assert rm.SCardGetCardTypeProviderName(context, "Schlumberger Cryptoflex 4k", 1) == [2, None]
    csp = "Schlumberger Cryptographic Service Provider"
    assert rm.SCardGetCardTypeProviderName(context, "Schlumberger Cryptoflex 8k v2", 2) == [0, csp]
    assert rm.SCardGetCardTypeProviderName(context, "dummycard", 2) == [2, None]

    group, alias = "SCard$MyOwnGroup", bench.reader + " alias"
    assert rm.SCardIntroduceReaderGroup(context, group) == 0
    assert rm.SCardIntroduceReader(context, alias, bench.reader) == 0
    assert rm.SCardAddReaderToGroup(context, alias, group) == 0
    assert rm.SCardListReaderGroups(context) == [0, ["SCard$DefaultReaders", group]]
    assert rm.SCardListReaders(context, [group]) == [0, [alias]]
    assert rm.SCardRemoveReaderFromGroup(context, alias, group) == 0
    assert rm.SCardListReaderGroups(context) == [0, ["SCard$DefaultReaders"]]
    assert rm.SCardForgetReaderGroup(context, group) == 0
    assert rm.SCardForgetReader(context, alias) == 0
    # what smartcard.pcsc.PCSCReader does to put a reader into a group
    assert rm.SCardIntroduceReader(context, bench.reader, bench.reader) == Code.SCARD_E_DUPLICATE_READER
    assert rm.SCardAddReaderToGroup(context, bench.reader, group) == 0
    assert rm.SCardListReaders(context, [group]) == [0, [bench.reader]]

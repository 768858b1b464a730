"""``docs/differences.md``: every entry is complete, and every test that it names exists."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

from scardmgr.published.definitions import interfaces, tables

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "differences.md").read_text(encoding="utf-8")
PARTS = ("**Documents:**", "**Here:**", "**Why:**", "**Pinned by:**")
ENTRIES = {
    title: body
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    for title, body in re.findall(r"^### (.+)\n((?:(?!^### ).*\n?)*)", section, flags=re.MULTILINE)
}
BY_PAGE = "Where page and type library differ, the page's form is Python's"
IDL = "The IDL file has the binary form"
#: The entry that tells what becomes of each disagreement between the sources of the tables.
SETTLED = {
    "ISCard.UnlockSCard": BY_PAGE,
    "ISCardCmd.BuildCmd": BY_PAGE,
    "ISCardManage.AttachByIFD": "AttachByIFD attaches shared, or as its second argument says",
    "ISCardAuth.GetChallenge": BY_PAGE,
    "ISCardAuth.ICC_Auth, User_Auth": BY_PAGE,
    "ISCardVerify.ResetSecurityState": BY_PAGE,
    "ISCardVerify.Verify": BY_PAGE,
    "ISCardFileAccess.Create": BY_PAGE,
    "ISCardFileAccess.GetProperties, SetProperties": BY_PAGE,
    "ISCardFileAccess.Read": BY_PAGE,
    "ISCardFileAccess.Seek": BY_PAGE,
    "ISCardFileAccess.Write": BY_PAGE,
    "Auth, Verify, FileAccess": "Class identifiers are Microsoft's where there are some",
    "REFTYPE": "Members without a number",
    "SCARD_FLAGS": "Members without a number",
    "TLV structure": "Attributes are file control parameters",
    "SCARD_PROTOCOLS.RAW": "SCARD_PROTOCOLS.RAW is not winscard's number",
    "ISCardCmd.Data": "Members without a page can be used",
    "ISCardCmd": "Members without a page can be used",
    "IByteBuffer": "Members without a page can be used",
    "ISCardLocate.ConfigureCardGuidSearch": "ConfigureCardGuidSearch looks for interfaces",
    "ISCardISO7816.GetData/PutData tables": "Two-byte tags begin at 4000",
    "ISCardISO7816.ReadRecord P2 0xx": "Bits 000 to 011 of P2 go with a record identifier",
    "header file per interface": "One type library, of version 1.1",
    "ERROR_BROKEN_PIPE": "ERROR_BROKEN_PIPE has no name here",
    "IByteBuffer.Clone, CopyTo, Read, Seek, Stat, Write": BY_PAGE,
    "ISCardDatabase.ListCards, ListReaderGroups, ListReaders": "localeId changes nothing",
    "ISCardLocate.FindCard": BY_PAGE,
    "ISCardManage.Status": BY_PAGE,
    "ISCard, ISCardCmd, ISCardISO7816, ISCardTypeConv, IByteBuffer, ISCardDatabase, ISCardLocate": IDL,
    "ISCardManage.CreateFileAccess, CreateCardAuth, CreateCHVerification": IDL,
}


@lru_cache
def functions_of(path: Path) -> frozenset[str]:
    """Names of the test functions of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_the_page_has_entries() -> None:
    assert len(ENTRIES) == PAGE.count("\n### ") > 0


@pytest.mark.parametrize("title", ENTRIES)
def test_an_entry_is_complete_and_its_tests_exist(title: str) -> None:
    body = ENTRIES[title]
    assert [body.count(part) for part in PARTS] == [1] * len(PARTS)
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", body.partition(PARTS[-1])[2])
    assert named
    for file, test in named:
        assert test in functions_of(ROOT / file), f"{file}::{test}"


def test_every_disagreement_of_the_sources_has_its_entry() -> None:
    told = [each["where"] for each in tables()["disagreements"]]
    assert sorted(told) == sorted(SETTLED)
    assert set(SETTLED.values()) <= set(ENTRIES)


@pytest.mark.parametrize("where", SETTLED)
def test_the_entry_names_what_the_sources_disagree_about(where: str) -> None:
    members = {member.name for definition in interfaces() for member in definition.members}
    about = [name for name in re.findall(r"\w+", where.partition(".")[2]) if name in members]
    title = SETTLED[where]
    assert [name for name in about if not re.search(rf"\b{name}\b", title + ENTRIES[title])] == []

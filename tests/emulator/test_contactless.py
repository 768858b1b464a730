"""A contactless card: what its definition says of it, what it is without its reader, and what an image keeps."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from emulator import Card, NotACardImage
from iso7816.ats import ATS
from iso7816.contactless import ContactlessIdentity
from iso7816.icc import ContactlessICC, TransmissionProtocol

FILE = '[files."3F00/6F01"]\ntype = "transparent"\ncontent = "Hello"\n'
TAG = '[card]\nhistorical_bytes = "80 31 E0"\n[contactless]\nuid = "04 A2 B3 C4 D5 E6 80"\n' + FILE


def test_the_table_alone_makes_a_card_contactless(define: Callable[[str], Any]) -> None:
    card = define("[contactless]").card
    assert card.atr == bytes.fromhex("3B80800101")
    assert card.contactless == ContactlessIdentity(bytes.fromhex("04112233445566"), bytes.fromhex("0578807002"))


def test_without_the_table_a_card_has_contacts(card: Card) -> None:
    assert isinstance(card, ContactlessICC)
    assert card.contactless is None


def test_historical_bytes_are_in_the_atr_and_in_the_ats(define: Callable[[str], Any]) -> None:
    card = define(TAG).card
    assert card.power_on() == bytes.fromhex("3B8380018031E053")
    assert card.contactless.uid == bytes.fromhex("04A2B3C4D5E680")
    assert ATS.parse(card.contactless.ats).historical_bytes == bytes.fromhex("8031E0")


def test_a_whole_ats_can_be_given(define: Callable[[str], Any]) -> None:
    card = define('[contactless]\nats = "06 75 77 81 02 80"').card
    assert card.atr == bytes.fromhex("3B8180018080")
    assert card.contactless.ats == bytes.fromhex("067577810280")


def test_whole_apdus_go_over_the_air_though_the_atr_offers_t0_first(define: Callable[[str], Any]) -> None:
    terminal = define(TAG)
    assert terminal.card.protocol is TransmissionProtocol.T1
    assert terminal.ok("00B0810000") == b"Hello"
    assert terminal.ok("00B08100000000") == b"Hello"


def test_class_ff_is_its_readers_so_the_card_itself_does_not_know_it(define: Callable[[str], Any]) -> None:
    assert define(TAG).sw("FFCA000000") == "6E00"


def test_an_image_keeps_it(define: Callable[[str], Any], tmp_path: Path) -> None:
    card = define(TAG).card
    path = tmp_path / "tag.card"
    card.save(path)
    for mode in ("copy", "rw"):
        with Card.open(path, mode=mode) as opened:  # type: ignore[arg-type]
            assert opened.contactless == card.contactless
            assert opened.protocol is TransmissionProtocol.T1


@pytest.mark.parametrize(
    "damage",
    [
        "DROP TABLE contactless",
        "UPDATE contactless SET uid = x'0411'",
        "UPDATE contactless SET uid = 7",
        "UPDATE contactless SET uid = 'abcdefg'",
        "UPDATE contactless SET ats = x'0501'",
        "UPDATE contactless SET ats = 'x'",
    ],
)
def test_a_damaged_image_is_refused(define: Callable[[str], Any], tmp_path: Path, damage: str) -> None:
    path = tmp_path / "tag.card"
    define(TAG).card.save(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(damage)
    with pytest.raises(NotACardImage):
        Card.open(path, mode="copy")


def test_a_snapshot_of_another_tag_is_refused(define: Callable[[str], Any]) -> None:
    with pytest.raises(ValueError, match="another card"):
        define(TAG).card.restore(define(TAG.replace("E6 80", "E6 81")).card.snapshot())

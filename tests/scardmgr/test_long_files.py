"""Long transparent files: read at once where the card announces extended length fields, else in chunks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from emulator import Card
from iso7816.atr import ATR
from scardmgr import (
    REFTYPE,
    SCARD_E_COMM_DATA_LOST,
    SCARD_E_NOT_TRANSACTED,
    SCARD_W_SECURITY_VIOLATION,
    SEEKTYPE,
    EmbeddedResourceManager,
    HResultError,
    ISCardFileAccess,
    SCardError,
    SCardManage,
)
from scardmgr.winscard.constants import Protocols

pytestmark = pytest.mark.card("iso7816", via=("embedded", "pcscd"))

Refused = Callable[..., HResultError]
NAME, BEGINNING = REFTYPE.SC_TYPE_BY_NAME, SEEKTYPE.SC_SEEK_FROM_BEGINNING
EXTENDED_ATR = ATR.build(protocols=(1,), historical_bytes=bytes.fromhex("80" + "73000040")).to_bytes()
"""Card capabilities that announce extended length fields."""
LONG_FCP = "620B 80020400 820101 83026F01 9000"
CONTENT = bytes(number % 251 for number in range(1024))


def long_file(answers: dict[str, str]) -> dict[str, str]:
    """A transparent file of 1024 bytes, read in chunks of 256, with some commands answered otherwise."""
    short = {f"00B0{offset:04X}00": CONTENT[offset : offset + 256].hex() + "9000" for offset in range(0, 1024, 256)}
    return {"00A40804026F0100": LONG_FCP, "00A4080C026F01": "9000", **short, **answers}


def read_all(desk: Any) -> bytes:
    files: ISCardFileAccess = desk.files
    with files.Open(NAME, "3F00/6F01") as file:
        desk.card.seen.clear()
        return files.Read(file, 4096)


def test_a_card_that_announces_extended_lengths_is_read_at_once(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk(long_file({"00B00000000400": CONTENT.hex() + "9000"}), atr=EXTENDED_ATR)
    assert read_all(desk) == CONTENT
    assert desk.card.seen == ["00A4080C026F01", "00B00000000400"]


def test_a_card_with_room_for_less_is_read_in_parts_of_that(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk(
        long_file(
            {
                "00B00000000400": CONTENT[:700].hex() + "9000",
                "00B002BC000144": CONTENT[700:1000].hex() + "9000",
                "00B003E818": CONTENT[1000:].hex() + "9000",
            }
        ),
        atr=EXTENDED_ATR,
    )
    assert read_all(desk) == CONTENT
    assert len(desk.card.seen) == 4


@pytest.mark.parametrize("refusal", ["6700", "6701", "6D00", "6F00"])
def test_a_card_that_cannot_what_it_announces_is_read_in_chunks(plain_desk: Callable[..., Any], refusal: str) -> None:
    desk = plain_desk(long_file({"00B00000000400": refusal}), atr=EXTENDED_ATR)
    assert read_all(desk) == CONTENT
    assert read_all(desk) == CONTENT
    assert ("00B00000000400" in desk.card.seen) == (refusal not in ("6700", "6701"))


class ShortReader(EmbeddedResourceManager):
    """Its reader carries no command with extended length fields."""

    refused = 0

    def transmit(self, card: int, command: bytes, protocol: Protocols | None = None) -> bytes:
        if len(command) > 5 and command[4] == 0:
            self.refused += 1
            raise SCardError(SCARD_E_NOT_TRANSACTED)
        return super().transmit(card, command, protocol)


def test_a_reader_that_carries_no_extended_lengths_is_not_asked_again() -> None:
    manager = ShortReader()
    manager.add_reader("Desk").insert(Card.from_profile("iso7816"))
    with SCardManage(manager) as manage:
        manage.AttachByIFD("Desk")
        files = manage.CreateFileAccess()
        with files.Open(NAME, "3F00/0100") as file:
            files.Write(file, CONTENT)
            for _ in range(2):
                files.Seek(file, BEGINNING, 0)
                assert files.Read(file, 4096) == CONTENT
    assert manager.refused == 1


@pytest.mark.parametrize(("last", "kept"), [("6282", 1024), ("6281", None), ("6982", None)])
def test_a_chunk_that_is_no_plain_success_is_looked_at(
    plain_desk: Callable[..., Any], refused: Refused, last: str, kept: int | None
) -> None:
    desk = plain_desk(long_file({"00B0010000": CONTENT[256:512].hex() + last}))
    if kept is not None:
        assert read_all(desk) == CONTENT[:kept]
    else:
        code = SCARD_E_COMM_DATA_LOST if last == "6281" else SCARD_W_SECURITY_VIOLATION
        refused(code, read_all, desk, sw=int(last, 16))

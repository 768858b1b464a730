"""Long transparent files: read at once where the card announces extended length fields, else in chunks; any length."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from emulator import Card
from iso7816.atr import ATR
from sandbox.pytest_plugin import CardReader
from scardmgr import (
    REFTYPE,
    SCARD_E_COMM_DATA_LOST,
    SCARD_E_NOT_TRANSACTED,
    SCARD_E_UNSUPPORTED_FEATURE,
    SCARD_E_WRITE_TOO_MANY,
    SCARD_F_COMM_ERROR,
    SCARD_FLAGS,
    SCARD_W_EOF,
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


# Behind 32 KiB

FAR = 60_000


def far_card(announced: str, protocol: str = "T=1") -> Card:
    """A card with a file of 60,000 bytes, which says that of length fields."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "far.toml"
        path.write_text(
            f'[card]\nprotocols = ["{protocol}"]\nhistorical_bytes = "{announced}"\n[files."3F00"]\ntype = "DF"\n'
            f'[files."3F00/0200"]\ntype = "transparent"\nsize = {FAR}\n'
            'access = { read = "always", update = "always", write = "always" }\n'
        )
        return Card.from_profile(path)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: far_card("80"), id="short"),
        pytest.param(lambda: far_card("80 73 00 00 40"), id="extended"),
        pytest.param(lambda: far_card("80", "T=0"), id="T=0"),
    ],
)
def test_files_are_read_and_written_to_their_end(
    reader: CardReader, make: Callable[[], Card], refused: Refused
) -> None:
    content = bytes(number * 7 % 253 for number in range(FAR))
    reader.swap(make())
    with SCardManage(reader.resource_manager) as manage:
        manage.AttachByIFD(reader.name)
        files = manage.CreateFileAccess()
        with files.Open(NAME, "3F00/0200") as file:
            files.Write(file, content)
            refused(SCARD_E_WRITE_TOO_MANY, files.Write, file, b"x")
            files.Seek(file, BEGINNING, 0)
            assert files.Read(file, 2 * FAR) == content
            for position, count in ((0x7F80, 256), (0x7FFF, 2), (0x8000, 1), (0x8001, 130), (FAR - 1, 5)):
                files.Seek(file, BEGINNING, position)
                assert files.Read(file, count) == content[position : position + count]
            files.Seek(file, BEGINNING, 50_000)
            files.Write(file, b"end", SCARD_FLAGS.SC_FL_ERASE)
            files.Seek(file, BEGINNING, 49_998)
            assert files.Read(file, 8) == content[49_998:50_000] + b"end" + bytes(3)
            files.Seek(file, SEEKTYPE.SC_SEEK_FROM_END, 0)
            refused(SCARD_W_EOF, files.Read, file, 1)


@pytest.mark.parametrize(
    ("answer", "code", "sw"),
    [
        ("6D00", SCARD_E_UNSUPPORTED_FEATURE, 0x6D00),
        ("AA9000", SCARD_F_COMM_ERROR, 0x9000),
        ("5401AA9000", SCARD_F_COMM_ERROR, 0x9000),
        ("5301AA009000", SCARD_F_COMM_ERROR, 0x9000),
    ],
)
def test_a_card_that_cannot_or_answers_otherwise(
    plain_desk: Callable[..., Any], answer: str, code: int, sw: int, refused: Refused
) -> None:
    desk = plain_desk({"00A40804026F0100": "620C 8003010000 820101 83026F01 9000", "00B10000045402800003": answer})
    files: ISCardFileAccess = desk.files
    with files.Open(NAME, "3F00/6F01") as file:
        files.Seek(file, BEGINNING, 0x8000)
        refused(code, files.Read, file, 1, sw=sw)

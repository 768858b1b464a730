"""What an application of one's own changes wrongly is refused: a card on an image can always be opened again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emulator import Application, Card, register_application
from emulator.applications import registry
from emulator.command import CardContext, Case, CommandRow, Response
from emulator.definition.section import Section
from emulator.persistent import DataObject
from iso7816.apdu import CommandAPDU
from iso7816.file_descriptor import FileKind

from .observed import observe

DEFINITION = """
[card]
memory = 1000
[files."3F00/6F01"]
type = "transparent"
content = "old"
sfi = 1
[files."3F00/6F02"]
type = "linear variable"
records = ["1", "22"]
sfi = 2
[files."3F00/7F10"]
type = "DF"
name = "F0 02"
[files."3F00/7F10/6F01"]
type = "transparent"
[files."3F00/7F20"]
type = "DF"
name = "F0 03"
[[applications]]
name = "F0 01"
path = "3F00/7F30"
type = "tests.vandal"
"""
MF, NOWHERE = 1, 99


def number_of(card: CardContext, *path: int) -> int:
    number = MF
    for fid in path:
        number = card.state.children[number << 16 | fid]
    return number


def put_file(card: CardContext, *path: int, **changes: Any) -> None:
    card.work.put_file(replace(card.state.files[number_of(card, *path)], **changes))


WRONGS: Mapping[str, Callable[[CardContext], None]] = {
    "a DF is removed, and not what is in it": lambda card: card.work.remove_file(number_of(card, 0x7F10)),
    "the MF is removed": lambda card: card.work.remove_file(MF),
    "a file in no DF": lambda card: put_file(card, 0x6F01, number=NOWHERE, fid=0x6F09, sfi=0, parent=NOWHERE - 1),
    "a file in an EF": lambda card: put_file(card, 0x6F01, number=NOWHERE, sfi=0, parent=number_of(card, 0x6F02)),
    "a DF in itself": lambda card: put_file(card, 0x7F10, parent=number_of(card, 0x7F10)),
    "a file identifier of another file": lambda card: put_file(card, 0x6F01, fid=0x6F02),
    "a short EF identifier of another EF": lambda card: put_file(card, 0x6F01, sfi=2),
    "a DF name of another DF": lambda card: put_file(card, 0x7F10, name=b"\xf0\3"),
    "an EF of another structure": lambda card: put_file(card, 0x6F01, kind=FileKind.DF),
    "more than the memory holds": lambda card: put_file(card, 0x6F01, size=2000),
    "a content that outgrows its EF": lambda card: card.work.put_content(number_of(card, 0x6F01), bytes(4)),
    "a content of another structure": lambda card: card.work.put_content(number_of(card, 0x6F02), b"3"),
    "records of a transparent EF": lambda card: card.work.put_content(number_of(card, 0x6F01), (b"3",)),
    "a data object of no DF": lambda card: card.work.put_data_object((NOWHERE, 0x5F20), DataObject(b"", 1)),
    "an environment of no DF": lambda card: card.work.put_environment((NOWHERE, 1), b""),
}


def do_wrong(card: CardContext, command: CommandAPDU, _: None) -> Response:
    """What has the number in the data, after a change that is right."""
    card.work.put_content(number_of(card, 0x6F01), b"new")
    list(WRONGS.values())[command.data[0]](card)
    return b""


class Vandal(Application):
    NAME = "tests.vandal"
    COMMANDS = (CommandRow("DO WRONG", 0x10, "here", Case.COMMAND, lambda _p1, _p2: None, do_wrong, cla=0x80),)

    @classmethod
    def define(cls, _options: Section) -> Mapping[bytes, bytes]:
        return {}


@pytest.mark.parametrize("wrong", WRONGS)
def test_what_no_image_can_hold_is_not_written(
    wrong: str, define: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_registered", {})
    register_application(Vandal)
    image = tmp_path / "vandal.card"
    define(DEFINITION).card.save(image)
    with Card.open(image) as card:
        before = observe(card)
        card.power_on()
        assert card.transmit(bytes.fromhex("00A4040C02F001")) == b"\x90\x00"
        assert card.transmit(bytes((0x80, 0x10, 0, 0, 1, list(WRONGS).index(wrong)))) == b"\x6f\x00"
        assert observe(card) == before
    with Card.open(image) as card:
        assert observe(card) == before

"""Security environments: which use a template is for, where environments are found, and when they end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from key_desk import BOTH, COMPUTE, VERIFY, KeyDesk, desk_with, key_table

from emulator import Card
from iso7816.access_rules import SecurityEnvironment
from iso7816.ber_tlv import TLV
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind

AES = key_table("aes", "['encipher', 'decipher', 'compute checksum', 'verify checksum']", "value = '" + "00" * 16 + "'")
DFS = '[files."3F00/7F10"]\ntype = "DF"\n[files."3F00/7F10/7F11"]\ntype = "DF"\n'


def checksum(desk: KeyDesk) -> str:
    return desk.send(0x2A, 0x8E80, b"data", 16)[1]


def test_a_template_is_for_the_uses_that_p1_says(define: Callable[[str], Any]) -> None:
    wrong = b"\x80\x01\0\x8e\x01\0"
    for use, computes, verifies in ((COMPUTE, "9000", "6985"), (VERIFY, "6985", "6300"), (BOTH, "9000", "6300")):
        desk = desk_with(define, AES)
        desk.set(TemplateKind.CHECKSUM, use, 0x0F)
        assert checksum(desk) == computes
        assert desk.send(0x2A, 0x00A2, wrong)[1] == verifies
    desk = desk_with(define, AES)
    desk.set(TemplateKind.CHECKSUM, 0x31, 0x0F)
    assert checksum(desk) == "6985"


def test_a_later_template_takes_the_place_of_an_earlier_one(define: Callable[[str], Any]) -> None:
    desk = desk_with(define, AES)
    desk.set(TemplateKind.CHECKSUM, BOTH, 0x0F)
    desk.set(TemplateKind.CONFIDENTIALITY, BOTH, 0x0D)
    assert checksum(desk) == "9000"
    desk.ok(0x22, 0x41B4, b"\x80\x01\x0f")
    assert checksum(desk) == "6A88"  # nothing is kept of the one before: no key is named
    assert desk.send(0x2A, 0x8680, b"data", 256)[1] == "9000"


def test_each_channel_has_its_own(define: Callable[[str], Any]) -> None:
    desk = desk_with(define, '[card]\nhistorical_bytes = "80 73 F7 41 FF"\n', AES)
    desk.set(TemplateKind.CHECKSUM, BOTH, 0x0F)
    assert desk.card.transmit(bytes.fromhex("0070000001")) == b"\x01\x90\x00"
    assert desk.card.transmit(bytes.fromhex("012A8E80016100")) == b"\x69\x85"
    assert checksum(desk) == "9000"


def test_it_is_stored_with_its_uses_and_survives_power(define: Callable[[str], Any], tmp_path: Path) -> None:
    desk = desk_with(define, AES)
    desk.set(TemplateKind.CHECKSUM, COMPUTE, 0x0F)
    desk.set(TemplateKind.CONFIDENTIALITY, BOTH, 0x0D, initial_value=bytes(15) + b"\1")
    enciphered = desk.ok(0x2A, 0x8480, b"data", 256)
    desk.ok(0x22, 0xF2EE)
    path = tmp_path / "environment.card"
    desk.card.save(path)
    with Card.open(path) as card:
        card.power_on()
        desk = KeyDesk(card)
        assert checksum(desk) == "6985"
        desk.ok(0x22, 0xF3EE)
        assert checksum(desk) == "9000"
        assert desk.send(0x2A, 0x00A2, b"\x80\x01\0\x8e\x01\0")[1] == "6985"
        assert desk.ok(0x2A, 0x8480, b"data", 256) == enciphered
        desk.ok(0x22, 0xF4EE)
    with Card.open(path, mode="copy") as card:
        card.power_on()
        assert KeyDesk(card).send(0x22, 0xF3EE)[1] == "6A88"


def test_it_is_found_from_the_current_df_up_and_goes_with_its_df(define: Callable[[str], Any]) -> None:
    desk = desk_with(define, AES, DFS)
    desk.set(TemplateKind.CHECKSUM, BOTH, 0x0F)
    desk.ok(0x22, 0xF202)
    desk.ok(0xA4, 0x000C, b"\x7f\x10")
    desk.set(TemplateKind.CONFIDENTIALITY, BOTH, 0x0D)
    desk.ok(0x22, 0xF202)
    desk.ok(0xA4, 0x000C, b"\x7f\x11")
    desk.ok(0x22, 0xF302)
    assert checksum(desk) == "6985"  # the one of 7F10, which is nearer
    desk.ok(0xA4, 0x000C, b"\x3f\x00")
    desk.ok(0x22, 0xF302)
    assert checksum(desk) == "9000"
    desk.ok(0xE4, 0x0000, b"\x7f\x10")
    assert {where for where, _templates in desk.card._state.environments.items()} == {(1, 2)}


def test_the_default_one_is_that_of_the_df(define: Callable[[str], Any]) -> None:
    desk = desk_with(define, AES, DFS)
    desk.ok(0xA4, 0x000C, b"\x7f\x10")
    desk.set(TemplateKind.CHECKSUM, BOTH, 0x0F)
    desk.ok(0x22, 0xF201)
    desk.card.reset()
    assert checksum(desk) == "6985"
    desk.ok(0xA4, 0x000C, b"\x7f\x10")
    assert checksum(desk) == "9000"
    desk.ok(0x22, 0x41B8, b"\x80\x01\x0d")  # what is set is added to it
    assert checksum(desk) == "9000"
    desk.ok(0x22, 0xF300)
    assert checksum(desk) == "6985"


def desk_with_environment(define: Callable[[str], Any], *templates: TLV) -> KeyDesk:
    """A card whose current DF names an EF of environments, in which number 3 is of these templates."""
    desk = desk_with(define, AES)
    desk.ok(0xE0, 0, bytes.fromhex("620B 820138 83027F20 8D025E00"))
    desk.ok(0xE0, 0, bytes.fromhex("620F 8205044100FF09 83025E00 800200FF"))
    desk.ok(0xE2, 0, SecurityEnvironment(3, others=templates).to_bytes())
    return desk


@pytest.mark.parametrize(
    ("templates", "restored", "computes"),
    [
        ([ControlReferenceTemplate(TemplateKind.CHECKSUM, b"\x0f", b"\1").to_tlv()], "9000", "9000"),
        ([TLV(0xB4, bytes.fromhex("80010F830101950140"))], "9000", "9000"),
        ([TLV(0xB4, bytes.fromhex("80010F830101950180"))], "9000", "6985"),
        ([TLV(0xB4, bytes.fromhex("8002000F830101"))], "9000", "6985"),
        ([TLV(0xB4, bytes.fromhex("800177830101"))], "9000", "6985"),
        ([TLV(0xB4, bytes.fromhex("80010F8300"))], "9000", "6A88"),
        ([TLV(0xB4, bytes.fromhex("80010F83020101"))], "9000", "6A88"),
        ([TLV(0xB4, bytes.fromhex("80010F83011F"))], "9000", "6A88"),
        ([TLV(0xB4, b"\x80")], "6A88", "6985"),
        ([TLV(0xC0, b"else")], "9000", "6985"),
    ],
)
def test_whoever_may_write_the_ef_of_environments_may_write_anything(
    define: Callable[[str], Any], templates: list[TLV], restored: str, computes: str
) -> None:
    desk = desk_with_environment(define, *templates)
    assert desk.send(0x22, 0xF303)[1] == restored
    assert checksum(desk) == computes


def test_a_stored_environment_of_that_number_goes_first(define: Callable[[str], Any]) -> None:
    desk = desk_with_environment(define, ControlReferenceTemplate(TemplateKind.CHECKSUM, b"\x0f", b"\1").to_tlv())
    desk.ok(0x22, 0xF203)
    desk.ok(0x22, 0xF303)
    assert checksum(desk) == "6985"
    desk.ok(0x22, 0xF403)
    desk.ok(0x22, 0xF303)
    assert checksum(desk) == "9000"


def test_stored_environments_open_no_file(define: Callable[[str], Any]) -> None:
    """An access rule looks for its environment in the EF alone: whoever stores one cannot change the rule."""
    chvs = '[[chvs]]\nreference = 1\nvalue = "1234"\n[[chvs]]\nreference = 2\nvalue = "5678"\n'
    file = '[files."3F00/6F01"]\ntype = "transparent"\ncontent = "x"\naccess = { read = "CHV 1" }\n'
    desk = desk_with(define, chvs, file)
    desk.ok(0x22, 0x41A4, bytes.fromhex("950108"))
    desk.ok(0x22, 0xF201)
    desk.ok(0x20, 0x0002, b"5678")
    assert desk.send(0xB0, 0x8100, ne=1)[1] == "6982"

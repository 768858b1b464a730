"""Nothing that may be a secret shows in a dialogue: not in hex, not in words, not in a malformed command."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iso7816.apdu import CommandAPDU
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.describe import Dialogue, DialogueEntry, Names, describe_command
from iso7816.errors import NamesError
from iso7816.key_import import KeyImport

SECRET = bytes.fromhex("C0FFEE11C0FFEE22")
SHOWN = "C0 FF EE"
WITH_SECRET_DATA = (0x20, 0x21, 0x24, 0x25, 0x26, 0x28, 0x2A, 0x2C, 0x2D, 0x82, 0x86, 0x88, 0xC2, 0xDA, 0xDB, 0xD8)
WITH_SECRET_RESPONSE = (0x2A, 0x82, 0x86, 0x87, 0x88, 0xC2)


def everything(entry: DialogueEntry) -> str:
    return f"{dataclasses.asdict(entry)} {entry} {entry!r} {entry.title} {entry.outcome}".upper()


def assert_hidden(text: str) -> None:
    assert SHOWN not in text
    assert SECRET.hex().upper()[:6] not in text


@pytest.mark.parametrize("cla", [0x00, 0x0C, 0x10, 0x41, 0x80, 0xA0, 0xFF])
@pytest.mark.parametrize("ins", WITH_SECRET_DATA)
@pytest.mark.parametrize("extended", [False, True])
def test_secret_command_data_is_masked_in_every_class(cla: int, ins: int, extended: bool) -> None:
    command = CommandAPDU(cla, ins, 0, 1, SECRET, 65536 if extended else 256).to_bytes(extended=extended)
    entry = Dialogue(Names.load("iso7816")).entry(command, b"\x90\x00")
    assert_hidden(everything(entry))
    assert entry.command.count("**") == len(SECRET)
    assert entry.command.startswith(f"{cla:02X} {ins:02X} 00 01")
    assert_hidden(describe_command(command).upper())


@pytest.mark.parametrize("ins", WITH_SECRET_RESPONSE)
def test_secret_response_data_is_masked(ins: int) -> None:
    command = CommandAPDU(0, ins, 0, 1, b"\1", 256).to_bytes()
    entry = Dialogue().entry(command, SECRET + b"\x90\x00")
    assert_hidden(everything(entry))
    assert entry.response == " ".join(["**"] * 8)
    assert entry.received == ("8 bytes (masked)",)


@pytest.mark.parametrize("ins", WITH_SECRET_RESPONSE)
def test_a_secret_response_stays_masked_when_get_response_fetches_it_in_parts(ins: int) -> None:
    dialogue = Dialogue()
    dialogue.entry(CommandAPDU(0, ins, 0, 1, b"\1").to_bytes(), b"\x61\x10")
    for _ in range(2):
        assert_hidden(everything(dialogue.entry(bytes.fromhex("00C0000008"), SECRET + b"\x61\x08")))
    assert_hidden(everything(dialogue.entry(bytes.fromhex("00C0000008"), SECRET + b"\x90\x00")))
    dialogue.entry(bytes.fromhex("00B0000008"), b"\x61\x08")
    assert SHOWN in dialogue.entry(bytes.fromhex("00C0000008"), SECRET + b"\x90\x00").response


def test_get_response_after_a_malformed_secret_command_is_masked() -> None:
    dialogue = Dialogue()
    entry = dialogue.entry(bytes.fromhex("0088000120") + SECRET, SECRET + b"\x61\x08")
    assert_hidden(everything(entry))
    assert_hidden(everything(dialogue.entry(bytes.fromhex("00C0000008"), SECRET + b"\x90\x00")))


@pytest.mark.parametrize("ins", WITH_SECRET_DATA)
@pytest.mark.parametrize("lc", [0, 1, 7, 9, 200])
def test_a_malformed_command_is_masked_behind_its_header(ins: int, lc: int) -> None:
    entry = Dialogue().entry(bytes((0, ins, 0, 1, lc)) + SECRET, b"\x67\x00")
    assert_hidden(everything(entry))


@given(st.sampled_from(WITH_SECRET_DATA), st.binary(max_size=6), st.binary(max_size=6))
def test_whatever_surrounds_it_the_secret_is_masked(ins: int, before: bytes, behind: bytes) -> None:
    command = bytes((0, ins, 0, 1)) + before + SECRET + behind
    assert_hidden(everything(Dialogue().entry(command, b"\x67\x00")))


def test_an_unknown_command_is_masked_since_nobody_knows_what_it_carries() -> None:
    for command in ("00 99 00 00 08", "80 50 00 00 08", "80 D8 01 81 08", "80 E2 00 00 08", "FF D6 00 04 08"):
        entry = Dialogue().entry(bytes.fromhex(command) + SECRET, b"\x90\x00")
        assert_hidden(everything(entry))


def test_commands_that_select_and_read_are_shown_in_every_class() -> None:
    for command in ("00 A4 04 00 08", "A0 A4 04 00 08", "80 CA 00 00 08"):
        assert SHOWN in Dialogue().entry(bytes.fromhex(command) + SECRET, b"\x90\x00").command


def test_a_data_object_is_shown_where_the_names_call_it_public() -> None:
    command = bytes.fromhex("00DA010108") + SECRET
    assert SHOWN in Dialogue(Names(data_objects={0x0101: "counter"})).entry(command, b"\x90\x00").command
    assert_hidden(everything(Dialogue(Names(data_objects={0x0102: "other"})).entry(command, b"\x90\x00")))


def test_the_length_fields_around_masked_data_stay() -> None:
    short = Dialogue().entry(bytes.fromhex("0082000102AABB08"), b"\x90\x00")
    assert short.command == "00 82 00 01 02 ** ** 08"
    extended = Dialogue().entry(bytes.fromhex("00820001000002AABB0008"), b"\x90\x00")
    assert extended.command == "00 82 00 01 00 00 02 ** ** 00 08"


def test_what_is_written_to_a_file_is_shown() -> None:
    entry = Dialogue().entry(bytes.fromhex("00D6000005") + b"Hello", b"\x90\x00")
    assert entry.command == "00 D6 00 00 05 48 65 6C 6C 6F"
    assert entry.sent == ('"Hello"',)


REFERENCE_DATA = (0x20, 0x21, 0x24, 0x25, 0x26, 0x28, 0x2C, 0x2D)
LENGTHS = st.one_of(
    st.just(b""),
    st.integers(0, 255).map(lambda lc: bytes((lc,))),
    st.integers(0, 0xFFFF).map(lambda lc: b"\0" + lc.to_bytes(2, "big")),
)


@given(
    cla=st.sampled_from((0x00, 0x01, 0x0C, 0x10, 0x11, 0x1C, 0x40, 0x80, 0xA0, 0xFF)),
    ins=st.sampled_from((*REFERENCE_DATA, 0xD8, 0xD9, 0xDA, 0xDB)),
    parameters=st.binary(min_size=2, max_size=2),
    pins=st.integers(1, 16).flatmap(lambda size: st.tuples(*[st.text("0123456789", min_size=size, max_size=size)] * 2)),
    lengths=LENGTHS | st.none(),
    behind=st.sampled_from((b"", b"\0", b"\0\0", b"\x20", b"\x01\x00")),
    echoes=st.booleans(),
)
def test_two_pins_cannot_be_told_apart_however_wrong_the_lengths_around_them(
    cla: int,
    ins: int,
    parameters: bytes,
    pins: tuple[str, str],
    lengths: bytes | None,
    behind: bytes,
    echoes: bool,
) -> None:
    before = bytes((len(pins[0]),)) if lengths is None else lengths
    shown = []
    for pin in pins:
        command = bytes((cla, ins)) + parameters + before + pin.encode() + behind
        dialogue = Dialogue()
        words = dialogue.command(command)
        answer = pin.encode() if echoes else b""
        entries = (
            dialogue.entry(command, answer + b"\x61\x08"),
            dialogue.entry(bytes.fromhex("00C0000008"), answer + b"\x90\x00"),
        )
        shown.append((words, *map(everything, entries)))
    assert shown[0] == shown[1]


def test_a_pin_without_its_length_or_with_a_shorter_one_is_masked() -> None:
    without = Dialogue().entry(bytes.fromhex("00200001") + b"1234", b"\x67\x00")
    assert (without.command, without.parameters) == ("00 20 00 01 ** ** ** **", "(its length fields do not fit)")
    shorter = Dialogue().entry(bytes.fromhex("0020000103") + b"1234", b"\x67\x00")
    assert shorter.command == "00 20 00 01 03 ** ** ** **"
    usual = Dialogue().entry(bytes.fromhex("0020000104") + b"1234\0", b"\x90\x00")
    assert usual.command == "00 20 00 01 04 ** ** ** ** 00"
    query = Dialogue().entry(bytes.fromhex("0020000100"), b"\x63\xc3")
    assert query.command == "00 20 00 01 00"


@given(st.sampled_from((0x99, 0x14, 0x40, 0xEA)), st.sampled_from((0x00, 0x80)))
def test_a_response_that_repeats_what_is_masked_is_masked(ins: int, cla: int) -> None:
    command = CommandAPDU(cla, ins, 0, 0, SECRET).to_bytes()
    assert_hidden(everything(Dialogue().entry(command, b"you said " + SECRET + b"\x90\x00")))
    assert Dialogue().entry(command, b"\xaa\xbb\x90\x00").response == "AA BB"


PUBLIC_FCP = "8002 0040 8201 01 8302 6F10 8A01 05"


@pytest.mark.parametrize(
    "objects", ["8508", "A50A 8008", "A50A 8108", "C008", "9F01 08", "5F48 08"], ids=lambda objects: objects[:2]
)
def test_a_created_file_shows_no_proprietary_information(objects: str) -> None:
    template = bytes.fromhex(PUBLIC_FCP) + bytes.fromhex(objects) + SECRET
    command = CommandAPDU(0, 0xE0, 0, 0, b"\x62" + bytes((len(template),)) + template).to_bytes()
    entry = Dialogue().entry(command, b"\x90\x00")
    assert_hidden(everything(entry))
    assert_hidden(describe_command(command).upper())
    assert entry.parameters == "EF 6F10, transparent, 64 bytes"


@pytest.mark.parametrize("around", [("", ""), ("6208", ""), ("62108002004082010183026F108A0105", ""), ("6220", "00")])
def test_what_is_no_template_is_masked_in_a_created_file(around: tuple[str, str]) -> None:
    data = bytes.fromhex(around[0]) + SECRET + bytes.fromhex(around[1])
    command = CommandAPDU(0, 0xE0, 0, 0, data).to_bytes()
    assert_hidden(everything(Dialogue().entry(command, b"\x6a\x80")))
    assert_hidden(describe_command(command).upper())


def test_a_created_file_is_shown_where_its_parameters_tell_no_secret() -> None:
    template = bytes.fromhex(PUBLIC_FCP)
    command = CommandAPDU(0, 0xE0, 0, 0, b"\x62" + bytes((len(template),)) + template).to_bytes()
    entry = Dialogue().entry(command, b"\x90\x00")
    assert "**" not in entry.command
    assert entry.sent[0] == "FCP template"


def test_an_imported_key_shows_which_one_it_is_and_nothing_of_its_value() -> None:
    template = ControlReferenceTemplate(TemplateKind.SIGNATURE, private_key=b"\x09")
    data = KeyImport(template, ((0x92, SECRET), (0x99, SECRET))).to_bytes()
    entry = Dialogue().entry(CommandAPDU(0, 0xDB, 0x3F, 0xFF, data).to_bytes(), b"\x90\x00")
    assert_hidden(everything(entry))
    assert entry.parameters == f"import of a key: key 09, parts 92, 99, {len(data)} bytes (masked)"
    assert entry.command.count("**") == len(data)


@pytest.mark.parametrize("parameters", ["9E9A", "9E80", "8086", "8680", "00BE"])
def test_a_chain_of_a_security_operation_is_masked_in_each_part(parameters: str) -> None:
    dialogue = Dialogue()
    for cla in ("10", "10", "00"):
        command = bytes.fromhex(f"{cla}2A{parameters}08") + SECRET
        entry = dialogue.entry(command + (b"\0" if cla == "00" else b""), SECRET + b"\x61\x08")
        assert_hidden(everything(entry))
    assert_hidden(everything(dialogue.entry(bytes.fromhex("00C0000008"), SECRET + b"\x90\x00")))


# What a PIV card has for itself


@pytest.mark.parametrize("cla", [0x00, 0x10])
@pytest.mark.parametrize("ins", [0xFE, 0xFF])
def test_a_key_that_goes_into_a_piv_card_is_masked(cla: int, ins: int) -> None:
    command = CommandAPDU(cla, ins, 0x07, 0x9A, b"\x01\x08" + SECRET).to_bytes()
    for names in (Names.load("piv"), Names()):
        assert_hidden(everything(Dialogue(names).entry(command, b"\x90\x00")))


@pytest.mark.parametrize("tag", ["5FC109", "5FC123"])
def test_what_a_piv_card_gives_for_the_pin_only_is_masked_also_in_parts(tag: str) -> None:
    dialogue = Dialogue(Names.load("piv"))
    command = bytes.fromhex(f"00CB3FFF055C03{tag}08")
    assert_hidden(everything(dialogue.entry(command, SECRET + b"\x61\x08")))
    assert_hidden(everything(dialogue.entry(bytes.fromhex("00C0000008"), SECRET + b"\x90\x00")))
    shown = dialogue.entry(bytes.fromhex("00CB3FFF055C035FC10200"), SECRET + b"\x90\x00")
    assert SHOWN in everything(shown)
    assert "CARD HOLDER UNIQUE IDENTIFIER" in everything(shown)


@pytest.mark.parametrize("value", ['"5FC109"', "[1]", '["card"]'])
def test_secret_objects_are_a_list_of_tags(value: str) -> None:
    with pytest.raises(NamesError):
        Names.parse(f"secret_objects = {value}")


@pytest.mark.parametrize("names", [Names.load("gids"), Names()], ids=["gids", "none"])
@pytest.mark.parametrize(
    "template", ["702484018 0A51F8718{secret}8803B073DC", "70 26 840181 A521 830102 840100 8718{secret}"]
)
def test_a_key_that_goes_into_a_gids_card_is_masked(names: Names, template: str) -> None:
    secret = SECRET.ljust(24, b"\x5a")
    data = bytes.fromhex(template.format(secret=secret.hex()).replace(" ", ""))
    for cla in (0x00, 0x10):
        command = CommandAPDU(cla, 0xDB, 0x3F, 0xFF, data).to_bytes()
        assert_hidden(everything(Dialogue(names).entry(command, b"\x90\x00")))

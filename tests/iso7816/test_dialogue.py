"""A dialogue follows what is selected, so that files have names, and spells out what comes back."""

from __future__ import annotations

import dataclasses

import pytest

from iso7816.describe import Dialogue, DialogueEntry, Names
from iso7816.file_control import FileControlParameters, LifeCycle
from iso7816.file_descriptor import FileDescriptor, FileKind

OK = "9000"


def say(dialogue: Dialogue, command: str, response: str = OK) -> DialogueEntry:
    return dialogue.entry(bytes.fromhex(command), bytes.fromhex(response))


@pytest.fixture
def dialogue() -> Dialogue:
    return Dialogue(Names.load("iso7816"))


def current_ef(dialogue: Dialogue) -> str:
    """The EF that READ BINARY would read now, in words."""
    return dialogue.command(bytes.fromhex("00B0000001")).removeprefix("READ BINARY ").removesuffix(", offset 0, 1 byte")


def test_a_selected_file_has_its_name_in_what_follows(dialogue: Dialogue) -> None:
    entry = say(dialogue, "00A4040C0A F073636172646D677201")
    assert entry.title == "SELECT F073636172646D677201 (scardmgr sample) by DF name, no response data"
    say(dialogue, "00A4020C026F01")
    entry = say(dialogue, "00B0000012", b"Hello, smart card.".hex() + OK)
    assert entry.title == "READ BINARY EF 6F01 (greeting), offset 0, 18 bytes"
    assert entry.received == ('"Hello, smart card."',)
    assert entry.outcome == "9000 normal processing"
    assert str(entry) == "READ BINARY EF 6F01 (greeting), offset 0, 18 bytes -> 9000 normal processing"


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        (["00A4080C047F106F05"], "EF 6F05 (secret notes)"),
        (["00A4000C027F10", "00A4000C026F01"], "EF 6F01 (greeting)"),
        (["00A4010C027F10", "00A4090C026F02"], "EF 6F02 (fixed records)"),
        (["00A4010C027F10", "00B0850001"], "EF 6F05 (secret notes)"),
        (["00A4010C027F10", "00B2011C00"], "EF 6F03 (variable records)"),
        (["00A4080C047F106F05", "00A4000C027F10"], "current EF"),
        (["00A4080C047F106F05", "00A4000C023F00"], "current EF"),
        (["00A4080C047F106F05", "00A4030C"], "current EF"),
        (["00A4080C047F106F05", "00A4000C022F01"], "EF 2F01 (EF.ATR/INFO)"),
        (["00A4000C027F10", "00A4030C", "00A4020C020100"], "EF 0100 (free to write)"),
        (["00A4000C027F10", "00E000000D620B800200408201018302AA10"], "EF AA10"),
        (["00A4080C047F106F05", "00E0000009620782013883027F20"], "current EF"),
        (["00A4080C047F106F05", "00E00000056203820101"], "current EF"),
        (["00A4080C047F106F05", "00E00000026201"], "EF 6F05 (secret notes)"),
        (["00A4080C047F106F05", "00E40000"], "current EF"),
        (["00A4040C05A000000003", "00A4020C026F01"], "EF 6F01"),
        (["00A4040C05A000000003", "00A4000C026F01"], "EF 6F01"),
        (["00A4040C05A000000003", "00A4030C", "00A4020C026F01"], "EF 6F01"),
        (["80A4080C047F106F05"], "current EF"),
    ],
)
def test_what_is_selected_is_followed(dialogue: Dialogue, commands: list[str], expected: str) -> None:
    for command in commands:
        say(dialogue, command)
    assert current_ef(dialogue) == expected


@pytest.mark.parametrize("refusal", ["6A82", "6982", "63C0", "6E00"])
def test_a_refused_selection_changes_nothing(dialogue: Dialogue, refusal: str) -> None:
    say(dialogue, "00A4080C047F106F05")
    say(dialogue, "00A4080C047F106F01", refusal)
    assert current_ef(dialogue) == "EF 6F05 (secret notes)"


def test_a_deactivated_file_is_selected_with_a_warning(dialogue: Dialogue) -> None:
    say(dialogue, "00A4080C047F106F05", "6283")
    assert current_ef(dialogue) == "EF 6F05 (secret notes)"


def test_a_reset_selects_the_mf_again(dialogue: Dialogue) -> None:
    say(dialogue, "00A4080C047F106F05")
    dialogue.reset()
    assert current_ef(dialogue) == "current EF"
    say(dialogue, "00A4020C022F00")
    assert current_ef(dialogue) == "EF 2F00 (EF.DIR)"


def test_each_logical_channel_has_its_own_selection(dialogue: Dialogue) -> None:
    say(dialogue, "00A4080C047F106F05")
    say(dialogue, "01A4080C047F106F01")
    assert current_ef(dialogue) == "EF 6F05 (secret notes)"
    assert dialogue.command(bytes.fromhex("01B0000001")).startswith("READ BINARY EF 6F01 (greeting)")


def fci(kind: FileKind, fid: int) -> str:
    return FileControlParameters(FileDescriptor(kind), fid).fci_template().hex()


def test_file_control_information_tells_a_df_from_an_ef() -> None:
    dialogue = Dialogue()
    say(dialogue, "00A4000002AB0100", fci(FileKind.DF, 0xAB01) + OK)
    assert current_ef(dialogue) == "current EF"
    say(dialogue, "00A40000027F0100", fci(FileKind.TRANSPARENT, 0x7F01) + OK)
    assert current_ef(dialogue) == "EF 7F01"


def test_a_df_name_in_file_control_information_tells_a_df() -> None:
    dialogue = Dialogue()
    say(dialogue, "00A4000002AB0100", "6F038401A0" + OK)
    assert current_ef(dialogue) == "current EF"


def test_a_df_selected_by_a_name_nobody_gave_is_shown_by_that_name() -> None:
    dialogue = Dialogue()
    say(dialogue, "00A4040C05A000000003")
    assert dialogue.command(bytes.fromhex("00A4030C")) == "SELECT parent DF, no response data"


def test_file_control_information_fetched_by_get_response_tells_too() -> None:
    dialogue = Dialogue()
    say(dialogue, "00A4000002AB01", "6110")
    entry = say(dialogue, "00C0000010", fci(FileKind.DF, 0xAB01) + OK)
    assert entry.received[0] == "FCI template"
    assert current_ef(dialogue) == "current EF"


def test_a_dialogue_describes_the_next_command_without_following_it(dialogue: Dialogue) -> None:
    words = dialogue.command(bytes.fromhex("00A4080C047F106F05"))
    assert words == "SELECT 7F10/6F05 (secret notes) by path from the MF, no response data"
    assert current_ef(dialogue) == "current EF"


def test_file_control_parameters_are_spelt_out(dialogue: Dialogue) -> None:
    parameters = FileControlParameters(
        FileDescriptor(FileKind.LINEAR_FIXED, True, 0x01, 16, 8),
        fid=0x6F02,
        data_size=128,
        sfi=2,
        life_cycle=LifeCycle.OPERATIONAL_ACTIVATED,
        compact_security=bytes.fromhex("031100"),
        se_file=0x6FFE,
    )
    entry = say(dialogue, "00A40204026F0200", parameters.fcp_template().hex() + OK)
    assert entry.received == (
        "FCP template",
        "  data bytes (80): 128 bytes",
        "  file descriptor (82): linear fixed, shareable, records of at most 16 bytes, 8 records",
        "  file identifier (83): 6F02",
        "  short EF identifier (88): 2",
        "  life cycle status (8A): operational activated",
        "  security attributes, compact format (8C): always: read; user authentication (SE 1): update",
        "  EF with security environments (8D): 6FFE",
    )


@pytest.mark.parametrize(
    ("kind", "rules", "words"),
    [
        (
            FileKind.TRANSPARENT,
            "7F FF FF FF 11 11 11 00",
            "always: read; user authentication (SE 1): update, write, deactivate; never: activate, terminate, delete",
        ),
        (FileKind.DF, "07 11 11 FF", "never: delete child; user authentication (SE 1): create EF, create DF"),
        (FileKind.TRANSPARENT, "C1 11 00", "always: read; user authentication (SE 1): proprietary operation 40"),
        (FileKind.TRANSPARENT, "00", "no operation named"),
    ],
)
def test_access_rules_are_grouped_by_condition(kind: FileKind, rules: str, words: str) -> None:
    parameters = FileControlParameters(FileDescriptor(kind), compact_security=bytes.fromhex(rules))
    entry = say(Dialogue(), "00A4000400", parameters.fcp_template().hex() + OK)
    assert entry.received[-1] == f"  security attributes, compact format (8C): {words}"


def test_an_emv_fci_is_spelt_out() -> None:
    """javaemvreader wiki, ExampleOutput."""
    response = "6f20840e315041592e5359532e4444463031a50e8801025f2d046e6f656e9f110101"
    entry = say(Dialogue(), "00A404000E315041592E5359532E444446303100", response + OK)
    assert entry.sent == ('"1PAY.SYS.DDF01"',)
    assert entry.received == (
        "FCI template",
        '  DF name (84): 315041592E5359532E4444463031 "1PAY.SYS.DDF01"',
        "  proprietary information",
        "    data object (88): 02",
        '    data object (5F2D): "noen"',
        "    data object (9F11): 01",
    )


def test_templates_inside_templates_and_unknown_objects_are_spelt_out() -> None:
    record = "610E" + "4F01A0" + "7309" + "5F5002" + b"ab".hex() + "C102BEEF"
    entry = say(Dialogue(), "00B2010400", record + OK)
    assert entry.received == (
        "application template",
        "  application identifier (4F): A0",
        "  discretionary data",
        '    uniform resource locator (5F50): "ab"',
        "    data object (C1): BEEF",
    )


@pytest.mark.parametrize(
    ("parameters", "line"),
    [
        ("82021101", "  file descriptor (82): proprietary, descriptor byte 11"),
        ("820109", "  file descriptor (82): transparent, internal"),
        ("82050201001001", "  file descriptor (82): linear fixed, records of at most 16 bytes, 1 record"),
        ("8800", "  short EF identifier (88): none"),
        ("880102", "  short EF identifier (88): 02"),
        ("8A0110", "  life cycle status (8A): 10"),
        ("8A010C", "  life cycle status (8A): terminated"),
        ("8B032F0604", "  security attributes, expanded format by reference (8B): 2F0604"),
        (
            "AB1186022A9EA4068301019501088001019000",
            "  security attributes, expanded format (AB): CHV 01: PERFORM SECURITY OPERATION P1 9E; always: read",
        ),
        (
            "AB1E8401D4AF0DA406830102950180A4038301039E015187032A00A8A7029700",
            (
                "  security attributes, expanded format (AB): (key 02 and reference 03) or user authentication or "
                "secure messaging (SE 1): INS D4; not (never): PERFORM SECURITY OPERATION P1 00 P2 A8"
            ),
        ),
        (
            "AB03800101",
            "  security attributes, expanded format (AB): 800101, malformed: a rule has at least one condition",
        ),
        ("C603900180", "  data object (C6): 900180"),
        (
            "8C0103",
            "  security attributes, compact format (8C): 03, malformed: access mode 03 wants 2 conditions, 0 are left",
        ),
    ],
)
def test_a_file_control_parameter_in_words(parameters: str, line: str) -> None:
    template = f"62{len(parameters) // 2:02X}{parameters}"
    entry = say(Dialogue(), "00A4000400", template + OK)
    assert entry.received[0] == "FCP template"
    assert entry.received[1] == line


def test_a_directory_record_is_spelt_out() -> None:
    """ISO/IEC 7816-4:2020, 12.1.2: an application template; identifier and label as in the javaemvreader wiki."""
    record = "611A4F07A00000000310105004564953415109" + "3F007F100000000000"
    entry = say(Dialogue(), "00B201F400", record + OK)
    assert entry.received[:3] == (
        "application template",
        "  application identifier (4F): A0000000031010",
        '  application label (50): "VISA"',
    )


def test_a_public_key_is_spelt_out() -> None:
    entry = say(Dialogue(), "0046810005B60384010400", "7F4909810203058203010001" + OK)
    assert entry.title == "GENERATE ASYMMETRIC KEY PAIR return the public key, key 04"
    assert entry.received == ("public key", "  modulus (81): 0305", "  public exponent (82): 010001")
    entry = say(Dialogue(), "0046810005B60384010400", "7F4905860104C000" + OK)
    assert entry.received == ("public key", "  public point (86): 04", "  data object (C0): empty")


def test_a_path_is_spelt_out() -> None:
    entry = say(Dialogue(), "00B201F400", "610651043F007F10" + OK)
    assert entry.received == ("application template", "  path (51): 3F00/7F10")


def test_a_security_environment_is_spelt_out() -> None:
    entry = say(Dialogue(), "00B2010400", "7B0B800101A406830101950108" + OK)
    assert entry.received == (
        "security environment template",
        "  SEID: 1",
        "  user authentication: reference 01",
    )


@pytest.mark.parametrize(
    "response",
    ["6203830100", "620383016F", "6F048401", "62 01 82", "7B00", "7B03800101", "61034F05A0", "6F03 880102 FF"],
)
def test_malformed_templates_are_described_as_such_or_left_in_hex(response: str) -> None:
    raw = bytes.fromhex(response)
    entry = Dialogue().entry(bytes.fromhex("00A4040000"), raw + b"\x90\x00")
    assert entry.response == raw.hex(" ").upper()


def test_a_malformed_parameter_is_said_to_be_malformed() -> None:
    entry = say(Dialogue(), "00A4040000", "620383016F" + OK)
    assert entry.received == (
        "FCP template",
        "  file identifier (83): 6F, malformed: data object 83 has 2 bytes, not 1",
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"Hello", ('"Hello"',)),
        (b"Hello\0\0\0", ('"Hello"',)),
        (b"Hello\xff\xff", ('"Hello"',)),
        ("Grüße".encode(), ('"Grüße"',)),
        (b"\x1b[31mred", ()),
        (b"line\nline", ()),
        (b"\x00\x01\x02", ()),
        (b"A", ()),
        (b"", ()),
        (b"\xe2\x80\xaeevil", ()),
    ],
)
def test_text_is_shown_where_it_is_printable_text_and_nowhere_else(data: bytes, words: tuple[str, ...]) -> None:
    assert Dialogue().entry(bytes.fromhex("00B0000000"), data + b"\x90\x00").received == words


def test_long_text_is_cut() -> None:
    (line,) = Dialogue().entry(bytes.fromhex("00B0000000"), b"x" * 500 + b"\x90\x00").received
    assert len(line) < 200
    assert line.endswith('..."')


def test_no_answer_and_half_an_answer() -> None:
    silent = Dialogue().entry(bytes.fromhex("00B0000000"), None)
    assert (silent.sw, silent.status, silent.outcome, silent.response) == (None, "no answer", "no answer", "")
    half = Dialogue().entry(bytes.fromhex("00B0000000"), b"\x90")
    assert (half.sw, half.outcome) == (None, "malformed response 90")


def test_a_malformed_command_is_described_as_such() -> None:
    entry = Dialogue().entry(bytes.fromhex("00B000"), bytes.fromhex("6700"))
    assert entry.name == "malformed command"
    assert entry.command == "00 B0 00"
    assert entry.outcome == "6700 wrong length"


def test_an_entry_is_a_frozen_value() -> None:
    entry = say(Dialogue(), "00B0000000")
    with pytest.raises(dataclasses.FrozenInstanceError):
        entry.sw = 0  # type: ignore[misc]
    assert set(dataclasses.asdict(entry)) == {
        "name",
        "parameters",
        "command",
        "sent",
        "response",
        "received",
        "sw",
        "status",
    }

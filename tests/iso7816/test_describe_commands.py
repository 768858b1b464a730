"""Commands in words: each command by its standard name, each form of its parameters."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from iso7816.apdu import CommandAPDU
from iso7816.describe import Dialogue, NamedFile, Names, describe_command, describe_response
from iso7816.describe.interindustry import instruction, interindustry
from iso7816.describe.parameters import describe_parameters
from iso7816.describe.selection import Selection
from iso7816.file_path import FilePath

NAMES = Names(
    profile="test",
    files=(
        NamedFile(FilePath.parse("3F00/7F10"), "demo", is_df=True, df_name=bytes.fromhex("F0736361726401")),
        NamedFile(FilePath.parse("3F00/0100"), "notes", sfi=7),
    ),
    chvs={0x01: "card holder"},
    keys={0x02: "3DES"},
    data_objects={0x5F20: "cardholder name"},
)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        # selection
        ("00 A4 00 0C 02 3F00", "SELECT 3F00 (MF) by file identifier, no response data"),
        ("00 A4 00 0C", "SELECT MF, no response data"),
        ("00 A4 00 0C 02 6F01", "SELECT 6F01 by file identifier, no response data"),
        ("00 A4 00 04 02 0100 00", "SELECT 0100 (notes) by file identifier, FCP"),
        ("00 A4 01 00 02 7F10 00", "SELECT child DF, 7F10 (demo), FCI"),
        ("00 A4 02 08 02 2F00 00", "SELECT EF under the current DF, 2F00 (EF.DIR), FMD"),
        ("00 A4 03 0C", "SELECT parent DF, MF, no response data"),
        ("00 A4 04 00 07 F0736361726401 00", "SELECT F0736361726401 (demo) by DF name, FCI"),
        ("00 A4 04 00 02 F073 00", "SELECT F073 (demo) by DF name, FCI"),
        ("00 A4 04 02 02 F073 00", "SELECT F073 by DF name, next occurrence, FCI"),
        ("00 A4 04 02 05 A000000003 00", "SELECT A000000003 by DF name, next occurrence, FCI"),
        ("00 A4 08 0C 04 7F106F01", "SELECT 7F10/6F01 by path from the MF, no response data"),
        ("00 A4 08 0C 02 0100", "SELECT 0100 (notes) by path from the MF, no response data"),
        ("00 A4 09 0C 02 0100", "SELECT 0100 (notes) by path from the current DF, no response data"),
        ("00 A4 05 0C 02 0100", "SELECT P1 05, P2 0C, 2 bytes"),
        ("00 A4 00 0C 01 3F", "SELECT P1 00, P2 0C, 1 byte"),
        ("00 70 00 00 01", "MANAGE CHANNEL open a channel, the card chooses"),
        ("00 70 00 02", "MANAGE CHANNEL open channel 2"),
        ("00 70 80 02", "MANAGE CHANNEL close channel 2"),
        ("02 70 80 00", "MANAGE CHANNEL close this channel, channel 2"),
        # data units
        ("00 B0 00 00 10", "READ BINARY current EF, offset 0, 16 bytes"),
        ("00 B0 01 02 00", "READ BINARY current EF, offset 258, up to 256 bytes"),
        ("00 B0 00 00 00 00 00", "READ BINARY current EF, offset 0, up to 65536 bytes"),
        ("00 B0 87 05 01", "READ BINARY EF 0100 (notes), offset 5, 1 byte"),
        ("00 B0 83 05 01", "READ BINARY EF with SFI 3, offset 5, 1 byte"),
        ("00 B1 00 07 04 54020000 00", "READ BINARY EF 0100 (notes), data objects 54020000, up to 256 bytes"),
        ("00 D6 00 10 02 AABB", "UPDATE BINARY current EF, offset 16, 2 bytes"),
        ("00 D0 00 00 02 AABB", "WRITE BINARY current EF, offset 0, 2 bytes"),
        ("00 0E 00 08", "ERASE BINARY current EF, from offset 8 to the end"),
        ("00 0E 00 08 02 0010", "ERASE BINARY current EF, from offset 8 to before offset 16"),
        # records
        ("00 B2 03 04 00", "READ RECORD current EF, record 3, up to 256 bytes"),
        ("00 B2 00 04 00", "READ RECORD current EF, current record, up to 256 bytes"),
        ("00 B2 01 3C 00", "READ RECORD EF 0100 (notes), record 1, up to 256 bytes"),
        ("00 B2 02 05 00", "READ RECORD current EF, all records from 2, up to 256 bytes"),
        ("00 B2 02 06 00", "READ RECORD current EF, all records from the last up to 2, up to 256 bytes"),
        ("00 B2 00 02 00", "READ RECORD current EF, next record, up to 256 bytes"),
        ("00 B2 A1 00 00", "READ RECORD current EF, first record with identifier A1, up to 256 bytes"),
        ("00 DC 01 04 02 AABB", "UPDATE RECORD current EF, record 1, 2 bytes"),
        ("00 D2 00 03 02 AABB", "WRITE RECORD current EF, previous record, 2 bytes"),
        ("00 E2 00 38 02 AABB", "APPEND RECORD EF 0100 (notes), 2 bytes"),
        ("00 0C 04 04", "ERASE RECORD current EF, record 4"),
        ("00 A2 01 04 02 AABB 00", "SEARCH RECORD current EF, from record 1, for AABB"),
        # data objects
        (
            "00 A2 01 04 21 " + "AA" * 33,
            "SEARCH RECORD current EF, from record 1, for " + "AA" * 32 + "... (33 bytes)",
        ),
        ("00 CA 00 42 00", "GET DATA data object 42, up to 256 bytes"),
        ("00 CA 5F 20 00", "GET DATA data object 5F20 (cardholder name), up to 256 bytes"),
        ("00 CA 01 01 04", "GET DATA proprietary data object 0101, 4 bytes"),
        ("00 CA 02 05 00", "GET DATA SIMPLE-TLV data object 05, up to 256 bytes"),
        ("00 CB 3F FF 03 5C015F 00", "GET DATA data objects in current DF, up to 256 bytes"),
        ("00 DA 01 01 02 AABB", "PUT DATA proprietary data object 0101, 2 bytes"),
        ("00 CA 00 00 00", "GET DATA P1 00, P2 00, expects up to 256 bytes"),
        # security
        ("00 20 00 01 04 31323334", "VERIFY CHV 01 (card holder), 4 bytes (masked)"),
        ("00 20 00 01", "VERIFY CHV 01 (card holder), state query"),
        ("00 20 00 81 04 31323334", "VERIFY CHV 81 (local), 4 bytes (masked)"),
        ("00 20 00 00", "VERIFY CHV (no reference given), state query"),
        ("00 20 FF 01", "VERIFY CHV 01 (card holder), back to not verified"),
        ("00 24 00 01 02 3132", "CHANGE REFERENCE DATA CHV 01 (card holder), old and new, 2 bytes (masked)"),
        ("00 24 01 01 02 3132", "CHANGE REFERENCE DATA CHV 01 (card holder), new, 2 bytes (masked)"),
        ("00 2C 00 01 02 3132", "RESET RETRY COUNTER CHV 01 (card holder), resetting code and new, 2 bytes (masked)"),
        ("00 2C 03 01", "RESET RETRY COUNTER CHV 01 (card holder), no data"),
        (
            "00 26 00 01 02 3132",
            "DISABLE VERIFICATION REQUIREMENT CHV 01 (card holder), verification data, 2 bytes (masked)",
        ),
        ("00 28 01 01", "ENABLE VERIFICATION REQUIREMENT CHV 01 (card holder), no data"),
        ("00 84 00 00 08", "GET CHALLENGE 8 bytes"),
        ("00 88 00 02 02 AABB 00", "INTERNAL AUTHENTICATE key 02 (3DES), 2 bytes (masked)"),
        ("00 82 09 01 02 AABB", "EXTERNAL AUTHENTICATE key 01, algorithm 09, 2 bytes (masked)"),
        ("00 82 00 00 02 AABB 00", "MUTUAL AUTHENTICATE implied key, 2 bytes (masked)"),
        ("00 22 F3 01", "MANAGE SECURITY ENVIRONMENT restore SE 1"),
        ("00 22 F2 05", "MANAGE SECURITY ENVIRONMENT store SE 5"),
        ("00 22 F5 05", "MANAGE SECURITY ENVIRONMENT P1 F5, P2 05"),
        (
            "00 22 41 A4 03 830101",
            "MANAGE SECURITY ENVIRONMENT set authentication template for computing: key 01",
        ),
        (
            "00 22 41 B8 0A 800143 830102 87020102",
            (
                "MANAGE SECURITY ENVIRONMENT set confidentiality template for computing: mechanism 43, key 02 (3DES), "
                "initial value 0102"
            ),
        ),
        (
            "00 22 C1 B6 06 800143 840102",
            (
                "MANAGE SECURITY ENVIRONMENT set digital signature template for verifying and computing: mechanism 43, "
                "key 02 (3DES)"
            ),
        ),
        (
            "00 22 31 B4 08 8300 8702AABB 9100",
            (
                "MANAGE SECURITY ENVIRONMENT set cryptographic checksum template for secure messaging responses and "
                "secure messaging commands: key without reference, initial value AABB, data object 91, 0 bytes"
            ),
        ),
        (
            "00 22 41 AA 02 8301",
            "MANAGE SECURITY ENVIRONMENT set hash code template for computing: malformed, 8301",
        ),
        ("00 22 01 B6", "MANAGE SECURITY ENVIRONMENT set digital signature template: no data"),
        ("00 22 41 77 01 AA", "MANAGE SECURITY ENVIRONMENT set 77 template for computing: AA"),
        (
            "00 22 81 B6 06 83044F534341",
            "MANAGE SECURITY ENVIRONMENT set digital signature template for verifying: key 4F534341",
        ),
        ("00 2A 00 BE 01 AA", "PERFORM SECURITY OPERATION verify certificate, 1 byte (masked)"),
        ("00 2A 9E 9A 00", "PERFORM SECURITY OPERATION compute digital signature, no data"),
        ("00 2A 77 78", "PERFORM SECURITY OPERATION P1 77, P2 78, no data"),
        (
            "00 46 80 00 05 B603840102 00",
            "GENERATE ASYMMETRIC KEY PAIR generate, return the public key, key 02 (3DES)",
        ),
        ("00 46 81 00 00", "GENERATE ASYMMETRIC KEY PAIR return the public key, implied key"),
        ("00 46 84 00 02 B600", "GENERATE ASYMMETRIC KEY PAIR generate, return nothing, implied key"),
        ("00 46 00 00 01 B6", "GENERATE ASYMMETRIC KEY PAIR generate, 1 byte"),
        ("00 46 82 00", "GENERATE ASYMMETRIC KEY PAIR P1 82, P2 00"),
        ("00 47 80 00 01 4D", "GENERATE ASYMMETRIC KEY PAIR P1 80, P2 00, 1 byte"),
        (
            "00 DB 3F FF 10 4D0E B603840102 7F48029201 5F4801AA",
            "PUT DATA import of a key: key 02 (3DES), parts 92, 16 bytes (masked)",
        ),
        (
            "00 DB 3F FF 0D 4D0B B600 7F49028601 5F4901AA",
            "PUT DATA import of a public key: digital signature, parts 86, 13 bytes (masked)",
        ),
        ("00 DB 3F FF 02 4D01", "PUT DATA data objects in current DF, 2 bytes"),
        ("00 2A 9E 9A 01 AA 00", "PERFORM SECURITY OPERATION compute digital signature, 1 byte (masked)"),
        # management
        ("00 E0 00 00 0D 620B 80020040 820101 83026F10", "CREATE FILE EF 6F10, transparent, 64 bytes"),
        ("00 E0 00 00 09 6207 820138 83027F20", "CREATE FILE DF 7F20"),
        ("00 E0 00 00 02 6201", "CREATE FILE malformed file control parameters"),
        ("00 E0 00 00 05 6203 820101", "CREATE FILE an EF, transparent"),
        ("00 E0 00 00 05 6203 820138", "CREATE FILE a DF"),
        ("00 E0 00 00", "CREATE FILE P1 00, P2 00"),
        ("00 E4 00 00", "DELETE FILE current file"),
        ("00 E4 00 00 02 0100", "DELETE FILE 0100 (notes) by file identifier"),
        ("00 44 00 00", "ACTIVATE FILE current file"),
        ("00 04 00 00", "DEACTIVATE FILE current file"),
        # transmission and classes
        ("00 C0 00 00 10", "GET RESPONSE 16 bytes"),
        ("01 B0 00 00 10", "READ BINARY current EF, offset 0, 16 bytes, channel 1"),
        ("0C B0 00 00 10", "READ BINARY P1 00, P2 00, expects 16 bytes, secure messaging, header authenticated"),
        ("10 D6 00 00 01 AA", "UPDATE BINARY P1 00, P2 00, 1 byte, more follows"),
        ("A0 A4 00 00 02 3F00", "SELECT (class A0) P1 00, P2 00, 2 bytes"),
        ("80 50 00 00 01 AA 00", "unknown command 80 50 P1 00, P2 00, 1 byte, expects up to 256 bytes"),
        ("FF CA 00 00 00", "reader command FF CA P1 00, P2 00, expects up to 256 bytes"),
        ("00 A4 00", "malformed command (an APDU has at least four bytes, this has 3)"),
        ("", "malformed command (an APDU has at least four bytes, this has 0)"),
    ],
)
def test_a_command_in_words(command: str, words: str) -> None:
    assert describe_command(bytes.fromhex(command), NAMES) == words


@pytest.mark.parametrize("p1", [0x00, 0x01, 0x02, 0x03, 0x04, 0x7F, 0xFF])
@pytest.mark.parametrize("p2", [0x00, 0x01, 0x04, 0x0C, 0x80, 0xFF])
@pytest.mark.parametrize("data", [b"", b"\x3f\x00", bytes(20)])
def test_every_instruction_has_words_for_every_parameter(p1: int, p2: int, data: bytes) -> None:
    for ins, known in interindustry().instructions.items():
        apdu = CommandAPDU(0x00, ins, p1, p2, data)
        assert describe_parameters(apdu, Selection(NAMES))
        words = describe_command(apdu.to_bytes(), NAMES)
        assert words.startswith(known.name)


# ISO/IEC 7816-4:2020, 5.4.2, table 5, with the commands of parts 8 and 9.
@pytest.mark.parametrize(
    ("ins", "name"),
    [
        (0x04, "DEACTIVATE FILE"),
        (0x0C, "ERASE RECORD"),
        (0x0E, "ERASE BINARY"),
        (0x20, "VERIFY"),
        (0x22, "MANAGE SECURITY ENVIRONMENT"),
        (0x24, "CHANGE REFERENCE DATA"),
        (0x26, "DISABLE VERIFICATION REQUIREMENT"),
        (0x28, "ENABLE VERIFICATION REQUIREMENT"),
        (0x2A, "PERFORM SECURITY OPERATION"),
        (0x2C, "RESET RETRY COUNTER"),
        (0x44, "ACTIVATE FILE"),
        (0x46, "GENERATE ASYMMETRIC KEY PAIR"),
        (0x70, "MANAGE CHANNEL"),
        (0x82, "EXTERNAL AUTHENTICATE"),
        (0x84, "GET CHALLENGE"),
        (0x86, "GENERAL AUTHENTICATE"),
        (0x88, "INTERNAL AUTHENTICATE"),
        (0xA0, "SEARCH BINARY"),
        (0xA2, "SEARCH RECORD"),
        (0xA4, "SELECT"),
        (0xB0, "READ BINARY"),
        (0xB1, "READ BINARY"),
        (0xB2, "READ RECORD"),
        (0xC0, "GET RESPONSE"),
        (0xC2, "ENVELOPE"),
        (0xCA, "GET DATA"),
        (0xCB, "GET DATA"),
        (0xD0, "WRITE BINARY"),
        (0xD2, "WRITE RECORD"),
        (0xD6, "UPDATE BINARY"),
        (0xDA, "PUT DATA"),
        (0xDC, "UPDATE RECORD"),
        (0xE0, "CREATE FILE"),
        (0xE2, "APPEND RECORD"),
        (0xE4, "DELETE FILE"),
        (0xE6, "TERMINATE DF"),
        (0xE8, "TERMINATE EF"),
        (0xFE, "TERMINATE CARD USAGE"),
    ],
)
def test_an_instruction_has_its_standard_name(ins: int, name: str) -> None:
    known = instruction(ins)
    assert known is not None
    assert known.name == name
    assert known.standard.startswith("ISO/IEC 7816-")


def test_no_instruction_is_in_the_table_twice() -> None:
    table = tomllib.loads(files("iso7816.describe").joinpath("interindustry.toml").read_text(encoding="utf-8"))
    codes = [code for row in table["instruction"] for code in (row["ins"], row["ins"] | 1)[: 1 + row.get("odd", False)]]
    assert len(codes) == len(set(codes))
    assert {key for row in table["instruction"] for key in row} <= {"ins", "odd", "name", "standard", "secret"}
    assert {part for row in table["instruction"] for part in row.get("secret", [])} == {"data", "response"}


@pytest.mark.parametrize(
    ("response", "words"),
    [
        ("9000", "9000 normal processing"),
        ("AABB 6A82", "6A82 file or application not found, 2 bytes"),
        ("90", "malformed response 90"),
        ("", "malformed response"),
    ],
)
def test_a_response_in_words(response: str, words: str) -> None:
    assert describe_response(bytes.fromhex(response)) == words


SECRET = bytes.fromhex("A1B2C3D4E5F6")


@pytest.mark.parametrize("command", ["80AA000006", "00DA7F0006", "80D6000006"])
@pytest.mark.parametrize("get_response", ["00C0000008", "00C000000800"])
def test_what_was_masked_is_masked_where_get_response_brings_it_back(command: str, get_response: str) -> None:
    fetch = bytes.fromhex(get_response)
    for parts in ([b"\x01" + SECRET], [SECRET[:4], SECRET[4:]]):
        dialogue = Dialogue()
        entries = [dialogue.entry(bytes.fromhex(command) + SECRET, b"\x61\x08")]
        entries += [dialogue.entry(fetch, part + b"\x90\x00") for part in parts]
        assert [set(entry.response.split()) for entry in entries] == [set(), *({"**"} for _ in parts)]
        read = dialogue.entry(bytes.fromhex("00B0000006"), SECRET + b"\x90\x00")
        assert read.response == "A1 B2 C3 D4 E5 F6", "a file is not a secret"


def test_a_response_to_a_masked_command_that_is_another_is_shown() -> None:
    dialogue = Dialogue()
    assert dialogue.entry(bytes.fromhex("80AA000006") + SECRET, b"\xa1\x90\x00").response == "A1"
    dialogue.entry(bytes.fromhex("80AA000006") + SECRET, b"\x61\x02")
    assert dialogue.entry(bytes.fromhex("00C0000002"), b"\x01\x02\x90\x00").response == "01 02"

"""Names files: what they say, and that what they cannot say is refused with the key named."""

from __future__ import annotations

from importlib.resources import files

import pytest

from iso7816.describe import Dialogue, NamedFile, Names
from iso7816.errors import Iso7816Error, NamesError
from iso7816.file_path import FilePath

GOOD = """
profile = "demo"
[files]
"3F00/7F10" = { name = "application", df = true, df_name = "A0 00 00 00 03" }
"3F00/7F10/6F01" = { name = "greeting", sfi = 1 }
[chvs]
"01" = "card holder"
[keys]
"0A" = "AES"
[data_objects]
"5F20" = "cardholder name"
[commands]
"80AA" = "LIST DIRECTORY"
"""


def test_a_names_file_says_what_it_says() -> None:
    names = Names.parse(GOOD)
    assert names.profile == "demo"
    assert names.files == (
        NamedFile(FilePath((0x3F00, 0x7F10)), "application", True, None, bytes.fromhex("A000000003")),
        NamedFile(FilePath((0x3F00, 0x7F10, 0x6F01)), "greeting", False, 1, None),
    )
    assert names.chvs == {1: "card holder"}
    assert names.keys == {10: "AES"}
    assert names.data_objects == {0x5F20: "cardholder name"}
    assert names.commands == {0x80AA: "LIST DIRECTORY"}


def test_a_proprietary_command_has_the_name_that_is_given_it_and_keeps_its_data_masked() -> None:
    dialogue = Dialogue(Names.parse(GOOD))
    assert dialogue.command(bytes.fromhex("80AA010000")) == "LIST DIRECTORY P1 01, P2 00, expects up to 256 bytes"
    assert dialogue.entry(bytes.fromhex("80AA0000021234"), b"\x90\x00").command == "80 AA 00 00 02 ** **"


def test_files_are_found_by_path_short_identifier_and_name() -> None:
    names = Names.parse(GOOD)
    application, greeting = names.files
    assert names.file((0x3F00, 0x7F10)) == application
    assert names.file((0x3F00,)) is None
    assert names.by_sfi((0x3F00, 0x7F10), 1) == greeting
    assert names.by_sfi((0x3F00,), 1) is None
    assert names.by_df_name(bytes.fromhex("A000")) == application
    assert names.by_df_name(bytes.fromhex("A001")) is None


def test_reserved_files_have_names_anyway() -> None:
    names = Names()
    assert names.name_of((0x3F00,)) == "MF"
    assert names.name_of((0x3F00, 0x2F00)) == "EF.DIR"
    assert names.name_of((0x3F00, 0x2F01)) == "EF.ATR/INFO"
    assert names.name_of((0x3F00, 0x7F10, 0x2F00)) is None
    assert names.name_of((0x3F00, 0x6F01)) is None


def test_the_built_in_names_are_read_once_and_are_good() -> None:
    names = Names.load("iso7816")
    assert names is Names.load("iso7816")
    assert names.profile == "iso7816"
    assert {0x01, 0x81} <= set(names.chvs)
    assert {0x01, 0x02} <= set(names.keys)


def test_every_names_file_in_the_package_is_good() -> None:
    paths = [path for path in files("iso7816.describe").iterdir() if path.name.endswith(".toml")]
    profiles = [path for path in paths if path.name != "interindustry.toml"]
    assert profiles
    for path in profiles:
        assert Names.parse(path.read_text(encoding="utf-8")).profile == path.name.removesuffix(".toml")


@pytest.mark.parametrize("profile", ["no_such_profile", "../errors", "", "iso7816.toml", "interindustry/x"])
def test_a_profile_without_names_is_an_error(profile: str) -> None:
    with pytest.raises(NamesError, match="no names for a profile"):
        Names.load(profile)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("files = 3", "files is a table"),
        ("colour = 'red'", "'colour' is not a key"),
        ("profile = 3", "profile is a string"),
        ("[files]\n'3F00' = 'MF'", "files.3F00 is a table"),
        ("[files]\n'3F00' = {}", "files.3F00.name is a string"),
        ("[files]\n'3F0' = { name = 'x' }", "files.3F0: '3F0' is not a file identifier"),
        ("[files]\n'3F00' = { name = 'x', sfi = 31 }", "files.3F00.sfi is a number from 1 to 30"),
        ("[files]\n'3F00' = { name = 'x', sfi = 'a' }", "files.3F00.sfi is a number from 1 to 30"),
        ("[files]\n'3F00' = { name = 'x', df = 1 }", "files.3F00.df is true or false"),
        ("[files]\n'3F00' = { name = 'x', df_name = 'XY' }", "files.3F00: non-hexadecimal"),
        ("[files]\n'3F00' = { name = 'x', df_name = 1 }", "files.3F00.df_name is a string"),
        ("[files]\n'3F00' = { name = 'x', size = 1 }", "'size' is not a key"),
        ("[chvs]\n'G1' = 'x'", "keys of chvs are hex numbers"),
        ("[chvs]\n'01' = 1", "chvs.01 is a string"),
        ("[chvs", "not TOML"),
    ],
)
def test_what_a_names_file_cannot_say_is_refused(text: str, message: str) -> None:
    with pytest.raises(NamesError, match=message):
        Names.parse(text)
    assert issubclass(NamesError, Iso7816Error)

"""Card definitions: what a stranger may write, and what is said of what is refused."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import emulator
from emulator import Card, CardDefinitionError
from emulator.definition.profiles import built_in_profiles, parse_definition
from emulator.definition.whole_card import build_state
from emulator.persistent import MF_NUMBER, PersistentState
from emulator.storage import VolatileStorage
from iso7816.access_rules import SecurityEnvironment
from iso7816.file_control import FileControlParameters

PROFILE = Path(emulator.__file__).parent / "profiles" / "iso7816.toml"
CHV = '[[chvs]]\nreference = 1\nvalue = "1234"\n'
DF = '[files."3F00/7F10"]\ntype = "DF"\n'
EF = '[files."3F00/6F01"]\ntype = "transparent"\n'
RECORDS = '[files."3F00/6F01"]\ntype = "linear fixed"\n'
DEEP = "".join(
    f'[files."3F00{"".join(f"/7F0{level}" for level in range(1, depth))}"]\ntype = "DF"\n' for depth in range(1, 10)
)
KEY = '[[keys]]\nreference = 1\ntype = "aes"\nvalue = "000102030405060708090A0B0C0D0E0F"\n'
KEY_OF = "[[keys]]\nreference = 1\ntype = "
PAIR = f'{KEY_OF}"p-256"\n'
RSA = f'{KEY_OF}"rsa"\n'
#: The base point of P-256 as a public key.
PUBLIC = """pem = '''
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt
6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==
-----END PUBLIC KEY-----
'''
"""


@pytest.mark.parametrize(
    ("definition", "key", "expected"),
    [
        ("[card", "", "expected TOML"),
        ("[cards]", "cards", "not a key that belongs here: expected applications, card, chvs"),
        ('[chvs]\nvalue = "1234"', "chvs", r"an array of tables, each headed \[\[chvs\]\]"),
        ("card = 1", "card", "expected a table"),
        ("[card]\ncolour = 1", "card.colour", "not a key that belongs here"),
        ('[card]\natr = "3B"', "card.atr", "hex digits for 2 to 33 bytes"),
        ('[card]\natr = "3C00"', "card.atr", "TS is 3C"),
        ('[card]\natr = "3B8001"', "card.atr", "TCK|ends|bytes"),
        ('[card]\natr = "3B00"\nprotocols = ["T=0"]', "card.protocols", "one of the two"),
        ('[card]\natr = "3B800282"', "card.atr", "T=0 or T=1 as the first"),
        ('[card]\nprotocols = ["T=2"]', "card.protocols[0]", '"T=0", "T=1"'),
        ('[card]\nprotocols = ["T=1", "T=0"]', "card.protocols", "in that order"),
        ("[card]\nprotocols = []", "card.protocols", "in that order"),
        ('[card]\nhistorical_bytes = "8"', "card.historical_bytes", "hex digits for 0 to 15 bytes"),
        ("contactless = true", "contactless", "expected a table"),
        ("[contactless]\nname = 1", "contactless.name", "not a key that belongs here: expected ats, uid"),
        ('[contactless]\nuid = "0411"', "contactless.uid", "hex digits for 4, 7 or 10 bytes"),
        ('[contactless]\nuid = "041"', "contactless.uid", "hex digits for 4, 7 or 10 bytes"),
        ('[contactless]\nuid = "0411223344"', "contactless.uid", "4, 7 or 10 bytes"),
        ('[contactless]\nats = "0578"', "contactless.ats", "TL is the number of bytes"),
        (f'[contactless]\nats = "12 08 {"00" * 16}"', "contactless.ats", "at most 15"),
        ('[card]\nhistorical_bytes = "80"\n[contactless]\nats = "01"', "card.historical_bytes", "one of the two"),
        ('[card]\natr = "3B00"\n[contactless]', "card.atr", "made by the reader"),
        ('[card]\nprotocols = ["T=1"]\n[contactless]', "card.protocols", "made by the reader"),
        ("[card]\nmemory = -1", "card.memory", "an integer from 0 to"),
        ("[card]\nmemory = true", "card.memory", "an integer from 0 to"),
        (f"[card]\nmemory = 2\n{EF}size = 3", "card.memory", "at least the 3 bytes"),
        ("files = 1", "files", "expected a table"),
        ('[files."6F01"]\ntype = "transparent"', "files.6F01", "path of file identifiers from the MF"),
        ('[files."3F00/6F0"]\ntype = "transparent"', 'files."3F00/6F0"', "path of file identifiers"),
        ('[files."3F00/3FFF"]\ntype = "transparent"', 'files."3F00/3FFF"', "path of file identifiers"),
        ('[files."3F00/7F10/6F01"]\ntype = "transparent"', 'files."3F00/7F10/6F01"', "a DF 3F00/7F10"),
        (f'{EF}[files."3F00/6F01/6F02"]\ntype = "transparent"', 'files."3F00/6F01/6F02"', "a DF 3F00/6F01"),
        (f'{DF}[files."3f00/7f10"]\ntype = "DF"', 'files."3f00/7f10"', "each path once"),
        ('[files."3F00"]\ntype = "transparent"', "files.3F00.type", '"DF" for the MF'),
        ('[files."3F00/6F01"]\nsfi = 1', 'files."3F00/6F01".type', 'is missing: expected one of "DF"'),
        ('[files."3F00/6F01"]\ntype = "tree"', 'files."3F00/6F01".type', '"linear variable"'),
        (
            f"{EF}type2 = 1",
            'files."3F00/6F01".type2',
            "not a key that belongs here: expected access, content, life_cycle",
        ),
        (f'{DF}[files."3F00/7F10/7F10"]\ntype = "DF"', 'files."3F00/7F10/7F10"', "another file identifier than that"),
        (DEEP, 'files."3F00/7F01/7F02/7F03/7F04/7F05/7F06/7F07/7F08"', "at most 8 DFs"),
        (f"{EF}sfi = 31", 'files."3F00/6F01".sfi', "an integer from 0 to 30"),
        (f'{EF}sfi = 2\n[files."3F00/6F02"]\ntype = "transparent"\nsfi = 2', 'files."3F00/6F02".sfi', "no other EF"),
        (f'{EF}content = "abc"\nsize = 2', 'files."3F00/6F01".size', "an integer from 3 to"),
        (f"{EF}content = 3", 'files."3F00/6F01".content', "a string"),
        (f"{EF}content = {{ hex = 3 }}", 'files."3F00/6F01".content.hex', "hex digits"),
        (f'{EF}content = {{ hex = "00", text = "" }}', 'files."3F00/6F01".content.text', "not a key"),
        (f"{EF}size = 65534", 'files."3F00/6F01".size', "to 65533"),
        (f'{EF}records = ["a"]', 'files."3F00/6F01".records', "not a key"),
        (f'{EF}life_cycle = "young"', 'files."3F00/6F01".life_cycle', '"creation"'),
        (f'{EF}write = "xor"', 'files."3F00/6F01".write', '"once"'),
        (f"{RECORDS}max_records = 3", 'files."3F00/6F01".record_size', "is missing"),
        (f"{RECORDS}record_size = 3", 'files."3F00/6F01".max_records', "is missing"),
        (f"{RECORDS}records = [1]", 'files."3F00/6F01".records[0]', "a string"),
        (f'{RECORDS}records = [""]', 'files."3F00/6F01".records[0]', "1 to 255 bytes"),
        (f'{RECORDS}records = "abc"', 'files."3F00/6F01".records', "an array"),
        (f'{RECORDS}records = ["abc"]\nrecord_size = 2', 'files."3F00/6F01".record_size', "from 3 to 255"),
        (f'{RECORDS}records = ["a", "b"]\nmax_records = 1', 'files."3F00/6F01".max_records', "from 2 to 254"),
        (f'{DF}name = ""', 'files."3F00/7F10".name', "hex digits for 1 to 16 bytes"),
        (f'{DF}name = "A0"\n[files."3F00/7F11"]\ntype = "DF"\nname = "A0"', 'files."3F00/7F11".name', "no other DF"),
        (f"{DF}sfi = 1", 'files."3F00/7F10".sfi', "not a key"),
        (f'{DF}security_environments = "3F00"', 'files."3F00/7F10".security_environments', "four hex digits"),
        (f"{EF}access = 1", 'files."3F00/6F01".access', "a table"),
        (f'{EF}access = {{ reed = "always" }}', 'files."3F00/6F01".access.reed', "not a key"),
        (f'{EF}access = {{ create_ef = "always" }}', 'files."3F00/6F01".access.create_ef', "not a key"),
        (f'{EF}access = {{ read = "sometimes" }}', 'files."3F00/6F01".access.read', '"always", "never", "CHV n"'),
        (f'{EF}access = {{ read = "CHV 0" }}', 'files."3F00/6F01".access.read', '"CHV n"'),
        (f'{EF}access = {{ read = "CHV 20" }}', 'files."3F00/6F01".access.read', '"CHV n"'),
        (f'{EF}access = {{ read = "CHV 1" }}', 'files."3F00/6F01".access.read', "CHV 01 is none"),
        (f'{EF}access = {{ read = "key 1" }}', 'files."3F00/6F01".access.read', "key 01 is none"),
        (f"{EF}access = {{ read = {{}} }}", 'files."3F00/6F01".access.read', "{ all"),
        (f"{EF}access = {{ read = {{ all = [], any = [] }} }}", 'files."3F00/6F01".access.read', "{ all"),
        (f"{EF}access = {{ read = {{ all = [] }} }}", 'files."3F00/6F01".access.read.all', "at least one"),
        (
            f'{CHV}{EF}access = {{ read = {{ all = ["CHV 1", {{ any = ["CHV 1"] }}] }} }}',
            'files."3F00/6F01".access.read.all[1]',
            "a combination inside a combination",
        ),
        (
            f'{CHV}{EF}access = {{ read = {{ any = ["CHV 1", "always"] }} }}',
            'files."3F00/6F01".access.read.any[1]',
            "inside a combination",
        ),
        ("chvs = 1", "chvs", "an array"),
        ("chvs = [1]", "chvs[0]", "a table"),
        ("[[chvs]]\nreference = 0", "chvs[0].reference", "0x01 to 0x1F"),
        ("[[chvs]]\nreference = 1", "chvs[0].value", "is missing: expected a string, or { hex"),
        ("[[chvs]]\nreference = 1\nvalue = 1234", "chvs[0].value", "a string, or { hex"),
        (f"{CHV}min_length = 10", "chvs[0].value", "10 to 10 bytes"),
        (f"{CHV}{CHV}", "chvs[1]", "each reference"),
        (f'{CHV}df = "3F00"', "chvs[0].df", "local reference"),
        ('[[chvs]]\nreference = 0x81\nvalue = "1"', "chvs[0].df", "is missing: expected a path of file identifiers"),
        ('[[chvs]]\nreference = 0x81\nvalue = "1"\ndf = "3F00/7F10"', "chvs[0].df", "a DF of this card"),
        (f'{EF}[[chvs]]\nreference = 0x81\nvalue = "1"\ndf = "3F00/6F01"', "chvs[0].df", "a DF of this card"),
        (f"{CHV}tries = 16", "chvs[0].tries", "from 1 to 15"),
        (f"{CHV}tries_left = 4", "chvs[0].tries_left", "from 0 to 3"),
        (f"{CHV}min_length = 5", "chvs[0].value", "5 to 8 bytes"),
        (f"{CHV}max_length = 3", "chvs[0].max_length", "from 4 to"),
        (f"{CHV}padding = 256", "chvs[0].padding", "from 0 to 255"),
        (f"{CHV}padding = 0x34", "chvs[0].padding", "does not end in"),
        (f'{CHV}state = "open"', "chvs[0].state", '"enabled", "disabled", "transport"'),
        (f"{CHV}may_be_disabled = 1", "chvs[0].may_be_disabled", "true or false"),
        (f'{CHV}unblock = "CHV 2"', "chvs[0].unblock", "CHV 02 is none"),
        (f"{CHV}puk_tries = 3", "chvs[0].puk_tries", "not a key"),
        (KEY.replace("aes", "des"), "keys[0].type", '"aes", "3des"'),
        (KEY.replace("0E0F", ""), "keys[0].value", "16 or 24 or 32 bytes"),
        (KEY.replace("aes", "3des").replace("0E0F", "0E"), "keys[0].value", "16 or 24 bytes"),
        (f'{KEY}usage = ["both"]', "keys[0].usage[0]", '"internal", "external"'),
        (f"{KEY}tries = 0", "keys[0].tries", "from 1 to 15"),
        (f'{KEY}use = "key 81"', "keys[0].use", "key 81 is none"),
        ('[[keys]]\nreference = 1\ntype = "aes"', "keys[0].value", "one of value, generated, empty"),
        ('[[keys]]\nreference = 1\ntype = "rsa"', "keys[0].pem", "one of pem, generated, empty"),
        (f"{KEY}empty = true", "keys[0].empty", "one of value, generated, empty"),
        (f'{KEY}pem = ""', "keys[0].pem", "one of value, generated, empty"),
        (f'{PAIR}value = "00"', "keys[0].value", "one of pem, generated, empty"),
        (f"{PAIR}generated = false", "keys[0].generated", "expected true"),
        (f"{PAIR}empty = 1", "keys[0].empty", "true or false"),
        (f"{PAIR}usage = []\ngenerated = true\nsize = 256", "keys[0].size", "not a key that belongs here"),
        (f"{RSA}empty = true", "keys[0].size", "is missing: expected an integer from 1024 to 4096"),
        (f"{RSA}empty = true\nsize = 512", "keys[0].size", "from 1024 to 4096"),
        (f"{RSA}empty = true\nsize = 2000", "keys[0].size", "a multiple of 256 bits"),
        (f'{KEY_OF}"aes"\nempty = true\nsize = 160', "keys[0].size", "128 or 192 or 256 bits"),
        (f'{KEY_OF}"3des"\nempty = true\nsize = 256', "keys[0].size", "from 128 to 192"),
        (f'{KEY_OF}"hmac"\nusage = []\nempty = true\nsize = 100', "keys[0].size", "a multiple of 8 bits"),
        (f'{KEY_OF}"hmac"\nusage = []\nvalue = "00"', "keys[0].value", "8 to 128 bytes"),
        (f"{PAIR}empty = true", "keys[0].usage", "is missing: expected an array"),
        (f'{PAIR}empty = true\nusage = ["sing"]', "keys[0].usage[0]", '"internal", "external", "sign"'),
        (f'{PAIR}empty = true\nusage = ["sign", "decipher"]', "keys[0].usage[1]", "what a key of p-256 can do"),
        (f'{KEY}usage = ["agree"]', "keys[0].usage[0]", "what a key of aes can do"),
        (f'{PAIR}{PUBLIC}usage = ["verify", "sign"]', "keys[0].usage[1]", "what a public key of p-256 can do"),
        (f'{PAIR}pem = "no key"', "keys[0].pem", "one PEM block: PRIVATE KEY"),
        (f"{PAIR}pem = 1", "keys[0].pem", "expected a string"),
        (f'{PAIR}pem = """\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"""', "keys[0].pem", "PEM"),
        (f'{PAIR}pem = """\n-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"""', "keys[0].pem", "PEM"),
        (f"{RSA}{PUBLIC}usage = []", "keys[0].pem", "a key of rsa, as type says"),
        (f'{PAIR}empty = true\nusage = ["sign"]\nalgorithms = ["cmac"]', "keys[0].algorithms[0]", '"ecdsa"'),
        (f'{PAIR}empty = true\nusage = ["sign"]\nuses = 0', "keys[0].uses", "from 1 to"),
        (f'{PAIR}empty = true\nusage = ["sign"]\nchv_each_time = true', "keys[0].chv_each_time", "that names a CHV"),
        (f'{PAIR}empty = true\nusage = ["sign"]\ngenerate = "CHV 1"', "keys[0].generate", "CHV 01 is none"),
        (f'{PAIR}empty = true\nusage = ["sign"]\nupdate = "key 3"', "keys[0].update", "key 03 is none"),
        (f'{PAIR}empty = true\nusage = ["sign"]\nread = "sometimes"', "keys[0].read", '"always", "never"'),
        (f"{DF}commands = 1", 'files."3F00/7F10".commands', "a table"),
        (f'{DF}commands = {{ sing = "always" }}', 'files."3F00/7F10".commands.sing', "compute_digital_signature"),
        (f'{DF}commands = {{ hash = "CHV 1" }}', 'files."3F00/7F10".commands.hash', "CHV 01 is none"),
        (f'{DF}commands = {{ hash = "x" }}', 'files."3F00/7F10".commands.hash', '"always", "never"'),
        (f'{EF}commands = {{ hash = "always" }}', 'files."3F00/6F01".commands', "not a key that belongs here"),
        ("[[data_objects]]\ntag = 0x62", "data_objects[0].tag", "a tag"),
        ("[[data_objects]]\ntag = 0x3000", "data_objects[0].tag", "a tag"),
        ('[[data_objects]]\ntag = 0x101\nvalue = "ab"\nsize = 1', "data_objects[0].size", "from 2 to"),
        ('[[applications]]\nname = "A0"\npath = "3F00/7F10"', "applications[0].path", "a DF that files"),
        (f'{EF}[[applications]]\nname = "A0"\npath = "3F00/6F01"', "applications[0].path", "a DF that files"),
        (f'{DF}name = "A0"\n[[applications]]\nname = "A1"\npath = "3F00/7F10"', "applications[0].name", "of its own"),
        (f'{DF}[[applications]]\npath = "3F00/7F10"', "applications[0].name", "is missing"),
    ],
)
def test_what_is_wrong_is_named_with_its_key_and_what_was_expected(definition: str, key: str, expected: str) -> None:
    with pytest.raises(CardDefinitionError, match=expected) as refused:
        parse_definition(definition, "test")
    assert refused.value.key.startswith(key)
    assert str(refused.value).startswith(key)


def test_no_complaint_repeats_a_secret() -> None:
    for definition in (
        '[[chvs]]\nreference = 1\nvalue = "secretvalue"\nmax_length = 4',
        '[[keys]]\nreference = 1\ntype = "aes"\nvalue = "5EC4E7"',
        '[[keys]]\nreference = 1\ntype = "aes"\nvalue = "secretvalue"',
        '[[chvs]]\nreference = 1\nvalue = "1234"\npuk = ["secretvalue"]',
        f'{PAIR}pem = "secretvalue"',
        f'{PAIR}pem = """\n-----BEGIN PRIVATE KEY-----\nsecretvalue\n-----END PRIVATE KEY-----"""',
        f'{KEY_OF}"hmac"\nusage = []\nvalue = "5EC4E7"',
    ):
        with pytest.raises(CardDefinitionError) as refused:
            parse_definition(definition, "test")
        assert "secretvalue" not in str(refused.value)
        assert "5EC4E7" not in str(refused.value)


def test_an_empty_definition_is_a_card_with_an_mf(define: Callable[[str], Any]) -> None:
    terminal = define("")
    assert terminal.card.atr == bytes.fromhex("3B800181")
    assert terminal.ok("00A4000000") == bytes.fromhex("6F0A 820138 83023F00 8A0105")


def test_a_whole_atr_can_be_given(define: Callable[[str], Any]) -> None:
    terminal = define('[card]\natr = "3B 65 00 00 20 63 CB A6 A0"\n')
    assert terminal.card.power_on() == bytes.fromhex("3B6500002063CBA6A0")
    assert terminal.card.protocol.name == "T0"


def test_short_records_are_filled_up(define: Callable[[str], Any]) -> None:
    terminal = define('[files."3F00/6F01"]\ntype = "linear fixed"\nrecords = ["a", "bbb"]\nwrite = "and"\n')
    assert terminal.ok("00B2010D00") == b"a\xff\xffbbb"


def test_short_ef_identifiers_are_implicit_unless_they_are_taken_or_refused(define: Callable[[str], Any]) -> None:
    terminal = define(
        "".join(
            f'[files."3F00/{fid}"]\ntype = "transparent"\ncontent = "{fid}"\n{more}'
            for fid, more in (("6F01", ""), ("6F21", ""), ("6F02", "sfi = 0\n"), ("6F1F", ""), ("6F20", ""))
        )
    )
    assert terminal.ok("00B0810000") == b"6F01"
    assert terminal.sw("00B0820000") == "6A82"
    sfis = {fid: terminal.ok(f"00A4000402{fid}00") for fid in ("6F01", "6F21", "6F02", "6F1F", "6F20")}
    assert {fid: FileControlParameters.parse_template(fcp).sfi for fid, fcp in sfis.items()} == {
        "6F01": 1,
        "6F21": 0,
        "6F02": 0,
        "6F1F": 0,
        "6F20": 0,
    }


def test_a_definition_names_its_own_ef_dir(define: Callable[[str], Any]) -> None:
    terminal = define(
        f'{DF}[files."3F00/2F00"]\ntype = "transparent"\ncontent = "mine"\n'
        '[[applications]]\nname = "A0"\npath = "3F00/7F10"\n'
    )
    assert terminal.ok("00A4000C022F00", "00B0000000") == b"mine"
    assert terminal.sw("00A4040C01A0") == "9000"


@pytest.mark.parametrize(
    ("historical", "read", "expected"),
    [
        ('"80 31 F8"', "00B0000000", "61 09 4F01A0 51043F007F10 61 09 4F01A1 51043F007F11"),
        ('"80 31 F0"', "00B2020400", "61 09 4F01A1 51043F007F11"),
        ('""', "00B2020400", "61 09 4F01A1 51043F007F11"),
    ],
)
def test_ef_dir_is_read_as_the_historical_bytes_say(
    define: Callable[[str], Any], historical: str, read: str, expected: str
) -> None:
    one = f'{DF}[[applications]]\nname = "A0"\npath = "3F00/7F10"\n'
    terminal = define(
        f"[card]\nhistorical_bytes = {historical}\n{one}{one.replace('7F10', '7F11').replace('A0', 'A1')}"
    )
    assert terminal.ok("00A4000C022F00", read).hex().upper() == expected.replace(" ", "")


def test_security_environments_lie_where_the_definition_says(define: Callable[[str], Any]) -> None:
    definition = f'{CHV}{DF}security_environments = "0015"\naccess = {{ create_ef = "CHV 1" }}\n'
    terminal = define(definition)
    fcp = FileControlParameters.parse_template(terminal.ok("00A40004027F1000"))
    assert fcp.se_file == 0x0015
    assert SecurityEnvironment.parse(terminal.ok("00A4000C020015", "00B2010400")).se_id == 1
    taken = definition + '[files."3F00/7F10/0015"]\ntype = "transparent"\n'
    with pytest.raises(CardDefinitionError, match="0015 is taken"):
        parse_definition(taken, "test")


def test_a_df_has_at_most_fourteen_different_conditions() -> None:
    chvs = "".join(f'[[chvs]]\nreference = {number}\nvalue = "1234"\n' for number in range(1, 16))
    files = [
        f'[files."3F00/6F{number:02X}"]\ntype = "transparent"\naccess = {{ read = "CHV {number:X}" }}\n'
        for number in range(1, 16)
    ]
    parse_definition(chvs + "".join(files[:14]), "test")
    with pytest.raises(CardDefinitionError, match="14 different conditions"):
        parse_definition(chvs + "".join(files), "test")


def test_the_built_in_profiles_are_definitions() -> None:
    assert "iso7816" in built_in_profiles()
    for profile in built_in_profiles():
        assert Card.from_profile(profile).power_on()
    assert Card.from_profile(PROFILE).power_on() == Card.from_profile("iso7816").power_on()
    assert Card.from_profile(str(PROFILE)).power_on()


SCALARS = st.one_of(
    st.booleans(),
    st.integers(-1, 70000),
    st.floats(allow_nan=False),
    st.text(max_size=12),
    st.sampled_from(
        ["3F00", "3F00/7F10", "transparent", "DF", "cyclic", "CHV 1", "always", "A0 01", "T=1", "aes", "00" * 16]
    ),
)
KEYS = st.one_of(
    st.sampled_from(
        ["card", "files", "chvs", "keys", "data_objects", "applications", "atr", "protocols", "type", "size"]
    ),
    st.sampled_from(["content", "records", "access", "read", "value", "reference", "df", "hex", "all", "any", "name"]),
    st.sampled_from(["pem", "generated", "empty", "usage", "uses", "algorithms", "commands", "hash"]),
    st.sampled_from(["path", "tag", "record_size", "max_records", "sfi", "3F00", "3F00/7F10", "3F00/6F01"]),
    st.text(max_size=8),
)
TABLES = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=5)),
        max_leaves=12,
    ),
    max_size=6,
)


def built(table: dict[str, Any]) -> PersistentState | None:
    """The state, ``None`` where the definition is refused; any other exception is a failure."""
    try:
        return build_state(table, "test")
    except CardDefinitionError:
        return None


@given(TABLES)
def test_any_table_is_a_card_or_a_definition_error(table: dict[str, Any]) -> None:
    state = built(table)
    assert state is None or MF_NUMBER in state.files


WHOLE = tomllib.loads(PROFILE.read_text(encoding="utf-8"))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything in a definition."""
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy of a definition with one place changed."""
    if not path:
        return new
    if isinstance(value, dict):
        return {key: replaced(inner, path[1:], new) if key == path[0] else inner for key, inner in value.items()}
    return [replaced(inner, path[1:], new) if index == path[0] else inner for index, inner in enumerate(value)]


@given(st.sampled_from(places(WHOLE)), st.one_of(SCALARS, TABLES, st.lists(SCALARS, max_size=2)))
def test_the_profile_with_one_value_replaced_is_a_card_or_a_definition_error(path: tuple[Any, ...], new: Any) -> None:
    state = built(replaced(WHOLE, path, new))
    if state is not None:
        card = Card(state, VolatileStorage())
        assert len(card.power_on()) <= 33
        for fid in ("3F00", "7F10", "6F05"):
            assert card.transmit(bytes.fromhex(f"00A4000002{fid}00"))[-2:] in (b"\x90\x00", b"\x6a\x82", b"\x62\x83")


@given(st.text(max_size=60))
def test_any_text_is_a_card_or_a_definition_error(source: str) -> None:
    try:
        state = parse_definition(source, "test")
    except CardDefinitionError:
        return
    assert MF_NUMBER in state.files

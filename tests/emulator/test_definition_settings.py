"""Settings of a definition given anew, by keys as refusals name them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import CardDefinitionError
from emulator.definition.profiles import Definition, read_definition
from emulator.definition.settings import with_settings

TABLE = {
    "card": {"protocols": ["T=1"]},
    "applications": [{"name": "F0", "type": "one", "options": {"pin": "123456", "tries": 3, "touch": True}}],
    "files": {"3F00/6F01": {"type": "transparent", "content": "x"}},
}


def changed(*settings: str, table: Any = TABLE) -> Any:
    return with_settings(Definition(table, "test"), settings).table


def options(*settings: str) -> Any:
    return changed(*settings)["applications"][0]["options"]


def test_a_bare_key_is_an_option_of_the_only_application() -> None:
    assert options("tries=5", "new=7") == {"pin": "123456", "tries": 5, "touch": True, "new": 7}


def test_what_is_a_string_stays_one() -> None:
    assert options("pin=654321")["pin"] == "654321"
    assert options('pin="654321"')["pin"] == "654321"
    assert options("pin=")["pin"] == ""
    assert options("pin = 654321 ")["pin"] == "654321"


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("5", 5),
        ("true", True),
        ("5.7.1", "5.7.1"),
        ("some words", "some words"),
        ('"5"', "5"),
        ("[1, 2]", [1, 2]),
        ('{ hex = "00" }', {"hex": "00"}),
        ("1\nother = 2", "1\nother = 2"),
    ],
)
def test_other_values_are_toml_or_else_text(given: str, value: Any) -> None:
    assert options(f"new={given}")["new"] == value


def test_a_path_leads_from_the_top() -> None:
    assert changed("card.memory=65536")["card"] == {"protocols": ["T=1"], "memory": 65536}
    assert changed("applications[0].name=F1")["applications"][0]["name"] == "F1"
    assert changed("card.protocols[0]=T=0")["card"]["protocols"] == ["T=0"]
    assert changed('files."3F00/6F01".content=y')["files"]["3F00/6F01"]["content"] == "y"
    assert changed("one.two.three=4")["one"] == {"two": {"three": 4}}


def test_the_definition_itself_stays_as_it_was() -> None:
    definition = read_definition("piv")
    with_settings(definition, ["pin=654321", "card.memory=1"])
    assert definition.table["applications"][0]["options"]["pin"] == "123456"
    assert "memory" not in definition.table["card"]


@pytest.mark.parametrize(
    ("setting", "key", "expected"),
    [
        ("pin", "", "expected KEY=VALUE"),
        ("=5", "", "expected KEY=VALUE"),
        ("a b=5", "", "expected KEY=VALUE"),
        ("a..b=5", "", "expected KEY=VALUE"),
        ("applications[1].name=F1", "applications[1]", "expected a number below 1"),
        ("card[0].x=1", "card[0]", "there is no array"),
        ("card.protocols.x=1", "card.protocols", "it is none"),
        ("applications.x=1", "applications", "it is none"),
    ],
)
def test_settings_of_places_that_there_are_not(setting: str, key: str, expected: str) -> None:
    with pytest.raises(CardDefinitionError, match=expected) as refusal:
        changed(setting)
    assert refusal.value.key == key


@pytest.mark.parametrize(
    ("applications", "says"),
    [([], "no application with options"), ([{"name": "F0"}], "no application with"), ([{"type": "x"}] * 2, "several")],
)
def test_a_bare_key_where_it_is_not_clear_whose_option_it_is(applications: Any, says: str) -> None:
    with pytest.raises(CardDefinitionError, match=says):
        changed("pin=1", table={"applications": applications})


def test_what_is_wrong_is_told_as_of_a_card_file() -> None:
    with pytest.raises(CardDefinitionError, match=r"applications\[0\].options.pin: expected 6 to 8 digits"):
        with_settings(read_definition("piv"), ["pin=1"]).build()
    with pytest.raises(CardDefinitionError, match=r"options.nonsense: is not a key that belongs here: expected .*pin"):
        with_settings(read_definition("piv"), ["nonsense=1"]).build()


PARTS = st.sampled_from(["applications", "[0]", "[9]", "options", "card", ".", '"', "=", "1", "pin", "x", "{", "\n"])


@given(st.lists(st.text() | st.lists(PARTS).map("".join), max_size=3))
def test_any_text_is_a_setting_or_refused(settings: list[str]) -> None:
    with suppress(CardDefinitionError):
        with_settings(read_definition("piv"), settings).build()

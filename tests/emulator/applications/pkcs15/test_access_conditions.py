"""Rules of files: what tag 86 says, the card keeps to and tells again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pkcs15_desk import df, ef

from emulator.applications.pkcs15.access_conditions import from_expanded_rules, to_expanded_rules
from iso7816.status_words import StatusWordError

ALWAYS, PIN, NEVER = "00", "90", "FF"
OF_AN_EF = ("delete", "terminate", "activate", "deactivate", "write", "update", "read")
OF_A_DF = ("delete", "terminate", "activate", "deactivate", "create DF", "create EF", "delete child")


def only(names: tuple[str, ...], name: str, condition: str) -> str:
    """One operation by a condition, the others free."""
    return "".join(condition if each == name else ALWAYS for each in names)


@given(st.lists(st.sampled_from((0x00, 0x90, 0xFF)), min_size=7, max_size=7).map(bytes))
def test_what_is_kept_says_what_came_in(conditions: bytes) -> None:
    value = b"\xff" + conditions
    assert from_expanded_rules(to_expanded_rules(value)) == value


@given(st.binary(max_size=12))
def test_nothing_else_is_taken(value: bytes) -> None:
    right = len(value) == 8 and value[0] == 0xFF and set(value[1:]) <= {0x00, 0x90, 0xFF}
    if right:
        assert from_expanded_rules(to_expanded_rules(value)) == value
    else:
        with pytest.raises(StatusWordError, match="6A80"):
            to_expanded_rules(value)


@pytest.mark.parametrize("name", ["update", "read", "delete"])
def test_an_operation_on_an_ef(issued: Any, name: str) -> None:
    operation = {"read": (0xB0, 0, b"", 1), "update": (0xD6, 0, b"x", None), "delete": (0xE4, 0, b"", None)}[name]
    for fid, condition in (("6F01", ALWAYS), ("6F02", PIN), ("6F03", NEVER)):
        issued.ok(0xE0, 0, ef(fid, conditions=only(OF_AN_EF, name, condition)))
    # A DF without rules says nothing of its children; the MF is one.
    words = {}
    for fid in ("6F01", "6F02", "6F03"):
        issued.file(fid)
        words[fid] = [issued.sw(*operation)]
    assert words == {"6F01": ["9000"], "6F02": ["6982"], "6F03": ["6982"]}
    assert issued.verify() == "9000"
    for fid in ("6F02", "6F03"):
        issued.file(fid)
        words[fid].append(issued.sw(*operation))
    assert words["6F02"] == ["6982", "9000"]
    assert words["6F03"] == ["6982", "6982"]


@pytest.mark.parametrize("name", ["create EF", "create DF", "delete child"])
def test_an_operation_on_a_df(issued: Any, name: str) -> None:
    never_deleted = only(OF_AN_EF, "delete", NEVER)
    for fid, condition in (("7F01", ALWAYS), ("7F02", PIN), ("7F03", NEVER)):
        # Its child comes before its rule is in force: another DF would have to forbid it.
        issued.file()
        issued.ok(0xE0, 0, df(fid, only(OF_A_DF, name, condition)))
    words = []
    for verified in (False, True):
        if verified:
            assert issued.verify() == "9000"
        for fid in ("7F01", "7F02", "7F03"):
            issued.file(fid)
            number = f"6F1{verified:d}"
            if name == "create EF":
                words.append(issued.sw(0xE0, 0, ef(number)))
            elif name == "create DF":
                words.append(issued.sw(0xE0, 0, df(number)))
            else:
                issued.ok(0xE0, 0, ef(number, conditions=never_deleted))
                issued.file(fid)
                words.append(issued.sw(0xE4, 0, bytes.fromhex(number)))
    assert words == ["9000", "6982", "6982", "9000", "9000", "6982"]


def test_before_the_pin_is_set_what_it_protects_is_open_and_the_rest_is_not(desk: Any) -> None:
    desk.ok(0xE0, 0, ef("6F01", conditions=only(OF_AN_EF, "read", PIN)))
    desk.ok(0xB0, 0, b"", 16)
    desk.ok(0xE0, 0, ef("6F02", conditions=only(OF_AN_EF, "read", NEVER)))
    assert desk.sw(0xB0, 0, b"", 16) == "6982"
    desk.ok(0x24, 0x0102, b"0123456789abcdef")
    desk.file("6F01")
    desk.ok(0xB0, 0, b"", 16)
    desk.ok(0x24, 0x0101, b"1234")
    # Whoever has set it knows it.
    desk.ok(0xB0, 0, b"", 16)
    desk.select()
    desk.file("6F01")
    assert desk.sw(0xB0, 0, b"", 16) == "6982"


@pytest.mark.parametrize("conditions", ["00" * 6 + "10", "00" * 6 + "91", "00" * 6, "00" * 8])
def test_a_file_that_the_card_would_not_keep_does_not_come_to_be(desk: Any, conditions: str) -> None:
    assert desk.sw(0xE0, 0, ef("6F01", conditions=conditions)) == "6A80"
    assert desk.file("6F01") == "6A82"


def test_the_card_tells_them_again(desk: Any) -> None:
    conditions = ALWAYS + PIN + NEVER + PIN + ALWAYS + NEVER + PIN
    desk.ok(0xE0, 0, ef("6F01", conditions=conditions))
    fci = desk.ok(0xA4, 0x0000, bytes.fromhex("6F01"), 256)
    assert bytes.fromhex("8608FF" + conditions) in fci
    assert b"\xab" not in fci

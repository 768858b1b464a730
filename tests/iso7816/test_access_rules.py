"""Compact access rules: the bits of each file kind, and what is asked of them."""

from __future__ import annotations

import pytest

from iso7816.access_rules import (
    AccessModeDF,
    AccessModeEF,
    AuthenticationTemplate,
    CompactRule,
    CompactRules,
    SecurityCondition,
    SecurityEnvironment,
)
from iso7816.ber_tlv import TLV
from iso7816.errors import FileControlError, Iso7816Error

ALWAYS, NEVER = SecurityCondition.ALWAYS, SecurityCondition.NEVER
CHV = SecurityCondition.build(user_authentication=True, se_id=1)


# ISO/IEC 7816-4:2020, 9.3.3, tables for DFs and EFs: from bit 7 down to bit 1.
def test_access_mode_bits_of_an_ef() -> None:
    names = ["DELETE", "TERMINATE", "ACTIVATE", "DEACTIVATE", "WRITE", "UPDATE", "READ"]
    assert [AccessModeEF(1 << shift).name for shift in range(6, -1, -1)] == names


def test_access_mode_bits_of_a_df() -> None:
    names = ["DELETE_SELF", "TERMINATE", "ACTIVATE", "DEACTIVATE", "CREATE_DF", "CREATE_EF", "DELETE_CHILD"]
    assert [AccessModeDF(1 << shift).name for shift in range(6, -1, -1)] == names


def test_rules_built_from_a_mapping_in_any_order() -> None:
    rules = CompactRules.of({AccessModeEF.READ: ALWAYS, AccessModeEF.DELETE: NEVER, AccessModeEF.UPDATE: CHV})
    assert rules.to_bytes() == bytes.fromhex("43 FF 11 00")


def test_one_of_several_rules_is_enough_and_none_means_nothing_is_said() -> None:
    rules = CompactRules.parse(bytes.fromhex("01 11 01 22 02 FF"))
    assert rules.conditions_for(AccessModeEF.READ) == (SecurityCondition(0x11), SecurityCondition(0x22))
    assert rules.conditions_for(AccessModeEF.UPDATE) == (NEVER,)
    assert rules.conditions_for(AccessModeEF.DELETE) == ()


def test_high_bits_of_a_proprietary_rule_are_not_taken_for_the_standard_ones() -> None:
    rules = CompactRules.parse(bytes.fromhex("C1 00 11"))
    assert rules.conditions_for(AccessModeEF.DELETE) == ()
    assert rules.conditions_for(AccessModeEF.READ) == (SecurityCondition(0x11),)
    assert rules.to_bytes() == bytes.fromhex("C1 00 11")


@pytest.mark.parametrize(
    ("byte", "words"),
    [
        (0x00, "always"),
        (0xFF, "never"),
        (0x10, "user authentication"),
        (0x11, "user authentication (SE 1)"),
        (0x32, "user authentication or external authentication (SE 2)"),
        (0xF3, "user authentication and external authentication and secure messaging (SE 3)"),
        (0x0F, "condition 0F, reserved for future use"),
        (0x80, "condition 80, reserved for future use"),
    ],
)
def test_a_condition_in_words(byte: int, words: str) -> None:
    assert str(SecurityCondition(byte)) == words


@pytest.mark.parametrize("byte", [-1, 256])
def test_a_condition_is_one_byte(byte: int) -> None:
    with pytest.raises(FileControlError):
        SecurityCondition(byte)


@pytest.mark.parametrize("se_id", [0, 15])
def test_a_security_environment_is_1_to_14(se_id: int) -> None:
    with pytest.raises(FileControlError, match="1 to 14"):
        SecurityCondition.build(user_authentication=True, se_id=se_id)


def test_a_condition_has_something_to_ask_for() -> None:
    with pytest.raises(FileControlError, match="needs"):
        SecurityCondition.build(all_of=True)


@pytest.mark.parametrize(
    "conditions", [((0x03, ALWAYS),), ((0x80, ALWAYS),), ((0, ALWAYS),), ((1, ALWAYS), (2, ALWAYS)), ((1, ALWAYS),) * 2]
)
def test_a_rule_whose_bits_are_none_or_out_of_order_is_refused(
    conditions: tuple[tuple[int, SecurityCondition], ...],
) -> None:
    with pytest.raises(FileControlError):
        CompactRule(conditions)


@pytest.mark.parametrize("others", [TLV(0x80, b"\1"), TLV(0x83, b"\1"), TLV(0x95, b"\1")])
def test_a_template_keeps_no_object_that_has_a_field(others: TLV) -> None:
    with pytest.raises(FileControlError, match="field of its own"):
        AuthenticationTemplate(1, others=(others,))


@pytest.mark.parametrize(
    "template",
    [
        "7C 00",
        "7B 03 800101 00",
        "7B 06 800101 800101",
        "7B 04 80020101",
        "7B 06 800101 8A0105 00",
        "7B 0B 800101 A406 830101 830102",
        "7B 09 800101 A404 83020101",
        "7B 08 800101 A403 950108",
        "7B 05 800101 A401",
    ],
)
def test_a_malformed_environment_is_refused(template: str) -> None:
    with pytest.raises(Iso7816Error):
        SecurityEnvironment.parse(bytes.fromhex(template))


def test_reference_zero_is_a_reference() -> None:
    environment = SecurityEnvironment(0, (AuthenticationTemplate(0),), 0)
    assert environment.to_bytes() == bytes.fromhex("7B0B8001008A0100A403830100")
    assert SecurityEnvironment.parse(environment.to_bytes()) == environment


@pytest.mark.parametrize(
    "arguments", [{"reference": 256}, {"reference": 1, "usage": 256}, {"reference": 1, "algorithm": -1}]
)
def test_a_template_of_more_than_bytes_is_refused(arguments: dict[str, int]) -> None:
    with pytest.raises(FileControlError, match="one byte"):
        AuthenticationTemplate(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"se_id": 256}, "SEID"),
        ({"se_id": 1, "life_cycle": -1}, "life cycle"),
        ({"se_id": 1, "others": (TLV(0xA4, b""),)}, "field of its own"),
    ],
)
def test_an_environment_that_cannot_be_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(FileControlError, match=message):
        SecurityEnvironment(**arguments)  # type: ignore[arg-type]

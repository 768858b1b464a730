"""Access rules: what the FCP and the security environments say is what the card does."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest

from iso7816.access_rules import (
    AccessModeEF,
    CompactRules,
    SecurityCondition,
    SecurityEnvironment,
    UsageQualifier,
)
from iso7816.authentication import KeyType, authentication_token
from iso7816.file_control import FileControlParameters

KEYS = [("CHV", 1), ("CHV", 2), ("key", 1), ("CHV", 0x81)]
CARD = """
[[chvs]]
reference = 1
value = "1111"
[[chvs]]
reference = 2
value = "1111"
[[chvs]]
reference = 0x81
value = "1111"
df = "3F00/7F10"
[[keys]]
reference = 1
type = "aes"
value = "000102030405060708090A0B0C0D0E0F"
[files."3F00/7F10"]
type = "DF"
[files."3F00/7F10/6F01"]
type = "transparent"
content = "x"
access = { read = %s }
"""
RULES = {
    '"always"': lambda _done: True,
    '"never"': lambda _done: False,
    '"CHV 1"': lambda done: ("CHV", 1) in done,
    '"key 1"': lambda done: ("key", 1) in done,
    '"CHV 81"': lambda done: ("CHV", 0x81) in done,
    '{ all = ["CHV 1", "CHV 2"] }': lambda done: {("CHV", 1), ("CHV", 2)} <= done,
    '{ any = ["CHV 1", "CHV 2"] }': lambda done: bool({("CHV", 1), ("CHV", 2)} & done),
    '{ all = ["CHV 1", "key 1"] }': lambda done: {("CHV", 1), ("key", 1)} <= done,
    '{ any = ["CHV 1", "key 1"] }': lambda done: bool({("CHV", 1), ("key", 1)} & done),
    '{ all = ["CHV 1", "CHV 81", "key 1"] }': lambda done: {("CHV", 1), ("CHV", 0x81), ("key", 1)} <= done,
    '{ any = ["CHV 2", "CHV 81", "key 1"] }': lambda done: bool({("CHV", 2), ("CHV", 0x81), ("key", 1)} & done),
    '{ all = ["CHV 1"] }': lambda done: ("CHV", 1) in done,
}


def fulfil(terminal: Any, what: tuple[str, int]) -> None:
    kind, reference = what
    if kind == "CHV":
        assert terminal.verify(reference, b"1111") == "9000"
        return
    challenge = terminal.ok("0084000010")
    token = authentication_token(KeyType.AES, bytes(range(16)), challenge)
    terminal.ok(f"008200{reference:02X}10{token.hex()}")


def read_from_outside(terminal: Any) -> Callable[[set[tuple[str, int]]], bool]:
    """What FCP and security environments say of reading the current EF, without looking inside the card."""
    fcp = FileControlParameters.parse_template(terminal.ok("00A40004026F0100"))
    assert fcp.compact_security is not None
    (condition,) = CompactRules.parse(fcp.compact_security).conditions_for(AccessModeEF.READ)
    if condition.always or condition.never:
        return lambda _done: condition.always
    df = FileControlParameters.parse_template(terminal.ok("00A40004027F1000"))
    assert df.se_file is not None
    records = []
    terminal.ok(f"00A4000C02{df.se_file:04X}")
    while terminal.sw(f"00B2{len(records) + 1:02X}0400") == "9000":
        records.append(SecurityEnvironment.parse(terminal.ok(f"00B2{len(records) + 1:02X}0400")))
    (environment,) = [environment for environment in records if environment.se_id == condition.se_id]
    wanted = set()
    for template in environment.authentications:
        assert template.usage is not None
        if template.usage & UsageQualifier.USER_AUTHENTICATION and condition.user_authentication:
            wanted.add(("CHV", template.reference))
        if template.usage & UsageQualifier.EXTERNAL_AUTHENTICATION and condition.external_authentication:
            wanted.add(("key", template.reference))
    return lambda done: wanted <= done if condition.all_of else bool(wanted & done)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_kept_to_and_is_readable_from_outside(define: Callable[[str], Any], rule: str) -> None:
    terminal = define(CARD % rule)
    mark = terminal.card.snapshot()
    for count in range(len(KEYS) + 1):
        for done in map(set, combinations(KEYS, count)):
            terminal.card.restore(mark)
            terminal.select("7F10")
            said = read_from_outside(terminal)(done)
            terminal.select("7F10", "6F01")
            for what in done:
                fulfil(terminal, what)
            allowed = terminal.sw("00B0000001") == "9000"
            assert allowed == said == RULES[rule](done), done


def test_a_rule_of_a_created_file_is_resolved_in_the_same_way(terminal: Any) -> None:
    """SE 1 of DF 7F10 is CHV 1 and SE 2 is key 1, in the order in which the profile's rules name them."""
    terminal.select("7F10")
    terminal.verify()
    rules = {
        0x6F51: SecurityCondition.build(user_authentication=True, se_id=1),
        0x6F52: SecurityCondition.build(external_authentication=True, se_id=2),
        0x6F53: SecurityCondition.build(user_authentication=True, se_id=9),  # no such environment
        0x6F54: SecurityCondition.build(user_authentication=True, se_id=2),  # it names no CHV
        0x6F55: SecurityCondition.build(user_authentication=True, external_authentication=True, se_id=1),
        0x6F56: SecurityCondition.build(
            user_authentication=True, external_authentication=True, all_of=True, se_id=1
        ),  # it names no key
        0x6F57: SecurityCondition.build(secure_messaging=True, user_authentication=True, se_id=1),
        0x6F58: SecurityCondition.build(secure_messaging=True, user_authentication=True, all_of=True, se_id=1),
        0x6F59: SecurityCondition.build(user_authentication=True),  # no environment named
        0x6F5A: SecurityCondition(0x01),
    }
    for fid, condition in rules.items():
        terminal.create(f"80020001 820101 8302{fid:04X} 8800 8C0201{condition.byte:02X}")

    def readable() -> list[int]:
        return [fid for fid in rules if terminal.sw(f"00A4000C02{fid:04X}") + terminal.sw("00B0000001") == "9000" * 2]

    assert readable() == [0x6F51, 0x6F55, 0x6F57]
    fulfil(terminal, ("key", 1))
    assert readable() == [0x6F51, 0x6F52, 0x6F55, 0x6F57]


def test_two_rules_for_one_operation_are_alternatives(terminal: Any) -> None:
    terminal.select("7F10")
    terminal.verify()
    terminal.create("80020001 820101 83026F51 8800 8C06 0122 01FF 0111")
    assert terminal.sw("00B0000001") == "9000"
    terminal.ok("0020FF01")
    assert terminal.sw("00B0000001") == "6982"
    fulfil(terminal, ("key", 1))
    assert terminal.sw("00B0000001") == "9000"


def test_a_changed_security_environment_counts_at_once(define: Callable[[str], Any]) -> None:
    """A DF made by CREATE FILE names an EF of its own, which is written afterwards."""
    terminal = define('[[chvs]]\nreference = 1\nvalue = "1111"\n[[chvs]]\nreference = 2\nvalue = "1111"\n')
    terminal.create("820138 83027F10 8D020001")
    terminal.create("80020040 82050441002003 83020001")
    terminal.create("80020001 820101 83026F01 8C020111")
    assert terminal.sw("00B0000001") == "6982"
    for reference in (1, 2):
        environment = f"7B0B800101A40683010{reference}950108"
        terminal.ok("00A4000C020001")
        if reference == 1:
            terminal.ok(f"00E200000D{environment}")
        else:
            terminal.ok(f"00DC01040D{environment}")
        terminal.card.reset()
        terminal.select("7F10", "6F01")
        assert terminal.sw("00B0000001") == "6982"
        terminal.verify(3 - reference, b"1111")
        assert terminal.sw("00B0000001") == "6982"
        terminal.verify(reference, b"1111")
        assert terminal.sw("00B0000001") == "9000"
    terminal.ok("00A4000C020001", "00DC010402FFFF", "00A4000C026F01")
    assert terminal.sw("00B0000001") == "6982"  # what cannot be read opens nothing


def test_a_df_without_environments_uses_those_above_it(terminal: Any) -> None:
    terminal.select("7F10")
    terminal.verify()
    terminal.create("820138 83027F11")
    terminal.create("80020001 820101 83026F01 8C020111")
    assert terminal.sw("00B0000001") == "9000"
    terminal.ok("0020FF01")
    assert terminal.sw("00B0000001") == "6982"


def test_a_reflected_challenge_is_not_answered(terminal: Any) -> None:
    """Who has no key cannot let the card compute the token for its own challenge."""
    challenge = terminal.ok("0084000010")
    assert terminal.sw(f"0088000110{challenge.hex()}00") == "6985"
    token = authentication_token(KeyType.AES, bytes(range(16)), challenge)
    assert terminal.sw(f"0082000110{token.hex()}") == "9000"
    assert terminal.ok(f"0088000110{challenge.hex()}00") == token


def test_a_challenge_serves_once(terminal: Any) -> None:
    challenge = terminal.ok("0084000010")
    token = authentication_token(KeyType.AES, bytes(range(16)), challenge).hex()
    assert terminal.sw(f"0082000110{token}") == "9000"
    assert terminal.sw(f"0082000110{token}") == "6985"


def test_challenges_differ(terminal: Any) -> None:
    assert len({terminal.ok("0084000010") for _ in range(50)}) == 50
    assert len(terminal.ok("0084000000")) == 256

"""Secure messaging demanded by command, and by key: plain it is refused, protected it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from key_desk import key_table

from iso7816.access_rules import AuthenticationTemplate, UsageQualifier
from iso7816.expanded_rules import CommandPattern, ConditionKind, ExpandedCondition, ExpandedRule, ExpandedRules
from iso7816.file_control import FileControlParameters

from ..outside import AES, Outside

SESSION = key_table("aes", "['external', 'secure messaging']", f"value = '{AES.hex()}'", reference=2)
CHV = '[[chvs]]\nreference = 1\nvalue = "1234"\n'
MF = '[files."3F00"]\ntype = "DF"\n'
CIPHER = "['encipher', 'decipher', 'compute checksum', 'internal']"
SECRET = "value = '000102030405060708090A0B0C0D0E0F'"
SIGN = "['sign', 'verify', 'internal']"
HASH = 32 * "AB"
NEW_PRIVATE_KEY = "4D2DB603840103 7F480292205F4820" + 31 * "00" + "07"
CHV_1 = "002000010431323334"
SET = {
    "signature": "0022C1B6 09 800144 830103 840103",
    "cipher": "0022C1B8 06 80010D 830104",
    "checksum": "0022C1B4 06 80010F 830104",
    "hash": "0022C1AA 03 800140",
}
COMMANDS = {
    "set_environment": (None, SET["hash"]),
    "store_environment": (None, "0022F204"),
    "hash": ("hash", "002A9080 03 616263 00"),
    "compute_digital_signature": ("signature", f"002A9E9A 20 {HASH} 00"),
    "compute_cryptographic_checksum": ("checksum", "002A8E80 03 616263 00"),
    "encipher": ("cipher", "002A8480 03 616263 00"),
    "generate_key_pair": (None, "00468000 05 B603840103 00"),
    "read_public_key": (None, "00468100 05 B603840103 00"),
    "import_key": (None, f"00DB3FFF 2F {NEW_PRIVATE_KEY}"),
    "internal_authenticate": (None, f"00880004 10 {16 * '5A'} 00"),
}


def outside(define: Callable[[str], Any], rules: str, more: str = "") -> Outside:
    """A card with a key of sessions, a pair (3) and a cipher's key (4), for which ``rules`` stand before ``more``."""
    pair = key_table("p-256", SIGN, f"generated = true\ngenerate = 'always'\nupdate = 'always'\n{more}", reference=3)
    cipher = key_table("aes", CIPHER, f"{SECRET}\n{more}", reference=4)
    return Outside(define("".join((CHV, SESSION, pair, cipher, MF, rules))).card)


def word(answer: str) -> str:
    return answer[-4:]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_has_to_come_protected(define: Callable[[str], Any], command: str) -> None:
    card = outside(define, f'commands = {{ {command} = "secure messaging" }}\n')
    environment, tried = COMMANDS[command]
    if environment is not None:
        assert card.plain(SET[environment]) == "9000"
    assert card.plain(tried) == "6982"
    assert card.authenticate(2) == "9000"
    assert word(card.say(tried)) == "9000"
    assert card.plain(tried) == "6982"
    # It is asked of that command alone.
    others = {name: each for name, each in COMMANDS.items() if name != command and each[0] is None}
    for name, (_environment, other) in others.items():
        assert word(card.plain(other)) == "9000", name


@pytest.mark.parametrize(
    ("rule", "met_by"),
    [
        ('"secure messaging"', {(True, False), (True, True)}),
        ('{ all = ["secure messaging"] }', {(True, False), (True, True)}),
        ('{ any = ["secure messaging"] }', {(True, False), (True, True)}),
        ('{ all = ["CHV 1", "secure messaging"] }', {(True, True)}),
        ('{ any = ["CHV 1", "secure messaging"] }', {(True, False), (False, True), (True, True)}),
        ('{ all = ["key 2", "secure messaging"] }', {(True, False), (True, True)}),
    ],
)
@pytest.mark.parametrize("is_protected", [False, True])
@pytest.mark.parametrize("is_verified", [False, True])
def test_with_other_conditions(
    define: Callable[[str], Any], rule: str, met_by: set[tuple[bool, bool]], is_protected: bool, is_verified: bool
) -> None:
    card = outside(define, f"commands = {{ hash = {rule} }}\n")
    send = card.plain
    if is_protected:
        assert card.authenticate(2) == "9000"
        send = card.say
    if is_verified:
        assert send(CHV_1) == "9000"
    assert send(SET["hash"]) == "9000"
    met = (is_protected, is_verified) in met_by
    assert word(send("002A9080 03 616263 00")) == ("9000" if met else "6982")


def test_the_control_parameters_tell_it(define: Callable[[str], Any]) -> None:
    rules = 'commands = { hash = { all = ["CHV 1", "secure messaging"] }, encipher = "secure messaging" }\n'
    card = outside(define, rules)
    fcp = FileControlParameters.parse_template(bytes.fromhex(card.plain("00A40004 02 3F00 00")[:-4]))
    protected = ExpandedCondition(ConditionKind.CHECKSUM, template=b"")
    verified = ExpandedCondition(
        ConditionKind.REFERENCE, reference=AuthenticationTemplate(1, UsageQualifier.USER_AUTHENTICATION)
    )
    assert ExpandedRules.parse(next(tlv.value for tlv in fcp.others if tlv.tag == 0xAB)).rules == (
        ExpandedRule(
            (ExpandedCondition(ConditionKind.ALL, parts=(verified, protected)),),
            commands=(CommandPattern(ins=0x2A, p1=0x90),),
        ),
        ExpandedRule((protected,), commands=tuple(CommandPattern(ins=0x2A, p1=p1) for p1 in (0x82, 0x84, 0x86))),
    )


@pytest.mark.parametrize(
    "command", ["compute_digital_signature", "compute_cryptographic_checksum", "encipher", "internal_authenticate"]
)
def test_a_key_that_is_used_protected_only(define: Callable[[str], Any], command: str) -> None:
    card = outside(define, "", "use = 'secure messaging'\n")
    environment, tried = COMMANDS[command]
    if environment is not None:
        assert card.plain(SET[environment]) == "9000"
    assert card.plain(tried) == "6982"
    assert card.authenticate(2) == "9000"
    assert word(card.say(tried)) == "9000"
    assert word(card.say(tried, is_enciphered=False)) == "9000"
    assert card.plain(tried) == "6982"


@pytest.mark.parametrize(
    ("rule", "command"),
    [("generate", "generate_key_pair"), ("update", "import_key"), ("read", "read_public_key")],
)
def test_a_key_that_changes_and_is_read_protected_only(define: Callable[[str], Any], rule: str, command: str) -> None:
    rules = {"generate": "'always'", "update": "'always'", "read": "'always'"} | {rule: "'secure messaging'"}
    more = "".join(f"{name} = {each}\n" for name, each in rules.items())
    pair = key_table("p-256", SIGN, f"generated = true\n{more}", reference=3)
    card = Outside(define(SESSION + pair).card)
    tried = COMMANDS[command][1]
    assert card.plain(tried) == "6982"
    assert card.authenticate(2) == "9000"
    assert word(card.say(tried)) == "9000"
    assert card.plain(tried) == "6982"

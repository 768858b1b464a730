"""Rules of a DF about commands, and access rules in expanded format in general."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from key_desk import BOTH, KeyDesk, desk_with, key_table

from emulator.definition.command_rules import COMMANDS
from iso7816.access_rules import AuthenticationTemplate, SecurityCondition, UsageQualifier
from iso7816.ber_tlv import TLV
from iso7816.control_reference import TemplateKind
from iso7816.expanded_rules import CommandPattern, ConditionKind, ExpandedCondition, ExpandedRule, ExpandedRules
from iso7816.file_control import FileControlParameters

CHV = '[[chvs]]\nreference = 1\nvalue = "1234"\n[[chvs]]\nreference = 2\nvalue = "1234"\n'
KEYS = "".join(
    (
        key_table(
            "p-256",
            "['sign', 'verify', 'verify certificate', 'internal', 'external']",
            "generated = true\ngenerate = 'always'\nupdate = 'always'",
        ),
        key_table(
            "aes",
            "['encipher', 'decipher', 'compute checksum', 'verify checksum']",
            "generated = true\nsize = 128",
            reference=2,
        ),
    )
)
HASH = bytes(32)
USER = UsageQualifier.USER_AUTHENTICATION
NAME = bytes.fromhex("B603840101")
TRIES: dict[str, tuple[int, int, bytes]] = {
    "set_environment": (0x22, 0xC1B4, b"\x83\x01\x02"),
    "store_environment": (0x22, 0xF204, b""),
    "restore_environment": (0x22, 0xF305, b""),
    "erase_environment": (0x22, 0xF405, b""),
    "compute_digital_signature": (0x2A, 0x9E9A, HASH),
    "verify_digital_signature": (0x2A, 0x00A8, b"\x9a\x20" + HASH + b"\x9e\x01\0"),
    "hash": (0x2A, 0x9080, b"abc"),
    "compute_cryptographic_checksum": (0x2A, 0x8E80, b"abc"),
    "verify_cryptographic_checksum": (0x2A, 0x00A2, b"\x80\x01\0\x8e\x01\0"),
    "verify_certificate": (0x2A, 0x00AE, b"\x81\x01\0\x9e\x01\0"),
    "encipher": (0x2A, 0x8480, b"abc"),
    "decipher": (0x2A, 0x8086, b"\x02" + bytes(16)),
    "generate_key_pair": (0x46, 0x8000, NAME),
    "read_public_key": (0x46, 0x8100, NAME),
    "import_key": (0xDB, 0x3FFF, bytes.fromhex("4D2DB603840101") + bytes.fromhex("7F480292205F4820") + b"\1" * 32),
    "internal_authenticate": (0x88, 0x0001, bytes(16)),
    "external_authenticate": (0x82, 0x0001, b""),
}
VERIFYING = ("verify_digital_signature", "verify_cryptographic_checksum", "verify_certificate", "external_authenticate")


def desk(define: Callable[[str], Any], commands: str) -> KeyDesk:
    """A card with an environment for everything, stored as number 5, and rules of the MF about commands."""
    found = desk_with(define, CHV, KEYS, '[files."3F00"]\ntype = "DF"\n', commands)
    environment = [
        TLV(kind, b"\x80\x01" + bytes((mechanism,)) + b"\x83\x01" + bytes((key,)) + b"\x95\x01\xc0")
        for kind, mechanism, key in (
            (TemplateKind.SIGNATURE, 0x44, 1),
            (TemplateKind.CHECKSUM, 0x0F, 2),
            (TemplateKind.CONFIDENTIALITY, 0x0D, 2),
        )
    ]
    found.card._state.environments[(1, 5)] = found.card._state.environments[(1, 1)] = b"".join(
        each.to_bytes() for each in environment
    )
    return found


def test_the_tries_are_all_there_are() -> None:
    assert set(TRIES) == set(COMMANDS)


@pytest.mark.parametrize("command", TRIES)
def test_a_rule_is_about_its_command_alone(define: Callable[[str], Any], command: str) -> None:
    for tried, (ins, parameters, data) in TRIES.items():
        found = desk(define, f'commands = {{ {command} = "CHV 1" }}\n')
        done = "6300" if tried in VERIFYING else "9000"
        ne = 256 if ins in (0x2A, 0x46, 0x88) else None
        if tried == command:
            assert found.send(ins, parameters, data, ne) == (b"", "6982"), tried
            found.ok(0x20, 0x0001, b"1234")
        assert found.send(ins, parameters, data, ne)[1] == done, tried


@pytest.mark.parametrize(
    ("rule", "met_by"),
    [
        ('"always"', [[], [1], [2], [1, 2]]),
        ('"never"', []),
        ('"CHV 1"', [[1], [1, 2]]),
        ('{ any = ["CHV 1", "CHV 2"] }', [[1], [2], [1, 2]]),
        ('{ all = ["CHV 1", "CHV 2"] }', [[1, 2]]),
    ],
)
def test_every_form_of_a_rule(define: Callable[[str], Any], rule: str, met_by: list[list[int]]) -> None:
    for verified in ([], [1], [2], [1, 2]):
        found = desk(define, f"commands = {{ hash = {rule} }}\n")
        for chv in verified:
            found.ok(0x20, chv, b"1234")
        assert found.send(0x2A, 0x9080, b"abc")[1] == ("9000" if verified in met_by else "6982")


def test_the_rules_are_told_in_tag_ab(define: Callable[[str], Any]) -> None:
    found = desk(define, 'commands = { store_environment = "never", encipher = { all = ["CHV 1", "CHV 2"] } }\n')
    fcp = FileControlParameters.parse_template(found.ok(0xA4, 0x0004, b"\x3f\x00", 256))
    told = ExpandedRules.parse(next(tlv.value for tlv in fcp.others if tlv.tag == 0xAB))
    assert told.rules == (
        ExpandedRule((ExpandedCondition(ConditionKind.NEVER),), commands=(CommandPattern(ins=0x22, p1=0xF2),)),
        ExpandedRule(
            (
                ExpandedCondition(
                    ConditionKind.ALL,
                    parts=tuple(
                        ExpandedCondition(ConditionKind.REFERENCE, reference=AuthenticationTemplate(chv, USER))
                        for chv in (1, 2)
                    ),
                ),
            ),
            commands=tuple(CommandPattern(ins=0x2A, p1=p1) for p1 in (0x82, 0x84, 0x86)),
        ),
    )


def test_a_key_of_a_df_goes_by_the_rules_of_that_df(define: Callable[[str], Any]) -> None:
    local = key_table("p-256", "['sign']").replace("reference = 1", 'reference = 0x81\ndf = "3F00/7F10"')
    files = '[files."3F00"]\ntype = "DF"\ncommands = { compute_digital_signature = "never" }\n'
    found = desk_with(define, CHV, KEYS, local, files, '[files."3F00/7F10"]\ntype = "DF"\n')
    found.ok(0xA4, 0x000C, b"\x7f\x10")
    found.set(TemplateKind.SIGNATURE, BOTH, 0x44, key=0x81)
    assert found.send(0x2A, 0x9E9A, HASH, 64)[1] == "9000"
    found.set(TemplateKind.SIGNATURE, BOTH, 0x44, key=1)
    assert found.send(0x2A, 0x9E9A, HASH, 64)[1] == "6982"


class TestCreateFile:
    """CREATE FILE takes what the card keeps to, and nothing else."""

    def create(self, found: KeyDesk, descriptor: str, rules: ExpandedRules | bytes) -> str:
        value = rules if isinstance(rules, bytes) else rules.to_bytes()
        size = "" if descriptor == "38" else "80020001"
        parameters = bytes.fromhex(f"8201{descriptor} 83027F20 {size}") + TLV(0xAB, value).to_bytes()
        return found.send(0xE0, 0, TLV(0x62, parameters).to_bytes())[1]

    def rule(self, *conditions: ExpandedCondition, **about: Any) -> ExpandedRules:
        return ExpandedRules((ExpandedRule(conditions or (ExpandedCondition(ConditionKind.ALWAYS),), **about),))

    def test_a_df_with_a_rule_about_a_command(self, define: Callable[[str], Any]) -> None:
        found = desk_with(define, CHV)
        chv = ExpandedCondition(ConditionKind.REFERENCE, reference=AuthenticationTemplate(1, USER))
        assert self.create(found, "38", self.rule(chv, commands=(CommandPattern(ins=0x2A, p1=0x90),))) == "9000"
        found.ok(0x22, 0x41AA, b"\x80\x01\x40")
        assert found.send(0x2A, 0x9080, b"abc")[1] == "6982"
        assert found.send(0xE0, 0, bytes.fromhex("620B 80020001 820101 83026F01"))[1] == "9000"  # no mode is restricted
        found.ok(0x20, 0x0001, b"1234")
        assert found.send(0x2A, 0x9080, b"abc")[1] == "9000"

    @pytest.mark.parametrize("life_cycle", ["creation", "initialisation"])
    def test_it_is_not_in_force_before_the_df_is_activated(self, define: Callable[[str], Any], life_cycle: str) -> None:
        table = f'[files."3F00/7F10"]\ntype = "DF"\nlife_cycle = "{life_cycle}"\ncommands = {{ hash = "never" }}\n'
        found = desk_with(define, table)
        found.ok(0xA4, 0x000C, b"\x7f\x10")
        found.ok(0x22, 0x41AA, b"\x80\x01\x40")
        assert found.send(0x2A, 0x9080, b"abc")[1] == "9000"
        found.ok(0x44, 0)
        assert found.send(0x2A, 0x9080, b"abc")[1] == "6982"

    @pytest.mark.parametrize(
        ("condition", "before", "after"),
        [
            (ExpandedCondition(ConditionKind.ALWAYS), "9000", "9000"),
            (ExpandedCondition(ConditionKind.NEVER), "6982", "6982"),
            (ExpandedCondition(ConditionKind.BYTE, SecurityCondition(0x00)), "9000", "9000"),
            (ExpandedCondition(ConditionKind.BYTE, SecurityCondition(0xFF)), "6982", "6982"),
            (ExpandedCondition(ConditionKind.BYTE, SecurityCondition(0x11)), "6982", "6982"),  # no such environment
            (ExpandedCondition(ConditionKind.REFERENCE, reference=AuthenticationTemplate(1, USER)), "6982", "9000"),
            (ExpandedCondition(ConditionKind.REFERENCE, reference=AuthenticationTemplate(1)), "6982", "6982"),
            (
                ExpandedCondition(
                    ConditionKind.REFERENCE,
                    reference=AuthenticationTemplate(1, UsageQualifier.EXTERNAL_AUTHENTICATION),
                ),
                "6982",
                "6982",
            ),
            (ExpandedCondition(ConditionKind.CHECKSUM, template=b"\x83\x01\x01"), "6982", "6982"),
            (
                ExpandedCondition(ConditionKind.NOT, parts=(ExpandedCondition(ConditionKind.NEVER),)),
                "6982",
                "6982",
            ),
            (
                ExpandedCondition(
                    ConditionKind.ANY,
                    parts=(
                        ExpandedCondition(ConditionKind.CHECKSUM, template=b""),
                        ExpandedCondition(ConditionKind.REFERENCE, reference=AuthenticationTemplate(1, USER)),
                    ),
                ),
                "6982",
                "9000",
            ),
            (
                ExpandedCondition(
                    ConditionKind.ALL,
                    parts=(
                        ExpandedCondition(ConditionKind.CHECKSUM, template=b""),
                        ExpandedCondition(ConditionKind.REFERENCE, reference=AuthenticationTemplate(1, USER)),
                    ),
                ),
                "6982",
                "6982",
            ),
            (
                ExpandedCondition(ConditionKind.ANY, parts=(ExpandedCondition(ConditionKind.CHECKSUM, template=b""),)),
                "6982",
                "6982",
            ),
        ],
        ids=lambda value: value.kind.name if isinstance(value, ExpandedCondition) else "",
    )
    def test_an_ef_goes_by_access_mode_bytes(
        self, define: Callable[[str], Any], condition: ExpandedCondition, before: str, after: str
    ) -> None:
        found = desk_with(define, CHV)
        assert self.create(found, "01", self.rule(condition, access_mode=0x01)) == "9000"
        assert found.send(0xB0, 0, ne=1)[1] == before
        assert found.send(0xD6, 0, b"x")[1] == "6982"  # a mode that no rule names
        found.ok(0x20, 0x0001, b"1234")
        assert found.send(0xB0, 0, ne=1)[1] == after
        assert found.send(0xD6, 0, b"x")[1] == "6982"

    def test_both_formats_together(self, define: Callable[[str], Any]) -> None:
        found = desk_with(define, CHV)
        chv = ExpandedCondition(ConditionKind.REFERENCE, reference=AuthenticationTemplate(1, USER))
        both = TLV(0x8C, b"\x01\xff").to_bytes() + TLV(0xAB, self.rule(chv, access_mode=0x03).to_bytes()).to_bytes()
        template = TLV(0x62, bytes.fromhex("820101 83026F01 80020001") + both).to_bytes()
        found.ok(0xE0, 0, template)
        assert found.send(0xB0, 0, ne=1)[1] == "6982"
        found.ok(0x20, 0x0001, b"1234")
        assert found.ok(0xB0, 0, ne=1) == b"\0"
        found.ok(0xD6, 0, b"x")

    @pytest.mark.parametrize("ins", [0x20, 0xA4, 0xB0, 0x84, 0xDA, 0x47])
    def test_a_rule_about_a_command_that_does_not_ask_for_it_is_refused(
        self, define: Callable[[str], Any], ins: int
    ) -> None:
        assert self.create(desk_with(define), "38", self.rule(commands=(CommandPattern(ins=ins),))) == "6A80"

    def test_what_else_is_refused(self, define: Callable[[str], Any]) -> None:
        found = desk_with(define)
        of_keys = CommandPattern(ins=0x2A)
        assert self.create(found, "01", self.rule(commands=(of_keys,))) == "6A80"  # an EF has no keys
        assert self.create(found, "38", self.rule(commands=(CommandPattern(cla=0x80, ins=0x2A),))) == "6A80"
        assert self.create(found, "38", self.rule(commands=(CommandPattern(p1=0x9E),))) == "6A80"
        assert self.create(found, "38", self.rule(proprietary=b"any")) == "6A80"
        assert self.create(found, "38", b"\x80\x01\x01") == "6A80"
        assert self.create(found, "38", b"\x90\x00") == "6A80"
        twice = bytes.fromhex("620F 820138 83027F20 AB00 AB00 8A0105")
        assert found.send(0xE0, 0, twice)[1] == "6A80"
        assert self.create(found, "38", self.rule(commands=(CommandPattern(cla=0x00, ins=0x2A),))) == "9000"

"""Rules of a DF about commands in a card definition: the table ``commands``, in expanded format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emulator.definition.rules import to_requirement
from emulator.requirement import Requirement
from iso7816.access_rules import AuthenticationTemplate, UsageQualifier
from iso7816.expanded_rules import CommandPattern, ConditionKind, ExpandedCondition, ExpandedRule, ExpandedRules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.definition.section import Section

_SETS: Final = range(0x11, 0x100, 0x10)
COMMANDS: Final[Mapping[str, tuple[CommandPattern, ...]]] = {
    "set_environment": tuple(CommandPattern(ins=0x22, p1=p1) for p1 in _SETS),
    "store_environment": (CommandPattern(ins=0x22, p1=0xF2),),
    "restore_environment": (CommandPattern(ins=0x22, p1=0xF3),),
    "erase_environment": (CommandPattern(ins=0x22, p1=0xF4),),
    "compute_digital_signature": (CommandPattern(ins=0x2A, p1=0x9E),),
    "verify_digital_signature": (CommandPattern(ins=0x2A, p1=0x00, p2=0xA8),),
    "hash": (CommandPattern(ins=0x2A, p1=0x90),),
    "compute_cryptographic_checksum": (CommandPattern(ins=0x2A, p1=0x8E),),
    "verify_cryptographic_checksum": (CommandPattern(ins=0x2A, p1=0x00, p2=0xA2),),
    "verify_certificate": tuple(CommandPattern(ins=0x2A, p1=0x00, p2=p2) for p2 in (0xAE, 0xBE)),
    "encipher": tuple(CommandPattern(ins=0x2A, p1=p1) for p1 in (0x82, 0x84, 0x86)),
    "decipher": (CommandPattern(ins=0x2A, p1=0x80),),
    "generate_key_pair": tuple(CommandPattern(ins=0x46, p1=p1) for p1 in (0x00, 0x80, 0x84)),
    "read_public_key": (CommandPattern(ins=0x46, p1=0x81),),
    "import_key": (CommandPattern(ins=0xDB),),
    "internal_authenticate": (CommandPattern(ins=0x88),),
    "external_authenticate": (CommandPattern(ins=0x82),),
}
"""The commands that a DF may have rules about, and how their headers are described."""

_PROTECTED: Final = ExpandedCondition(ConditionKind.CHECKSUM, template=b"")
"""Secure messaging, with whatever keys: a session has both, for checksums and for encipherment."""


def read_command_rules(section: Section) -> tuple[bytes | None, list[tuple[Requirement, str]]]:
    """The value of tag AB for the table ``commands`` of a DF, and each requirement with its key.

    ``None`` where the table is missing or empty.
    """
    table = section.section("commands")
    rules, requirements = [], []
    for name, patterns in COMMANDS.items():
        if name in table:
            requirement = table.take(name, to_requirement)
            requirements.append((requirement, table.key_path(name)))
            rules.append(ExpandedRule(_conditions(requirement), commands=patterns))
    table.finish()
    return (ExpandedRules(tuple(rules)).to_bytes() if rules else None), requirements


def _conditions(requirement: Requirement) -> tuple[ExpandedCondition, ...]:
    """Conditions of which one must be met."""
    if requirement == Requirement.ALWAYS:
        return (ExpandedCondition(ConditionKind.ALWAYS),)
    if requirement == Requirement.NEVER:
        return (ExpandedCondition(ConditionKind.NEVER),)
    uses = (
        (UsageQualifier.USER_AUTHENTICATION, requirement.chvs),
        (
            UsageQualifier.EXTERNAL_AUTHENTICATION,
            requirement.keys,
        ),
    )
    terms = tuple(
        ExpandedCondition(ConditionKind.REFERENCE, reference=AuthenticationTemplate(reference, usage))
        for usage, references in uses
        for reference in references
    )
    if requirement.secure_messaging:
        terms += (_PROTECTED,)
    if requirement.all_of and len(terms) > 1:
        return (ExpandedCondition(ConditionKind.ALL, parts=terms),)
    return terms

"""GENERATE ASYMMETRIC KEY PAIR (ISO/IEC 7816-8:2004, 5.1).

::

    P1  00, 80  generate, and return the public key      P2  00
        84      generate
        81      return the public key that is there
    data  B6, A4, B8 or A6 { 84 reference }: the key; none: the key that the environment names for computing
    response  7F49 (:mod:`iso7816.public_key_template`)

A key is generated where the card definition has one, of its algorithm and size. Its usage counter begins anew.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, unique
from typing import TYPE_CHECKING, Final

from emulator.access_control import is_closed, is_met
from emulator.command_rules import authorise_command
from emulator.current_environment import COMPUTE, current_environment, key_in
from emulator.keys import Key, KeyMaterial
from emulator.persistent import MF_NUMBER
from iso7816.ber_tlv import decode_one
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.errors import Iso7816Error
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from emulator.persistent import ReferenceId
    from emulator.requirement import Requirement
    from iso7816.apdu import CommandAPDU

_KINDS: Final = (
    TemplateKind.SIGNATURE,
    TemplateKind.AUTHENTICATION,
    TemplateKind.CONFIDENTIALITY,
    TemplateKind.KEY_AGREEMENT,
)


@unique
class Generation(Enum):
    """P1."""

    NO_INFORMATION = 0x00
    GENERATE = 0x80
    ACCESS = 0x81
    GENERATE_WITHOUT_OUTPUT = 0x84


_GENERATIONS: Final = {generation.value: generation for generation in Generation}


def parse_generation(p1: int, p2: int) -> Generation:
    """Raises StatusWordError 6A86 for another P1, or a P2 other than 00."""
    generation = _GENERATIONS.get(p1)
    if generation is None or p2 != 0:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return generation


def generate_key_pair(card: CardContext, command: CommandAPDU, generation: Generation) -> Response:
    """GENERATE ASYMMETRIC KEY PAIR (46).

    6A80 the data are no template, 6A88 no key is named or there, 6985 its DF is closed, 6982 its rule ``generate`` or
    ``read`` is not met, or one of its DF, 6984 it is a secret key, or there is none to be read.
    """
    where, key = key_in(card, _reference(card, command.data))
    authorise_command(card, where[0], command)
    if key.algorithm.is_secret:
        raise StatusWordError(SW.REFERENCE_DATA_NOT_USABLE)
    material = key.material
    if generation is Generation.ACCESS:
        authorise_change(card, where, key.read)
        if material is None:
            raise StatusWordError(SW.REFERENCE_DATA_NOT_USABLE)
    else:
        authorise_change(card, where, key.generate)
        material = _generate(card, where, key)
    if generation is Generation.GENERATE_WITHOUT_OUTPUT or command.ne is None:
        return b""
    from iso7816.public_key_template import public_key_template

    return public_key_template(material.public_key())


def _reference(card: CardContext, data: bytes) -> bytes | None:
    """The reference of the key, ``None`` where none is named. Raises StatusWordError 6A80."""
    if data:
        try:
            tlv, rest = decode_one(data)
            template = ControlReferenceTemplate.from_tlv(tlv)
        except Iso7816Error:
            raise StatusWordError(SW.WRONG_DATA) from None
        if rest or template.kind not in _KINDS:
            raise StatusWordError(SW.WRONG_DATA)
        return template.private_key or template.key
    environment = current_environment(card)
    named = (environment.get(kind << 8 | COMPUTE) for kind in _KINDS)
    references = (template.private_key or template.key for template in named if template is not None)
    return next((reference for reference in references if reference is not None), None)


def authorise_change(card: CardContext, where: ReferenceId, rule: Requirement) -> None:
    """Let something that is done to a key pass. Raises StatusWordError 6985 its DF is closed, 6982."""
    if is_closed(card.state, where[0] or MF_NUMBER):
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    if not is_met(card.state, card.channel, rule, where[0] or card.channel.df):
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)


def _generate(card: CardContext, where: ReferenceId, key: Key) -> KeyMaterial:
    """Put a new key in place, durably: whoever has the public key must find the private one there."""
    from iso7816.asymmetric_keys import generate_private_key, private_key_bytes

    material = KeyMaterial(private_key_bytes(generate_private_key(key.algorithm, key.bits)))
    replace_value(card, where, key, material)
    return material


def replace_value(card: CardContext, where: ReferenceId, key: Key, material: KeyMaterial) -> None:
    """Give a key another value: its counters begin anew, and what the old one has shown is forgotten."""
    card.work.put_key(where, replace(key, material=material, tries_left=key.max_tries, uses_left=key.max_uses))
    card.work.commit()
    channel = card.channel
    channel.authenticated.discard(where)
    channel.certified = {holder: each for holder, each in channel.certified.items() if each.root != where}

"""What the operations of PERFORM SECURITY OPERATION do alike: find their key, pass its rules, count its use."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from emulator.command import is_all
from emulator.command_rules import authorise_command
from emulator.current_environment import VERIFY, key_in, mechanism_in, template_for
from emulator.key_use import authorise_use, spend_use
from iso7816.ber_tlv import decode_all
from iso7816.errors import TLVError
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Container

    from emulator.command import CardContext
    from emulator.keys import Key, KeyMaterial, KeyOperation
    from emulator.persistent import ReferenceId
    from iso7816.apdu import CommandAPDU
    from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
    from iso7816.mechanisms import Mechanism, Scheme


class KeyInUse(NamedTuple):
    """A key that an operation may use.

    Attributes:
        where: where it lives.
        key: the key.
        material: its value.
        mechanism: what it is used with.
        template: what named it.
    """

    where: ReferenceId
    key: Key
    material: KeyMaterial
    mechanism: Mechanism
    template: ControlReferenceTemplate


def open_key(
    card: CardContext,
    command: CommandAPDU,
    kind: TemplateKind,
    use: int,
    operation: KeyOperation,
    schemes: Container[Scheme],
) -> KeyInUse:
    """The key of the current environment, its rules passed; :func:`spend` counts the use.

    Raises:
        StatusWordError: 6985, 6A88, 6984, 6982, as PERFORM SECURITY OPERATION has them.
    """
    template = template_for(card, kind, use)
    # A secret key stands under 83; a public key does when it verifies and enciphers, a private one under 84.
    named = template.key if use == VERIFY else template.private_key or template.key
    where, key = key_in(card, named or template.private_key)
    mechanism = mechanism_in(template, key, schemes)
    authorise_command(card, where[0], command)
    return KeyInUse(where, key, authorise_use(card, where, key, operation), mechanism, template)


def spend(card: CardContext, used: KeyInUse) -> None:
    """Count the use, durably, before it."""
    spend_use(card, used.where, used.key)


def require_response(command: CommandAPDU, size: int = 0) -> None:
    """Raises StatusWordError 6700 for a command that takes no response of ``size`` bytes: before anything is spent."""
    ne = command.ne
    if ne is None or (ne < size and not is_all(ne)):
        raise StatusWordError(SW.WRONG_LENGTH)


def data_objects(data: bytes) -> dict[int, bytes]:
    """The data objects of a template, by their tags. Raises StatusWordError 6A80 for what are none, or repeated."""
    try:
        tlvs = decode_all(data)
    except TLVError:
        raise StatusWordError(SW.WRONG_DATA) from None
    found = {tlv.tag: tlv.value for tlv in tlvs}
    if len(found) != len(tlvs):
        raise StatusWordError(SW.WRONG_DATA)
    return found

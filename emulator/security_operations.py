"""What the operations of PERFORM SECURITY OPERATION do alike: find their key, pass its rules, count its use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.command import is_all
from emulator.command_rules import authorise_command
from emulator.current_environment import VERIFY, current_environment, key_in, mechanism_in, template_for
from emulator.key_in_use import KeyInUse, Purpose
from emulator.key_use import authorise_now, spend_use, usable_material
from emulator.persistent import GLOBAL
from iso7816.ber_tlv import decode_all
from iso7816.errors import TLVError
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext
    from iso7816.apdu import CommandAPDU


def open_key(card: CardContext, command: CommandAPDU, purpose: Purpose) -> KeyInUse:
    """The key of the current environment, its rules passed; :func:`spend` counts the use.

    Raises:
        StatusWordError: 6985, 6A88, 6984, 6982, as PERFORM SECURITY OPERATION has them.
    """
    channel = card.channel
    used = channel.key_in_use
    # Records are replaced and never changed: by the same environment the same key is found, with the same mechanism.
    if (
        used is None
        or used.purpose is not purpose
        or used.environment is not channel.environment
        or card.state.keys.get(used.where) is not used.key
    ):
        used = _choose_key(card, command, purpose)
    else:
        authorise_command(card, used.where[0], command)
    authorise_now(card, used.where, used.key)
    return used


def _choose_key(card: CardContext, command: CommandAPDU, purpose: Purpose) -> KeyInUse:
    """The key that the current environment names. Raises as :func:`open_key`, but for what a use requires."""
    channel = card.channel
    template = template_for(card, purpose.kind, purpose.use)
    # A secret key stands under 83; a public key does when it verifies and enciphers, a private one under 84.
    named = template.key if purpose.use == VERIFY else template.private_key or template.key
    where, key = key_in(card, named or template.private_key)
    mechanism = mechanism_in(template, key, purpose.schemes)
    authorise_command(card, where[0], command)
    material = usable_material(key, purpose.operation)
    used = KeyInUse(purpose, current_environment(card), where, key, material, mechanism, template)
    # Not one of a DF above: a key of the same number may come nearer.
    channel.key_in_use = used if where[0] in (GLOBAL, channel.df) else None
    return used


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

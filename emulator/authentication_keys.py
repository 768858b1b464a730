"""Which key an authentication is by, and the attempts at one.

P2, or the authentication template of the environment, names it (ISO/IEC 7816-4:2005, 7.5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from emulator.command_rules import authorise_command
from emulator.current_environment import VERIFY, current_environment, takes
from emulator.key_use import count_use
from emulator.keys import KeyOperation
from emulator.references import find_key
from emulator.requirement import is_reference
from iso7816.control_reference import TemplateKind
from iso7816.digital_signature import SIGNATURE_SCHEMES
from iso7816.mechanisms import MECHANISMS, HashAlgorithm, Mechanism, Scheme
from iso7816.status_words import SW, StatusWordError, counter_word

if TYPE_CHECKING:
    from emulator.command import CardContext
    from emulator.keys import Key
    from emulator.persistent import ReferenceId
    from iso7816.apdu import CommandAPDU
    from iso7816.asymmetric_keys import PublicKey
    from iso7816.control_reference import ControlReferenceTemplate

_SCHEMES: Final = SIGNATURE_SCHEMES | {Scheme.BLOCK}
MECHANISMS_OF_AUTHENTICATION: Final = {
    reference: mechanism for reference, mechanism in MECHANISMS.items() if mechanism.scheme in _SCHEMES
}
"""What P1 of the authentication commands can name."""

_OF_MESSAGES: Final = frozenset((Scheme.BLOCK, Scheme.EDDSA))


class AuthenticationParameters(NamedTuple):
    """P1 and P2.

    Attributes:
        mechanism: ``None`` where the environment or the key tells it.
        reference: of the key; 0 where the environment names it.
    """

    mechanism: Mechanism | None
    reference: int


def parse_authentication(p1: int, p2: int) -> AuthenticationParameters:
    """Raises StatusWordError 6A86 for another mechanism, or bits 7 and 6 set in P2."""
    if p2 & 0x60 or (p1 != 0 and p1 not in MECHANISMS_OF_AUTHENTICATION):
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return AuthenticationParameters(MECHANISMS_OF_AUTHENTICATION.get(p1), p2)


class AuthenticationKey(NamedTuple):
    """A key, and what is computed with it.

    Attributes:
        where: where it lives; of a certified key, where the key lives on which its certificate rests.
        key: its record, or that of the other.
        mechanism: of the tokens.
        certified: the public key of a certificate, ``None`` for a key of the card.
    """

    where: ReferenceId
    key: Key
    mechanism: Mechanism
    certified: PublicKey | None = None

    @property
    def takes_messages(self) -> bool:
        """Whether a token is of a whole challenge, not of an input that the outside made of it."""
        return self.mechanism.hash is not None or self.mechanism.scheme in _OF_MESSAGES

    def public_key(self) -> PublicKey:
        """The public key. Raises StatusWordError 6984 where the key has no value."""
        if self.certified is not None:
            return self.certified
        if self.key.material is None:
            raise StatusWordError(SW.REFERENCE_DATA_NOT_USABLE)
        return self.key.material.public_key()


def authentication_key(
    card: CardContext, command: CommandAPDU, parameters: AuthenticationParameters, use: int
) -> AuthenticationKey:
    """The key that P2 refers to, or the authentication template of the environment.

    Raises:
        StatusWordError: 6A88 none is named or there, or the mechanism is not for it; 6982 a rule of its DF.
    """
    mechanism, number = parameters
    reference: bytes | None = bytes((number,))
    if number == 0:
        template = current_environment(card).get(TemplateKind.AUTHENTICATION << 8 | use)
        reference = None if template is None else _reference_in(template, use)
        if template is not None and mechanism is None and template.mechanism is not None:
            mechanism = MECHANISMS_OF_AUTHENTICATION.get(int.from_bytes(template.mechanism, "big"))
            if mechanism is None:
                raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    found = None if reference is None else _find(card, reference, mechanism)
    if found is None:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    authorise_command(card, found.where[0], command)
    return found


def _reference_in(template: ControlReferenceTemplate, use: int) -> bytes | None:
    return template.key if use == VERIFY else template.private_key or template.key


def _find(card: CardContext, reference: bytes, mechanism: Mechanism | None) -> AuthenticationKey | None:
    certified = card.channel.certified.get(reference)
    if certified is not None:
        root = card.state.keys.get(certified.root)
        if root is None or mechanism not in (None, certified.mechanism):
            return None
        return AuthenticationKey(certified.root, root, certified.mechanism, certified.key)
    if len(reference) != 1 or not is_reference(reference[0]):
        return None
    where = find_key(card.state, card.channel.df, reference[0])
    if where is None:
        return None
    key = card.state.keys[where]
    if mechanism is None:
        mechanism = _usual_mechanism(key)
    return AuthenticationKey(where, key, mechanism) if mechanism is not None and takes(key, mechanism) else None


def _usual_mechanism(key: Key) -> Mechanism | None:
    """The first with SHA-256 that the key takes, else the first of all."""
    candidates = [mechanism for mechanism in MECHANISMS_OF_AUTHENTICATION.values() if takes(key, mechanism)]
    preferred = [mechanism for mechanism in candidates if mechanism.hash is HashAlgorithm.SHA_256]
    return next(iter(preferred + candidates), None)


def require_external(found: AuthenticationKey) -> None:
    """Raises StatusWordError 6984 for a key by which the outside cannot authenticate itself."""
    key = found.key
    if found.certified is None and (KeyOperation.EXTERNAL not in key.operations or key.material is None):
        raise StatusWordError(SW.REFERENCE_DATA_NOT_USABLE)
    if not found.takes_messages:
        raise StatusWordError(SW.REFERENCE_DATA_NOT_USABLE)


def attempt(
    card: CardContext, found: AuthenticationKey, is_right: Callable[[], bool], own: ReferenceId | None = None
) -> None:
    """One attempt of the outside: counted durably, then compared.

    Args:
        card: the card.
        found: the key.
        is_right: whether the token is.
        own: another key, of which a success costs a use: in one step with the tries that it gives back.

    Raises:
        StatusWordError: 6983 the key is blocked, 6985 its uses are spent, 63CX (a counted key) or 6300 wrong.
    """
    where, key = found.where, found.key
    if key.tries_left == 0:
        raise StatusWordError(SW.AUTHENTICATION_METHOD_BLOCKED)
    if key.uses_left == 0:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    authenticated = card.channel.authenticated
    if key.tries_left is not None or key.uses_left is not None:
        key = replace(key, tries_left=_less(key.tries_left), uses_left=_less(key.uses_left))
        card.work.put_key(where, key)
        card.work.commit()
    if not is_right():
        authenticated.discard(where)
        raise StatusWordError(wrong_word(key))
    if key.tries_left is not None:
        card.work.put_key(where, replace(key, tries_left=key.max_tries))
    if own is not None:
        count_use(card, own, card.state.keys[own])
    if card.work.changes:
        card.work.commit()
    authenticated.add(where)


def wrong_word(key: Key) -> int:
    """What tells the outside that it is not authenticated."""
    return SW.NV_CHANGED if key.tries_left is None else counter_word(key.tries_left)


def _less(counter: int | None) -> int | None:
    return None if counter is None else counter - 1

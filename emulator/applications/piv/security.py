"""What has been verified, over which interface a command came, and what follows (SP 800-73-5, part 2, 2.4 and 3).

A card with a contactless identity is always used over the contactless interface, any other one over its contacts. Over
the contactless interface most needs the virtual contact interface: secure messaging, and the pairing code where the
discovery object does not say that it goes without.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from emulator.applications.piv.key_references import FINGERS, PINPolicy, ReferenceData
from emulator.applications.piv.stored_keys import CODES
from emulator.applications.piv.stored_objects import (
    WITH_COMPARISON,
    WITH_GLOBAL_PIN,
    WITH_VIRTUAL_CONTACT,
    WITHOUT_PAIRING_CODE,
    pairing_code,
    pin_usage_policy,
)
from emulator.persistent import GLOBAL
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator.applications.piv.stored_keys import SecretKey
    from emulator.command import CardContext
    from emulator.persistent import ReferenceId

_GLOBAL_PIN: Final[ReferenceId] = (GLOBAL, ReferenceData.GLOBAL_PIN)
_STATUS: Final = "status"


@dataclass(frozen=True, slots=True)
class Exchange:
    """An authentication that GENERAL AUTHENTICATE has begun; the repr shows no bytes.

    Attributes:
        reference: of the key.
        key: the key, as it was then.
        number: what the card has drawn for it.
        is_witness: whether the number went out enciphered and has to come back as it is, else the other way round.
    """

    reference: int
    key: SecretKey
    number: bytes
    is_witness: bool

    def __repr__(self) -> str:
        """The key only."""
        return f"Exchange({self.reference:02X})"


@dataclass(slots=True)
class SecurityStatus:
    """The application's security status: gone with a reset and with the selection of another application.

    Attributes:
        verified: what is verified, but for the global PIN, which other applications know, too.
        fresh: what has been verified since a key was used that wants the cardholder verified each time.
        administrator: whether the key 9B has authenticated the outside.
        exchange: the authentication that has begun, ``None`` for none.
    """

    verified: set[ReferenceData] = field(default_factory=set)
    fresh: set[ReferenceData] = field(default_factory=set)
    administrator: bool = False
    exchange: Exchange | None = None


def status_of(card: CardContext) -> SecurityStatus:
    """The security status of the channel's application."""
    status: SecurityStatus = card.channel.application_state.setdefault(_STATUS, SecurityStatus())
    return status


def is_verified(card: CardContext, reference: ReferenceData) -> bool:
    """Whether that reference data is verified."""
    if reference is ReferenceData.GLOBAL_PIN:
        return _GLOBAL_PIN in card.channel.verified
    return reference in status_of(card).verified


def set_verified(card: CardContext, reference: ReferenceData, *, verified: bool) -> None:
    """Note that reference data has been verified, or has not."""
    status = status_of(card)
    if verified:
        status.fresh.add(reference)
    else:
        status.fresh.discard(reference)
    if reference is not ReferenceData.GLOBAL_PIN:
        (status.verified.add if verified else status.verified.discard)(reference)
    elif verified:
        card.channel.verify(_GLOBAL_PIN)
    else:
        card.channel.verified.discard(_GLOBAL_PIN)


def can_be_verified(card: CardContext, reference: ReferenceData) -> bool:
    """Whether VERIFY takes that reference data, as the discovery object says."""
    if reference is ReferenceData.PUK:
        return False
    policy = pin_usage_policy(card.values)
    if reference is ReferenceData.PAIRING_CODE:
        return bool(policy & WITH_VIRTUAL_CONTACT) and pairing_code(card.values) is not None
    if reference is ReferenceData.GLOBAL_PIN:
        return bool(policy & WITH_GLOBAL_PIN) and CODES[reference] in card.values
    if reference in FINGERS:
        return bool(policy & WITH_COMPARISON) and CODES[reference] in card.values
    return True


def is_contactless(card: CardContext) -> bool:
    """Whether the command came over the contactless interface."""
    return card.state.identity.contactless is not None


def is_on_contact(card: CardContext) -> bool:
    """Whether the command came over the contacts, or over the virtual contact interface."""
    if not is_contactless(card):
        return True
    policy = pin_usage_policy(card.values)
    if not (card.channel.is_protected and policy & WITH_VIRTUAL_CONTACT):
        return False
    return ReferenceData.PAIRING_CODE in status_of(card).verified or bool(policy & WITHOUT_PAIRING_CODE)


def is_pin_verified(card: CardContext) -> bool:
    """Whether the PIN is verified, or the global one where that counts."""
    return any(reference not in FINGERS for reference in _cardholder_by(card))


def is_cardholder_verified(card: CardContext) -> bool:
    """Whether the PIN is verified, or the global one or a finger where those count."""
    return next(_cardholder_by(card), None) is not None


def _cardholder_by(card: CardContext) -> Iterator[ReferenceData]:
    """What the cardholder is verified by, of all that counts as the discovery object says."""
    verified = status_of(card).verified
    if ReferenceData.PIN in verified:
        yield ReferenceData.PIN
    policy = pin_usage_policy(card.values)
    if policy & WITH_GLOBAL_PIN and _GLOBAL_PIN in card.channel.verified:
        yield ReferenceData.GLOBAL_PIN
    if policy & WITH_COMPARISON:
        yield from (finger for finger in FINGERS if finger in verified)


def authorise_key_use(card: CardContext, policy: PINPolicy) -> None:
    """Let the use of a key pass: by the PIN, or by a finger where the policy takes it. Raises StatusWordError 6982."""
    if policy is PINPolicy.NEVER:
        return
    fresh = status_of(card).fresh
    each_time = policy.of_pin is PINPolicy.ALWAYS
    by = (each for each in _cardholder_by(card) if each not in FINGERS or policy.takes_finger)
    if not (is_on_contact(card) and any(each in fresh or not each_time for each in by)):
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)
    if each_time:
        fresh.clear()


def authorise_administrator(card: CardContext) -> None:
    """Let what only the administrator may do pass. Raises StatusWordError 6A81 over the contactless interface, 6982."""
    if is_contactless(card):
        raise StatusWordError(SW.FUNCTION_UNSUPPORTED)
    if not status_of(card).administrator:
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)

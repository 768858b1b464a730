"""What has been verified, over which interface a command came, and what follows (SP 800-73-5, part 2, 2.4 and 3).

A card with a contactless identity is always used over the contactless interface, any other one over its contacts. Over
the contactless interface most needs the virtual contact interface: secure messaging, and the pairing code where the
discovery object does not say that it goes without.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emulator.applications.piv.key_references import PINPolicy, ReferenceData
from emulator.applications.piv.stored_keys import CODES
from emulator.applications.piv.stored_objects import (
    WITH_GLOBAL_PIN,
    WITH_VIRTUAL_CONTACT,
    WITHOUT_PAIRING_CODE,
    pairing_code,
    pin_usage_policy,
)
from emulator.persistent import GLOBAL
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext
    from emulator.persistent import ReferenceId

_GLOBAL_PIN: Final[ReferenceId] = (GLOBAL, ReferenceData.GLOBAL_PIN)
_STATUS: Final = "status"


@dataclass(frozen=True, slots=True)
class Exchange:
    """An authentication that GENERAL AUTHENTICATE has begun; the repr shows no bytes.

    Attributes:
        reference: of the key.
        expected: what the outside has to send next.
        is_witness: whether that is a deciphered witness, else the response to a challenge.
    """

    reference: int
    expected: bytes
    is_witness: bool

    def __repr__(self) -> str:
        """The key only."""
        return f"Exchange({self.reference:02X})"


@dataclass(slots=True)
class SecurityStatus:
    """The application's security status: gone with a reset and with the selection of another application.

    Attributes:
        pin: whether the PIN of the application is verified.
        is_pin_fresh: whether no key has been used since that wants it verified each time.
        pairing_code: whether the pairing code is.
        administrator: whether the key 9B has authenticated the outside.
        exchange: the authentication that has begun, ``None`` for none.
    """

    pin: bool = False
    is_pin_fresh: bool = False
    pairing_code: bool = False
    administrator: bool = False
    exchange: Exchange | None = None


def status_of(card: CardContext) -> SecurityStatus:
    """The security status of the channel's application."""
    status: SecurityStatus = card.channel.application_state.setdefault(_STATUS, SecurityStatus())
    return status


def is_verified(card: CardContext, reference: ReferenceData) -> bool:
    """Whether that reference data is verified."""
    status = status_of(card)
    if reference is ReferenceData.GLOBAL_PIN:
        return _GLOBAL_PIN in card.channel.verified
    return status.pin if reference is ReferenceData.PIN else status.pairing_code


def set_verified(card: CardContext, reference: ReferenceData, *, verified: bool) -> None:
    """Note that reference data has been verified, or has not."""
    status = status_of(card)
    if reference is ReferenceData.PAIRING_CODE:
        status.pairing_code = verified
        return
    status.is_pin_fresh = verified
    if reference is ReferenceData.PIN:
        status.pin = verified
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
    return status_of(card).pairing_code or bool(policy & WITHOUT_PAIRING_CODE)


def is_pin_verified(card: CardContext) -> bool:
    """Whether the PIN is verified, or the global one where that counts."""
    if status_of(card).pin:
        return True
    return bool(pin_usage_policy(card.values) & WITH_GLOBAL_PIN) and _GLOBAL_PIN in card.channel.verified


def authorise_key_use(card: CardContext, policy: PINPolicy) -> None:
    """Let the use of a key pass. Raises StatusWordError 6982."""
    if policy is PINPolicy.NEVER:
        return
    status = status_of(card)
    fresh = policy is not PINPolicy.ALWAYS or status.is_pin_fresh
    if not (is_on_contact(card) and is_pin_verified(card) and fresh):
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)
    if policy is PINPolicy.ALWAYS:
        status.is_pin_fresh = False


def authorise_administrator(card: CardContext) -> None:
    """Let what only the administrator may do pass. Raises StatusWordError 6A81 over the contactless interface, 6982."""
    if is_contactless(card):
        raise StatusWordError(SW.FUNCTION_UNSUPPORTED)
    if not status_of(card).administrator:
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)

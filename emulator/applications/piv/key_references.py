"""Key references (SP 800-73-5, part 1, tables 4 and 5)."""

from __future__ import annotations

from enum import IntEnum, unique
from typing import Final


@unique
class ReferenceData(IntEnum):
    """What is verified, by P2 of VERIFY."""

    GLOBAL_PIN = 0x00
    PIN = 0x80
    PUK = 0x81
    PRIMARY_FINGER = 0x96
    SECONDARY_FINGER = 0x97
    PAIRING_CODE = 0x98


FINGERS: Final = (ReferenceData.PRIMARY_FINGER, ReferenceData.SECONDARY_FINGER)
"""What the card compares with finger minutiae."""

SECURE_MESSAGING_KEY: Final = 0x04
AUTHENTICATION_KEY: Final = 0x9A
ADMINISTRATION_KEY: Final = 0x9B
SIGNATURE_KEY: Final = 0x9C
MANAGEMENT_KEY: Final = 0x9D
CARD_AUTHENTICATION_KEY: Final = 0x9E
RETIRED_KEYS: Final = tuple(range(0x82, 0x96))
ATTESTATION_KEY: Final = 0xF9
"""Not of the standard: the key that vouches for keys that were generated on the card."""

CARD_KEYS: Final = (AUTHENTICATION_KEY, SIGNATURE_KEY, MANAGEMENT_KEY, CARD_AUTHENTICATION_KEY)
SLOTS: Final = (*CARD_KEYS, *RETIRED_KEYS, ATTESTATION_KEY)
"""Where key pairs are, but that of secure messaging."""


@unique
class PINPolicy(IntEnum):
    """What the use of a key requires, as the management commands code it.

    ONCE and ALWAYS are the PIN's alone; for the two that follow a finger counts as well, which is the rule of the
    standard. A key has those by default: no command of this card asks for them, and none tells them from the others.
    """

    DEFAULT = 0
    NEVER = 1
    ONCE = 2
    ALWAYS = 3
    MATCH_ONCE = 4
    MATCH_ALWAYS = 5

    @property
    def takes_finger(self) -> bool:
        """Whether a finger counts as the PIN does."""
        return self in (PINPolicy.MATCH_ONCE, PINPolicy.MATCH_ALWAYS)

    @property
    def of_pin(self) -> PINPolicy:
        """The policy as it is told: how often the PIN is verified, whether or not a finger counts, too."""
        return _OF_PIN.get(self, self)


_OF_PIN: Final = {PINPolicy.MATCH_ONCE: PINPolicy.ONCE, PINPolicy.MATCH_ALWAYS: PINPolicy.ALWAYS}
CHOSEN_PIN_POLICIES: Final = (PINPolicy.DEFAULT, PINPolicy.NEVER, PINPolicy.ONCE, PINPolicy.ALWAYS)
"""Those that a command or a card definition can ask for."""


@unique
class TouchPolicy(IntEnum):
    """Whether a use waits for a touch. There is no button here: it is touched at once."""

    DEFAULT = 0
    NEVER = 1
    ALWAYS = 2
    CACHED = 3


def default_pin_policy(reference: int) -> PINPolicy:
    """What SP 800-73-5 (part 1, table 5) requires for the use of a key."""
    if reference in (CARD_AUTHENTICATION_KEY, SECURE_MESSAGING_KEY, ATTESTATION_KEY):
        return PINPolicy.NEVER
    return PINPolicy.MATCH_ALWAYS if reference == SIGNATURE_KEY else PINPolicy.MATCH_ONCE

"""Fingers that the card compares (SP 800-73-5, part 1, 5.1.1; ISO/IEC 19794-2): what is enrolled, what VERIFY brings.

A finger is kept as a :class:`~emulator.applications.secret_codes.SecretCode`, whose value is::

    share, in per cent (1 byte)  template of minutiae

The share is how many minutiae of the smaller template need a counterpart in the other one. A template that is enrolled
has 16 to 60 minutiae, one that is compared with it 12 to 60. Nothing returns a template.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emulator.applications.piv.finger_matching import is_same_finger
from emulator.applications.piv.key_references import FINGERS
from emulator.applications.piv.stored_keys import CODES
from iso7816.biometric_templates import BiometricInformation, Finger, fingers_in, group_template, minutiae_in
from iso7816.errors import MinutiaeError
from iso7816.finger_minutiae import FingerTemplate
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.applications.contract import ApplicationValues

LEAST_ENROLLED: Final = 16
MOST: Final = 60
"""Minutiae of any template."""

MOST_TRIES: Final = 10
"""SP 800-73-5, part 1, table 4."""

TRIES: Final = 5
SHARE: Final = 40
"""Where nothing else is said."""

_LEAST_PRESENTED: Final = 12


def fingers_of(values: Mapping[bytes, bytes] | ApplicationValues) -> int:
    """How many fingers there are to compare among the values of the application."""
    return sum(CODES[finger] in values for finger in FINGERS)


def enrolled_value(minutiae: bytes, share: int) -> bytes:
    """The value of a finger, of its template. Raises MinutiaeError: it is none that can be enrolled."""
    return bytes((share,)) + FingerTemplate.parse(minutiae, LEAST_ENROLLED, MOST).to_bytes()


def presented_template(data: bytes) -> FingerTemplate:
    """The template that VERIFY brings. Raises StatusWordError 6A80."""
    try:
        return FingerTemplate.parse(minutiae_in(data), _LEAST_PRESENTED, MOST)
    except MinutiaeError:
        raise StatusWordError(SW.WRONG_DATA) from None


def is_enrolled_finger(value: bytes, presented: FingerTemplate) -> bool:
    """Whether what is presented is of the finger that has this value. Raises StatusWordError 6984: no finger has it."""
    try:
        enrolled = FingerTemplate.parse(value[1:], LEAST_ENROLLED, MOST)
    except MinutiaeError:
        raise StatusWordError(SW.REFERENCE_DATA_NOT_USABLE) from None
    return is_same_finger(enrolled, presented, value[0])


def biometric_templates(fingers: list[Finger]) -> bytes:
    """The value of the data object 7F61 of a card with these fingers, the primary one first."""
    return group_template([BiometricInformation(finger, _LEAST_PRESENTED, MOST) for finger in fingers])


def are_biometric_templates(value: bytes, fingers: int) -> bool:
    """Whether it can be the value of the data object 7F61 of a card with so many fingers."""
    try:
        return len(fingers_in(value)) == fingers
    except MinutiaeError:
        return False

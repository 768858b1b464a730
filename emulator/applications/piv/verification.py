"""VERIFY, CHANGE REFERENCE DATA and RESET RETRY COUNTER (SP 800-73-5, part 2, 3.2.1 to 3.2.3).

::

    VERIFY                 20 00 80, 00, 98   value, 8 bytes; none: ask for the tries that are left
                           20 00 96, 97       7F2E { 81 minutiae }; none: likewise
                           20 FF              forget the verification
    CHANGE REFERENCE DATA  24 00 80, 00, 81   old value, new value, 8 bytes each
    RESET RETRY COUNTER    2C 00 80           PUK, new PIN

80 the PIN, 00 the global PIN, 81 the PUK, 96 and 97 the primary and the secondary finger, 98 the pairing code. A PIN is
6 to 8 digits, filled up with FF; a PUK is any 8 bytes; a pairing code is 8 digits, and has no retry counter. Where 8
bytes are of another form, the standard leaves open whether the command is refused (6A80) or a try spent (63CX): it is
spent where the card has the management commands, for programs made for those block a PIN so. A new value of another
form is refused either way, and so is a template of minutiae. What unblocks a finger the standard leaves to the issuer:
here nothing does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from emulator.applications.piv.enrolled_fingers import is_enrolled_finger, presented_template
from emulator.applications.piv.key_references import FINGERS, ReferenceData
from emulator.applications.piv.security import (
    can_be_verified,
    is_contactless,
    is_on_contact,
    is_verified,
    set_verified,
)
from emulator.applications.piv.stored_keys import CODES, Settings
from emulator.applications.piv.stored_objects import pairing_code
from emulator.applications.secret_codes import SecretCode, attempt, present
from iso7816.authentication import is_same_secret
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

LENGTH: Final = 8
_PIN: Final = re.compile(rb"(?=.{8}\Z)[0-9]{6,8}\xff{0,2}")
_PAIRING_CODE: Final = re.compile(rb"[0-9]{8}")
_FORGET: Final = 0xFF
_REFERENCES: Final = {int(reference): reference for reference in ReferenceData}


def is_pin(value: bytes) -> bool:
    """Whether it is a PIN as it is presented."""
    return _PIN.fullmatch(value) is not None


def is_pairing_code(value: bytes) -> bool:
    """Whether it is a pairing code."""
    return _PAIRING_CODE.fullmatch(value) is not None


def padded_pin(digits: bytes) -> bytes:
    """A PIN as it is presented, filled up with FF."""
    return digits.ljust(LENGTH, b"\xff")


def parse_verification(p1: int, p2: int) -> tuple[ReferenceData, bool]:
    """What is verified, and whether it is to be forgotten. Raises StatusWordError 6A86, 6A88."""
    if p1 not in (0x00, _FORGET):
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return _reference(p2), p1 == _FORGET


def parse_change(p1: int, p2: int) -> ReferenceData:
    """What is changed. Raises StatusWordError 6A86, 6A88."""
    if p1 != 0:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return _reference(p2)


def _reference(p2: int) -> ReferenceData:
    reference = _REFERENCES.get(p2)
    if reference is None:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    return reference


def verify(card: CardContext, command: CommandAPDU, parameters: tuple[ReferenceData, bool]) -> Response:
    """VERIFY (20).

    6A88 not what this card verifies; 6982 not over this interface; 6A80 another form, or data where there should be
    none; 63CX (6300 for a pairing code) wrong, or so many tries are left; 6983 blocked.
    """
    reference, is_to_be_forgotten = parameters
    if not can_be_verified(card, reference):
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    _authorise_interface(card, reference)
    if is_to_be_forgotten:
        if command.data:
            raise StatusWordError(SW.WRONG_DATA)
        set_verified(card, reference, verified=False)
        return b""
    if not command.data:
        return _tell(card, reference)
    if reference is ReferenceData.PAIRING_CODE:
        _verify_pairing_code(card, command.data)
        return b""
    _refuse_blocked(card, reference)
    if reference in FINGERS:
        _compare_finger(card, reference, command.data)
        return b""
    if len(command.data) != LENGTH or not (is_pin(command.data) or Settings.read(card.values).extended):
        raise StatusWordError(SW.WRONG_DATA)
    _present(card, reference, command.data, reference)
    set_verified(card, reference, verified=True)
    return b""


def change_reference_data(card: CardContext, command: CommandAPDU, reference: ReferenceData) -> Response:
    """CHANGE REFERENCE DATA (24).

    6A88 not what this card changes; 6982 not over this interface; 6983 blocked; 6A80 another form; 63CX wrong.
    """
    is_puk = reference is ReferenceData.PUK
    is_changed = reference in (ReferenceData.PIN, ReferenceData.GLOBAL_PIN) and can_be_verified(card, reference)
    if not (is_puk or is_changed):
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    if is_puk and is_contactless(card):
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)
    _authorise_interface(card, reference)
    _refuse_blocked(card, reference)
    old, new = command.data[:LENGTH], command.data[LENGTH:]
    if len(new) != LENGTH:
        raise StatusWordError(SW.WRONG_DATA)
    if not is_puk:
        _refuse_malformed(card, reference, old, reference, [old, new])
    _present(card, reference, old, reference).with_value(new).put(card, CODES[reference])
    if not is_puk:
        set_verified(card, reference, verified=True)
    return b""


def reset_retry_counter(card: CardContext, command: CommandAPDU, reference: ReferenceData) -> Response:
    """RESET RETRY COUNTER (2C).

    6A81 over the contactless interface; 6A88 not the PIN; 6983 the PUK is blocked; 6A80 another form; 63CX wrong PUK.
    """
    if is_contactless(card):
        raise StatusWordError(SW.FUNCTION_UNSUPPORTED)
    if reference is not ReferenceData.PIN:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    if SecretCode.read(card, CODES[ReferenceData.PUK]).is_blocked:
        raise StatusWordError(SW.AUTHENTICATION_METHOD_BLOCKED)
    puk, pin = command.data[:LENGTH], command.data[LENGTH:]
    if len(pin) != LENGTH:
        raise StatusWordError(SW.WRONG_DATA)
    _refuse_malformed(card, ReferenceData.PUK, puk, reference, [pin])
    _present(card, ReferenceData.PUK, puk, reference)
    SecretCode.read(card, CODES[reference]).with_value(pin).put(card, CODES[reference])
    return b""


def _authorise_interface(card: CardContext, reference: ReferenceData) -> None:
    """Raises StatusWordError 6982."""
    if reference is ReferenceData.PAIRING_CODE or reference in FINGERS:
        allowed = not is_contactless(card) or card.channel.is_protected
    else:
        allowed = is_on_contact(card)
    if not allowed:
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)


def _refuse_blocked(card: CardContext, reference: ReferenceData) -> None:
    """No try is left, or none that contactless use may spend. Raises StatusWordError 6983."""
    kept = Settings.read(card.values).kept_tries if is_contactless(card) else 0
    if SecretCode.read(card, CODES[reference]).tries_left <= kept:
        raise StatusWordError(SW.AUTHENTICATION_METHOD_BLOCKED)


def _present(card: CardContext, code: ReferenceData, value: bytes, concerned: ReferenceData) -> SecretCode:
    """Compare with a code; where that fails, what is concerned is verified no longer. Raises StatusWordError 63CX."""
    try:
        return present(card, CODES[code], value)
    except StatusWordError:
        if concerned is not ReferenceData.PUK:
            set_verified(card, concerned, verified=False)
        raise


def _refuse_malformed(
    card: CardContext, code: ReferenceData, presented: bytes, concerned: ReferenceData, pins: list[bytes]
) -> None:
    """Refuse what would be no PIN; a wrong value that is presented with it costs a try on a card with extensions.

    Raises:
        StatusWordError: 6A80, and the retry counter is as before; 63CX.
    """
    if all(map(is_pin, pins)):
        return
    if Settings.read(card.values).extended:
        before = SecretCode.read(card, CODES[code])
        _present(card, code, presented, concerned)
        before.put(card, CODES[code])
        card.work.commit()
    raise StatusWordError(SW.WRONG_DATA)


def _tell(card: CardContext, reference: ReferenceData) -> bytes:
    """Whether it is verified. Raises StatusWordError 63CX, 6300."""
    if is_verified(card, reference):
        return b""
    if reference is ReferenceData.PAIRING_CODE:
        raise StatusWordError(SW.NV_CHANGED)
    raise StatusWordError(SecretCode.read(card, CODES[reference]).counter_word)


def _compare_finger(card: CardContext, reference: ReferenceData, data: bytes) -> None:
    """Raises StatusWordError 6A80, 63CX."""
    presented = presented_template(data)
    set_verified(card, reference, verified=False)
    attempt(card, CODES[reference], lambda value: is_enrolled_finger(value, presented))
    set_verified(card, reference, verified=True)


def _verify_pairing_code(card: CardContext, presented: bytes) -> None:
    """Raises StatusWordError 6A80, 6300."""
    if not is_pairing_code(presented):
        raise StatusWordError(SW.WRONG_DATA)
    verified = is_same_secret(pairing_code(card.values) or b"", presented)
    set_verified(card, ReferenceData.PAIRING_CODE, verified=verified)
    if not verified:
        raise StatusWordError(SW.NV_CHANGED)

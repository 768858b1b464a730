"""PW1, PW3 and the resetting code; VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER (OpenPGP card 3.4.1, 4.3, 7.2).

PW1 has two references, each with a security status of its own: 81 for signatures, 82 for everything else. Both stand
for one code with one retry counter. A try is spent, durably, before the comparison.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum, unique
from typing import TYPE_CHECKING, Final, Protocol, cast

from emulator.applications.secret_codes import SecretCode, present
from iso7816.status_words import SW, StatusWordError, counter_word

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

MAX_LENGTH: Final = 127
TRIES: Final = 3
_WRONG_P1_P2: Final = SW.OFFSET_OUTSIDE_EF
"""6B00, which the specification has for wrong parameters of every kind."""

_VERIFIED: Final = "verified"


class Values(Protocol):
    """The values of the application: a dictionary, or :class:`emulator.applications.contract.ApplicationValues`."""

    def get(self, key: bytes, /) -> bytes | None:
        """The value of a key, ``None`` where there is none."""
        ...


@unique
class PasswordReference(IntEnum):
    """P2 of VERIFY."""

    SIGNATURES = 0x81
    OTHER_USES = 0x82
    ADMINISTRATION = 0x83


@unique
class Password(Enum):
    """The codes: the key of each among the values of the application, and its least length."""

    PW1 = (b"PW1", 6, b"123456")
    PW3 = (b"PW3", 8, b"12345678")
    RESETTING_CODE = (b"resetting code", 8, None)

    def __init__(self, value_key: bytes, least: int, default: bytes | None) -> None:
        self.value_key = value_key
        self.least = least
        self.default = default

    def tries_left(self, values: Values) -> int:
        """The retry counter; 0 for a resetting code that there is not."""
        value = values.get(self.value_key)
        return 0 if value is None else SecretCode.from_bytes(value).tries_left

    def can_be(self, value: bytes) -> bool:
        """Whether a value has a length that the code may have."""
        return self.least <= len(value) <= MAX_LENGTH


_PASSWORDS: Final = {
    PasswordReference.SIGNATURES: Password.PW1,
    PasswordReference.OTHER_USES: Password.PW1,
    PasswordReference.ADMINISTRATION: Password.PW3,
}


def new_code(password: Password, value: bytes) -> tuple[bytes, bytes]:
    """Key and value of a code with all its tries."""
    return password.value_key, SecretCode.new(value, TRIES).to_bytes()


def verified(card: CardContext) -> set[PasswordReference]:
    """The references that are verified."""
    return cast("set[PasswordReference]", card.channel.application_state.setdefault(_VERIFIED, set()))


def require(card: CardContext, reference: PasswordReference) -> None:
    """Raises StatusWordError 6982 unless the reference is verified; secure messaging stands for PW3 (5, 7.5)."""
    if reference in verified(card):
        return
    if reference is not PasswordReference.ADMINISTRATION or not _comes_from_administration(card):
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)


def _comes_from_administration(card: CardContext) -> bool:
    """Whether the command came under the keys of the application: not under those of the card."""
    if not card.channel.is_protected:
        return False
    from iso7816.openpgp.session import OpenPGPCardSession

    return isinstance(card.channel.protecting, OpenPGPCardSession)


def _compare(card: CardContext, password: Password, presented: bytes) -> None:
    """Raises StatusWordError 6983 the code is blocked, 6982 it is another."""
    try:
        present(card, password.value_key, presented)
    except StatusWordError as refusal:
        verified(card).difference_update(each for each, of in _PASSWORDS.items() if of is password)
        if refusal.sw == SW.AUTHENTICATION_METHOD_BLOCKED:
            raise
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED) from None


@dataclass(frozen=True, slots=True)
class Verification:
    """P1 and P2 of VERIFY.

    Attributes:
        reference: P2.
        ends: whether the status is set to "not verified" (P1 FF).
    """

    reference: PasswordReference
    ends: bool


def parse_verify(p1: int, p2: int) -> Verification:
    """Raises StatusWordError 6B00 for another P1 or P2."""
    if p1 not in (0x00, 0xFF) or p2 not in PasswordReference.__members__.values():
        raise StatusWordError(_WRONG_P1_P2)
    return Verification(PasswordReference(p2), p1 == 0xFF)


def verify(card: CardContext, command: CommandAPDU, verification: Verification) -> Response:
    """VERIFY (7.2.2): compare, tell the status where there are no data, or end it.

    6982 wrong, 6983 blocked; without data 63CX not verified, with the tries that are left; 6700 data with P1 FF.
    """
    reference = verification.reference
    password = _PASSWORDS[reference]
    if verification.ends:
        if command.data:
            raise StatusWordError(SW.WRONG_LENGTH)
        verified(card).discard(reference)
    elif command.data:
        _compare(card, password, command.data)
        verified(card).add(reference)
    elif reference not in verified(card):
        left = password.tries_left(card.values)
        raise StatusWordError(counter_word(left) if left else SW.AUTHENTICATION_METHOD_BLOCKED)
    return b""


def parse_change(p1: int, p2: int) -> Password:
    """Raises StatusWordError 6B00 for another P1, or a P2 other than 81 and 83."""
    if p1 != 0 or p2 not in (PasswordReference.SIGNATURES, PasswordReference.ADMINISTRATION):
        raise StatusWordError(_WRONG_P1_P2)
    return _PASSWORDS[PasswordReference(p2)]


def change_reference_data(card: CardContext, command: CommandAPDU, password: Password) -> Response:
    """CHANGE REFERENCE DATA (7.2.3): the old value, then the new one.

    6982 wrong, 6983 blocked, 6A80 too short or long.
    """
    size = len(SecretCode.read(card, password.value_key).value)
    old, new = command.data[:size], command.data[size:]
    _compare(card, password, old)
    _set(card, password, new)
    return b""


@unique
class Reset(Enum):
    """P1 of RESET RETRY COUNTER."""

    WITH_RESETTING_CODE = 0x00
    BY_ADMINISTRATION = 0x02


def parse_reset(p1: int, p2: int) -> Reset:
    """Raises StatusWordError 6B00 for another P1, or a P2 other than 81."""
    if p2 != PasswordReference.SIGNATURES:
        raise StatusWordError(_WRONG_P1_P2)
    try:
        return Reset(p1)
    except ValueError:
        raise StatusWordError(_WRONG_P1_P2) from None


def reset_retry_counter(card: CardContext, command: CommandAPDU, reset: Reset) -> Response:
    """RESET RETRY COUNTER (7.2.4): a new value for PW1, and all its tries.

    6982 the resetting code is wrong, or PW3 is not verified; 6983 it is blocked, or there is none; 6A80 too short or
    long.
    """
    new = command.data
    if reset is Reset.BY_ADMINISTRATION:
        require(card, PasswordReference.ADMINISTRATION)
    else:
        if Password.RESETTING_CODE.value_key not in card.values:
            raise StatusWordError(SW.AUTHENTICATION_METHOD_BLOCKED)
        size = len(SecretCode.read(card, Password.RESETTING_CODE.value_key).value)
        _compare(card, Password.RESETTING_CODE, new[:size])
        new = new[size:]
    _set(card, Password.PW1, new)
    return b""


def put_resetting_code(card: CardContext, value: bytes) -> None:
    """PUT DATA D3: a resetting code with all its tries; an empty one is none. Raises StatusWordError 6A80."""
    if value:
        _set(card, Password.RESETTING_CODE, value)
    else:
        card.values.remove(Password.RESETTING_CODE.value_key)


def _set(card: CardContext, password: Password, value: bytes) -> None:
    if not password.can_be(value):
        raise StatusWordError(SW.WRONG_DATA)
    card.values.put(*new_code(password, value))

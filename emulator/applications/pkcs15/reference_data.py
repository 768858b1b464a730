"""The PIN and the PUK, and what the PIN gives access to: VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER.

The PIN is a CHV of the application's DF. Its life has three parts::

    creation         neither is set; the CHV is disabled: everything is allowed
    initialisation   the PUK is set
    operational      the PIN is set; from now on rules that name it are in force

The PIN has 4 to 16 bytes and is padded with 00; the PUK has 16.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, unique
from typing import TYPE_CHECKING, Final

from emulator.access_control import is_chv_satisfied
from emulator.applications.pkcs15.access_conditions import LOCAL_PIN
from emulator.applications.pkcs15.interface import PIN, PUK
from emulator.commands import chv as card_chv
from emulator.persistent import CHV, CHVState, UnblockingCode
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from emulator.persistent import ReferenceId
    from iso7816.apdu import CommandAPDU

PIN_LENGTHS: Final = range(4, 17)
PUK_LENGTH: Final = 16
PIN_TRIES: Final = 3
PUK_TRIES: Final = 5
_PADDING: Final = 0x00
_PADDED_LENGTH: Final = PIN_LENGTHS[-1]


@unique
class Change(Enum):
    """P1 and P2 of CHANGE REFERENCE DATA."""

    CHANGE_PIN = (0x00, PIN)
    SET_PIN = (0x01, PIN)
    SET_PUK = (0x01, PUK)


_CHANGES: Final = {change.value: change for change in Change}


def new_pin() -> CHV:
    """The PIN of a card on which none is set: its value is nobody's, and is not compared while it is disabled."""
    return CHV(
        b"\xff" * _PADDED_LENGTH,
        PIN_TRIES,
        PIN_TRIES,
        PIN_LENGTHS.start,
        _PADDED_LENGTH,
        _PADDING,
        CHVState.DISABLED,
        may_be_disabled=False,
    )


def find_pin(card: CardContext) -> tuple[ReferenceId, CHV]:
    """Where the PIN is, and the PIN."""
    where = card.channel.application, LOCAL_PIN
    return where, card.state.chvs[where]


def require_pin(card: CardContext) -> None:
    """Raises StatusWordError 6982 unless the PIN is verified, or not yet set."""
    if not is_chv_satisfied(card.state, card.channel, find_pin(card)[0]):
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)


def log_out(card: CardContext) -> None:
    """Forget that the PIN was verified."""
    card.channel.verified.discard(find_pin(card)[0])


def parse_pin(p1: int, p2: int) -> None:
    """Raises StatusWordError 6A86 unless P1 is 00 and P2 the PIN."""
    if p1 != 0 or p2 != PIN:
        raise StatusWordError(SW.INCORRECT_P1_P2)


def parse_change(p1: int, p2: int) -> Change:
    """Raises StatusWordError 6A86 for another combination than those of :class:`Change`."""
    change = _CHANGES.get((p1, p2))
    if change is None:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return change


def verify(card: CardContext, command: CommandAPDU, _parameters: None) -> Response:
    """VERIFY (20): data are the PIN, padded or not; without data as the card's own.

    6700 its length, 6984 it is not set, 6983 blocked, 63CX another.
    """
    data = command.data
    if data:
        if find_pin(card)[1].state is CHVState.DISABLED:
            raise StatusWordError(SW.REFERENCE_DATA_NOT_USABLE)
        command = command._replace(data=_padded(data))
    return card_chv.verify(card, command, (card_chv.Verification.VERIFY, LOCAL_PIN))


def _padded(pin: bytes) -> bytes:
    """Raises StatusWordError 6700 for a length that no PIN has."""
    if len(pin) not in PIN_LENGTHS:
        raise StatusWordError(SW.WRONG_LENGTH)
    return pin.ljust(_PADDED_LENGTH, bytes((_PADDING,)))


def change_reference_data(card: CardContext, command: CommandAPDU, change: Change) -> Response:
    """CHANGE REFERENCE DATA (24): sets the PUK, sets the PIN, or changes it; the old and the new one are padded.

    6985 not in this part of the PIN's life, 6700 a length, 6A80 a new PIN of fewer than 4 bytes before its padding,
    6983 blocked, 63CX another PIN.
    """
    where, pin = find_pin(card)
    if (change is Change.CHANGE_PIN) != (pin.state is CHVState.ENABLED):
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    if change is Change.CHANGE_PIN:
        if len(command.data) != 2 * _PADDED_LENGTH:
            raise StatusWordError(SW.WRONG_LENGTH)
        return card_chv.change_reference_data(card, command, (card_chv.DataInChange.OLD_AND_NEW, LOCAL_PIN))
    if change is Change.SET_PUK:
        if pin.puk is not None:
            raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
        if len(command.data) != PUK_LENGTH:
            raise StatusWordError(SW.WRONG_LENGTH)
        card.work.put_chv(where, replace(pin, puk=UnblockingCode(command.data, PUK_TRIES, PUK_TRIES)))
        return b""
    new = _padded(command.data)
    if not card_chv.is_new_value(pin, new):
        raise StatusWordError(SW.WRONG_DATA)
    card.work.put_chv(where, replace(pin, value=new, state=CHVState.ENABLED))
    card.work.commit()
    # Whoever sets it knows it: what follows needs no VERIFY.
    card.channel.verify(where)
    return b""


def reset_retry_counter(card: CardContext, command: CommandAPDU, _parameters: None) -> Response:
    """RESET RETRY COUNTER (2C): data are the PUK and a new PIN.

    6985 the PIN is not set, 6984 there is no PUK, 6700 a length, 6983 the PUK is blocked, 63CX another PUK, 6A80 a new
    PIN of fewer than 4 bytes before its padding.
    """
    if find_pin(card)[1].state is CHVState.DISABLED:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    data = command.data[:PUK_LENGTH] + _padded(command.data[PUK_LENGTH:])
    parameters = card_chv.DataInReset.CODE_AND_NEW, LOCAL_PIN
    return card_chv.reset_retry_counter(card, command._replace(data=data), parameters)

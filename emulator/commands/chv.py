"""VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER, ENABLE and DISABLE VERIFICATION REQUIREMENT
(ISO/IEC 7816-4:2005, 7.5).

P2 refers to the CHV: bits 5 to 1 its number, bit 8 clear for one of the whole card, set for one of
the current DF or the nearest DF above that has it.

A retry counter is spent durably before the comparison, and given back after a success: whoever cuts
the power in between has spent the try. Comparisons take the same time wherever the values differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum, unique
from typing import TYPE_CHECKING, TypeVar

from emulator.access_control import is_chv_satisfied, is_met
from emulator.persistent import CHV, CHVState, ReferenceId
from emulator.references import find_chv
from emulator.requirement import is_reference
from iso7816.authentication import is_same_secret
from iso7816.status_words import SW, StatusWordError, counter_word

if TYPE_CHECKING:
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU


@unique
class Verification(Enum):
    """P1 of VERIFY."""

    VERIFY = 0x00
    """Compare the data, or without data tell the state."""
    LOG_OUT = 0xFF
    """Set the state to not verified."""


@unique
class DataInChange(Enum):
    """P1 of CHANGE REFERENCE DATA."""

    OLD_AND_NEW = 0x00
    NEW = 0x01


@unique
class DataInReset(Enum):
    """P1 of RESET RETRY COUNTER."""

    CODE_AND_NEW = 0x00
    CODE = 0x01
    NEW = 0x02
    NOTHING = 0x03


@unique
class DataInSwitch(Enum):
    """P1 of ENABLE and DISABLE VERIFICATION REQUIREMENT."""

    VERIFICATION_DATA = 0x00
    NOTHING = 0x01


_Kind = TypeVar("_Kind", bound=Enum)


def _parser(kind: type[_Kind]) -> Callable[[int, int], tuple[_Kind, int]]:
    """A parser for a P1 of ``kind`` and a reference in P2."""
    members = {member.value: member for member in kind}

    def parse(p1: int, p2: int) -> tuple[_Kind, int]:
        """Raises StatusWordError 6A86 for another P1, or bits 7 and 6 set in P2."""
        member = members.get(p1)
        if member is None or p2 & 0x60:
            raise StatusWordError(SW.INCORRECT_P1_P2)
        return member, p2

    return parse


parse_verify = _parser(Verification)
parse_change = _parser(DataInChange)
parse_reset = _parser(DataInReset)
parse_switch = _parser(DataInSwitch)


def _find(card: CardContext, reference: int) -> tuple[ReferenceId, CHV]:
    """The CHV that P2 refers to. Raises StatusWordError 6A88."""
    where = find_chv(card.state, card.channel.df, reference) if is_reference(reference) else None
    if where is None:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    return where, card.state.chvs[where]


def pad(chv: CHV, value: bytes) -> bytes:
    """Verification data as they are presented and stored: filled up where the CHV has a padding byte."""
    return value if chv.padding is None else value.ljust(chv.max_length, bytes((chv.padding,)))


def _presented_lengths(chv: CHV) -> range:
    least = chv.min_length if chv.padding is None else chv.max_length
    return range(least, chv.max_length + 1)


def is_new_value(chv: CHV, value: bytes) -> bool:
    """Whether ``value`` (padded, where the CHV is) can be the reference data."""
    if len(value) not in _presented_lengths(chv):
        return False
    return chv.padding is None or len(value.rstrip(bytes((chv.padding,)))) >= chv.min_length


def _spend(card: CardContext, where: ReferenceId, presented: bytes) -> CHV:
    """Compare ``presented`` with a CHV; returns the CHV with its counter full, not yet put.

    Raises:
        StatusWordError: 6983 blocked, 63CX wrong.
    """
    chv = card.state.chvs[where]
    if chv.tries_left == 0:
        raise StatusWordError(SW.AUTHENTICATION_METHOD_BLOCKED)
    spent = replace(chv, tries_left=chv.tries_left - 1)
    card.work.put_chv(where, spent)
    card.work.commit()
    if not is_same_secret(chv.value, presented):
        card.channel.verified.discard(where)
        raise StatusWordError(counter_word(spent.tries_left))
    return replace(chv, tries_left=chv.max_tries)


def verify(card: CardContext, command: CommandAPDU, parameters: tuple[Verification, int]) -> Response:
    """VERIFY (20)."""
    how, reference = parameters
    where, chv = _find(card, reference)
    verified = card.channel.verified
    if how is Verification.LOG_OUT:
        if command.data:
            raise StatusWordError(SW.WRONG_LENGTH)
        verified.discard(where)
        return b""
    if not command.data:
        if is_chv_satisfied(card.state, card.channel, where):
            return b""
        raise StatusWordError(_state_word(chv))
    if chv.state is CHVState.TRANSPORT:
        raise StatusWordError(SW.REFERENCE_DATA_NOT_USABLE)
    if len(command.data) not in _presented_lengths(chv):
        raise StatusWordError(SW.WRONG_LENGTH)
    card.work.put_chv(where, _spend(card, where, command.data))
    card.work.commit()
    card.channel.verify(where)
    return b""


def _state_word(chv: CHV) -> int:
    if chv.tries_left == 0:
        return SW.AUTHENTICATION_METHOD_BLOCKED
    return SW.REFERENCE_DATA_NOT_USABLE if chv.state is CHVState.TRANSPORT else counter_word(chv.tries_left)


def change_reference_data(card: CardContext, command: CommandAPDU, parameters: tuple[DataInChange, int]) -> Response:
    """CHANGE REFERENCE DATA (24); a CHV in the transport state becomes usable by it."""
    how, reference = parameters
    where, chv = _find(card, reference)
    lengths = _presented_lengths(chv)
    new = command.data
    if how is DataInChange.OLD_AND_NEW:
        if not 2 * lengths.start <= len(new) <= 2 * lengths[-1]:
            raise StatusWordError(SW.WRONG_LENGTH)
        old, new = new[: len(chv.value)], new[len(chv.value) :]
        chv = _spend(card, where, old)
        card.work.put_chv(where, chv)
        card.work.commit()
    elif chv.tries_left == 0:
        raise StatusWordError(SW.AUTHENTICATION_METHOD_BLOCKED)
    elif where not in card.channel.verified:
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)
    if not is_new_value(chv, new):
        raise StatusWordError(SW.WRONG_DATA)
    state = CHVState.ENABLED if chv.state is CHVState.TRANSPORT else chv.state
    card.work.put_chv(where, replace(chv, value=new, state=state))
    return b""


def reset_retry_counter(card: CardContext, command: CommandAPDU, parameters: tuple[DataInReset, int]) -> Response:
    """RESET RETRY COUNTER (2C): by the unblocking code, or by the condition of the CHV for it."""
    how, reference = parameters
    where, chv = _find(card, reference)
    new = command.data
    if how is DataInReset.CODE_AND_NEW or how is DataInReset.CODE:
        new = _spend_code(card, where, chv, command.data, alone=how is DataInReset.CODE)
        chv = card.state.chvs[where]
    elif not is_met(card.state, card.channel, chv.unblock, where[0] or card.channel.df):
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)
    if how is DataInReset.NEW or how is DataInReset.CODE_AND_NEW:
        if not is_new_value(chv, new):
            raise StatusWordError(SW.WRONG_DATA)
        chv = replace(chv, value=new)
    elif new:
        raise StatusWordError(SW.WRONG_LENGTH)
    card.work.put_chv(where, replace(chv, tries_left=chv.max_tries))
    return b""


def _spend_code(card: CardContext, where: ReferenceId, chv: CHV, data: bytes, *, alone: bool) -> bytes:
    """Compare the unblocking code at the head of ``data``; returns what follows it.

    Raises:
        StatusWordError: 6984 the CHV has none, 6983 it is blocked, 6700 length, 63CX wrong.
    """
    code = chv.puk
    if code is None:
        raise StatusWordError(SW.REFERENCE_DATA_NOT_USABLE)
    lengths = _presented_lengths(chv)
    size = len(code.value)
    if len(data) != size if alone else not size + lengths.start <= len(data) <= size + lengths[-1]:
        raise StatusWordError(SW.WRONG_LENGTH)
    if code.tries_left == 0:
        raise StatusWordError(SW.AUTHENTICATION_METHOD_BLOCKED)
    spent = replace(code, tries_left=code.tries_left - 1)
    card.work.put_chv(where, replace(chv, puk=spent))
    card.work.commit()
    if not is_same_secret(code.value, data[:size]):
        raise StatusWordError(counter_word(spent.tries_left))
    card.work.put_chv(where, replace(chv, puk=replace(code, tries_left=code.max_tries)))
    card.work.commit()
    return data[size:]


def enable_verification(card: CardContext, command: CommandAPDU, parameters: tuple[DataInSwitch, int]) -> Response:
    """ENABLE VERIFICATION REQUIREMENT (28)."""
    return _switch(card, command, parameters, CHVState.DISABLED, CHVState.ENABLED)


def disable_verification(card: CardContext, command: CommandAPDU, parameters: tuple[DataInSwitch, int]) -> Response:
    """DISABLE VERIFICATION REQUIREMENT (26)."""
    return _switch(card, command, parameters, CHVState.ENABLED, CHVState.DISABLED)


def _switch(
    card: CardContext, command: CommandAPDU, parameters: tuple[DataInSwitch, int], before: CHVState, after: CHVState
) -> Response:
    """Raises StatusWordError 6985 where the CHV is not in the state ``before`` or may not be disabled."""
    how, reference = parameters
    where, chv = _find(card, reference)
    if how is DataInSwitch.VERIFICATION_DATA:
        if len(command.data) not in _presented_lengths(chv):
            raise StatusWordError(SW.WRONG_LENGTH)
    elif command.data:
        raise StatusWordError(SW.WRONG_LENGTH)
    if chv.tries_left == 0:
        raise StatusWordError(SW.AUTHENTICATION_METHOD_BLOCKED)
    if chv.state is not before or (after is CHVState.DISABLED and not chv.may_be_disabled):
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    if how is DataInSwitch.VERIFICATION_DATA:
        chv = _spend(card, where, command.data)
    elif where not in card.channel.verified:
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)
    card.work.put_chv(where, replace(chv, state=after))
    card.work.commit()
    if how is DataInSwitch.VERIFICATION_DATA:
        card.channel.verify(where)
    return b""

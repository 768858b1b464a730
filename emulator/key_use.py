"""Whether a key may be used now, and what a use costs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from emulator.access_control import is_closed, is_met
from emulator.keys import possible_operations
from emulator.persistent import MF_NUMBER, CHVState
from emulator.references import find_chv
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext
    from emulator.keys import Key, KeyMaterial, KeyOperation
    from emulator.persistent import ReferenceId


def authorise_use(card: CardContext, where: ReferenceId, key: Key, operation: KeyOperation) -> KeyMaterial:
    """Let an operation with a key pass; returns the key's value.

    Raises:
        StatusWordError: 6984 the key is not for it, or has no value, or not the private half that it takes; 6985 its DF
            is closed or its uses are spent; 6982 its rule ``use`` is not met, or its CHVs were not verified anew.
    """
    material = usable_material(key, operation)
    authorise_now(card, where, key)
    return material


def usable_material(key: Key, operation: KeyOperation) -> KeyMaterial:
    """The value of a key that is for an operation.

    Raises:
        StatusWordError: 6984 the key is not for it, or has no value, or not the private half that it takes.
    """
    material = key.material
    if operation not in key.operations or material is None:
        raise StatusWordError(SW.REFERENCE_DATA_NOT_USABLE)
    if material.is_public and operation not in possible_operations(key.algorithm, public=True):
        raise StatusWordError(SW.REFERENCE_DATA_NOT_USABLE)
    return material


def authorise_now(card: CardContext, where: ReferenceId, key: Key) -> None:
    """Let a use of a key pass, whatever for: what may change from one use to the next.

    Raises:
        StatusWordError: 6985 its DF is closed or its uses are spent; 6982 its rule ``use`` is not met, or its CHVs were
            not verified anew.
    """
    state, channel, df = card.state, card.channel, where[0]
    if is_closed(state, df or MF_NUMBER) or key.uses_left == 0:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    df = df or channel.df
    if not is_met(state, channel, key.use, df) or (key.chv_each_time and _used_up(card, key, df)):
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)


def _used_up(card: CardContext, key: Key, df: int) -> bool:
    """Whether the CHVs that the rule names want to be verified anew: all of them, or one, as the rule says."""
    chvs = (find_chv(card.state, df, reference) for reference in key.use.chvs)
    return not (all if key.use.all_of else any)(where is not None and _is_fresh(card, where) for where in chvs)


def _is_fresh(card: CardContext, where: ReferenceId) -> bool:
    # A CHV that need not be verified cannot be verified anew either.
    if card.state.chvs[where].state is CHVState.DISABLED:
        return True
    return where in card.channel.verified and where not in card.channel.consumed


def spend_use(card: CardContext, where: ReferenceId, key: Key) -> None:
    """Count one use, durably, before it: whoever cuts the power in between has spent it.

    Raises:
        PowerCut, WriteFailure: it could not be counted.
    """
    count_use(card, where, key)
    if key.uses_left is not None:
        card.work.commit()


def count_use(card: CardContext, where: ReferenceId, key: Key) -> None:
    """The same, durable with what is committed next."""
    if key.chv_each_time:
        df = where[0] or card.channel.df
        chvs = (find_chv(card.state, df, reference) for reference in key.use.chvs)
        card.channel.consumed.update(chv for chv in chvs if chv in card.channel.verified)
    if key.uses_left is not None:
        card.work.put_key(where, replace(key, uses_left=key.uses_left - 1))

"""The life cycle of the whole card, which is that of its MF.

TERMINATE CARD USAGE ends it for good. The card still answers a reset, with a life cycle status that says so where its
historical bytes have one (ISO/IEC 7816-4:2020, 12.1.1.9), and it still tells what it is by GET DATA; nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from emulator.persistent import MF_NUMBER
from iso7816.atr import ATR
from iso7816.errors import Iso7816Error
from iso7816.file_control import LifeCycle
from iso7816.historical_bytes import HistoricalBytes, StatusIndicator

if TYPE_CHECKING:
    from emulator.persistent import PersistentState


def is_terminated(state: PersistentState) -> bool:
    """Whether the card has come to its end."""
    return state.files[MF_NUMBER].life_cycle is LifeCycle.TERMINATED


def answer_to_reset(state: PersistentState) -> bytes:
    """The ATR in the present life cycle."""
    atr = state.identity.atr
    return _terminated(atr) if is_terminated(state) else atr


@cache
def _terminated(atr: bytes) -> bytes:
    """The ATR with the life cycle status "terminated" where it has a life cycle status, else as it is."""
    try:
        parsed = ATR.parse(atr)
        historical = HistoricalBytes.parse(parsed.historical_bytes)
    except Iso7816Error:
        return atr
    if historical.status is None or historical.status.life_cycle is None:
        return atr
    status = StatusIndicator(LifeCycle.TERMINATED, historical.status.sw)
    return replace(parsed, historical_bytes=replace(historical, status=status).to_bytes()).to_bytes()

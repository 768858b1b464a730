"""Comparing readers with what a caller believes (SCardGetStatusChange), as pcsc-lite does.

Pure functions: a view of the readers in, states out. What counts as a change:

* UNAWARE (0) always; IGNORE never;
* the event counter, where the caller gives one;
* PRESENT believed of an empty reader and EMPTY of a full one, MUTE either way;
* INUSE and EXCLUSIVE believed of a reader, and UNPOWERED of a card, that is not so; a caller who leaves them out is
  not told of them.

CHANGED in what is believed is disregarded: CHANGED alone is UNAWARE. pcsc-lite never shows UNPOWERED.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from scardmgr.winscard.constants import PNP_NOTIFICATION, CardState, ReaderStateFlag
from scardmgr.winscard.values import ReaderState

_PNP = PNP_NOTIFICATION.casefold()

_CHANGED = ReaderStateFlag.CHANGED.value
_UNKNOWN = ReaderStateFlag.UNKNOWN.value
_UNAVAILABLE = ReaderStateFlag.UNAVAILABLE.value
_EMPTY = ReaderStateFlag.EMPTY.value
_PRESENT = ReaderStateFlag.PRESENT.value
_EXCLUSIVE = ReaderStateFlag.EXCLUSIVE.value
_INUSE = ReaderStateFlag.INUSE.value
_MUTE = ReaderStateFlag.MUTE.value
_UNPOWERED = ReaderStateFlag.UNPOWERED.value


# Plain numbers: operations on flags would take most of the time, and a monitor may watch hundreds of readers.
_IGNORE = ReaderStateFlag.IGNORE.value
_CARD_PRESENT = CardState.PRESENT.value
_CARD_SWALLOWED = CardState.SWALLOWED.value
_CARD_POWERED = CardState.POWERED.value


class ReaderView(NamedTuple):
    """What can be seen of a reader from outside.

    Attributes:
        state: state of reader and card.
        atr: empty without one.
        event_counter: 16 bits that every insertion and removal counts up.
        connections: open handles.
        exclusive: held EXCLUSIVE.
    """

    state: CardState
    atr: bytes
    event_counter: int
    connections: int
    exclusive: bool


def is_pnp(name: str) -> bool:
    """Whether a name is that of the PnP notification (in any case of letters)."""
    return name.casefold() == _PNP


def is_ignored(state: ReaderState) -> bool:
    """Whether the caller asks to disregard this reader."""
    return bool(state.current_state & _IGNORE)


def disregarded(state: ReaderState) -> ReaderState:
    """What comes of a state that is ignored: nothing is seen, whatever was seen before."""
    return replace(state, event_state=0, atr=b"")


def compare(
    states: Sequence[ReaderState], views: Mapping[str, ReaderView], reader_events: int, events_at_start: int
) -> tuple[list[ReaderState], bool]:
    """The states as they are, and whether any is not as believed.

    Args:
        states: what the caller believes.
        views: the readers that exist, by name.
        reader_events: 16 bits that every reader that comes or goes counts up.
        events_at_start: the same when the call began.
    """
    seen = [_compare_one(state, views, reader_events, events_at_start) for state in states]
    return seen, any(state.event_state & _CHANGED for state in seen)


def _compare_one(
    state: ReaderState, views: Mapping[str, ReaderView], reader_events: int, events_at_start: int
) -> ReaderState:
    believed = state.current_state
    if believed & _IGNORE:
        return disregarded(state)
    view = views.get(state.reader)
    if view is not None:
        return _compare_reader(state, view)
    if is_pnp(state.reader):
        known = believed >> 16
        changed = reader_events != (known if known > 0 else events_at_start)
        return replace(state, event_state=reader_events << 16 | (_CHANGED if changed else 0), atr=b"")
    changed = not believed & _UNKNOWN
    return replace(state, event_state=_UNKNOWN | _UNAVAILABLE | (_CHANGED if changed else 0), atr=b"")


def _compare_reader(state: ReaderState, view: ReaderView) -> ReaderState:
    believed = state.current_state & ~_CHANGED
    counted, card = believed >> 16, int(view.state)
    event = view.event_counter << 16
    changed = (
        believed == 0 or bool(believed & (_UNKNOWN | _UNAVAILABLE)) or (counted > 0 and counted != view.event_counter)
    )
    if card & _CARD_PRESENT:
        event |= _PRESENT
        mute = bool(card & _CARD_SWALLOWED)
        if mute:
            event |= _MUTE
        elif not card & _CARD_POWERED:
            event |= _UNPOWERED
        changed |= bool(believed & _EMPTY) or bool(believed & _MUTE) != mute or bool(believed & _UNPOWERED & ~event)
    else:
        event |= _EMPTY
        changed |= bool(believed & _PRESENT)
    if view.exclusive:
        event |= _EXCLUSIVE
        changed |= bool(believed & _INUSE)
    elif view.connections == 0:
        changed |= bool(believed & (_INUSE | _EXCLUSIVE))
    elif card & _CARD_PRESENT:
        event |= _INUSE
        changed |= bool(believed & _EXCLUSIVE)
    return ReaderState(state.reader, state.current_state, event | (_CHANGED if changed else 0), view.atr)

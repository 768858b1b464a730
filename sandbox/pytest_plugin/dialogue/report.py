"""The section "card dialogue" of a failing test's report: what was said to its card, in words, secrets masked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from iso7816.describe import Dialogue, Names
from sandbox.dialogue_view import lines, names_for
from sandbox.pytest_plugin.dialogue.record import Event
from sandbox.pytest_plugin.markers.wish import wish_of
from sandbox.pytest_plugin.wrong_use import WrongUse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pytest

    from sandbox.pytest_plugin.dialogue.record import Entry, Record
    from sandbox.pytest_plugin.markers.wish import Wish

#: Of the section, and of the property in a JUnit report.
TITLE = "card dialogue"
#: How many entries are shown, the latest: of a test, in practice, all.
SHOWN = 1000
#: How wide a line of bytes can be: a short APDU fits, of a longer one the beginning is shown.
WIDTH = 800
#: How many entries before those shown are followed, for what they selected.
_FOLLOWED = 1000
_GET_RESPONSE = 0xC0


def add_to(report: pytest.TestReport, item: pytest.Item, record: Record) -> None:
    """Give the report of a phase that failed the section and the property.

    The property is in the reports of later phases, too: ``--junitxml`` takes it from the last one.
    """
    wish = _wish(item) if report.failed else None
    _add(report, TITLE, record, wish and wish.what, _advice(wish))
    for each in record.beside:
        _add(report, f"{TITLE}, {each.reader}", each.record, each.what)


def _add(report: pytest.TestReport, title: str, record: Record, what: object, advice: str = "") -> None:
    if report.failed and (record.entries or record.under_way is not None or report.when != "setup"):
        record.told = told(record, what) or f"(nothing was said to the card{advice})"
        report.sections.append((title, record.told))
    if record.told:
        others = [each for each in report.user_properties if each[0] != title]
        report.user_properties = [*others, (title, record.told)]


def _advice(wish: Wish | None) -> str:
    """What is forgotten most often, where a program has not found its card."""
    if wish is None or wish.via != "pcscd":
        return ""
    return ": a program sees its reader with env={**os.environ, **reader.environment}"


def _wish(item: pytest.Item) -> Wish | None:
    """What a test asks for; ``None`` for a card in somebody's reader, or where it is wrong."""
    if item.config.getoption("scard_reader") is not None:
        return None
    try:
        return wish_of(item)
    except WrongUse:
        return None


def told(record: Record, what: object = None) -> str:
    """The dialogue in lines; empty where nothing was said.

    Args:
        record: of a test.
        what: the card that its marker names; a built-in profile's files, CHVs and keys are called by their names.
    """
    names = names_for(what) if isinstance(what, str) else Names()
    entries: Sequence[Entry] = tuple(record.entries.copy())
    if record.left_out == 0 and entries and entries[0][0] is Event.POWER_ON and isinstance(entries[0][1], bytes):
        entries = entries[1:]  # a card as new has power; pcscd may give it a moment before or after the test begins
    if record.under_way is not None:
        entries = (*entries, (record.under_way, "not yet"))
    first = max(0, len(entries) - SHOWN)
    left_out = record.left_out + first
    begin = _before(entries, first)
    told_lines = [] if left_out == 0 else [f"(left out: {left_out} earlier)"]
    shown = (part for number, part in _parts(entries, begin, names) if number >= first)
    for part in shown:
        told_lines += part
    return "\n".join(told_lines)


def _before(entries: Sequence[Entry], first: int) -> int:
    """Where to begin following: not in the middle of a response, which may be a secret's."""
    begin = max(0, first - _FOLLOWED)
    while begin > 0 and _fetches_more(entries[begin][0]):
        begin -= 1
    return begin


def _fetches_more(what: bytes | Event) -> bool:
    return isinstance(what, bytes) and what[1:2] == bytes((_GET_RESPONSE,))


def _parts(entries: Sequence[Entry], begin: int, names: Names) -> Iterator[tuple[int, list[str]]]:
    """The number and the lines of each entry from ``begin`` on."""
    dialogue = Dialogue(names)
    for number in range(begin, len(entries)):
        what, answer = entries[number]
        if isinstance(what, Event):
            # The names are those of the test's own card.
            if what is Event.SWAPPED:
                dialogue = Dialogue()
            elif what is Event.INSERTED:
                dialogue = Dialogue(names)
            else:
                dialogue.reset()
            yield number, [_event(what, answer)]
            continue
        entry = dialogue.entry(what, answer if isinstance(answer, bytes) else None)
        if isinstance(answer, str):
            entry = replace(entry, status=f"no answer: {answer}")
        yield number, [line.plain.rstrip() for line in lines(entry, width=WIDTH)]


def _event(event: Event, answer: bytes | str | None) -> str:
    match answer:
        case bytes():
            return f"{event.value}, ATR {answer.hex(' ').upper()}"
        case str():
            return f"{event.value}: {answer}"
    return event.value

"""A decoded dialogue on the screen: what was asked, in words and bytes, and what came back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.text import Text

    from iso7816.describe import DialogueEntry, Names


def names_for(card: str | None) -> Names:
    """The names of a built-in profile's files, CHVs and keys; none for any other card."""
    from iso7816.describe import Names
    from iso7816.errors import NamesError

    if card is None:
        return Names()
    try:
        return Names.load(card)
    except NamesError:
        return Names()


def lines(entry: DialogueEntry, *, width: int | None = None) -> Iterator[Text]:
    """The lines of one entry, bytes cut to ``width`` columns where that is given."""
    from rich.text import Text

    def cut(text: str) -> str:
        return text if width is None or len(text) <= width else f"{text[: width - 2].rstrip()} …"

    yield Text.assemble((entry.name, "bold cyan"), " ", entry.parameters)
    yield Text.assemble(("  > ", "dim"), (cut(entry.command), "dim"))
    for line in entry.sent:
        yield Text.assemble(("    ", "dim"), (cut(line), "italic"))
    if entry.response:
        yield Text.assemble(("  < ", "dim"), (cut(entry.response), "dim"))
    for line in entry.received:
        yield Text.assemble(("    ", "dim"), (cut(line), "italic"))
    yield Text.assemble(("  < ", "dim"), (entry.outcome, style_of(entry.sw)))


def style_of(sw: int | None) -> str:
    """Green for success, yellow for a warning, red for a refusal or no answer."""
    from iso7816.status_words import is_success

    if sw is None:
        return "bold red"
    if is_success(sw):
        return "green"
    return "yellow" if sw >> 8 in (0x62, 0x63) else "red"

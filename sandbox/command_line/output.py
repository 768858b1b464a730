"""How results leave: for a person, in colour on a terminal and plain when piped; for a script, as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar
from unicodedata import category

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.console import Console

Function = TypeVar("Function", bound="Callable[..., object]")
PIPED_WIDTH = 10_000


def json_option(function: Function) -> Function:
    """Give a command the option --json."""
    return click.option("--json", "as_json", is_flag=True, help="Write JSON, for a script.")(function)


def write_json(value: Any) -> None:
    """Write ``value`` as JSON; bytes must have been made hex before."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def console() -> Console:
    """Standard output, which wraps nothing when it is piped: a line stays a line for grep and cut."""
    from rich.console import Console

    out = Console(highlight=False)
    if not out.is_terminal:
        out = Console(highlight=False, width=PIPED_WIDTH, no_color=True)
    return out


def write_table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """A table for a person: framed on a terminal; when piped, tab-separated without headings."""
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    out = console()
    if not out.is_terminal:
        for row in rows:
            click.echo("\t".join(map(visible, row)))
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(escape(visible(cell)) for cell in row))
    out.print(table)


def visible(text: str) -> str:
    """``text`` with an escape for what would steer a terminal, end a line or a column, or be no text at all."""
    return "".join(
        character
        if character.isprintable() or category(character) == "Zs"
        else character.encode("unicode_escape").decode()
        for character in text
    )


def spaced_hex(data: bytes) -> str:
    """``data`` in upper-case hex, a space between bytes."""
    return data.hex(" ").upper()

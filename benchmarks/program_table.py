"""Flows of programs as docs/performance.md has them: a table under each heading, both figures of a flow in a row."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from program_flows import ALONE, MOST_SHARE

if TYPE_CHECKING:
    from measure import Figure

COLUMNS = ("flow", "`scard run`", "in the card", f"≤ {MOST_SHARE:.0%}".replace("%", " %"), "alone", "in the card")
VERDICTS = {None: "", True: "met", False: "missed"}


def program_tables(figures: Sequence[Figure]) -> str:
    """All tables; figures with the same heading stand together."""
    return "\n".join(_table(heading, list(found)) for heading, found in groupby(figures, lambda one: one.heading))


def _table(heading: str, figures: Sequence[Figure]) -> str:
    alone = {figure.name: figure for figure in figures if figure.name.endswith(ALONE)}
    whole = [figure for figure in figures if figure.name not in alone]
    rows = [
        COLUMNS,
        ("---",) * len(COLUMNS),
        *((one.name, *_cells(one), VERDICTS[one.met], *_cells(alone.get(f"{one.name}{ALONE}"))) for one in whole),
    ]
    return f"### {heading}\n\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _cells(figure: Figure | None) -> tuple[str, str]:
    """The time, and the card's share of it, where there are any."""
    if figure is None:
        return "", ""
    return f"{figure.value:.3g} {figure.unit}", "" if figure.ratio is None else f"{figure.ratio:.1%}".replace("%", " %")

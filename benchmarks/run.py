"""All benchmarks: ``python benchmarks/run.py``, with the package and its ``pcsc`` extra installed.

Each figure stands beside its peer or limit, measured in turns in the same run; a bar that is missed is
said, and makes the exit status 1. ``--json FILE`` keeps the figures and the machine.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from program_table import program_tables
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from measure import Figure

GROUPS = (
    "in-process",
    "files",
    "file-reading",
    "fresh-card",
    "images",
    "key-operations",
    "protected-reading",
    "plugin",
    "parallel",
    "daemons",
    "readers",
    "status-change",
    "threads",
    "stock-driver",
    "real-pcsc",
    "foreign-card",
    "programs",
    "ykman",
    "start-up",
)
THREADS_S = 30.0
LONG_ROUNDS = 3
"""What takes minutes is taken at most so often."""


def measure(group: str, seconds: float, rounds: int) -> list[Figure]:
    """The figures of one group. Its module is imported here: it may need what is not installed."""
    match group:
        case "in-process":
            import in_process

            return in_process.transmit_figures(seconds, rounds)
        case "files":
            import file_count

            return file_count.figures(seconds, rounds)
        case "file-reading":
            import file_reading

            return file_reading.figures(seconds, rounds)
        case "fresh-card":
            import fresh_card

            return fresh_card.figures()
        case "images":
            import image_storage

            return image_storage.figures(seconds, rounds)
        case "key-operations":
            import key_operations

            return key_operations.figures(seconds, rounds)
        case "protected-reading":
            import protected_reading

            return protected_reading.figures(seconds, rounds)
        case "plugin":
            import plugin

            return plugin.overhead_figures(rounds)
        case "parallel":
            import plugin

            return plugin.parallel_figures(min(rounds, LONG_ROUNDS))
        case "daemons":
            import daemons

            return daemons.figures()
        case "readers":
            import reader_count

            return reader_count.figures(seconds, rounds)
        case "status-change":
            import status_change

            return status_change.figures(rounds)
        case "threads":
            import many_threads

            return many_threads.figures(THREADS_S)
        case "stock-driver":
            import stock_driver

            return stock_driver.figures(seconds, rounds)
        case "real-pcsc":
            import real_pcsc

            return real_pcsc.figures(seconds, rounds)
        case "foreign-card":
            import foreign_card

            return foreign_card.figures(seconds, rounds)
        case "programs":
            import gids_flows
            import new_card_flows
            import openpgp_edit_flows
            import openpgp_flows
            import openpgp_opensc_flows
            import piv_flows
            import pkcs15_flows

            modules = {
                "PIV": piv_flows,
                "PKCS #15": pkcs15_flows,
                "OpenPGP: keys and GnuPG": openpgp_flows,
                "OpenPGP: gpg --card-edit": openpgp_edit_flows,
                "OpenPGP: OpenSC": openpgp_opensc_flows,
                "GIDS": gids_flows,
                "Cards that scard new makes": new_card_flows,
            }
            return [
                replace(figure, heading=heading)
                for heading, flows in modules.items()
                for figure in flows.figures(rounds)
            ]
        case "ykman":
            import ykman_flows

            return [replace(figure, heading="PIV: ykman") for figure in ykman_flows.figures(rounds)]
        case _:
            import start_up

            return start_up.figures(count=rounds * 3)


def machine() -> dict[str, str]:
    """What the figures were taken on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return {
        "processor": f"{os.cpu_count()} x {model}",
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


COLUMNS = ("figure", "value", "ratio", "bar", "")


def cells(figure: Figure) -> tuple[str, ...]:
    """One row of the table."""
    value = f"{figure.value:,.0f}" if figure.value >= 100 else f"{figure.value:.3g}"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.3g} {figure.peer}"
    bar = "" if figure.bar is None else f"{'≥' if figure.at_least else '≤'} {figure.bar:g}"
    verdict = {None: "", True: "met", False: "missed"}[figure.met]
    return figure.name, f"{value} {figure.unit}", ratio, bar, verdict


def table(figures: list[Figure]) -> Table:
    """The figures as a person reads them."""
    found = Table(*COLUMNS)
    for figure in figures:
        found.add_row(*cells(figure), style="red" if figure.met is False else "")
    return found


def markdown(figures: list[Figure]) -> str:
    """The figures as docs/performance.md has them."""
    rows = [COLUMNS, ("---",) * len(COLUMNS), *(cells(figure) for figure in figures)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


@click.command()
@click.option("--only", type=click.Choice(GROUPS), multiple=True, help="Measure this group alone; may be repeated.")
@click.option("--seconds", default=0.5, show_default=True, help="How long each rate is taken in each round.")
@click.option("--rounds", default=7, show_default=True, help="How many times the peers take turns.")
@click.option("--json", "output", type=click.Path(dir_okay=False, path_type=Path), help="Keep the figures here.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the table as docs/performance.md has it.")
def main(only: tuple[str, ...], seconds: float, rounds: int, output: Path | None, as_markdown: bool) -> None:
    """Measure, print, and say which bars are missed."""
    groups = only or GROUPS
    if "ykman" in groups:
        import ykman_flows

        ykman_flows.program()  # Where there is none it is said at once, and not at the end.
    figures = [figure for group in groups for figure in measure(group, seconds, rounds)]
    console = Console()
    console.print(machine())
    if as_markdown:
        others = [figure for figure in figures if not figure.heading]
        sys.stdout.write(markdown(others) if others else "")
        sys.stdout.write(program_tables([figure for figure in figures if figure.heading]))
    else:
        console.print(table(figures))
    if output is not None:
        output.write_text(json.dumps({"machine": machine(), "figures": [asdict(one) for one in figures]}, indent=1))
    sys.exit(any(figure.met is False for figure in figures))


if __name__ == "__main__":
    main()

"""A command group that imports a command's module only when that command is wanted."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping


class LazyGroup(click.Group):
    """Finds the command ``name`` as ``command`` in the module ``name`` of ``package``.

    ``summaries`` gives the names, in the order in which help lists them, each with the first line of its
    help: listing the commands imports none of them.
    """

    def __init__(self, *arguments: Any, package: str, summaries: Mapping[str, str], **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._package = package
        self._summaries = summaries

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order given."""
        return list(self._summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import the command; ``None`` when there is none of that name."""
        if cmd_name not in self._summaries:
            return None
        command: click.Command = import_module(f"{self._package}.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the table of commands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._summaries.items()))

"""How a command ends, and how it says that it failed."""

from __future__ import annotations

from enum import IntEnum

import click


class ExitStatus(IntEnum):
    """The exit statuses of ``scard``."""

    DONE = 0
    REFUSED = 1
    """The card, or a check, said no."""
    USAGE = 2
    UNAVAILABLE = 3
    """There is no reader, no daemon or no card to work with."""

    # `scard run` leaves 0 to 124 to the program that it runs, as env(1) and timeout(1) do.
    RUN_FAILED = 125
    NOT_EXECUTABLE = 126
    NOT_FOUND = 127
    KILLED = 128
    """Plus the number of the signal."""
    INTERRUPTED = 130
    BROKEN_PIPE = 141


class Failure(click.ClickException):
    """A command cannot go on. The message is one line that says what happened and what to do."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status

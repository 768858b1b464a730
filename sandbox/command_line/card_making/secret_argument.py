"""A PIN or a passphrase as it is given: as it is, by the name of a variable, in a file, or at the terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import click

_VARIABLE: Final = "env:"
_FILE: Final = "file:"
_AS_IT_IS: Final = "pass:"


def secret_of(option: str, given: str) -> bytes:
    """The secret that is given: ``env:NAME``, ``file:PATH`` (the first line), ``pass:SECRET`` or itself.

    Raises:
        click.UsageError: there is no such variable, or the file cannot be read.
    """
    if given.startswith(_VARIABLE):
        name = given.removeprefix(_VARIABLE)
        if name not in os.environ:
            raise click.UsageError(f"{option}: there is no variable {name} in the environment")
        return os.environ[name].encode("utf-8", "surrogateescape")
    if given.startswith(_FILE):
        path = given.removeprefix(_FILE)
        try:
            with Path(path).open("rb") as file:
                return file.readline().rstrip(b"\r\n")
        except (OSError, ValueError) as error:
            raise click.UsageError(f"{option}: {path}: {getattr(error, 'strerror', None) or error}") from error
    return given.removeprefix(_AS_IT_IS).encode("utf-8", "surrogateescape")


def passphrase_option(_ctx: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """For the ``callback`` of ``--passphrase``: refuses one as it is, which every user of the system could read."""
    if not all(each.startswith((_VARIABLE, _FILE)) for each in given):
        raise click.UsageError(
            "--passphrase takes env:NAME or file:PATH: on a command line every user of the system could read it"
        )
    return given


def passphrase_for(path: str, given: str | None) -> bytes:
    """The passphrase of a file: as it was given, else asked for, or read from standard input where nobody is there.

    Raises:
        click.UsageError: there is none.
    """
    if given is not None:
        return secret_of("--passphrase", given)
    if sys.stdin.isatty():
        asked: str = click.prompt(f"Passphrase of {path}", hide_input=True, err=True)
        return asked.encode()
    line = sys.stdin.readline()
    if not line:
        raise click.UsageError(f"{path} is encrypted: --passphrase env:NAME or file:PATH tells how to read it")
    return line.rstrip("\r\n").encode()

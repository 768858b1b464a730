"""A PIN or a passphrase as it is given: as it is, by the name of a variable, in a file, or at the terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import click

PASSPHRASE_VARIABLE: Final = "SCARDMGR_KEY_PASSPHRASE"  # noqa: S105 (its name)

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


def passphrase_for(path: str, passphrase_file: str | None) -> bytes:
    """The passphrase of a file: the first line of another one, of a variable, or of what is typed or piped.

    Raises:
        click.UsageError: there is none.
    """
    if passphrase_file is not None:
        return secret_of("--passphrase-file", f"{_FILE}{passphrase_file}")
    if PASSPHRASE_VARIABLE in os.environ:
        return secret_of(PASSPHRASE_VARIABLE, f"{_VARIABLE}{PASSPHRASE_VARIABLE}")
    if sys.stdin.isatty():
        asked: str = click.prompt(f"Passphrase of {path}", hide_input=True, err=True)
        return asked.encode()
    line = sys.stdin.readline()
    if not line:
        raise click.UsageError(f"{path} is encrypted: --passphrase-file or {PASSPHRASE_VARIABLE} tells its passphrase")
    return line.rstrip("\r\n").encode()

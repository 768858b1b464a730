"""``scard ls``: list the files of a card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sandbox.command_line.attachment import attached
from sandbox.command_line.output import json_option, write_json, write_table
from sandbox.command_line.reader_choice import reader_options

if TYPE_CHECKING:
    from sandbox.command_line.card_files import CardFile


@click.command(short_help="List the files of a card.")
@reader_options
@json_option
@click.argument("path", default="3F00")
def command(reader: str | None, card: str | None, as_json: bool, path: str) -> None:
    """List the files of a card: the DF at PATH (the MF, unless told) and everything below it.

    Each file with its structure, size, short identifier, life cycle and what reading and updating it
    takes. A card has to be able to tell what files it has; there is no interindustry command for it.

    \b
    scard ls --card iso7816
    scard ls --card my.card 3F00/7F10
    scard ls --reader "Some Reader 00 00" --json

    Exit status: 0; 1 when the card refuses; 3 when there is no reader, daemon or card.
    """
    from sandbox.command_line.card_files import walk

    with attached(reader, card) as manage, manage.CreateFileAccess() as files:
        found = list(walk(files, path))
    if as_json:
        write_json([as_object(file) for file in found])
    else:
        write_table(("Path", "Structure", "Size", "SFI", "Access"), [row(file) for file in found])


def row(file: CardFile) -> tuple[str, ...]:
    """The columns for a person."""
    size, sfi = size_of(file), file.parameters.sfi
    return (
        file.path,
        structure(file),
        "" if size is None else str(size),
        "" if not sfi else str(sfi),
        ", ".join(f"{operation} {condition}" for operation, condition in file.access.items()),
    )


def structure(file: CardFile) -> str:
    """What kind of file it is: ``"linear fixed, 8 x 16"``; its life cycle where that is not the usual one."""
    descriptor = file.parameters.descriptor
    parts = [" ".join(("DF", file.name)).strip() if file.kind.is_df else file.kind.name.lower().replace("_", " ")]
    if descriptor is not None and descriptor.kind.has_records and descriptor.max_records is not None:
        parts.append(f"{descriptor.max_records} x {descriptor.max_record_size}")
    if file.life_cycle not in ("", "activated"):
        parts.append(file.life_cycle)
    return ", ".join(parts)


def size_of(file: CardFile) -> int | None:
    """Bytes, without what the card adds for its structure where it tells them."""
    parameters = file.parameters
    return parameters.total_size if parameters.data_size is None else parameters.data_size


def as_object(file: CardFile) -> dict[str, Any]:
    """The members for a script."""
    parameters, descriptor = file.parameters, file.parameters.descriptor
    return {
        "path": file.path,
        "structure": file.kind.name.lower(),
        "size": size_of(file),
        "sfi": parameters.sfi,
        "max_record_size": None if descriptor is None else descriptor.max_record_size,
        "max_records": None if descriptor is None else descriptor.max_records,
        "df_name": file.name or None,
        "life_cycle": file.life_cycle or None,
        "access": file.access,
    }

"""``scard apdu``: send command APDUs and put the dialogue in words."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from sandbox.command_line.attachment import told_in_one_line
from sandbox.command_line.exit_status import ExitStatus
from sandbox.command_line.output import console, json_option, spaced_hex, write_json
from sandbox.command_line.reader_choice import ChosenReader, chosen_reader, reader_options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from iso7816.describe import DialogueEntry

HEADER_SIZE = 4


@click.command(short_help="Send command APDUs and put the dialogue in words.")
@reader_options
@json_option
@click.option("--ephemeral", is_flag=True, help="Leave the image as it is; changes are forgotten.")
@click.argument("apdus", nargs=-1, required=True, metavar="APDU...")
def command(reader: str | None, card: str | None, as_json: bool, ephemeral: bool, apdus: tuple[str, ...]) -> int:
    """Send command APDUs, one after the other, and put the dialogue in words.

    An APDU is given in hex; spaces and colons may stand between bytes. '-' reads APDUs from standard
    input, one to a line; '#' begins a comment. All go over one connection, so that what one selects or
    verifies holds for the next. What an APDU changes in an image is kept, unless --ephemeral.

    A CHV or key in a command is shown as asterisks; to keep it out of the list of processes and out of
    your shell's history too, let it come from standard input.

    \b
    scard apdu --card iso7816 00A40000023F0000
    scard apdu --card my.card 00A4000C023F00 00B09E0000
    scard apdu --reader "Some Reader 00 00" --json 00:84:00:00:08
    scard apdu --card iso7816 - < script.apdu

    Exit status: 0 when the card accepted every command; 1 when it refused one; 3 when there is no
    reader, daemon or card.
    """
    commands = list(parsed(apdus))
    if not commands:
        raise click.UsageError("no APDU: standard input has none")
    with chosen_reader(reader, card, keep=not ephemeral) as chosen, told_in_one_line():
        responses = transmitted(chosen, commands)
    entries = decoded(card, commands, responses)
    if as_json:
        write_json([as_object(entry, response) for entry, response in zip(entries, responses, strict=True)])
    else:
        show(entries)
    from iso7816.status_words import is_success

    accepted = all(entry.sw is not None and is_success(entry.sw) for entry in entries)
    return ExitStatus.DONE if accepted else ExitStatus.REFUSED


def parsed(apdus: tuple[str, ...]) -> Iterator[bytes]:
    """The bytes of the arguments, and of standard input where one is '-'."""
    for argument in apdus:
        texts: Iterable[str] = sys.stdin if argument == "-" else [argument]
        for text in texts:
            digits = text.partition("#")[0].replace(":", " ").strip()
            if not digits and argument == "-":
                continue
            try:
                data = bytes.fromhex(digits)
            except ValueError as error:
                raise click.UsageError(f"'{digits}' is not hex: give whole bytes, such as 00A40000023F00") from error
            if len(data) < HEADER_SIZE:
                raise click.UsageError(f"'{digits}': a command APDU has at least 4 bytes (CLA INS P1 P2)")
            yield data


def transmitted(chosen: ChosenReader, commands: list[bytes]) -> list[bytes]:
    """The responses, over one connection.

    Raises:
        SCardError: there is no card, or it does not answer.
    """
    manager = chosen.manager
    context = manager.establish_context()
    try:
        handle, _ = manager.connect(context, chosen.name)
        responses = [manager.transmit(handle, data) for data in commands]
        manager.disconnect(handle)
        return responses
    finally:
        manager.release_context(context)


def decoded(card: str | None, commands: list[bytes], responses: list[bytes]) -> list[DialogueEntry]:
    """The dialogue in words.

    Secrets in commands stay masked. Response data are what was asked for, so they are shown, also those
    that a log would not get to see.
    """
    from iso7816.describe import Dialogue
    from sandbox.dialogue_view import names_for

    dialogue = Dialogue(names_for(card))
    return [
        replace(dialogue.entry(command, response), response=spaced_hex(response[:-2]))
        for command, response in zip(commands, responses, strict=True)
    ]


def show(entries: list[DialogueEntry]) -> None:
    """Print the dialogue for a person."""
    from sandbox.dialogue_view import lines

    out = console()
    for entry in entries:
        for line in lines(entry):
            out.print(line, soft_wrap=True)


def as_object(entry: DialogueEntry, response: bytes) -> dict[str, object]:
    """The members for a script."""
    return {
        "name": entry.name,
        "parameters": entry.parameters,
        "command": entry.command.replace(" ", ""),
        "data": response[:-2].hex().upper(),
        "sw": response[-2:].hex().upper(),
        "status": entry.status,
    }

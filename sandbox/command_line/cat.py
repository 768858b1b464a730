"""``scard cat``: show what a file holds."""

from __future__ import annotations

import sys

import click

from sandbox.command_line.attachment import attached, present_chv, verify_option
from sandbox.command_line.output import console, json_option, spaced_hex, write_json
from sandbox.command_line.reader_choice import reader_options

LINE = 16


@click.command(short_help="Show what a file holds.")
@reader_options
@json_option
@click.option("--raw", is_flag=True, help="Write the bytes as they are; records follow each other.")
@verify_option
@click.argument("path")
def command(reader: str | None, card: str | None, as_json: bool, raw: bool, verify: int | None, path: str) -> None:
    """Show what the file at PATH holds: a transparent file as a dump, a file of records record by record.

    PATH is a path of file identifiers from the MF. A file that a CHV protects needs --verify; the
    security of a card ends with each command, so the CHV is asked for each time.

    \b
    scard cat --card iso7816 3F00/7F10/6F01
    scard cat --card iso7816 3F00/7F10/6F01 --raw
    scard cat --card my.card 3F00/7F10/6F05 --verify 01
    scard cat --reader "Some Reader 00 00" 2F00 --json

    Exit status: 0; 1 when the card refuses; 3 when there is no reader, daemon or card.
    """
    from sandbox.command_line.card_files import contents, file_at

    if raw and as_json:
        raise click.UsageError("--raw and --json are two forms of output: give one of them")
    with attached(reader, card) as manage, manage.CreateFileAccess() as files:
        if verify is not None:
            present_chv(manage, verify)
        file = file_at(files, path)
        pieces = list(contents(files, path))
    whole = b"".join(pieces)
    has_records = file.kind.has_records
    if raw:
        sys.stdout.buffer.write(whole)
    elif as_json:
        content = (
            {"records": [piece.hex().upper() for piece in pieces]} if has_records else {"data": whole.hex().upper()}
        )
        write_json({"path": path, "structure": file.kind.name.lower(), **content})
    elif has_records:
        for number, record in enumerate(pieces, 1):
            show(record, f"record {number}")
    else:
        show(whole)


def show(data: bytes, heading: str = "") -> None:
    """Print a dump: offset, bytes in hex, and as text where they are printable ASCII."""
    from rich.text import Text

    out = console()
    if heading:
        out.print(Text(heading, style="bold"))
    for offset in range(0, len(data), LINE):
        line = data[offset : offset + LINE]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in line)
        out.print(
            Text.assemble((f"{offset:04X}  ", "dim"), f"{spaced_hex(line):<{3 * LINE}} ", (text, "green")),
            soft_wrap=True,
        )

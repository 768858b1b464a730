"""``scard demo``: the whole stack at work on an emulated card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sandbox.command_line.attachment import told_in_one_line
from sandbox.command_line.card_argument import opened_card
from sandbox.command_line.output import console

if TYPE_CHECKING:
    from rich.console import Console

    from iso7816.describe import DialogueEntry
    from sandbox.command_line.demo_story import Call, Scene

PROFILE = "iso7816"
SHOWN_BYTES = 5
BRIEF_WIDTH = 3 * SHOWN_BYTES + 3
TITLE_END = 80


@click.command(short_help="Show the whole stack at work on an emulated card.")
@click.option("--bytes", "whole", is_flag=True, help="Show every command and response APDU in full.")
def command(whole: bool) -> None:
    """Show the whole stack at work: a card is emulated, put into an embedded reader and attached through ISCardManage.

    Its files are listed, read and written, its CHV presented wrong, then right, then changed; card and
    application prove themselves to each other. Every APDU is shown in words: the command, the file, and
    what the card said to it. Codes and keys are masked. The card is gone afterwards.

    \b
    scard demo
    scard demo --bytes | less -R

    Exit status: 0.
    """
    perform(console(), whole=whole)


def perform(out: Console, *, whole: bool = False) -> None:
    """Play the story on ``out``.

    Raises:
        Failure: something in the stack does not do what it should.
    """
    from rich.text import Text

    from iso7816.atr import ATR
    from iso7816.describe import Dialogue
    from sandbox.command_line.demo_story import Stage, play
    from sandbox.dialogue_view import names_for
    from virtual_reader import TracingICC, insert

    stage = Stage(Dialogue(names_for(PROFILE)))
    with (
        told_in_one_line(),
        opened_card(PROFILE, keep=False) as card,
        insert(TracingICC(card, stage.overhear), via="embedded") as reader,
    ):
        atr = ATR.parse(card.atr)
        out.print(Text.assemble(("An emulated ISO/IEC 7816 card", "bold"), f" in the reader “{reader.name}”"))
        out.print(Text.assemble(("ATR ", "dim"), str(atr), ("  offers ", "dim"), f"T={atr.first_protocol}"))
        for number, scene in enumerate(play(stage, reader.resource_manager, reader.name), 1):
            show_scene(out, number, scene, whole=whole)
    out.print()
    out.print(Text.assemble(("Now yours: ", "bold"), "scard ls --card iso7816"))
    out.print(Text("           scard run --card iso7816 -- opensc-explorer --card-driver default"))


def show_scene(out: Console, number: int, scene: Scene, *, whole: bool) -> None:
    """A heading, then the calls."""
    from rich.text import Text

    out.print()
    out.print(Text.assemble((f"{number}  {scene.title}", "bold magenta"), ("  " + scene.meaning, "dim")))
    for call in scene.calls:
        show_call(out, call, whole=whole)


def show_call(out: Console, call: Call, *, whole: bool) -> None:
    """The call and what came back, then its APDUs."""
    from rich.text import Text

    result = (f"  → {call.result}" if call.result else "", "bold red" if call.refused else "bold green")
    out.print(Text.assemble("   ", (call.code, "bold"), result))
    if whole:
        from sandbox.dialogue_view import lines

        for entry in call.entries:
            for line in lines(entry):
                out.print(Text("      ") + line, soft_wrap=True)
    elif call.entries:
        show_briefly(out, call.entries)


def show_briefly(out: Console, entries: tuple[DialogueEntry, ...]) -> None:
    """A line for each APDU: its first bytes, what it asks for, and the status word in words."""
    from rich.text import Text

    from sandbox.dialogue_view import style_of

    for entry in entries:
        shown = entry.command.split()
        brief = " ".join(shown[:SHOWN_BYTES]) + (" …" if len(shown) > SHOWN_BYTES else "")
        line = Text.assemble((f"      {brief:<{BRIEF_WIDTH}}", "dim"), (entry.name, "cyan"), " ", entry.parameters)
        line.pad_right(max(TITLE_END - len(line), 0) + 2)
        out.print(line + Text(entry.outcome, style=style_of(entry.sw)))

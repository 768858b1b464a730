"""An application of one's own: a card that counts visits, and can be asked for the last of them.

======  ======  =====  ==============================================================
CLA     INS     P1 P2  what happens
======  ======  =====  ==============================================================
80      10      00 00  ENTER: the data are the place; the visit is counted and noted
80      12      00 00  COUNT: how many visits there were, two bytes
80      14      00 nn  VISIT nn: the place of one of the last four, 00 is the latest
======  ======  =====  ==============================================================

SELECT answers the name of the card's holder. ENTER wants CHV 1 of the card, and at most as many visits as the card was
made for.
"""

from __future__ import annotations

from collections.abc import Mapping

from emulator import Application
from emulator.command import CardContext, Case, CommandRow, Response
from emulator.definition.section import Section, integer, text
from iso7816 import SW, CommandAPDU, StatusWordError

HOLDER, MOST, COUNT = b"holder", b"most", b"count"
KEPT = 4
CHV_1 = (0, 1)  # of the card itself, number 1
LONGEST_PLACE = 32


def no_parameters(p1: int, p2: int) -> None:
    """P1 and P2 have to be 00."""
    if p1 or p2:
        raise StatusWordError(SW.INCORRECT_P1_P2)


def which_visit(p1: int, p2: int) -> int:
    """P2 is the number of a visit."""
    if p1 or p2 >= KEPT:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return p2


def enter(card: CardContext, command: CommandAPDU, _: None) -> Response:
    """ENTER: 6982 CHV 1 is not verified, 6700 a long place, 6A84 the card has no visits left."""
    if CHV_1 not in card.channel.verified:
        raise StatusWordError(SW.SECURITY_STATUS_NOT_SATISFIED)
    if len(command.data) > LONGEST_PLACE:
        raise StatusWordError(SW.WRONG_LENGTH)
    visits = int.from_bytes(card.values[COUNT], "big")
    if visits == int.from_bytes(card.values[MOST], "big"):
        raise StatusWordError(SW.NOT_ENOUGH_MEMORY)
    # Both are durable at once, when the response leaves, or not at all.
    card.values.put(b"visit %d" % (visits % KEPT), command.data)
    card.values.put(COUNT, (visits + 1).to_bytes(2, "big"))
    return b""


def count(card: CardContext, _command: CommandAPDU, _: None) -> Response:
    """COUNT."""
    return card.values[COUNT]


def visit(card: CardContext, _command: CommandAPDU, number: int) -> Response:
    """VISIT: 6A83 there were not so many."""
    visits = int.from_bytes(card.values[COUNT], "big")
    if number >= visits:
        raise StatusWordError(SW.RECORD_NOT_FOUND)
    return card.values[b"visit %d" % ((visits - 1 - number) % KEPT)]


class VisitorCard(Application):
    """The application; a card definition names it, and gives its options."""

    NAME = "visitor"
    COMMANDS = (
        CommandRow("ENTER", 0x10, "this example", Case.COMMAND, no_parameters, enter, cla=0x80),
        CommandRow("COUNT", 0x12, "this example", Case.RESPONSE, no_parameters, count, cla=0x80),
        CommandRow("VISIT", 0x14, "this example", Case.RESPONSE, which_visit, visit, cla=0x80),
    )

    @classmethod
    def define(cls, options: Section) -> Mapping[bytes, bytes]:
        """Options ``holder`` (a text) and ``most`` (1 to 65535 visits, 1000 unless it is given)."""
        holder = options.take("holder", text).encode()
        most = options.take("most", integer(1, 0xFFFF), 1000)
        return {HOLDER: holder, MOST: most.to_bytes(2, "big"), COUNT: bytes(2)}

    @classmethod
    def select(cls, card: CardContext, _command: CommandAPDU, _control_information: bytes) -> Response:
        """The holder's name instead of control information."""
        return card.values[HOLDER]

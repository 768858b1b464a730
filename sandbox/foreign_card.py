"""A foreign card as ``scard run --vpicc`` has it: from a line of text, and with a last word on standard error."""

from __future__ import annotations

import logging
import shlex
import sys
from typing import TYPE_CHECKING

from sandbox.card_in_program.settings import NO_CARD

if TYPE_CHECKING:
    from virtual_reader import VpiccCard

_LOGGER = "virtual_reader.foreign.card"


def foreign_card(command: str, port: int) -> VpiccCard:
    """The card whose program ``command`` names, in words as a shell splits them.

    The program is not told of the card that ours may have been told of: it may be Python, and a card of its own in it
    would be this one again.

    Raises:
        ValueError: it cannot be split, or no card can be started by it; the message says why.
    """
    from virtual_reader import VpiccCard

    words = shlex.split(command)
    VpiccCard(words, port=port)  # what is wrong with it is told here, and not by env
    return VpiccCard(["env", *(f"{name}={value}" for name, value in NO_CARD.items()), *words], port=port)


class Obituary(logging.Handler):
    """Tells on standard error, in a line, why a foreign card is gone, at once; nobody else in this process does.

    Attributes:
        silent: whether to keep it to itself, for who waits for the card has an error to tell that says the same.
    """

    def __init__(self, *, silent: bool) -> None:
        super().__init__(logging.WARNING)
        self.silent = silent
        logger = logging.getLogger(_LOGGER)
        logger.propagate = False
        logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """See :meth:`logging.Handler.emit`."""
        if not self.silent and sys.stderr is not None:
            sys.stderr.write(f"scard: {record.getMessage()}\n")

    def close(self) -> None:
        """See :meth:`logging.Handler.close`; others may tell again."""
        logger = logging.getLogger(_LOGGER)
        logger.removeHandler(self)
        logger.propagate = True
        super().close()

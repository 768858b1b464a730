"""A card that is listened in on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from iso7816.forwarding import ForwardingICC

if TYPE_CHECKING:
    from iso7816.icc import ICC

Sink = Callable[[bytes, bytes], object]


class TracingICC(ForwardingICC):
    """An ICC that hands on everything to another one, and each (command, response) pair to a sink.

    Commands that the card leaves unanswered reach no sink, nor do those that its reader answers. The pairs are as they
    are on the line: a VERIFY command has the PIN in it, also one that was entered at a PIN pad. What of that is shown
    or kept is the sink's business.

    Args:
        icc: the card.
        sink: called with command and response bytes after each command, in the thread that executes it; it is part of
            the card then, and comes to an end if the card says that it does.
    """

    def __init__(self, icc: ICC, sink: Sink) -> None:
        super().__init__(icc)
        self._sink = sink

    def transmit(self, command: bytes) -> bytes:
        """As the card's; the sink learns of it."""
        response = self._icc.transmit(command)
        self._sink(command, response)
        return response

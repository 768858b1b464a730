"""A card that is listened in on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from iso7816.icc import ContactlessICC, EndingICC, LeavingICC, ProtocolAwareICC, StartingICC

if TYPE_CHECKING:
    from iso7816.contactless import ContactlessIdentity
    from iso7816.icc import ICC, TransmissionProtocol

Sink = Callable[[bytes, bytes], object]


class TracingICC:
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
        self._icc = icc
        self._sink = sink

    def power_on(self) -> bytes:
        """As the card's."""
        return self._icc.power_on()

    def power_off(self) -> None:
        """As the card's."""
        self._icc.power_off()

    def reset(self) -> bytes:
        """As the card's."""
        return self._icc.reset()

    def transmit(self, command: bytes) -> bytes:
        """As the card's; the sink learns of it."""
        response = self._icc.transmit(command)
        self._sink(command, response)
        return response

    def start(self) -> None:
        """As the card's, if it has to be started."""
        if isinstance(self._icc, StartingICC):
            self._icc.start()

    def when_gone(self, tell: Callable[[], object]) -> None:
        """Ask the card to tell, if it may go by itself."""
        if isinstance(self._icc, LeavingICC):
            self._icc.when_gone(tell)

    @property
    def contactless(self) -> ContactlessIdentity | None:
        """As the card's, if it may be contactless."""
        return self._icc.contactless if isinstance(self._icc, ContactlessICC) else None

    @property
    def always_ends(self) -> bool:
        """As the card's, if it may state so."""
        return isinstance(self._icc, EndingICC) and self._icc.always_ends

    def set_protocol(self, protocol: TransmissionProtocol) -> None:
        """Tell the card, if it wants to know."""
        if isinstance(self._icc, ProtocolAwareICC):
            self._icc.set_protocol(protocol)

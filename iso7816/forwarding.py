"""An ICC around another one: what it leaves alone is as the card's, whatever the card may have beside the verbs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iso7816.contactless import ContactlessIdentity
    from iso7816.icc import ICC, TransmissionProtocol


class ForwardingICC:
    """Hands on everything to another ICC: a subclass overrides what it has to do with.

    The one place where the optional protocols of :mod:`iso7816.icc` are handed on. Each asks the card itself, for to
    tell one protocol class from another takes longer than a reset.

    Args:
        icc: the card.
    """

    __slots__ = ("_icc",)

    def __init__(self, icc: ICC) -> None:
        self._icc = icc

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
        """As the card's."""
        return self._icc.transmit(command)

    def set_protocol(self, protocol: TransmissionProtocol) -> None:
        """Tell the card, if it wants to know (:class:`~iso7816.icc.ProtocolAwareICC`)."""
        self._if_there("set_protocol", protocol)

    @property
    def contactless(self) -> ContactlessIdentity | None:
        """As the card's, if it may be contactless (:class:`~iso7816.icc.ContactlessICC`)."""
        return getattr(self._icc, "contactless", None)

    @property
    def always_ends(self) -> bool:
        """As the card's, if it may state so (:class:`~iso7816.icc.EndingICC`)."""
        return getattr(self._icc, "always_ends", False) is True

    def start(self) -> None:
        """Start the card, if it has to be started (:class:`~iso7816.icc.StartingICC`)."""
        self._if_there("start")

    def when_gone(self, tell: Callable[[], object]) -> None:
        """Have the card tell, if it may go by itself (:class:`~iso7816.icc.LeavingICC`)."""
        self._if_there("when_gone", tell)

    def _if_there(self, name: str, *arguments: object) -> None:
        method = getattr(self._icc, name, None)
        if method is not None:
            method(*arguments)

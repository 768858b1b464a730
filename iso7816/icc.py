"""The seam: everything that can sit in a reader is an :class:`ICC`.

An ICC knows no sockets and no reader; a reader knows no files and no keys. Nothing but the five
verbs of the vpcd protocol (ATR, power on, power off, reset, execute) crosses between them.
"""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable

    from iso7816.contactless import ContactlessIdentity


class TransmissionProtocol(IntFlag):
    """Transmission protocols of ISO/IEC 7816-3; the values are those of PC/SC (SCARD_PROTOCOL_*)."""

    T0 = 0x0001
    T1 = 0x0002
    RAW = 0x10000


class ICCMute(Exception):  # noqa: N818 - the name says what happened, not that something is wrong
    """The card gives no answer (to power, to reset or to a command)."""


class ICCRemoved(Exception):  # noqa: N818 - as above
    """The card is gone: pulled, or the connection to it lost."""


@runtime_checkable
class ICC(Protocol):
    """An integrated circuit card as its reader sees it.

    A card that can be told which transmission protocol the reader chose also satisfies
    :class:`ProtocolAwareICC`, one that may be contactless :class:`ContactlessICC`, one that never keeps its reader
    waiting :class:`EndingICC`, one that has to be started :class:`StartingICC`, one that may go by itself
    :class:`LeavingICC`.
    """

    def power_on(self) -> bytes:
        """Apply power (cold reset) and return the ATR, at most 33 bytes.

        Raises:
            ICCMute: no answer to reset.
            ICCRemoved: there is no card any more.
        """
        ...

    def power_off(self) -> None:
        """Take power away. All volatile state is lost; never fails."""
        ...

    def reset(self) -> bytes:
        """Warm reset; return the ATR. Raises as :meth:`power_on`."""
        ...

    def transmit(self, command: bytes) -> bytes:
        """Execute one command APDU and return one response APDU (at least two bytes: SW1 SW2).

        The embedded resource manager waits for it, but not for ever, in another thread than the one that executes
        it; an :class:`EndingICC` is executed in the thread of the caller.

        Raises:
            ICCMute: the card does not answer (it has no power, or stays silent).
            ICCRemoved: the card was pulled.
        """
        ...


@runtime_checkable
class ProtocolAwareICC(ICC, Protocol):
    """An ICC that wants to know the transmission protocol in force."""

    def set_protocol(self, protocol: TransmissionProtocol) -> None:
        """Tell the card which single protocol the reader selected (PPS); called before the first command."""
        ...


@runtime_checkable
class ContactlessICC(ICC, Protocol):
    """An ICC that may be contactless: then its reader answers class FF in its stead (:mod:`iso7816.contactless`)."""

    @property
    def contactless(self) -> ContactlessIdentity | None:
        """UID and ATS; ``None`` for a card with contacts. A reader asks once, at insertion."""
        ...


@runtime_checkable
class EndingICC(ICC, Protocol):
    """An ICC that may state that each of its calls comes to an end by itself, soon.

    It need not be watched, which spares a thread for each of its calls. A card that waits for something, such as a
    socket, may state so if it bounds that wait, and then is mute.
    """

    @property
    def always_ends(self) -> bool:
        """Whether it does. A reader asks once, at insertion."""
        ...


@runtime_checkable
class StartingICC(ICC, Protocol):
    """An ICC that takes a while before it can have power, such as a program that has to be started."""

    def start(self) -> None:
        """Be ready for :meth:`~ICC.power_on`, which otherwise does this first. Again: nothing happens.

        Called before the card is put where others would have to wait for it.

        Raises:
            ICCRemoved: there will be no card.
        """
        ...


@runtime_checkable
class LeavingICC(ICC, Protocol):
    """An ICC that may go by itself also while nobody talks to it, and tells its reader."""

    def when_gone(self, tell: Callable[[], object]) -> None:
        """Have ``tell`` called, in any thread, when the card has gone; it takes the place of one given before."""
        ...


class FaultPoint(Protocol):
    """A place where storage may be made to fail, so that a power cut can be rehearsed from outside."""

    def reached(self, name: str) -> None:
        """Called just before a durable write called ``name``; raises to cut the power there."""
        ...

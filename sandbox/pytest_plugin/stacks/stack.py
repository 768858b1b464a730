"""Where the reader of a test comes from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iso7816.icc import ICC
    from scardmgr.winscard.manager import ResourceManager

#: What ``via`` and ``--scard-via`` may say.
STACKS = ("embedded", "pcscd")


class ReaderOfStack(ABC):
    """A reader, and what a hand and other programs do with the card in it.

    What cannot be done raises SCardError or VirtualReaderError, with a message for the author of the test.
    """

    @property
    @abstractmethod
    def name(self) -> str:
        """The reader's display name."""

    @property
    @abstractmethod
    def resource_manager(self) -> ResourceManager:
        """What serves the reader in this process.

        Raises:
            PyscardMissing: it is the platform's, and there is no pyscard.
        """

    @property
    @abstractmethod
    def environment(self) -> dict[str, str]:
        """What another process needs to see the reader.

        Raises:
            NotVisibleOutside: none can.
        """

    @abstractmethod
    def insert(self, icc: ICC) -> None:
        """Push a card in, as a hand would."""

    @abstractmethod
    def remove(self) -> None:
        """Pull the card, as a hand would."""

    @abstractmethod
    def swap(self, icc: ICC) -> None:
        """Another card in place of the one that is there."""

    @abstractmethod
    def reset(self) -> None:
        """Reset the card, as another program would: who has a handle is told of it."""

    @abstractmethod
    def close(self) -> None:
        """Give it back, and the card with it."""


class Stack(ReaderOfStack):
    """A reader that stays for as long as its worker, and readers beside it that go with their test."""

    @abstractmethod
    def begin(self, icc: ICC) -> None:
        """A test begins: nobody else has the reader, ``icc`` is in it, as if it had just been inserted."""

    @abstractmethod
    def beside(self, icc: ICC) -> ReaderOfStack:
        """One more reader, with ``icc`` in it, until it is closed.

        Raises:
            NoFreeSlot: there is no room for another one.
        """

    @abstractmethod
    def interrupt(self) -> None:
        """The test has ended. A card that still executes a command is pulled: nobody is to wait for it."""

    @abstractmethod
    def end(self) -> None:
        """Release what the test left open in this process, and let go of its card."""


def make_stack(via: str) -> Stack:
    """The stack of that name, for this worker.

    Raises:
        DaemonUnavailable: there is no pcscd; says what to install.
    """
    if via == "pcscd":
        from sandbox.pytest_plugin.stacks.pcscd import PCSCDStack

        return PCSCDStack()
    from sandbox.pytest_plugin.stacks.embedded import EmbeddedStack

    return EmbeddedStack()

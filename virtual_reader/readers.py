"""What :func:`virtual_reader.insert` returns, whatever the resource manager."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from iso7816.icc import ICC
    from scardmgr.winscard.manager import ResourceManager


class Reader(ABC):
    """One slot of a reader, with a card in it or not. A context manager: leaving it closes it."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The display name in the resource manager."""

    @property
    @abstractmethod
    def resource_manager(self) -> ResourceManager:
        """What serves the reader inside this process: pass it to ``scardmgr``.

        Raises:
            BoundElsewhere: libpcsclite talks to another daemon in this process.
        """

    @property
    @abstractmethod
    def environment(self) -> dict[str, str]:
        """The variables another process needs to see this reader.

        Raises:
            NotVisibleOutside: no other process can.
        """

    @abstractmethod
    def insert(self, card: ICC) -> None:
        """Push a card in, as a hand would; returns when the resource manager shows it.

        Raises:
            SlotOccupied: there is one already.
            NotShown: the resource manager did not take notice within the bound.
            DaemonUnavailable: there is no daemon (any more).
        """

    @abstractmethod
    def remove(self) -> None:
        """Pull the card; returns when the resource manager shows it. Without a card nothing happens.

        Raises:
            NotShown: the resource manager did not take notice within the bound.
        """

    @abstractmethod
    def close(self) -> None:
        """Pull the card and give the slot back. May be called again."""

    @abstractmethod
    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the card is no longer served (pulled, gone, or its reader lost); whether that is so.

        Raises:
            VirtualReaderError: it ended because the reader went away for good.
        """

    def __enter__(self) -> Self:
        """The reader itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def __repr__(self) -> str:
        """Class and name; never the card."""
        return f"{type(self).__name__}({self.name!r})"

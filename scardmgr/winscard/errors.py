"""What the resource manager raises.

::

    WinscardError (Exception)
    ├── SCardError             an SCard function returned another code than SCARD_S_SUCCESS
    │   ├── StatusChangeError  ... and it was SCardGetStatusChange, which also fills in the states
    │   └── DatabaseFault      ... because the file of the smart card database cannot be used
    ├── SlotError              a hand at a slot did what cannot be done (second card, closed slot)
    ├── UnknownManagerKind     ``resource_manager`` was asked for a kind that does not exist (also a ValueError)
    └── PyscardMissing         real PC/SC was asked for without pyscard (also an ImportError)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scardmgr.winscard.codes import SCardCode, known_or_number, name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scardmgr.winscard.values import ReaderState


class WinscardError(Exception):
    """Root of what this package raises."""


class SCardError(WinscardError):
    """An SCard function failed.

    Attributes:
        code: an :class:`~scardmgr.winscard.codes.SCardCode`, or a plain unsigned int that has no name.
    """

    def __init__(self, code: int) -> None:
        """Keep the code; a known number becomes its :class:`SCardCode`."""
        self.code: int = known_or_number(code)
        super().__init__(self.code)

    @property
    def name(self) -> str:
        """The published name (``SCARD_E_...``), or eight hex digits."""
        return name_of(self.code)

    def __str__(self) -> str:
        """Name, number and phrase."""
        if isinstance(self.code, SCardCode):
            return f"{self.code.name} (0x{self.code.value:08X}): {self.code.phrase}"
        return self.name


class StatusChangeError(SCardError):
    """SCardGetStatusChange ended without a change: SCARD_E_TIMEOUT or SCARD_E_CANCELLED.

    Attributes:
        states: what the readers were like when it ended.
    """

    def __init__(self, code: int, states: Sequence[ReaderState]) -> None:
        """Keep the code and the states."""
        super().__init__(code)
        self.states = tuple(states)
        self.args = (self.code, self.states)


class DatabaseFault(SCardError):  # noqa: N818 - says what is the case
    """The file of the smart card database cannot be used: the message names it and says what to do.

    The code is SCARD_F_INTERNAL_ERROR for a file that is damaged, of another application or of a newer version,
    SCARD_E_NO_ACCESS where the operating system refuses, SCARD_E_SERVER_TOO_BUSY where others hold it for too long.
    """

    def __init__(self, message: str, code: int = SCardCode.SCARD_F_INTERNAL_ERROR) -> None:
        """Keep message and code."""
        super().__init__(code)
        self.message = message
        self.args = (message, self.code)

    def __str__(self) -> str:
        """The message."""
        return self.message


class SlotError(WinscardError):
    """A card was put where it cannot go: the slot holds another one, or is closed."""


class UnknownManagerKind(WinscardError, ValueError):  # noqa: N818 - says what is the case
    """There is no such kind of resource manager."""


class PyscardMissing(WinscardError, ImportError):  # noqa: N818 - says what is the case
    """pyscard cannot be imported, so there is no way to real PC/SC from here."""

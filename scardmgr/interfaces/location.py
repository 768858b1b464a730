"""ISCardLocate: find a card by the name of its type, and open it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from scardmgr.interfaces.base import SmartCardInterface
from scardmgr.published.enumerations import SC_DLG, SCARD_PROTOCOLS, SCARD_SHARE_MODES


@dataclass(frozen=True, slots=True)
class SCARDINFO:
    """A card that was found and opened.

    Handle and context are the caller's: releasing the context gives both back.

    Attributes:
        hCard: the card handle, for ``AttachByHandle`` and the SCard functions.
        hContext: the resource manager context in which it is open.
        ActiveProtocol: the protocol in force.
        ShareMode: as asked for.
        hwndOwner: 0: there is no window.
        lpfnConnectProc: 0, as the two that follow: there are no callbacks.
        lpfnCheckProc: 0.
        lpfnDisconnectProc: 0.
    """

    hCard: int
    hContext: int
    ActiveProtocol: SCARD_PROTOCOLS
    ShareMode: SCARD_SHARE_MODES
    hwndOwner: int = 0
    lpfnConnectProc: int = 0
    lpfnCheckProc: int = 0
    lpfnDisconnectProc: int = 0


class ISCardLocate(SmartCardInterface):
    """The search for a card.

    Typical use: create it, say what to look for (:meth:`ConfigureCardNameSearch` or
    :meth:`ConfigureCardGuidSearch`; the later call holds), :meth:`FindCard`, release.

    Every method may also raise the resource manager's codes. E_OUTOFMEMORY never comes: Python raises MemoryError.
    """

    IID: ClassVar[UUID] = UUID("1461AACD-6810-11D0-918F-00AA00C18068")

    @abstractmethod
    def ConfigureCardGuidSearch(
        self,
        pCardGuids: Sequence[UUID | str],
        pGroupNames: Sequence[str] | None = None,
        bstrTitle: str = "",
        lFlags: SC_DLG = SC_DLG.SC_DLG_MINIMAL_UI,
    ) -> None:
        """Look for a card that supports every one of these interfaces.

        Known from the header only: its documentation page calls it reserved.

        Args:
            pCardGuids: interface identifiers, at least one.
            pGroupNames, bstrTitle, lFlags: as :meth:`ConfigureCardNameSearch`.

        Raises:
            HResultError: as ConfigureCardNameSearch.
        """

    @abstractmethod
    def ConfigureCardNameSearch(
        self,
        pCardNames: Sequence[str],
        pGroupNames: Sequence[str] | None = None,
        bstrTitle: str = "",
        lFlags: SC_DLG = SC_DLG.SC_DLG_MINIMAL_UI,
    ) -> None:
        """Look for a card of one of these types.

        Args:
            pCardNames: names of card types in the smart card database, at least one.
            pGroupNames: look only in readers of these groups; ``None`` or none at all: SCard$DefaultReaders.
            bstrTitle: the title of the dialogue.
            lFlags: what holds where :meth:`FindCard` is given no flags (0).

        Raises:
            HResultError: E_INVALIDARG: not a sequence of names, or no name at all; no title; no such flag.
                E_POINTER: ``pCardNames``, ``bstrTitle`` or the flags are None.
                CO_E_RELEASED: released.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

    @abstractmethod
    def FindCard(self, ShareMode: SCARD_SHARE_MODES, Protocols: SCARD_PROTOCOLS, lFlags: SC_DLG | int) -> SCARDINFO:
        """Look for the card, and open it. It looks once; only a dialogue waits for a person.

        Args:
            ShareMode: how to share the card.
            Protocols: T0, T1, T0|T1 or RAW.
            lFlags: SC_DLG_NO_UI: the first card found that can be opened. SC_DLG_MINIMAL_UI: the only one, or the
                dialogue's choice. SC_DLG_FORCE_UI: the dialogue's choice. 0: as configured. Without a dialogue
                all are SC_DLG_NO_UI.

        Raises:
            HResultError: E_INVALIDARG: no such share mode, protocol or flag.
                E_UNEXPECTED: nothing was said to look for.
                CO_E_RELEASED: released.
                SCARD_E_UNKNOWN_CARD: the database has no card type of these names.
                SCARD_E_NO_READERS_AVAILABLE: the groups have no reader.
                SCARD_E_NO_SMARTCARD: no such card is in any of the readers.
                SCARD_E_SHARING_VIOLATION, SCARD_E_PROTO_MISMATCH: there is one, which does not open.
                SCARD_W_CANCELLED_BY_USER: the dialogue was closed without a choice.
                E_POINTER: an argument is None.
                S_OK is the return; E_OUTOFMEMORY: never.
        """

"""The card of one process, opened when the process first asks for it.

A card that is not kept is each process's own, as it is at the start. An image that is kept has one opener: the process
that asks first has the card, and another one that asks meanwhile finds the reader empty and is told why.

Imports next to nothing before that.
"""

from __future__ import annotations

import sys
from time import monotonic, sleep

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without importing typing
if TYPE_CHECKING:
    from emulator import Card
    from sandbox.card_in_program.settings import Settings
    from scardmgr.winscard.embedded import EmbeddedResourceManager
    from virtual_reader import VpiccCard


#: Another ``scard run`` that asks whether an image is free has it open for a moment.
_PATIENCE_S = 0.5
_ROUND_S = 0.01


class ProcessCard:
    """The card that the settings name, in a reader of this process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._card: Card | VpiccCard | None = None

    def populate(self, manager: EmbeddedResourceManager) -> None:
        """Give ``manager`` the readers that a program finds with a PC/SC daemon, too, and the card to the first."""
        from contextlib import suppress

        from virtual_reader.embedded_reader import EmbeddedReader
        from virtual_reader.errors import NotShown
        from virtual_reader.insertion import DEFAULT_NAME

        reader = EmbeddedReader(manager, DEFAULT_NAME)
        manager.add_reader(f"{DEFAULT_NAME} 00 01")  # the second slot of the daemon's reader, which stays empty
        self._card = self._opened()
        if self._card is not None:
            with suppress(NotShown):  # a foreign card, which has told why on standard error
                reader.insert(self._card)

    def disown(self) -> None:
        """In a forked process: let the parent's card be.

        SQLite's connection to an image must not even be closed here: that would write into the parent's image. Nor may
        it be closed when the interpreter takes everything apart in the end: so a reference to it is never given up.
        """
        if self._card is not None:
            import ctypes

            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._card))
            self._card = None

    def close(self) -> None:
        """At the end of the process: an image becomes one plain file again."""
        if self._card is not None:
            self._card.close()

    def _opened(self) -> Card | VpiccCard | None:
        if self._settings.mode == "vpicc":
            return self._foreign()
        from emulator.errors import CardError, CardImageLocked

        deadline = monotonic() + _PATIENCE_S
        while True:
            try:
                return self._open()
            except CardImageLocked:
                if monotonic() < deadline:
                    sleep(_ROUND_S)
                    continue
                _warn(
                    f"{self._settings.card} is in another process, and a card is in one reader at a time: this process "
                    "finds its reader empty (with --ephemeral each has a card of its own)"
                )
            except (CardError, OSError) as error:
                _warn(f"card {self._settings.card}: {error}: this process finds its reader empty")
            return None

    def _open(self) -> Card:
        from emulator import Card

        card, mode, key = self._settings.card, self._settings.mode, self._settings.key
        if mode == "profile":
            return Card.from_profile(card)
        passphrase = None
        if key:
            from emulator import Passphrase  # and with it the ciphers

            passphrase = Passphrase.from_derived(key)
        kept, flushed = mode != "copy", mode == "rw, flushed"
        return Card.open(card, "rw" if kept else "copy", passphrase=passphrase, flushed=flushed)

    def _foreign(self) -> VpiccCard | None:
        from sandbox.foreign_card import Obituary, foreign_card

        port, _, command = self._settings.card.partition(" ")
        try:
            card = foreign_card(command, int(port))
        except ValueError as error:
            _warn(f"{error}: this process finds its reader empty")
            return None
        Obituary(silent=False)
        return card


def _warn(message: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"scard: warning: {message}\n")

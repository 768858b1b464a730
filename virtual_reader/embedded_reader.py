"""A reader of the embedded resource manager."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.errors import SCardError, SlotError

from .errors import NotShown, NotVisibleOutside, SlotOccupied
from .readers import Reader

if TYPE_CHECKING:
    from iso7816.icc import ICC
    from scardmgr.winscard.embedded import EmbeddedResourceManager, Slot
    from scardmgr.winscard.embedded.pin_pad import PINPad


def add_numbered_reader(manager: EmbeddedResourceManager, name: str, pin_pad: PINPad | None = None) -> Slot:
    """A new slot, called as pcscd would call it: ``NAME 00 00``, the next one ``NAME 01 00``."""
    for number in itertools.count():
        try:
            return manager.add_reader(f"{name} {number:02X} 00", pin_pad)
        except SCardError as error:
            if error.code != SCardCode.SCARD_E_DUPLICATE_READER:
                raise
    raise AssertionError("counting does not end")


class EmbeddedReader(Reader):
    """A slot that exists only inside this process; closing it unplugs the reader."""

    def __init__(self, manager: EmbeddedResourceManager, name: str, pin_pad: PINPad | None = None) -> None:
        self._manager = manager
        self._slot = add_numbered_reader(manager, name, pin_pad)
        self._gone = threading.Event()
        self._gone.set()

    @property
    def name(self) -> str:
        """See :attr:`Reader.name`."""
        return self._slot.name

    @property
    def resource_manager(self) -> EmbeddedResourceManager:
        """See :attr:`Reader.resource_manager`."""
        return self._manager

    @property
    def environment(self) -> dict[str, str]:
        """See :attr:`Reader.environment`: there are none."""
        raise NotVisibleOutside(
            f'{self.name} exists in this process only; other programs see a card inserted with via="pcscd"'
        )

    def insert(self, card: ICC) -> None:
        """See :meth:`Reader.insert`."""
        if self._slot.occupied:
            raise SlotOccupied(f"there is a card in {self.name} already: remove it first")
        try:
            self._slot.insert(card)
        except SlotError as error:
            raise NotShown(str(error)) from error
        self._gone.clear()

    def remove(self) -> None:
        """See :meth:`Reader.remove`."""
        self._slot.remove()
        self._gone.set()

    def close(self) -> None:
        """See :meth:`Reader.close`."""
        self._slot.close()
        self._gone.set()

    def wait(self, seconds: float | None = None) -> bool:
        """See :meth:`Reader.wait`."""
        return self._gone.wait(seconds)

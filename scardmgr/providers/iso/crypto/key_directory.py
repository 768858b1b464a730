"""Where the keys of a card are: global ones anywhere, local ones in the current directory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from scardmgr.providers.iso.bound import LOCAL

if TYPE_CHECKING:
    from scardmgr.connection.attachment import Attachment
    from scardmgr.providers.iso.navigation import Navigator


class KeyDirectory:
    """The directory of an attached card that local keys belong to.

    Args:
        attachment: the attached card.
        navigator: knows the current directory.
    """

    def __init__(self, attachment: Attachment, navigator: Navigator) -> None:
        self._attachment = attachment
        self._navigator = navigator

    @contextmanager
    def held(self, reference: int = 0) -> Iterator[Attachment]:
        """The card in a transaction, with the directory selected where the key of that reference is a local one.

        Raises:
            HResultError: SCARD_E_DIR_NOT_FOUND: the directory is no more. Codes of SCardBeginTransaction.
        """
        with self._attachment.transaction():
            if reference & LOCAL:
                self._navigator.enter(self._navigator.directory)
            yield self._attachment

"""Holding a card during several commands, as ``with`` has it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from scardmgr.com.errors import HResultError
from scardmgr.winscard.constants import Disposition

if TYPE_CHECKING:
    from scardmgr.connection.attachment import Attachment


class Transaction:
    """A lock on an attachment's card; none where it is locked already.

    Raises:
        HResultError: as ``lock`` when it begins, and as ``unlock`` when it ends, unless something went wrong inside.
    """

    __slots__ = ("_attachment", "_is_ours")

    def __init__(self, attachment: Attachment) -> None:
        self._attachment = attachment
        self._is_ours = False

    def __enter__(self) -> None:
        attachment = self._attachment
        if attachment.is_locked:
            attachment.require_open()
            return
        attachment.lock()
        self._is_ours = True

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if not self._is_ours:
            return
        if kind is None:
            self._attachment.unlock(Disposition.LEAVE)
            return
        # What went wrong inside is what the caller has to hear of.
        with suppress(HResultError):
            self._attachment.unlock(Disposition.LEAVE)

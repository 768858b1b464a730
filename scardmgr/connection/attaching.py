"""What SCardManage and SCard have in common: a context, and in it one attachment or none."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.connection.manager_context import ManagerContext
from scardmgr.interfaces.base import SmartCardInterface
from scardmgr.winscard.codes import SCardCode

if TYPE_CHECKING:
    from scardmgr.connection.attachment import Attachment
    from scardmgr.winscard.faces.database_face import DatabaseFace


class AttachingInterface(SmartCardInterface):
    """An interface that attaches to a reader and detaches from it.

    Args:
        resource_manager: what serves the readers.

    Raises:
        HResultError: SCARD_E_NO_SERVICE: there is no resource manager.
    """

    def __init__(self, resource_manager: DatabaseFace | None = None) -> None:
        self._context = ManagerContext(resource_manager)
        self._attachment: Attachment | None = None

    def _final_release(self) -> None:
        """Detach, where attached, and release the context."""
        attachment, self._attachment = self._attachment, None
        if attachment is not None:
            # Releasing the context closes whatever cannot be closed one by one.
            with suppress(HResultError):
                attachment.detach()
        self._context.close()

    def _require_unattached(self) -> None:
        if self._attachment is not None and self._attachment.is_open:
            raise HResultError(HRESULT.E_UNEXPECTED, f"attached to {self._attachment.reader} already: Detach first")

    def _require_attached(self) -> Attachment:
        if self._attachment is None or not self._attachment.is_open:
            raise HResultError(SCardCode.SCARD_E_INVALID_HANDLE, "not attached")
        return self._attachment

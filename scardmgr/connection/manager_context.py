"""A context of a resource manager that goes with the object that holds it."""

from __future__ import annotations

import weakref
from contextlib import suppress

from scardmgr.com.errors import HResultError, resource_manager_codes
from scardmgr.winscard.asides import do_aside
from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.errors import SCardError
from scardmgr.winscard.faces.database_face import DatabaseFace


class ManagerContext:
    """A context of a resource manager, released by :meth:`close`, or soon after the last reference to it is gone.

    Attributes:
        resource_manager: the resource manager.
        handle: the context; 0 once it has been released.
        is_open: whether it has not been.

    Raises:
        HResultError: SCARD_E_NO_SERVICE: there is no resource manager. Other codes of SCardEstablishContext.
    """

    def __init__(self, resource_manager: object) -> None:
        if not isinstance(resource_manager, DatabaseFace):
            raise HResultError(
                SCardCode.SCARD_E_NO_SERVICE,
                "a resource manager is needed: scardmgr.resource_manager() gives one"
                + ("" if resource_manager is None else f", not {type(resource_manager).__name__}"),
            )
        with resource_manager_codes():
            handle = resource_manager.establish_context()
        self.resource_manager = resource_manager
        self.handle = handle
        self.is_open = True
        # The garbage collector runs inside whatever this thread is at, which may hold the resource manager's locks.
        self._finalizer = weakref.finalize(self, do_aside, _release, resource_manager, handle)
        # At exit the process gives everything back anyway, and the resource manager may be gone already.
        self._finalizer.atexit = False

    def close(self) -> None:
        """Release the context with all its handles. A second call does nothing."""
        self.is_open = False
        if self._finalizer.detach() is not None:
            _release(self.resource_manager, self.handle)
        self.handle = 0

    def require_open(self) -> int:
        """The context. Raises HResultError SCARD_E_INVALID_HANDLE where it has been released."""
        if not self.is_open:
            raise HResultError(SCardCode.SCARD_E_INVALID_HANDLE, "released")
        return self.handle


def _release(resource_manager: DatabaseFace, handle: int) -> None:
    # A context that the resource manager no longer knows is released already.
    with suppress(SCardError):
        resource_manager.release_context(handle)

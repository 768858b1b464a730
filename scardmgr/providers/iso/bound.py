"""What the interfaces of this provider have in common: an attachment, and its navigator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scardmgr.com import arguments
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.com.unknown import IUnknown
from scardmgr.providers.card_errors import Purpose, require_success
from scardmgr.providers.iso.long_commands import send_long
from scardmgr.providers.iso.navigation import Navigator
from scardmgr.published.enumerations import SCARD_FLAGS

if TYPE_CHECKING:
    from iso7816.apdu import ResponseAPDU
    from scardmgr.connection.attachment import Attachment

_SECURE_MESSAGING = SCARD_FLAGS.SC_FL_SECURE_MESSAGING
NO_FLAGS = SCARD_FLAGS.SC_FL_NO_FLAGS
LOCAL = 0x80
"""Bit 8 of a reference in P2: it belongs to the current DF."""


class BoundInterface(IUnknown):
    """An interface bound to an attachment; it refuses use once that is given up.

    Args:
        attachment: the attached card.
    """

    def __init__(self, attachment: Attachment) -> None:
        self._attachment = attachment
        self._navigator = Navigator.of(attachment)

    def _require_usable(self) -> Attachment:
        """The attachment. Raises HResultError SCARD_E_INVALID_HANDLE where there is none any more."""
        self._attachment.require_open()
        return self._attachment

    def _flags(
        self,
        value: object,
        allowed: SCARD_FLAGS,
        name: str = "flags",
        missing: HRESULT = HRESULT.E_POINTER,
    ) -> SCARD_FLAGS:
        """Flags of a method, SC_FL_SECURE_MESSAGING taken out: every command goes under the session there is.

        Raises:
            HResultError: ``missing``: None. E_INVALIDARG: no number, or a flag that is not allowed. E_UNEXPECTED:
                secure messaging is asked for, and there is no session, or it has ended.
        """
        if value is NO_FLAGS:  # the default: a microsecond less for most calls
            return NO_FLAGS
        given = arguments.flags(value, allowed | _SECURE_MESSAGING, name, missing)
        session = self._attachment.session
        if given & _SECURE_MESSAGING and (session is None or session.is_over):
            raise HResultError(HRESULT.E_UNEXPECTED, f"{name}: SC_FL_SECURE_MESSAGING, and there is no session")
        return given & ~_SECURE_MESSAGING

    def _command(
        self, ins: int, p1: int, p2: int, purpose: Purpose, data: bytes = b"", ne: int | None = None
    ) -> ResponseAPDU:
        """Send an interindustry command, however long its data are, and require its success."""
        return require_success(send_long(self._attachment, ins, p1, p2, data, ne), purpose)

    def _with_reference(
        self, ins: int, p1: int, reference: int, purpose: Purpose, data: bytes = b"", ne: int | None = None
    ) -> ResponseAPDU:
        """Send a command whose P2 refers to a CHV or key; for a local one the current directory is selected first."""
        attachment = self._require_usable()
        with attachment.transaction():
            if reference & LOCAL:
                self._navigator.enter(self._navigator.directory)
            return self._command(ins, p1, reference, purpose, data, ne)

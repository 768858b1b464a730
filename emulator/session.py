"""The card's end of secure messaging, as the layers need it: what an application brings may be another protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from iso7816.apdu import CommandAPDU, ResponseAPDU


class Session(Protocol):
    """A secure messaging session; :class:`iso7816.secure_messaging.CardSession` is that of ISO/IEC 7816-4.

    Attributes:
        OUTLIVES_PLAIN_COMMANDS: whether the session goes on after a command that came without secure messaging.
    """

    OUTLIVES_PLAIN_COMMANDS: ClassVar[bool]

    def open(self, command: CommandAPDU) -> CommandAPDU:
        """The command in a protected one. Raises SecureMessagingError, and the session has ended."""
        ...

    def protect(self, command: CommandAPDU, response: ResponseAPDU) -> ResponseAPDU:
        """The protected form of the response to a command. Raises SecureMessagingError where it is too long."""
        ...

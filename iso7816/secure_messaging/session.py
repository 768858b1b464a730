"""Both ends of a session: keys, and the send sequence counter, which counts every command and every response.

What was sent twice, left out or reordered has another counter, and its checksum is wrong. The first wrong message ends
a session: its keys and its counter serve no more (ISO/IEC 7816-4:2020, 10.4; ICAO Doc 9303-11, 9.8.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from iso7816.secure_messaging.algorithms import SessionCipher, SessionKeys
from iso7816.secure_messaging.errors import SecureMessagingError
from iso7816.secure_messaging.protection import open_command, open_response, protect_command, protect_response
from iso7816.status_words import is_success

if TYPE_CHECKING:
    from iso7816.apdu import CommandAPDU, ResponseAPDU


class _Session:
    """What both ends have.

    Args:
        keys: of this session.
        counter: the send sequence counter to begin with, one block; ``None``: 0.

    Raises:
        SecureMessagingError: a counter of another length.
    """

    def __init__(self, keys: SessionKeys, counter: bytes | None = None) -> None:
        if counter is not None and len(counter) != keys.block:
            raise SecureMessagingError(f"the counter has {len(counter)} bytes: a block has {keys.block}")
        self._cipher = SessionCipher(keys)
        self._counter = 0 if counter is None else int.from_bytes(counter, "big")
        self._modulus = 1 << 8 * keys.block
        self._is_over = False

    @property
    def is_over(self) -> bool:
        """Whether the session has ended."""
        return self._is_over

    @property
    def counter(self) -> bytes:
        """The send sequence counter of the last message."""
        return self._counter.to_bytes(self._cipher.block, "big")

    def end(self) -> None:
        """End the session."""
        self._is_over = True

    def _next(self) -> bytes:
        if self._is_over:
            raise SecureMessagingError("the session has ended")
        self._counter = (self._counter + 1) % self._modulus
        return self.counter

    def __repr__(self) -> str:
        """Neither keys nor counter."""
        return f"<{type(self).__name__}{', over' if self._is_over else ''}>"


class HostSession(_Session):
    """The outside's end."""

    def protect(self, command: CommandAPDU, *, is_enciphered: bool = True) -> CommandAPDU:
        """The protected form of the next command.

        Raises:
            SecureMessagingError: the session has ended; otherwise as
                :func:`~iso7816.secure_messaging.protection.protect_command`, and the counter has not counted.
        """
        before = self._counter
        try:
            return protect_command(self._cipher, self._next(), command, is_enciphered=is_enciphered)
        except SecureMessagingError:
            self._counter = before
            raise

    def open(self, command: CommandAPDU, response: ResponseAPDU) -> ResponseAPDU:
        """The response to a command, checked and deciphered.

        A card that does not take the command for protected (6987, 6988, 6882 ...) answers a bare status word: that ends
        the session, and the response is as it came. Nothing vouches for it.

        Raises:
            SecureMessagingError: the session has ended, or ends now, because something is wrong.
        """
        if not response.data and not is_success(response.sw):
            self.end()
            return response
        try:
            return open_response(self._cipher, self._next(), response, is_tlv=bool(command.ins & 1))
        except SecureMessagingError:
            self.end()
            raise


class CardSession(_Session):
    """The card's end."""

    OUTLIVES_PLAIN_COMMANDS: ClassVar[bool] = False

    def open(self, command: CommandAPDU) -> CommandAPDU:
        """The next command, checked and deciphered.

        Raises:
            SecureMessagingError: the session has ended, or ends now, because something is wrong.
        """
        try:
            return open_command(self._cipher, self._next(), command)
        except SecureMessagingError:
            self.end()
            raise

    def protect(self, command: CommandAPDU, response: ResponseAPDU) -> ResponseAPDU:
        """The protected form of the response to a command.

        Raises:
            SecureMessagingError: the session has ended; the response is too long, and the counter has not counted.
        """
        before = self._counter
        try:
            return protect_response(self._cipher, self._next(), response, is_tlv=bool(command.ins & 1))
        except SecureMessagingError:
            self._counter = before
            raise

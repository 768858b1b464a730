"""Both ends of secure messaging with an OpenPGP card (OpenPGP card 3.4.1, 7.5): one command and its response at a time.

::

    GET CHALLENGE of 16 bytes, without secure messaging: it serves the next protected command and its response
    command   87 { 01, cryptogram } or 85 { cryptogram }  97 { Le }  8E { checksum }     CLA 0C; 85 with an odd INS
    response  87 { 01, cryptogram } or 85 { cryptogram }  99 { SW }  8E { checksum }     to a command with 97
              nothing but the status word                                               to a command without 97

It is that of ISO/IEC 7816-4 (:mod:`iso7816.secure_messaging`), but for the counter: there is none. Data are padded
(80 00 ..) and enciphered by AES in cipher block chaining, and the challenge is the initial value as it is. The
checksum is the first 8 bytes of a CMAC that begins from the challenge, in place of zeros: over the header, padded to a
block, and the data objects, padded. Data are always enciphered. The keys are the same for every command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from iso7816.apdu import ResponseAPDU
from iso7816.secure_messaging.algorithms import SessionCipher
from iso7816.secure_messaging.data_objects import PLAIN, PLAIN_TLV, ProtectedField
from iso7816.secure_messaging.errors import SecureMessagingError
from iso7816.secure_messaging.protection import open_command, open_response, protect_command, protect_response
from iso7816.status_words import SW, is_success

if TYPE_CHECKING:
    from iso7816.apdu import CommandAPDU
    from iso7816.secure_messaging.algorithms import SessionKeys

PROTECTED_INSTRUCTIONS: Final = frozenset((0x20, 0x24, 0x2C, 0x44, 0x47, 0xC0, 0xCA, 0xCC, 0xDA, 0xDB, 0xE6))
"""Those whose description has class 0C (7.2): VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER, ACTIVATE FILE,
GENERATE ASYMMETRIC KEY PAIR, GET RESPONSE, GET DATA, GET NEXT DATA, PUT DATA, TERMINATE DF."""

_CLASS: Final = 0x0C
_FURTHER: Final = 0x40
"""From here on a class byte cannot say that its header is authenticated: a data object 89 does (ISO/IEC 7816-4)."""


class _ChallengedCipher(SessionCipher):
    """AES from a challenge; what is wrong is 6982 (7.9)."""

    WRONG: ClassVar[SW] = SW.SECURITY_STATUS_NOT_SATISFIED

    def _initial_value(self, counter: bytes) -> bytes:
        return counter

    def _chained(self, counter: bytes, padded: bytes) -> bytes:
        # Where nothing at all is protected there is no first block.
        first = bytes(left ^ right for left, right in zip(counter, padded, strict=False))
        return first + padded[self.block :]


class _Session:
    """What both ends have; the repr shows no key."""

    def __init__(self, keys: SessionKeys) -> None:
        self._cipher = _ChallengedCipher(keys)

    def __repr__(self) -> str:
        """Neither keys nor challenge."""
        return f"<{type(self).__name__}>"


class OpenPGPCardSession(_Session):
    """The card's end, of one command and its response.

    Args:
        keys: SM-Key-ENC and SM-Key-MAC.
        challenge: the last one that was given, 16 bytes.
    """

    OUTLIVES_PLAIN_COMMANDS: ClassVar[bool] = True

    def __init__(self, keys: SessionKeys, challenge: bytes) -> None:
        super().__init__(keys)
        self._challenge = challenge
        self._is_used = False
        self._has_response = False

    def open(self, command: CommandAPDU) -> CommandAPDU:
        """The command, checked and deciphered.

        Raises:
            SecureMessagingError: 6882 not a command that is protected, or not by class 0C; 6987 no checksum; 6988 other
                data objects than belong there; 6982 the checksum or the cryptogram is wrong; the challenge has served
                already.
        """
        if self._is_used:
            raise SecureMessagingError("the challenge has served already")
        self._is_used = True
        if command.cla & _CLASS != _CLASS and command.cla < _FURTHER:
            raise SecureMessagingError("a class of another kind of secure messaging", SW.SECURE_MESSAGING_UNSUPPORTED)
        if command.ins not in PROTECTED_INSTRUCTIONS:
            raise SecureMessagingError("not a command that is protected", SW.SECURE_MESSAGING_UNSUPPORTED)
        field = ProtectedField.parse(command.data)
        if any(field.value(tag) is not None for tag in (PLAIN, PLAIN_TLV)):
            raise SecureMessagingError("the data are not enciphered")
        plain = open_command(self._cipher, self._challenge, command)
        self._has_response = plain.ne is not None
        return plain

    def protect(self, command: CommandAPDU, response: ResponseAPDU) -> ResponseAPDU:
        """The protected form of the response; the status word alone where the command asked for no response.

        Raises:
            SecureMessagingError: the response is too long.
        """
        if not self._has_response:
            return ResponseAPDU(b"", response.sw)
        return protect_response(self._cipher, self._challenge, response, is_tlv=bool(command.ins & 1))


class OpenPGPHostSession(_Session):
    """The outside's end: it has a challenge given before each command.

    Args:
        keys: as the card has them.
    """

    def __init__(self, keys: SessionKeys) -> None:
        super().__init__(keys)
        self._challenge: bytes | None = None

    def protect(self, command: CommandAPDU, challenge: bytes) -> CommandAPDU:
        """The protected form of a command.

        Args:
            command: as it would be without secure messaging.
            challenge: the answer to the last GET CHALLENGE.

        Raises:
            SecureMessagingError: the challenge has not 16 bytes; as
                :func:`~iso7816.secure_messaging.protection.protect_command`.
        """
        if len(challenge) != self._cipher.block:
            raise SecureMessagingError(f"the challenge has {len(challenge)} bytes: {self._cipher.block} are wanted")
        protected = protect_command(self._cipher, challenge, command)
        self._challenge = challenge
        return protected if command.ne is not None else protected._replace(ne=None)

    def open(self, command: CommandAPDU, response: ResponseAPDU) -> ResponseAPDU:
        """The response to a command, checked and deciphered.

        A command without Ne is answered by a status word alone, and so is one that the card does not take for protected
        (6982, 6987, 6988, 6882 ...): that is returned as it came. Nothing vouches for it.

        Raises:
            SecureMessagingError: something is wrong; no command is waiting for its response.
        """
        challenge, self._challenge = self._challenge, None
        if challenge is None:
            raise SecureMessagingError("there is no command that waits for a response")
        if not response.data and (command.ne is None or not is_success(response.sw)):
            return response
        return open_response(self._cipher, challenge, response, is_tlv=bool(command.ins & 1))

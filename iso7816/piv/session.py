"""Both ends of a session of PIV secure messaging (SP 800-73-5, part 2, 4.2).

::

    command   87 { 01, cryptogram }  97 { 00 }  8E { MAC }       MAC over: last MAC, padded header 0C INS P1 P2, 87, 97
    response  87 { 01, cryptogram }  99 { SW }  8E { MAC }       MAC over: last MAC of a response, 87, 99

Data are padded (80 00 ..) and enciphered by AES in cipher block chaining; the initial value is the enciphered counter,
which counts commands from 1, with 80 in front for a response. A MAC is the first 8 bytes of a CMAC; all 16 are chained
into the next one. The status word around a protected response is 9000, whatever is in it. Only GET DATA, VERIFY, CHANGE
REFERENCE DATA and GENERAL AUTHENTICATE are protected. A session goes on after commands that are not protected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from iso7816.apdu import MAX_NE, MAX_SHORT_NE, CommandAPDU, ResponseAPDU
from iso7816.authentication import is_same_secret
from iso7816.ber_tlv import TLV, encode_all
from iso7816.class_byte import ClassByte, SecureMessaging
from iso7816.confidentiality import PaddingIndicator, decipher_blocks, encipher_blocks
from iso7816.errors import APDUError, MechanismError
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.padding import pad, unpad
from iso7816.secure_messaging.data_objects import (
    CRYPTOGRAM,
    EXPECTED_LENGTH,
    STATUS,
    ProtectedField,
    expected_length_of,
    status_of,
)
from iso7816.secure_messaging.errors import SecureMessagingError
from iso7816.status_words import SW, is_success

if TYPE_CHECKING:
    from iso7816.piv.key_establishment import SecureChannelKeys

PROTECTED_INSTRUCTIONS: Final = frozenset((0xCB, 0x20, 0x24, 0x87))
_BLOCK: Final = 16
_MAC_LENGTH: Final = 8
_PROTECTED_CLASS: Final = 0x0C
_OF_RESPONSE: Final = 0x80


class _Session:
    """What both ends have; the repr shows no key."""

    OUTLIVES_PLAIN_COMMANDS: ClassVar[bool] = True

    def __init__(self, keys: SecureChannelKeys) -> None:
        self._keys = keys
        self._counter = 1
        self._command_chain = bytes(_BLOCK)
        self._response_chain = bytes(_BLOCK)
        self._is_over = False

    @property
    def is_over(self) -> bool:
        """Whether the session has ended."""
        return self._is_over

    def end(self) -> None:
        """End the session."""
        self._is_over = True

    def _check_open(self) -> None:
        if self._is_over:
            raise SecureMessagingError("the session has ended")

    def _initial_value(self, *, of_response: bool) -> bytes:
        counter = self._counter.to_bytes(_BLOCK, "big")
        if of_response:
            counter = bytes((_OF_RESPONSE,)) + counter[1:]
        return encipher_blocks(KeyAlgorithm.AES, self._keys.encryption, None, counter)

    def _cryptogram(self, data: bytes, *, of_response: bool) -> list[TLV]:
        if not data:
            return []
        initial_value = self._initial_value(of_response=of_response)
        cryptogram = encipher_blocks(KeyAlgorithm.AES, self._keys.encryption, initial_value, pad(data, _BLOCK))
        return [TLV(CRYPTOGRAM, bytes((PaddingIndicator.ISO_7816_4,)) + cryptogram)]

    def _data(self, field: ProtectedField, *, of_response: bool) -> bytes:
        value = field.value(CRYPTOGRAM)
        if value is None:
            return b""
        if value[:1] != bytes((PaddingIndicator.ISO_7816_4,)):
            raise SecureMessagingError("the padding indicator is not 01")
        initial_value = self._initial_value(of_response=of_response)
        try:
            return unpad(decipher_blocks(KeyAlgorithm.AES, self._keys.encryption, initial_value, value[1:]))
        except MechanismError:
            raise SecureMessagingError("the cryptogram is not whole blocks, or has no padding") from None

    def _mac(self, key: bytes, *parts: bytes) -> bytes:
        from cryptography.hazmat.primitives.ciphers.algorithms import AES
        from cryptography.hazmat.primitives.cmac import CMAC

        mac = CMAC(AES(key))
        for part in parts:
            mac.update(part)
        return mac.finalize()

    def _command_mac(self, command: CommandAPDU, objects: bytes) -> bytes:
        header = pad(bytes((_PROTECTED_CLASS, command.ins, command.p1, command.p2)), _BLOCK)
        return self._mac(self._keys.mac, self._command_chain, header, objects)

    def _response_mac(self, objects: bytes) -> bytes:
        return self._mac(self._keys.response_mac, self._response_chain, objects)

    def __repr__(self) -> str:
        """Neither keys nor counter."""
        return f"<{type(self).__name__}{', over' if self._is_over else ''}>"


class PIVCardSession(_Session):
    """The card's end."""

    def open(self, command: CommandAPDU) -> CommandAPDU:
        """The next command, checked and deciphered; its class byte is 00.

        Raises:
            SecureMessagingError: the session has ended, or ends now: 6882 not a command that is protected; 6987 no MAC;
                6988 anything wrong, the MAC above all.
        """
        try:
            return self._open(command)
        except SecureMessagingError:
            self.end()
            raise

    def _open(self, command: CommandAPDU) -> CommandAPDU:
        self._check_open()
        if _how(command.cla) is not SecureMessaging.WITH_HEADER or command.ins not in PROTECTED_INSTRUCTIONS:
            raise SecureMessagingError("not a command that is protected so", SW.SECURE_MESSAGING_UNSUPPORTED)
        field = ProtectedField.parse(command.data)
        if [each.tag for each in field.objects] not in (
            [],
            [CRYPTOGRAM],
            [EXPECTED_LENGTH],
            [CRYPTOGRAM, EXPECTED_LENGTH],
        ):
            raise SecureMessagingError("other data objects than 87, 97 and 8E")
        mac = self._command_mac(command, encode_all(field.objects))
        if not is_same_secret(mac[:_MAC_LENGTH], field.checksum):
            raise SecureMessagingError("the MAC (8E) is wrong")
        data = self._data(field, of_response=False)
        self._command_chain = mac
        return CommandAPDU(0, command.ins, command.p1, command.p2, data, expected_length_of(field))

    def protect(self, command: CommandAPDU, response: ResponseAPDU) -> ResponseAPDU:
        """The protected form of the response to a command.

        Raises:
            SecureMessagingError: the session has ended; the response is too long, and nothing has changed.
        """
        del command
        self._check_open()
        objects = [*self._cryptogram(response.data, of_response=True), TLV(STATUS, response.sw.to_bytes(2, "big"))]
        mac = self._response_mac(encode_all(objects))
        field = ProtectedField(tuple(objects), mac[:_MAC_LENGTH]).to_bytes()
        if len(field) > MAX_NE:
            raise SecureMessagingError(f"the protected response has {len(field)} bytes of data: at most {MAX_NE} fit")
        self._response_chain = mac
        self._counter += 1
        return ResponseAPDU(field, SW.OK)


class PIVHostSession(_Session):
    """The outside's end."""

    def protect(self, command: CommandAPDU) -> CommandAPDU:
        """The protected form of the next command, of class 00. Raises SecureMessagingError: the session has ended."""
        self._check_open()
        objects = self._cryptogram(command.data, of_response=False)
        if command.ne is not None:
            objects.append(TLV(EXPECTED_LENGTH, b"\0"))
        mac = self._command_mac(command, encode_all(objects))
        self._command_chain = mac
        field = ProtectedField(tuple(objects), mac[:_MAC_LENGTH]).to_bytes()
        longest = MAX_NE if len(field) >= MAX_SHORT_NE else MAX_SHORT_NE
        return CommandAPDU(_PROTECTED_CLASS, command.ins, command.p1, command.p2, field, longest)

    def open(self, response: ResponseAPDU) -> ResponseAPDU:
        """The response to the last command, checked and deciphered.

        A bare status word other than 9000 ends the session, and is returned as it came: nothing vouches for it.

        Raises:
            SecureMessagingError: the session has ended, or ends now, because something is wrong.
        """
        self._check_open()
        if not response.data and not is_success(response.sw):
            self.end()
            return response
        try:
            return self._opened(response)
        except SecureMessagingError:
            self.end()
            raise

    def _opened(self, response: ResponseAPDU) -> ResponseAPDU:
        field = ProtectedField.parse(response.data)
        if [each.tag for each in field.objects] not in ([STATUS], [CRYPTOGRAM, STATUS]):
            raise SecureMessagingError("other data objects than 87, 99 and 8E")
        mac = self._response_mac(encode_all(field.objects))
        if not is_same_secret(mac[:_MAC_LENGTH], field.checksum):
            raise SecureMessagingError("the MAC (8E) is wrong")
        data = self._data(field, of_response=True)
        self._response_chain = mac
        self._counter += 1
        return ResponseAPDU(data, status_of(field) or 0)


def _how(cla: int) -> SecureMessaging:
    try:
        return ClassByte.parse(cla).secure_messaging
    except APDUError:
        return SecureMessaging.NONE

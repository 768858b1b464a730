"""Commands and responses to and from their protected form, given a cipher and a counter.

The checksum of a command is over the counter, its header where the class byte says so (padded to a block), and the data
objects with odd tags (padded, unless there are none). That of a response is over the counter and its data objects.
Source: ISO/IEC 7816-4:2020, 10.2.3; ICAO Doc 9303-11, 9.8.4 to 9.8.6.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from iso7816.apdu import MAX_NC, MAX_NE, MAX_SHORT_NE, CommandAPDU, ExactNe, ResponseAPDU
from iso7816.ber_tlv import TLV, encode_all
from iso7816.class_byte import ClassByte, SecureMessaging
from iso7816.errors import APDUError
from iso7816.padding import pad
from iso7816.secure_messaging.data_objects import (
    CHECKSUM,
    HEADER,
    STATUS,
    ProtectedField,
    cryptogram_object,
    cryptogram_of,
    data_object,
    expected_length_object,
    expected_length_of,
    header_of,
    plain_data_of,
    status_of,
)
from iso7816.secure_messaging.errors import SecureMessagingError
from iso7816.status_words import SW

if TYPE_CHECKING:
    from iso7816.secure_messaging.algorithms import SessionCipher

_HIGHEST_FIRST_CHANNEL = 3


def protect_command(
    cipher: SessionCipher, counter: bytes, command: CommandAPDU, *, is_enciphered: bool = True
) -> CommandAPDU:
    """The protected form of a command of an interindustry class.

    On the logical channels 0 to 3 the class byte has the header authenticated; on the others it cannot, and a data
    object (89) tells the header instead.

    Args:
        cipher: of the session.
        counter: of this command.
        command: as it would be without secure messaging.
        is_enciphered: whether the data are enciphered, or authenticated only.

    Raises:
        SecureMessagingError: the class is not interindustry or has secure messaging already; the protected form is
            longer than a command can be.
    """
    cla, header_in_class = _protected_class(command.cla)
    is_tlv = bool(command.ins & 1)
    objects: list[TLV] = []
    if not header_in_class:
        objects.append(TLV(HEADER, bytes((cla, command.ins, command.p1, command.p2))))
    if command.data and is_enciphered:
        objects.append(cryptogram_object(cipher.encipher(counter, command.data), is_tlv=is_tlv))
    elif command.data:
        objects.append(data_object(command.data, is_tlv=is_tlv))
    if command.ne is not None:
        extended = command.needs_extended or isinstance(command.ne, ExactNe)
        objects.append(expected_length_object(command.ne, extended=extended))
    header = bytes((cla, command.ins, command.p1, command.p2)) if header_in_class else b""
    field = _sealed(cipher, counter, header, objects)
    if len(field) > MAX_NC:
        raise SecureMessagingError(f"the protected command has {len(field)} bytes of data: at most {MAX_NC} fit")
    longest = MAX_NE if command.needs_extended or len(field) > MAX_SHORT_NE - 1 else MAX_SHORT_NE
    return CommandAPDU(cla, command.ins, command.p1, command.p2, field, longest)


def open_command(cipher: SessionCipher, counter: bytes, protected: CommandAPDU) -> CommandAPDU:
    """The command in a protected one; its class byte is that of a command without secure messaging.

    Raises:
        SecureMessagingError: 6987: no checksum, or no header where the class byte does not have it authenticated;
            6988: anything wrong; what the cipher has for a wrong checksum or cryptogram.
    """
    try:
        coded = ClassByte.parse(protected.cla)
    except APDUError as error:
        raise SecureMessagingError("the class byte has no secure messaging") from error
    if coded.secure_messaging not in (SecureMessaging.WITH_HEADER, SecureMessaging.WITHOUT_HEADER):
        raise SecureMessagingError("the class byte has no secure messaging of this kind", SW.SM_OBJECTS_MISSING)
    sent = bytes(protected[:4])
    field = ProtectedField.parse(protected.data)
    header = sent if coded.secure_messaging is SecureMessaging.WITH_HEADER else b""
    cipher.check(counter, _protected(cipher, header, field.authenticated), field.checksum)
    told = header_of(field)
    if told is None and not header:
        raise SecureMessagingError("the header is not authenticated", SW.SM_OBJECTS_MISSING)
    if told is not None and told != sent:
        raise SecureMessagingError("the header (89) is another one")
    if field.value(STATUS) is not None:
        raise SecureMessagingError("a status (99) is in a command")
    is_tlv = bool(protected.ins & 1)
    data = _data(cipher, counter, field, is_tlv=is_tlv)
    return CommandAPDU(
        _plain_class(protected.cla), protected.ins, protected.p1, protected.p2, data, expected_length_of(field)
    )


def protect_response(
    cipher: SessionCipher, counter: bytes, response: ResponseAPDU, *, is_tlv: bool = False, is_enciphered: bool = True
) -> ResponseAPDU:
    """The protected form of a response.

    Args:
        cipher: of the session.
        counter: of this response.
        response: as it would be without secure messaging; at most some 65,500 bytes of data.
        is_tlv: whether the command's INS was odd.
        is_enciphered: whether the data are enciphered, or authenticated only.

    Raises:
        SecureMessagingError: the protected form is longer than a response can be.
    """
    objects: list[TLV] = []
    if response.data and is_enciphered:
        objects.append(cryptogram_object(cipher.encipher(counter, response.data), is_tlv=is_tlv))
    elif response.data:
        objects.append(data_object(response.data, is_tlv=is_tlv))
    objects.append(TLV(STATUS, response.sw.to_bytes(2, "big")))
    field = _sealed(cipher, counter, b"", objects)
    if len(field) > MAX_NE:
        raise SecureMessagingError(f"the protected response has {len(field)} bytes of data: at most {MAX_NE} fit")
    return ResponseAPDU(field, response.sw)


def open_response(
    cipher: SessionCipher, counter: bytes, protected: ResponseAPDU, *, is_tlv: bool = False
) -> ResponseAPDU:
    """The response in a protected one.

    Args:
        cipher: of the session.
        counter: of this response.
        protected: what the card sent.
        is_tlv: whether the command's INS was odd.

    Raises:
        SecureMessagingError: 6987: no checksum, or no status; 6988: anything wrong; what the cipher has for a wrong
            checksum or cryptogram.
    """
    field = ProtectedField.parse(protected.data)
    cipher.check(counter, _protected(cipher, b"", field.authenticated), field.checksum)
    status = status_of(field)
    if status is None:
        raise SecureMessagingError("the status (99) is missing", SW.SM_OBJECTS_MISSING)
    return ResponseAPDU(_data(cipher, counter, field, is_tlv=is_tlv), status)


@cache
def _protected_class(cla: int) -> tuple[int, bool]:
    """The class byte of the protected form, and whether it has the header authenticated."""
    try:
        plain = ClassByte.parse(cla)
    except APDUError as error:
        raise SecureMessagingError(f"CLA {cla:02X} has no place for secure messaging") from error
    if plain.secure_messaging is not SecureMessaging.NONE:
        raise SecureMessagingError("the command is protected already")
    with_header = plain.channel <= _HIGHEST_FIRST_CHANNEL
    how = SecureMessaging.WITH_HEADER if with_header else SecureMessaging.WITHOUT_HEADER
    return ClassByte(plain.channel, plain.chaining, how).to_byte(), with_header


@cache
def _plain_class(cla: int) -> int:
    """The class byte of the command in a protected one."""
    protected = ClassByte.parse(cla)
    return ClassByte(protected.channel, protected.chaining).to_byte()


def _protected(cipher: SessionCipher, header: bytes, objects: bytes) -> bytes:
    """What the checksum is over, behind the counter."""
    return (pad(header, cipher.block) if header else b"") + (pad(objects, cipher.block) if objects else b"")


def _sealed(cipher: SessionCipher, counter: bytes, header: bytes, objects: list[TLV]) -> bytes:
    """The data field of the data objects, with their checksum behind."""
    authenticated = encode_all(objects)
    checksum = cipher.checksum(counter, _protected(cipher, header, authenticated))
    return authenticated + TLV(CHECKSUM, checksum).to_bytes()


def _data(cipher: SessionCipher, counter: bytes, field: ProtectedField, *, is_tlv: bool) -> bytes:
    cryptogram = cryptogram_of(field, is_tlv=is_tlv)
    if cryptogram is not None:
        return cipher.decipher(counter, cryptogram)
    return plain_data_of(field, is_tlv=is_tlv) or b""

"""Private keys in key files, in PKCS #8; how they come in and are generated.

::

    DB 3FFF  70 { 84 reference, A5 { 83 02, [84 00], 87 RSAPrivateKey } }     a key of RSA (PKCS #1)
             70 { 84 reference, A5 { [83 01], 87 24 bytes, [88 check value] } }  the administrator's key
    CB 3FFF  70 { 84 reference, A5 { 7F49 80 } }  ->  7F49 { 81 modulus, 82 exponent }
    47 0000  AC { 80 mechanism, 83 reference }    ->  7F49 { 81 modulus, 82 exponent }
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from emulator.applications.gids.interface import ADMIN_KEY_SIZE, KEY_FILES, RSA_BITS, KeyAccess
from emulator.applications.gids.stored_files import key_key, open_key_file, put_values
from iso7816.ber_tlv import decode_all
from iso7816.errors import Iso7816Error, KeyDataError
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric import rsa

    from emulator.applications.gids.stored_files import StoredFile
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

KEY_TEMPLATE: Final = 0x70
_REFERENCE: Final = 0x84
_VALUE_TEMPLATE: Final = 0xA5
_KEY_TYPE: Final = 0x83
_ENCRYPTING_KEY: Final = 0x84
_VALUE: Final = 0x87
_CHECK_VALUE: Final = 0x88
_SECRET_KEY: Final = b"\x01"
_RSA_KEY: Final = b"\x02"
_NOT_ENCRYPTED: Final = b"\x00"
_PUBLIC_KEY_WANTED: Final = bytes.fromhex("7F4980")
_GENERATION: Final = 0xAC
_MECHANISM: Final = 0x80
_GENERATED_KEY: Final = 0x83
_SEQUENCE: Final = 0x30
_INTEGER: Final = 0x02
_RSA_NUMBERS: Final = 9


def private_key(card: CardContext, reference: int) -> rsa.RSAPrivateKey:
    """The key of RSA with a reference. Raises StatusWordError 6A88 where there is none."""
    from iso7816.asymmetric_keys import load_private_key

    name = key_key(KEY_FILES | reference)
    value = card.values.get(name)
    if value is None:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    # Reading a key takes longer than what is around a signature: it is kept until another selection.
    state = card.channel.application_state
    read: tuple[bytes, rsa.RSAPrivateKey] | None = state.get(repr(name))
    if read is None or read[0] is not value:
        read = state[repr(name)] = value, cast("rsa.RSAPrivateKey", load_private_key(value, check=False))
    return read[1]


def get_public_key(card: CardContext, template: Mapping[int, bytes]) -> bytes:
    """The public half, by the value of template 70. Raises StatusWordError 6A80, 6A88, 6985, 6982."""
    from iso7816.public_key_template import public_key_template

    if template.get(_VALUE_TEMPLATE) != _PUBLIC_KEY_WANTED:
        raise StatusWordError(SW.WRONG_DATA)
    reference = _one_byte(template, _REFERENCE)
    file = open_key_file(card, reference, KeyAccess.GET_PUBLIC_KEY)
    if file.rsa_bits is None:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    return public_key_template(private_key(card, reference).public_key())


def put_key(card: CardContext, template: Mapping[int, bytes]) -> None:
    """A key from outside, by the value of template 70.

    The check value is not looked at: programs send that of another key.

    Raises:
        StatusWordError: 6A80 no key, or none that the file is for; 6A81 it is enciphered; 6A88 there is no such file;
            6985 it is not activated, 6982 its rules do not allow it, 6A84 no room.
    """
    if not template.keys() == {_REFERENCE, _VALUE_TEMPLATE}:
        raise StatusWordError(SW.WRONG_DATA)
    reference = _one_byte(template, _REFERENCE)
    parts = objects_in(template[_VALUE_TEMPLATE])
    if not parts.keys() <= {_KEY_TYPE, _ENCRYPTING_KEY, _VALUE, _CHECK_VALUE} or _VALUE not in parts:
        raise StatusWordError(SW.WRONG_DATA)
    file = open_key_file(card, reference, KeyAccess.PUT_KEY)
    if parts.get(_ENCRYPTING_KEY, _NOT_ENCRYPTED) != _NOT_ENCRYPTED:
        raise StatusWordError(SW.FUNCTION_UNSUPPORTED)
    value = parts[_VALUE]
    key_type = parts.get(_KEY_TYPE, _SECRET_KEY)
    if file.is_admin_key and key_type == _SECRET_KEY and len(value) == ADMIN_KEY_SIZE:
        stored = value
    elif not file.is_admin_key and key_type == _RSA_KEY:
        stored = _rsa_key(file, value)
    else:
        raise StatusWordError(SW.WRONG_DATA)
    put_values(card, {key_key(file.fid): stored})


def _rsa_key(file: StoredFile, value: bytes) -> bytes:
    """An RSAPrivateKey (RFC 8017, A.1.2) as PKCS #8; its numbers may lack the zero in front that keeps them positive.

    Raises StatusWordError 6A80.
    """
    from cryptography.hazmat.primitives.asymmetric import rsa

    from iso7816.asymmetric_keys import load_private_key, private_key_bytes

    try:
        (sequence,) = decode_all(value)
        tlvs = decode_all(sequence.value)
        if sequence.tag != _SEQUENCE or [tlv.tag for tlv in tlvs] != [_INTEGER] * _RSA_NUMBERS:
            raise KeyDataError("no RSAPrivateKey")
        version, n, e, d, p, q, dmp1, dmq1, iqmp = (int.from_bytes(tlv.value, "big") for tlv in tlvs)
        if version != 0 or n.bit_length() != file.rsa_bits:
            raise KeyDataError("not a key of the file's size")
        numbers = rsa.RSAPrivateNumbers(p, q, d, dmp1, dmq1, iqmp, rsa.RSAPublicNumbers(e, n))
        key = private_key_bytes(numbers.private_key(unsafe_skip_rsa_key_validation=True))
        load_private_key(key)
    except (ValueError, OverflowError):
        raise StatusWordError(SW.WRONG_DATA) from None
    return key


def generate_key_pair(card: CardContext, command: CommandAPDU, _parameters: None) -> Response:
    """GENERATE ASYMMETRIC KEY PAIR (47): 6A80 other data, 6A88 there is no such file, 6985 it is not activated, 6982
    its rules do not allow it, 6A81 another mechanism than the file is for, 6A84 no room."""
    from iso7816.asymmetric_keys import generate_private_key, private_key_bytes
    from iso7816.key_algorithms import KeyAlgorithm
    from iso7816.public_key_template import public_key_template

    template = template_in(command.data, _GENERATION)
    mechanism, reference = _one_byte(template, _MECHANISM), _one_byte(template, _GENERATED_KEY)
    file = open_key_file(card, reference, KeyAccess.GENERATE)
    bits = RSA_BITS.get(mechanism)
    if bits is None or bits != file.rsa_bits:
        raise StatusWordError(SW.FUNCTION_UNSUPPORTED)
    key = generate_private_key(KeyAlgorithm.RSA, bits)
    stored = private_key_bytes(key)
    put_values(card, {key_key(file.fid): stored})
    return public_key_template(key.public_key())


def template_in(data: bytes, tag: int) -> Mapping[int, bytes]:
    """The data objects in the one template that data are. Raises StatusWordError 6A80."""
    try:
        (template,) = decode_all(data)
    except (Iso7816Error, ValueError):
        raise StatusWordError(SW.WRONG_DATA) from None
    if template.tag != tag:
        raise StatusWordError(SW.WRONG_DATA)
    return objects_in(template.value)


def objects_in(data: bytes) -> Mapping[int, bytes]:
    """Data objects by their tags, each of which occurs once. Raises StatusWordError 6A80."""
    try:
        tlvs = decode_all(data)
    except Iso7816Error:
        raise StatusWordError(SW.WRONG_DATA) from None
    found = {tlv.tag: tlv.value for tlv in tlvs}
    if len(found) != len(tlvs):
        raise StatusWordError(SW.WRONG_DATA)
    return found


def _one_byte(found: Mapping[int, bytes], tag: int) -> int:
    value = found.get(tag, b"")
    if len(value) != 1:
        raise StatusWordError(SW.WRONG_DATA)
    return value[0]

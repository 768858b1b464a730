"""PUT DATA (DB) with P1-P2 3FFF: keys from outside, into key files that are there.

::

    70 { 84 reference, A5 { 83 02, [84 00], 87 RSAPrivateKey } }             a key of RSA (PKCS #1)
    70 { 84 reference, A5 { [83 01], [84 00], 87 24 bytes, [88 check value] } }  the administrator's key
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emulator.applications.gids.interface import ADMIN_KEY_SIZE, KEY_REFERENCE, KEY_VALUE_TEMPLATE, KeyAccess
from emulator.applications.gids.stored_files import key_key, open_key_file, put_values
from emulator.applications.gids.templates import one_byte
from emulator.security_operations import data_objects
from iso7816.ber_tlv import decode_all
from iso7816.errors import KeyDataError
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.applications.gids.stored_files import StoredFile
    from emulator.command import CardContext

_KEY_TYPE: Final = 0x83
_ENCRYPTING_KEY: Final = 0x84
_VALUE: Final = 0x87
_CHECK_VALUE: Final = 0x88
_SECRET_KEY: Final = b"\x01"
_RSA_KEY: Final = b"\x02"
_NOT_ENCRYPTED: Final = b"\x00"
_SEQUENCE: Final = 0x30
_INTEGER: Final = 0x02
_RSA_NUMBERS: Final = 9


def put_key(card: CardContext, template: Mapping[int, bytes]) -> None:
    """A key from outside, by the value of template 70.

    The check value is not looked at: programs send that of another key.

    Raises:
        StatusWordError: 6A80 no key, or none that the file is for; 6A81 it is enciphered; 6A88 there is no such file;
            6985 it is not activated, 6982 its rules do not allow it, 6A84 no room.
    """
    if template.keys() != {KEY_REFERENCE, KEY_VALUE_TEMPLATE}:
        raise StatusWordError(SW.WRONG_DATA)
    reference = one_byte(template, KEY_REFERENCE)
    parts = data_objects(template[KEY_VALUE_TEMPLATE])
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

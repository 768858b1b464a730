"""Public keys in data objects: template 7F49 (ISO/IEC 7816-8:2004, annex; ISO/IEC 7816-6).

::

    7F49  RSA     81  modulus              82  public exponent
          curves  86  point 04 || x || y; of Ed25519 and X25519 the 32 bytes of RFC 8032 and RFC 7748

GENERATE ASYMMETRIC KEY PAIR answers so, and key agreement takes such a template.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from iso7816.asymmetric_keys import curves, key_algorithm
from iso7816.ber_tlv import TLV, decode_one
from iso7816.errors import KeyDataError
from iso7816.key_algorithms import MAX_EXPONENT_BITS, RSA_SIZES, KeyAlgorithm

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa, x25519

    from iso7816.asymmetric_keys import PublicKey

PUBLIC_KEY_TEMPLATE: Final = 0x7F49
_MODULUS: Final = 0x81
_EXPONENT: Final = 0x82
_POINT: Final = 0x86


def public_key_template(key: PublicKey) -> bytes:
    """The template 7F49 of a public key."""
    algorithm, _bits = key_algorithm(key)
    if algorithm is KeyAlgorithm.RSA:
        numbers = cast("rsa.RSAPublicKey", key).public_numbers()
        tlvs = [TLV(_MODULUS, _octets(numbers.n)), TLV(_EXPONENT, _octets(numbers.e))]
    else:
        tlvs = [TLV(_POINT, public_point(key))]
    return TLV.constructed(PUBLIC_KEY_TEMPLATE, tlvs).to_bytes()


def public_point(key: PublicKey) -> bytes:
    """The point of a public key on a curve."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return cast("ed25519.Ed25519PublicKey | x25519.X25519PublicKey", key).public_bytes_raw()


def public_key_from_template(algorithm: KeyAlgorithm, data: bytes) -> PublicKey:
    """The public key in a template 7F49; other data objects in it are not looked at.

    Args:
        algorithm: what it is a key of, which the template does not say.
        data: the template, and nothing else.

    Raises:
        TLVError: no data objects.
        KeyDataError: another template, or no such key.
    """
    template, rest = decode_one(data)
    if template.tag != PUBLIC_KEY_TEMPLATE or rest:
        raise KeyDataError("a public key is one data object 7F49")
    found = {tlv.tag: tlv.value for tlv in template.children()}
    if algorithm is KeyAlgorithm.RSA:
        if _MODULUS not in found or _EXPONENT not in found:
            raise KeyDataError("a public key of RSA has a modulus (81) and an exponent (82)")
        return _rsa_key(int.from_bytes(found[_MODULUS], "big"), int.from_bytes(found[_EXPONENT], "big"))
    if _POINT not in found:
        raise KeyDataError("a public key on a curve has a point (86)")
    return public_key_from_point(algorithm, found[_POINT])


def public_key_from_point(algorithm: KeyAlgorithm, point: bytes) -> PublicKey:
    """The public key on a curve. Raises KeyDataError for what is no point of it, or an algorithm without curve."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519

    try:
        if algorithm is KeyAlgorithm.ED25519:
            return ed25519.Ed25519PublicKey.from_public_bytes(point)
        if algorithm is KeyAlgorithm.X25519:
            return x25519.X25519PublicKey.from_public_bytes(point)
        if algorithm.is_weierstrass:
            return ec.EllipticCurvePublicKey.from_encoded_point(curves()[algorithm], point)
    except ValueError:
        raise KeyDataError(f"no point of {algorithm.value}") from None
    raise KeyDataError(f"{algorithm.value} has no curve")


def _rsa_key(modulus: int, exponent: int) -> rsa.RSAPublicKey:
    from cryptography.hazmat.primitives.asymmetric import rsa

    if modulus.bit_length() > RSA_SIZES[-1] or exponent.bit_length() > MAX_EXPONENT_BITS:
        raise KeyDataError("numbers too long for a key of RSA")
    try:
        return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError:
        raise KeyDataError("no modulus and exponent of RSA") from None


def _octets(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")

"""Keys on their way into a card: an extended header list (ISO/IEC 7816-8:2004, annex; OpenPGP card 3.4, 4.4.3.12).

::

    4D  B6, B8, A4 ...  control reference template: 84 (83 of a secret key) names the key
        7F48            tags and lengths of what 5F48 holds (7F49 and 5F49 for a public key)
        5F48            their values, one after the other

    RSA     91 public exponent   92 p   93 q   (94 1/q mod p   95 d mod p-1   96 d mod q-1   97 modulus)
    curves  92 private key                     (99 public key)
    secret  90 the key, which ISO has no tag for
    public  as in a template 7F49 (:mod:`iso7816.public_key_template`)

What stands in brackets may be left out; where it is given it must fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd, prod
from typing import TYPE_CHECKING, Final

from iso7816.asymmetric_keys import curves, private_key_bytes, public_key_bytes
from iso7816.ber_tlv import TLV, decode_one, encode_header, iterate_headers
from iso7816.control_reference import ControlReferenceTemplate
from iso7816.errors import KeyDataError
from iso7816.key_algorithms import MAX_EXPONENT_BITS, RSA_SIZES, KeyAlgorithm
from iso7816.public_key_template import (
    PUBLIC_KEY_TEMPLATE,
    public_key_from_template,
    public_key_template,
    public_point,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric import rsa

    from iso7816.asymmetric_keys import PrivateKey, PublicKey

EXTENDED_HEADER_LIST: Final = 0x4D
_PRIVATE: Final = (0x7F48, 0x5F48)
_PUBLIC: Final = (PUBLIC_KEY_TEMPLATE, 0x5F49)

SECRET: Final = 0x90
_SMALL_FACTORS: Final = prod(range(2, 1000))
"""Whatever is a multiple of any of these is no prime of a key."""

_EXPONENT: Final = 0x91
_FIRST_PRIME: Final = 0x92
_SECOND_PRIME: Final = 0x93
_MODULUS: Final = 0x97
_CURVE_KEY: Final = 0x92
_CURVE_POINT: Final = 0x99


@dataclass(frozen=True, slots=True, repr=False)
class KeyImport:
    """An extended header list that holds a key; the repr shows none of it.

    Attributes:
        reference: the control reference template that names the key.
        parts: tags and values, in their order.
        is_public: whether it is a public key.
    """

    reference: ControlReferenceTemplate
    parts: tuple[tuple[int, bytes], ...]
    is_public: bool = False

    @classmethod
    def parse(cls, data: bytes) -> KeyImport:
        """Read a data object 4D, and nothing behind it.

        Raises:
            TLVError: no data objects.
            ControlReferenceError: no control reference template.
            KeyDataError: other data objects, or lengths that do not fit what 5F48 holds.
        """
        whole, rest = decode_one(data)
        if whole.tag != EXTENDED_HEADER_LIST or rest:
            raise KeyDataError("a key to be imported is one data object 4D")
        # Its tag is that of a primitive data object, its value data objects all the same.
        template, behind = decode_one(whole.value)
        headers, behind = decode_one(behind)
        key, behind = decode_one(behind)
        if (headers.tag, key.tag) not in (_PRIVATE, _PUBLIC) or behind:
            raise KeyDataError("a control reference template is followed by 7F48 and 5F48, or by 7F49 and 5F49")
        parts = []
        position = 0
        for tag, length in iterate_headers(headers.value):
            parts.append((tag, key.value[position : position + length]))
            position += length
        if position != len(key.value):
            raise KeyDataError(f"{headers.tag:X} speaks of {position} bytes, {key.tag:X} has {len(key.value)}")
        return cls(ControlReferenceTemplate.from_tlv(template), tuple(parts), key.tag == _PUBLIC[1])

    def to_bytes(self) -> bytes:
        """The data object 4D."""
        headers = b"".join(encode_header(tag, len(value)) for tag, value in self.parts)
        values = b"".join(value for _tag, value in self.parts)
        of_headers, of_values = _PUBLIC if self.is_public else _PRIVATE
        tlvs = (self.reference.to_tlv(), TLV(of_headers, headers), TLV(of_values, values))
        return TLV(EXTENDED_HEADER_LIST, b"".join(tlv.to_bytes() for tlv in tlvs)).to_bytes()

    @classmethod
    def of_private_key(cls, reference: ControlReferenceTemplate, key: PrivateKey) -> KeyImport:
        """The list that brings a private key in."""
        from cryptography.hazmat.primitives.asymmetric import ec, rsa

        if isinstance(key, rsa.RSAPrivateKey):
            numbers = key.private_numbers()
            values = numbers.public_numbers.e, numbers.p, numbers.q
            parts = [(tag, _octets(value)) for tag, value in zip((0x91, 0x92, 0x93), values, strict=True)]
        elif isinstance(key, ec.EllipticCurvePrivateKey):
            size = (key.key_size + 7) // 8
            parts = [(_CURVE_KEY, key.private_numbers().private_value.to_bytes(size, "big"))]
        else:
            parts = [(_CURVE_KEY, key.private_bytes_raw())]
        return cls(reference, tuple(parts))

    @classmethod
    def of_secret(cls, reference: ControlReferenceTemplate, secret: bytes) -> KeyImport:
        """The list that brings a secret key in."""
        return cls(reference, ((SECRET, secret),))

    @classmethod
    def of_public_key(cls, reference: ControlReferenceTemplate, key: PublicKey) -> KeyImport:
        """The list that brings a public key in."""
        template, _rest = decode_one(public_key_template(key))
        return cls(reference, tuple((tlv.tag, tlv.value) for tlv in template.children()), is_public=True)

    def value(self, algorithm: KeyAlgorithm) -> bytes:
        """The key: a secret as it is, a private key in PKCS #8, a public one in a SubjectPublicKeyInfo.

        Args:
            algorithm: what it is a key of.

        Raises:
            KeyDataError: it is none of that algorithm.
        """
        found = dict(self.parts)
        if len(found) != len(self.parts):
            raise KeyDataError("a part of the key occurs twice")
        if self.is_public:
            template = TLV.constructed(PUBLIC_KEY_TEMPLATE, (TLV(*part) for part in self.parts)).to_bytes()
            return public_key_bytes(public_key_from_template(algorithm, template))
        if algorithm.is_secret:
            if set(found) != {SECRET}:
                raise KeyDataError("a secret key is one part 90")
            return found[SECRET]
        try:
            return private_key_bytes(_rsa_key(found) if algorithm is KeyAlgorithm.RSA else _curve_key(algorithm, found))
        except KeyDataError:
            raise
        except (KeyError, ValueError, OverflowError):
            raise KeyDataError(f"no private key of {algorithm.value}") from None

    def __repr__(self) -> str:
        """The tags only."""
        return f"KeyImport({self.reference.kind.name}, {', '.join(f'{tag:X}' for tag, _value in self.parts)})"


def _rsa_key(found: Mapping[int, bytes]) -> rsa.RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric import rsa

    exponent, p, q = (int.from_bytes(found[tag], "big") for tag in (_EXPONENT, _FIRST_PRIME, _SECOND_PRIME))
    if not set(found) <= set(range(_EXPONENT, _MODULUS + 1)):
        raise KeyDataError("a part that no private key of RSA has")
    # Numbers of any length come in: what is computed with them must come to an end.
    if p.bit_length() + q.bit_length() > RSA_SIZES[-1] + 1 or exponent.bit_length() > MAX_EXPONENT_BITS:
        raise KeyDataError("numbers too long for a key of RSA")
    if min(exponent, p, q) < 3 or not exponent & 1 or p == q or gcd(p * q, _SMALL_FACTORS) != 1:
        raise KeyDataError("no exponent and primes of RSA")
    d = rsa.rsa_recover_private_exponent(exponent, p, q)
    crt = rsa.rsa_crt_iqmp(p, q), rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q)
    for tag, number in zip(range(0x94, 0x98), (*crt, p * q), strict=True):
        if tag in found and int.from_bytes(found[tag], "big") != number:
            raise KeyDataError(f"the part {tag:X} does not fit the others")
    iqmp, dmp1, dmq1 = crt
    numbers = rsa.RSAPrivateNumbers(p, q, d, dmp1, dmq1, iqmp, rsa.RSAPublicNumbers(exponent, p * q))
    # The numbers belong together by now. Whether the primes are any is not tried further: that takes 30 ms.
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


def _curve_key(algorithm: KeyAlgorithm, found: Mapping[int, bytes]) -> PrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519

    if not set(found) <= {_CURVE_KEY, _CURVE_POINT}:
        raise KeyDataError("a part that no private key on a curve has")
    value = found[_CURVE_KEY]
    key: PrivateKey
    if algorithm is KeyAlgorithm.ED25519:
        key = ed25519.Ed25519PrivateKey.from_private_bytes(value)
    elif algorithm is KeyAlgorithm.X25519:
        key = x25519.X25519PrivateKey.from_private_bytes(value)
    else:
        if len(value) * 8 < algorithm.sizes[0]:
            raise KeyDataError(f"a private key of {algorithm.value} has more than {len(value)} bytes")
        key = ec.derive_private_key(int.from_bytes(value, "big"), curves()[algorithm])
    if _CURVE_POINT in found and found[_CURVE_POINT] != public_point(key.public_key()):
        raise KeyDataError("the public key is not that of the private one")
    return key


def _octets(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")

"""RSA without a padding: RSASP1 and RSADP (RFC 8017, 5.1.2 and 5.2.1), which are one computation.

A card whose interface is the primitive itself (PIV, for one) is given padded blocks to sign, and gives the padded block
that it has deciphered: what the padding is, the card does not know. ``cryptography`` has no RSA without padding, but it
signs data of any kind under PKCS #1 padding (from version 47), which is::

    block of data T = 00 01 FF FF FF FF FF FF FF FF 00 || T        k bytes, T k - 11

A block of that form it signs as it is. Every other block x is the quotient of two of them, modulo n: as there are far
more pairs of such blocks than numbers below n, there is a pair near any place, and the extended Euclidean algorithm on
n and x finds it. So x to the private exponent is the quotient of two signatures, and no private number is handled here.

Earlier versions do not: there the exponentiation is Python's, blinded, and tried with the public key.
"""

from __future__ import annotations

import re
import secrets
from math import isqrt
from typing import TYPE_CHECKING, Any, Final

from iso7816.errors import MechanismError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

_HEAD: Final = b"\x00\x01" + b"\xff" * 8 + b"\x00"
_PADDED: Final = re.compile(rb"\x00\x01\xff{8,}\x00(.*)", re.DOTALL)


def private_operation(key: rsa.RSAPrivateKey, block: bytes) -> bytes:
    """The block raised to the private exponent; as long as the modulus.

    Raises:
        MechanismError: the block is not as long as the modulus, or its number is not less than it.
    """
    public = key.public_key().public_numbers()
    size = (public.n.bit_length() + 7) // 8
    number = int.from_bytes(block, "big")
    if len(block) != size or number >= public.n:
        raise MechanismError(f"RSA takes {size} bytes whose number is less than the modulus")
    without_digest_info = _without_digest_info()
    if without_digest_info is None:
        return _by_python(key, number).to_bytes(size, "big")
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

    def sign(data: bytes) -> bytes:
        return key.sign(data, PKCS1v15(), without_digest_info)

    padded = _PADDED.fullmatch(block)
    if padded is not None:
        return sign(padded[1])
    if number in (0, 1):
        return block
    return _by_signatures(sign, number, public.n, public.e).to_bytes(size, "big")


def _without_digest_info() -> Any | None:
    """What has ``cryptography`` sign data as they are, ``None`` where it cannot."""
    from cryptography.hazmat.primitives.asymmetric import utils

    kind = getattr(utils, "NoDigestInfo", None)
    return None if kind is None else kind()


def _by_signatures(sign: Any, number: int, n: int, e: int) -> int:
    """The number to the private exponent, as a quotient of signatures."""
    blinding = 1
    pair = _quotient(number, n)
    while pair is None:  # a small number, or one that is nearly a fraction of n
        blinding = secrets.randbelow(n - 2) + 2
        pair = _quotient(number * pow(blinding, e, n) % n, n)
    above, below = (int.from_bytes(sign(data), "big") for data in pair)
    return above * pow(below * blinding, -1, n) % n


def _quotient(number: int, n: int) -> tuple[bytes, bytes] | None:
    """Data T and U whose blocks have the number as their quotient; ``None`` where they are not found.

    All (t, u) with t = number u mod n are a lattice, of which two rows of the Euclidean algorithm are a short basis.
    """
    size = (n.bit_length() + 7) // 8
    room = size - len(_HEAD)
    head = int.from_bytes(_HEAD, "big") << 8 * room
    root = isqrt(n)
    (r, s), (next_r, next_s) = (n, 0), (number, 1)
    while next_r > root:
        quotient = r // next_r
        (r, s), (next_r, next_s) = (next_r, next_s), (r - quotient * next_r, s - quotient * next_s)
    determinant = r * next_s - next_r * s
    if determinant == 0:
        return None
    # T - number U = number head - head (mod n), and both in the middle of what there is room for.
    offset, middle = (number - 1) * head % n, 1 << 8 * room - 1
    first = (middle - offset) * next_s - middle * next_r
    second = r * middle - s * (middle - offset)
    a, b = first // determinant, second // determinant
    t, u = offset + a * r + b * next_r, a * s + b * next_s
    if not (0 <= t < 2 * middle and 0 <= u < 2 * middle):
        return None
    return t.to_bytes(room, "big"), u.to_bytes(room, "big")


def _by_python(key: rsa.RSAPrivateKey, number: int) -> int:
    """The same by the Chinese remainder theorem. Raises MechanismError: the key's numbers do not fit each other."""
    numbers = key.private_numbers()
    public = numbers.public_numbers
    blinding = secrets.randbelow(public.n - 2) + 2
    blinded = number * pow(blinding, public.e, public.n) % public.n
    of_p = pow(blinded, numbers.dmp1, numbers.p)
    of_q = pow(blinded, numbers.dmq1, numbers.q)
    power = of_q + (of_p - of_q) * numbers.iqmp % numbers.p * numbers.q
    result = power * pow(blinding, -1, public.n) % public.n
    if pow(result, public.e, public.n) != number:
        raise MechanismError("the parts of the private key do not fit each other")
    return result

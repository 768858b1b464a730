"""RSA without a padding: RSASP1 and RSADP (RFC 8017, 5.1.2 and 5.2.1), which are one computation.

A card whose interface is the primitive itself (PIV, for one) is given padded blocks to sign, and gives the padded block
that it has deciphered: what the padding is, the card does not know. ``cryptography`` has no RSA without padding, but it
signs data of any kind under PKCS #1 padding (from version 47), which is::

    block of data T = 00 01 FF FF FF FF FF FF FF FF 00 || T        k bytes, T k - 11

A block of that form it signs as it is. Every other block x is the quotient t / u of two of them, modulo n, as there are
far more pairs of such blocks than numbers below n. So x to the private exponent is the quotient of two signatures, and
no private number is handled here. Of the pairs one is taken with which that costs little::

    n = c 2^200 + rest      u = c m      1 / u = -2^200 / (rest m)      t = x c m

There are over 2^100 numbers m for which u is padded; the extended Euclidean algorithm on n and x c finds in some 50
steps one for which t is, too. As rest and m are short, 1 / u is soon computed, and the inverse of the signature of u,
which is u when it is raised to e, is that signature to e - 1 times 1 / u.

Versions before 47 sign no such data: there the exponentiation is Python's, blinded, and tried with the public key.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from iso7816.errors import MechanismError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric import rsa

_HEAD: Final = b"\x00\x01" + b"\xff" * 8 + b"\x00"
_REST: Final = 200
"""Bits of the rest."""
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


def _by_signatures(sign: Callable[[bytes], bytes], number: int, n: int, e: int) -> int:
    """The number to the private exponent, as a quotient of signatures."""
    quotient = _quotient(number, n)
    if quotient is None:  # a small number, or one that is nearly a fraction of n
        blinding = secrets.randbelow(n - 2) + 2
        return _by_signatures(sign, number * pow(blinding, e, n) % n, n, e) * pow(blinding, -1, n) % n
    size = (n.bit_length() + 7) // 8
    above, below = (
        int.from_bytes(sign(block.to_bytes(size, "big")[len(_HEAD) :]), "big")
        for block in (quotient.above, quotient.below)
    )
    return above * pow(below, e - 1, n) % n * quotient.inverse_of_below % n


class _Quotient(NamedTuple):
    """Two padded blocks, and the inverse of the second one, which may be longer than the modulus."""

    above: int
    below: int
    inverse_of_below: int


def _quotient(number: int, n: int) -> _Quotient | None:
    """Padded blocks whose quotient the number is; ``None`` where they are not found.

    All (t, m) with t = number c m mod n are a lattice, of which two rows of the Euclidean algorithm are a short basis.
    The point of it that is wanted is near the one of the middle of all padded blocks.
    """
    room = 8 * ((n.bit_length() + 7) // 8 - len(_HEAD))
    head = int.from_bytes(_HEAD, "big")
    middle = (2 * head + 1) << room - 1
    first, rest = n >> _REST, n & (1 << _REST) - 1
    dividend, multiplier = number * first % n, middle // first
    (r, s), (next_r, next_s) = (n, 0), (dividend, 1)
    while r >> room - 2:  # till both rows are short beside the room that there is for t
        if next_r == 0:
            return None
        quotient = r // next_r
        (r, s), (next_r, next_s) = (next_r, next_s), (r - quotient * next_r, s - quotient * next_s)
    above = dividend * multiplier % n
    determinant = r * next_s - next_r * s
    a, b = (middle - above) * next_s // determinant, (above - middle) * s // determinant
    above, multiplier = above + a * r + b * next_r, multiplier + a * s + b * next_s
    below = first * multiplier
    if not above >> room == below >> room == head:
        return None
    short = rest * multiplier
    return _Quotient(above, below, (n * pow(n, -1, short) - 1) // short << _REST)


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

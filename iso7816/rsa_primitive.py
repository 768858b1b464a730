"""RSA without a padding: RSASP1 and RSADP (RFC 8017, 5.1.2 and 5.2.1), which are one computation.

A card whose interface is the primitive itself (PIV, for one) is given padded blocks to sign, and gives the padded block
that it has deciphered: what the padding is, the card does not know. ``cryptography`` has no RSA without padding, so the
exponentiation is Python's, by the Chinese remainder theorem. The block is blinded by a random number, so that the time
it takes says nothing about it, and the result is tried with the public key before it leaves.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from iso7816.errors import MechanismError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa


def private_operation(key: rsa.RSAPrivateKey, block: bytes) -> bytes:
    """The block raised to the private exponent; as long as the modulus.

    Raises:
        MechanismError: the block is not as long as the modulus, or its number is not less than it.
    """
    numbers = key.private_numbers()
    public = numbers.public_numbers
    size = (public.n.bit_length() + 7) // 8
    number = int.from_bytes(block, "big")
    if len(block) != size or number >= public.n:
        raise MechanismError(f"RSA takes {size} bytes whose number is less than the modulus")
    blinding = secrets.randbelow(public.n - 2) + 2
    blinded = number * pow(blinding, public.e, public.n) % public.n
    of_p = pow(blinded, numbers.dmp1, numbers.p)
    of_q = pow(blinded, numbers.dmq1, numbers.q)
    power = of_q + (of_p - of_q) * numbers.iqmp % numbers.p * numbers.q
    result = power * pow(blinding, -1, public.n) % public.n
    if pow(result, public.e, public.n) != number:
        raise MechanismError("the parts of the private key do not fit each other")
    return result.to_bytes(size, "big")

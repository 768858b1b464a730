"""Key pairs as bytes: PKCS #8 (RFC 5958) for private keys, SubjectPublicKeyInfo (RFC 5280, 4.1) for public ones.

Both in DER. A private key holds its public one.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeAlias, cast

from iso7816.errors import KeyDataError
from iso7816.key_algorithms import KeyAlgorithm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519

    PrivateKey: TypeAlias = (
        rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | x25519.X25519PrivateKey
    )
    PublicKey: TypeAlias = (
        rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | x25519.X25519PublicKey
    )


@cache
def curves() -> Mapping[KeyAlgorithm, ec.EllipticCurve]:
    """The curves whose points have two coordinates."""
    # cryptography takes longer to load than the rest of a card: only when a key is used.
    from cryptography.hazmat.primitives.asymmetric import ec

    return {
        KeyAlgorithm.P_256: ec.SECP256R1(),
        KeyAlgorithm.P_384: ec.SECP384R1(),
        KeyAlgorithm.P_521: ec.SECP521R1(),
        KeyAlgorithm.SECP256K1: ec.SECP256K1(),
        KeyAlgorithm.BRAINPOOL_P256R1: ec.BrainpoolP256R1(),
        KeyAlgorithm.BRAINPOOL_P384R1: ec.BrainpoolP384R1(),
        KeyAlgorithm.BRAINPOOL_P512R1: ec.BrainpoolP512R1(),
    }


def load_private_key(der: bytes, *, check: bool = True) -> PrivateKey:
    """The private key in PKCS #8.

    Args:
        der: the key.
        check: whether the numbers of an RSA key are tried against each other. Whether its primes are any is not: that
            takes a second.

    Raises:
        KeyDataError: it is something else.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    try:
        key = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyDataError("not a private key in PKCS #8") from None
    if _known(key)[0] is KeyAlgorithm.RSA and check:
        _check_numbers(cast("rsa.RSAPrivateKey", key).private_numbers())
    return key  # type: ignore[return-value]


def _check_numbers(numbers: rsa.RSAPrivateNumbers) -> None:
    """Raises KeyDataError for numbers that do not belong together."""
    p, q, e = numbers.p, numbers.q, numbers.public_numbers.e
    belong = (
        min(p, q) > 2
        and p * q == numbers.public_numbers.n
        and numbers.d * e % (p - 1) == numbers.d * e % (q - 1) == 1
        and numbers.dmp1 == numbers.d % (p - 1)
        and numbers.dmq1 == numbers.d % (q - 1)
        and numbers.iqmp * q % p == 1
    )
    if not belong:
        raise KeyDataError("the numbers of the RSA key do not belong together")


def load_public_key(der: bytes) -> PublicKey:
    """The public key in a SubjectPublicKeyInfo. Raises KeyDataError for something else."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(der)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyDataError("not a public key in a SubjectPublicKeyInfo") from None
    _known(key)
    return key  # type: ignore[return-value]


def private_key_bytes(key: PrivateKey) -> bytes:
    """PKCS #8 in DER."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def public_key_bytes(key: PublicKey) -> bytes:
    """SubjectPublicKeyInfo in DER."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_algorithm(key: object) -> tuple[KeyAlgorithm, int]:
    """The algorithm of a key of ``cryptography``, and its bits. Raises KeyDataError where it is none of ours."""
    return _known(key)


def _known(key: object) -> tuple[KeyAlgorithm, int]:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519

    if isinstance(key, (rsa.RSAPrivateKey, rsa.RSAPublicKey)):
        return KeyAlgorithm.RSA, key.key_size
    if isinstance(key, (ec.EllipticCurvePrivateKey, ec.EllipticCurvePublicKey)):
        for algorithm, curve in curves().items():
            if curve.name == key.curve.name:
                return algorithm, key.key_size
    if isinstance(key, (ed25519.Ed25519PrivateKey, ed25519.Ed25519PublicKey)):
        return KeyAlgorithm.ED25519, 255
    if isinstance(key, (x25519.X25519PrivateKey, x25519.X25519PublicKey)):
        return KeyAlgorithm.X25519, 255
    raise KeyDataError("a key of an algorithm that is not known here")


def generate_private_key(algorithm: KeyAlgorithm, bits: int) -> PrivateKey:
    """A new key pair; an RSA key has the public exponent 65537.

    Raises:
        KeyDataError: the algorithm has no key pairs, or none of that size.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519

    if bits not in algorithm.sizes:
        raise KeyDataError(f"a key of {algorithm.value} has no {bits} bits")
    if algorithm is KeyAlgorithm.RSA:
        return rsa.generate_private_key(65537, bits)
    if algorithm.is_weierstrass:
        return ec.generate_private_key(curves()[algorithm])
    if algorithm is KeyAlgorithm.ED25519:
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm is KeyAlgorithm.X25519:
        return x25519.X25519PrivateKey.generate()
    raise KeyDataError(f"{algorithm.value} has no key pairs")

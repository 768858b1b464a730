"""Digital signatures: what PERFORM SECURITY OPERATION computes and verifies.

::

    RSASSA-PKCS1-v1_5, RSASSA-PSS  RFC 8017    as long as the modulus
    ECDSA                          FIPS 186-5  r || s, each as long as the order of the curve (BSI TR-03111, 5.2.2)
    Ed25519                        RFC 8032    64 bytes

What is signed is called the input here: the hash code; a DigestInfo where RSASSA-PKCS1-v1_5 names no hash; the
message itself for Ed25519.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from iso7816.errors import MechanismError
from iso7816.mechanisms import HashAlgorithm, Mechanism, Scheme

if TYPE_CHECKING:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

    from iso7816.asymmetric_keys import PrivateKey, PublicKey

# Python 3.11 finds a member in its enumeration ten times as slowly as a name of the module.
_ECDSA: Final = Scheme.ECDSA
_EDDSA: Final = Scheme.EDDSA
_LONG_LENGTH: Final = 0x81

SIGNATURE_SCHEMES: Final = frozenset((Scheme.RSASSA_PKCS1, Scheme.RSASSA_PSS, Scheme.ECDSA, Scheme.EDDSA))
"""The schemes that sign."""


@cache
def hash_function(algorithm: HashAlgorithm) -> hashes.HashAlgorithm:
    """The hash as ``cryptography`` has it."""
    from cryptography.hazmat.primitives import hashes

    functions: dict[HashAlgorithm, type[hashes.HashAlgorithm]] = {
        HashAlgorithm.SHA_1: hashes.SHA1,
        HashAlgorithm.SHA_224: hashes.SHA224,
        HashAlgorithm.SHA_256: hashes.SHA256,
        HashAlgorithm.SHA_384: hashes.SHA384,
        HashAlgorithm.SHA_512: hashes.SHA512,
    }
    return functions[algorithm]()


def hash_code(algorithm: HashAlgorithm, message: bytes) -> bytes:
    """The hash of a message."""
    from cryptography.hazmat.primitives.hashes import Hash

    function = Hash(hash_function(algorithm))
    function.update(message)
    return function.finalize()


def signature_size(mechanism: Mechanism, bits: int) -> int:
    """Bytes in a signature by a key of so many bits."""
    if mechanism.scheme is _ECDSA:
        return 2 * ((bits + 7) // 8)
    return 64 if mechanism.scheme is _EDDSA else (bits + 7) // 8


def signed_input(mechanism: Mechanism, message: bytes) -> bytes:
    """What is signed of a message: its hash code, or itself where the scheme takes messages.

    Raises:
        MechanismError: the mechanism does not say by which hash.
    """
    if mechanism.scheme is Scheme.EDDSA:
        return message
    if mechanism.hash is None:
        raise MechanismError(f"{mechanism.name} does not say how a message is hashed")
    return hash_code(mechanism.hash, message)


def compute_signature(mechanism: Mechanism, key: PrivateKey, data: bytes) -> bytes:
    """Sign an input.

    Raises:
        MechanismError: the input is not one, or the key is too short for the scheme.
    """
    scheme = mechanism.scheme
    signer: Any = key
    signature: bytes
    if scheme is _ECDSA:
        signature = signer.sign(data, _ecdsa(mechanism, data))
        return _to_plain(signature, (signer.key_size + 7) // 8)
    if scheme is _EDDSA:
        signature = signer.sign(data)
        return signature
    data, hash_algorithm = _hash_code_in(mechanism, data)
    try:
        signature = signer.sign(data, _padding(scheme, hash_algorithm), _prehashed(hash_algorithm))
    except ValueError:
        raise MechanismError(f"the key is too short for {mechanism.name}") from None
    return signature


def sign_padded(key: rsa.RSAPrivateKey, data: bytes) -> bytes:
    """Pad whatever is given as RSASSA-PKCS1-v1_5 pads a DigestInfo (block type 1), and sign it.

    Raises:
        MechanismError: the data are not at least 11 bytes shorter than the modulus.
    """
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo

    try:
        return key.sign(data, PKCS1v15(), NoDigestInfo())
    except ValueError:
        raise MechanismError(f"{len(data)} bytes are too long for the key") from None


def sign_hash_code(key: ec.EllipticCurvePrivateKey, code: bytes) -> bytes:
    """ECDSA of a hash code of any length; its leftmost bits count, as many as the order has (FIPS 186-5, 6.4.1).

    Returns:
        The DER of r and s (RFC 3279, 2.2.3).

    Raises:
        MechanismError: it has more than 64 bytes, and the order more than 512 bits.
    """
    size = (key.key_size + 7) // 8
    if key.key_size % 8 == 0:
        code = code[:size]
    # Zeros in front change no number: so it is as long as the code of a hash that there is.
    algorithm = next((each for each in HashAlgorithm if len(code) <= each.size <= size), None)
    if algorithm is None:
        raise MechanismError(f"{len(code)} bytes are too long for a hash code")
    return key.sign(code.rjust(algorithm.size, b"\0"), _ecdsa_of(algorithm))


def is_signature_right(mechanism: Mechanism, key: PublicKey, data: bytes, signature: bytes) -> bool:
    """Whether a signature is that of an input.

    Raises:
        MechanismError: the input is not one.
    """
    from cryptography.exceptions import InvalidSignature

    scheme = mechanism.scheme
    try:
        if scheme is Scheme.ECDSA:
            curve_key = cast("ec.EllipticCurvePublicKey", key)
            algorithm = _ecdsa(mechanism, data)
            curve_key.verify(_from_plain(signature, curve_key.key_size), data, algorithm)
        elif scheme is Scheme.EDDSA:
            cast("ed25519.Ed25519PublicKey", key).verify(signature, data)
        else:
            data, hash_algorithm = _hash_code_in(mechanism, data)
            cast("rsa.RSAPublicKey", key).verify(
                signature, data, _padding(scheme, hash_algorithm), _prehashed(hash_algorithm)
            )
    except InvalidSignature:
        return False
    return True


def _hash_code_in(mechanism: Mechanism, data: bytes) -> tuple[bytes, HashAlgorithm]:
    """The hash code in an input of RSA, and its hash."""
    if mechanism.hash is not None:
        if len(data) != mechanism.hash.size:
            raise MechanismError(f"{mechanism.name} signs {mechanism.hash.size} bytes, not {len(data)}")
        return data, mechanism.hash
    for algorithm in HashAlgorithm:
        if data.startswith(algorithm.digest_info) and len(data) == len(algorithm.digest_info) + algorithm.size:
            return data[-algorithm.size :], algorithm
    raise MechanismError("not a DigestInfo of a hash that is known here")


@cache
def _prehashed(algorithm: HashAlgorithm) -> utils.Prehashed:
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

    return Prehashed(hash_function(algorithm))


@cache
def _padding(scheme: Scheme, algorithm: HashAlgorithm) -> padding.AsymmetricPadding:
    from cryptography.hazmat.primitives.asymmetric import padding

    if scheme is Scheme.RSASSA_PKCS1:
        return padding.PKCS1v15()
    return padding.PSS(padding.MGF1(hash_function(algorithm)), algorithm.size)


def _ecdsa(mechanism: Mechanism, data: bytes) -> ec.ECDSA:
    """ECDSA for an input; where no hash is named, that which gives as many bytes."""
    algorithm = mechanism.hash
    if algorithm is None:
        algorithm = _BY_SIZE.get(len(data))
    if algorithm is None or len(data) != algorithm.size:
        wanted = " or ".join(map(str, _BY_SIZE)) if mechanism.hash is None else mechanism.hash.size
        raise MechanismError(f"{mechanism.name} signs {wanted} bytes, not {len(data)}")
    return _ecdsa_of(algorithm)


_BY_SIZE = {algorithm.size: algorithm for algorithm in HashAlgorithm}


@cache
def _ecdsa_of(algorithm: HashAlgorithm) -> ec.ECDSA:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.ECDSA(_prehashed(algorithm))


def _to_plain(signature: bytes, size: int) -> bytes:
    """From the DER of an ECDSA signature to r || s, each of ``size`` bytes.

    ::

        30 L { 02 Lr r 02 Ls s }  L of one byte, or 81 and one; r and s as short as they can be, and 00 before a
                                  first byte of 80 and more
    """
    # Cut out in place: to read numbers and write them again takes a tenth of what a signature on P-256 does.
    r_begins = 5 if signature[1] == _LONG_LENGTH else 4
    r_ends = r_begins + signature[r_begins - 1]
    r, s = signature[r_begins:r_ends], signature[r_ends + 2 :]
    return r[-size:].rjust(size, b"\0") + s[-size:].rjust(size, b"\0")


def _from_plain(signature: bytes, bits: int) -> bytes:
    """From r || s to DER; what is of another length is no signature, which verifying finds out."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    size = (bits + 7) // 8
    if len(signature) != 2 * size:
        return b""
    r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    return encode_dss_signature(r, s)

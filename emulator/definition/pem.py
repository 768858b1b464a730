"""Key pairs and certificates in a card definition: PEM, as OpenSSL writes it (RFC 7468)."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TYPE_CHECKING, Any, Final

from emulator.definition.section import text
from emulator.errors import CardDefinitionError
from emulator.keys import KeyMaterial
from iso7816.ber_tlv import decode_one
from iso7816.key_algorithms import KeyAlgorithm

if TYPE_CHECKING:
    from emulator.definition.section import Section
    from iso7816.asymmetric_keys import PrivateKey

_PEM: Final = re.compile(
    r"\s*-----BEGIN ((?:RSA |EC )?PRIVATE KEY|PUBLIC KEY)-----\s+([A-Za-z0-9+/=\s]+?)-----END \1-----\s*"
)
_EXPECTED: Final = "expected one PEM block: PRIVATE KEY (not encrypted), RSA or EC PRIVATE KEY, PUBLIC KEY"


def read_pem(section: Section, algorithm: KeyAlgorithm, *, check: bool) -> tuple[int, KeyMaterial]:
    """Bits and value of the key under ``pem``.

    Args:
        section: the table of the key.
        algorithm: what the table says that it is.
        check: whether the key is tried; else its numbers are taken as they are.

    Raises:
        CardDefinitionError: it is no key, or one of another algorithm or size.
    """
    source = section.take("pem", text)
    found = _PEM.fullmatch(source)
    if found is None:
        raise section.error("pem", _EXPECTED)
    is_public = found[1] == "PUBLIC KEY"
    if not check:
        der = b64decode(found[2])
        return _rsa_bits(der) if algorithm is KeyAlgorithm.RSA else algorithm.sizes[0], KeyMaterial(der)
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

    from iso7816.asymmetric_keys import key_algorithm, load_private_key, private_key_bytes, public_key_bytes

    try:
        if is_public:
            public = load_pem_public_key(source.encode())
            its_algorithm, bits = key_algorithm(public)
            der = public_key_bytes(public)  # type: ignore[arg-type]
        else:
            private = load_pem_private_key(source.encode(), None, unsafe_skip_rsa_key_validation=True)
            its_algorithm, bits = key_algorithm(private)
            der = private_key_bytes(private)  # type: ignore[arg-type]
            load_private_key(der)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise section.error("pem", _EXPECTED) from None
    if its_algorithm is not algorithm:
        raise section.error("pem", f"expected a key of {algorithm.value}, as type says")
    if bits not in algorithm.sizes:
        raise section.error("pem", f"expected {algorithm.sizes[0]} to {algorithm.sizes[-1]} bits in steps of 256")
    return bits, KeyMaterial(der, is_public=is_public)


def to_private_key(value: Any, path: str) -> PrivateKey:
    """A private key, of whatever algorithm."""
    source = text(value, path)
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(source.encode(), None)  # type: ignore[return-value]
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise CardDefinitionError(path, "expected one PEM block: a private key that is not encrypted") from None


def to_certificate(value: Any, path: str) -> bytes:
    """A certificate (X.509), in DER."""
    source = text(value, path)
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import InvalidVersion, load_pem_x509_certificate

    try:
        return load_pem_x509_certificate(source.encode()).public_bytes(Encoding.DER)
    except (ValueError, InvalidVersion):
        raise CardDefinitionError(path, "expected one PEM block: a CERTIFICATE") from None


def _rsa_bits(der: bytes) -> int:
    """Bits of the modulus in PKCS #8 (RFC 8017, A.1.2): the second number of the innermost sequence."""
    private_key = decode_one(decode_one(der)[0].children()[2].value)[0]
    return int.from_bytes(private_key.children()[1].value, "big").bit_length()

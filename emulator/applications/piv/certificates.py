"""X.509 certificates that a card makes itself. A card has no clock: their times are fixed, and they have no end.

99991231235959Z says so (RFC 5280, 4.1.2.5).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    from iso7816.piv.cipher_suites import CipherSuite

_FROM: Final = datetime(2020, 1, 1)
_WITHOUT_END: Final = datetime(9999, 12, 31, 23, 59, 59)
_CONTENT_SIGNING: Final = "2.16.840.1.101.3.6.7"
_IDENTIFIER_LENGTH: Final = 8


def common_name(name: str) -> x509.Name:
    """A name that has nothing but a common name."""
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def builder_for(issuer: x509.Name, subject: x509.Name, begin: datetime, end: datetime) -> x509.CertificateBuilder:
    """A certificate to be, with a serial number at random."""
    from cryptography import x509

    builder = x509.CertificateBuilder().issuer_name(issuer).subject_name(subject)
    return builder.not_valid_before(begin).not_valid_after(end).serial_number(x509.random_serial_number())


def self_signed(
    key: ec.EllipticCurvePrivateKey, name: str, extensions: Iterable[tuple[x509.ExtensionType, bool]]
) -> bytes:
    """A certificate in DER, by the key for itself; each extension with whether it is critical."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    subject = common_name(name)
    builder = builder_for(subject, subject, _FROM, _WITHOUT_END).public_key(key.public_key())
    for extension, is_critical in extensions:
        builder = builder.add_extension(extension, critical=is_critical)
    function = hashes.SHA256() if key.key_size <= 256 else hashes.SHA384()
    return builder.sign(key, function).public_bytes(Encoding.DER)


def signing_certificate(key: ec.EllipticCurvePrivateKey, suite: CipherSuite) -> tuple[bytes, bytes]:
    """The certificate of who signs the certificate of secure messaging (SP 800-73-5, part 1, 3.3.7).

    Returns:
        The identifier that the signed certificate names its issuer by, and the certificate in DER.
    """
    from cryptography import x509

    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    purpose = x509.ExtendedKeyUsage([x509.ObjectIdentifier(_CONTENT_SIGNING)])
    certificate = self_signed(key, f"PIV Content Signing {suite.name}", [(identifier, False), (purpose, True)])
    return identifier.digest[:_IDENTIFIER_LENGTH], certificate

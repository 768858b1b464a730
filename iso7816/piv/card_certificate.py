"""Card verifiable certificates of PIV (SP 800-73-5, part 2, 4.1.5).

::

    7F21  5F29  80                                      profile
          42    8 bytes                                 issuer: head of the signer's subject key identifier
          5F20  16 bytes: card UUID; 8: intermediate    subject
          7F49  06 curve  86 point 04 || x || y         public key
          5F4C  00 card, 12 intermediate                role
          5F37  DER: SEQUENCE { SEQUENCE { algorithm }, BIT STRING { ECDSA-Sig-Value } }

What is signed is all before 5F37, as it stands. An intermediate certificate, which is signed with RSA, can be read and
its key used; the signature of one is verified by its own algorithm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

from iso7816.ber_tlv import TLV, decode_all, encode_all
from iso7816.errors import CertificateError, KeyDataError, TLVError
from iso7816.piv.cipher_suites import CIPHER_SUITES, CipherSuite

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

CARD_ROLE: Final = 0x00
INTERMEDIATE_ROLE: Final = 0x12

_CERTIFICATE: Final = 0x7F21
_PROFILE: Final = 0x5F29
_ISSUER: Final = 0x42
_SUBJECT: Final = 0x5F20
_PUBLIC_KEY: Final = 0x7F49
_ROLE: Final = 0x5F4C
_SIGNATURE: Final = 0x5F37
_ORDER: Final = (_PROFILE, _ISSUER, _SUBJECT, _PUBLIC_KEY, _ROLE, _SIGNATURE)
_PROFILE_VALUE: Final = b"\x80"
_OBJECT_IDENTIFIER: Final = 0x06
_POINT: Final = 0x86
_SEQUENCE: Final = 0x30
_BIT_STRING: Final = 0x03
_NULL: Final = b"\x05\x00"
_SHA256_WITH_RSA: Final = bytes.fromhex("2A864886F70D01010B")
_ISSUER_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class CardCertificate:
    """A card verifiable certificate.

    Attributes:
        issuer: 8 bytes.
        subject: 16 bytes of a card, 8 of an intermediate signer.
        suite: the cipher suite whose curve the public key is on.
        point: the public key, 04 || x || y.
        role: 00 a card, 12 an intermediate signer.
        signature: the DER structure; empty before it is signed.

    Raises:
        CertificateError: a field of another length.
    """

    issuer: bytes
    subject: bytes
    suite: CipherSuite
    point: bytes
    role: int = CARD_ROLE
    signature: bytes = b""

    def __post_init__(self) -> None:
        if len(self.issuer) != _ISSUER_LENGTH or len(self.subject) not in (8, 16):
            raise CertificateError("an issuer has 8 bytes, a subject 16 or 8")
        if len(self.point) != self.suite.point_length or self.point[0] != 0x04:
            raise CertificateError(f"a point of {self.suite.curve.value} is 04, x, y")
        if not 0 <= self.role <= 0xFF:
            raise CertificateError("a role is one byte")

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a certificate, and nothing behind it.

        Raises:
            CertificateError: anything else.
        """
        try:
            (certificate,) = decode_all(data)
            fields = certificate.children()
            if certificate.tag != _CERTIFICATE or tuple(each.tag for each in fields) != _ORDER:
                raise CertificateError("a certificate is 7F21 with 5F29, 42, 5F20, 7F49, 5F4C, 5F37")
            curve, point = fields[3].children()
        except (TLVError, ValueError) as error:
            raise CertificateError(f"no certificate: {error}") from None
        profile, issuer, subject, _public_key, role, signature = (each.value for each in fields)
        suite = next((each for each in CIPHER_SUITES.values() if each.curve_oid == curve.value), None)
        if (curve.tag, point.tag) != (_OBJECT_IDENTIFIER, _POINT) or suite is None:
            raise CertificateError("a public key is the object identifier of P-256 or P-384, and a point")
        if profile != _PROFILE_VALUE or len(role) != 1:
            raise CertificateError("the profile is 80, and the role one byte")
        return cls(issuer, subject, suite, point.value, role[0], signature)

    @property
    def body(self) -> bytes:
        """What is signed."""
        key = (TLV(_OBJECT_IDENTIFIER, self.suite.curve_oid), TLV(_POINT, self.point))
        return encode_all(
            (
                TLV(_PROFILE, _PROFILE_VALUE),
                TLV(_ISSUER, self.issuer),
                TLV(_SUBJECT, self.subject),
                TLV.constructed(_PUBLIC_KEY, key),
                TLV(_ROLE, bytes((self.role,))),
            )
        )

    def to_bytes(self) -> bytes:
        """The certificate 7F21."""
        return TLV(_CERTIFICATE, self.body + TLV(_SIGNATURE, self.signature).to_bytes()).to_bytes()

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """The public key. Raises CertificateError: no point of the curve."""
        from iso7816.public_key_template import public_key_from_point

        try:
            return public_key_from_point(self.suite.curve, self.point)  # type: ignore[return-value]
        except KeyDataError as error:
            raise CertificateError(str(error)) from None

    def signed_by(self, signer: ec.EllipticCurvePrivateKey) -> Self:
        """The certificate with a signature of the suite's algorithm."""
        from cryptography.hazmat.primitives.asymmetric import ec

        from iso7816.digital_signature import hash_function

        value = signer.sign(self.body, ec.ECDSA(hash_function(self.suite.hash)))
        algorithm = TLV(_SEQUENCE, TLV(_OBJECT_IDENTIFIER, self.suite.signature_oid).to_bytes())
        signature = TLV(_SEQUENCE, algorithm.to_bytes() + TLV(_BIT_STRING, b"\0" + value).to_bytes())
        return replace(self, signature=signature.to_bytes())

    def is_signed_by(self, signer: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> bool:
        """Whether the signature is that of a signer.

        Raises:
            CertificateError: a signature of another form, or of an algorithm that is not for the signer's key.
        """
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric import ec, padding

        from iso7816.digital_signature import hash_function

        algorithm, value = self._signature()
        try:
            if isinstance(signer, ec.EllipticCurvePublicKey):
                suite = next((each for each in CIPHER_SUITES.values() if each.signature_oid == algorithm), None)
                if suite is None:
                    raise CertificateError("the signature is not of ECDSA with SHA-256 or SHA-384")
                signer.verify(value, self.body, ec.ECDSA(hash_function(suite.hash)))
            elif algorithm != _SHA256_WITH_RSA:
                raise CertificateError("the signature is not of RSA with SHA-256")
            else:
                signer.verify(value, self.body, padding.PKCS1v15(), hash_function(CIPHER_SUITES[0x27].hash))
        except InvalidSignature:
            return False
        return True

    def _signature(self) -> tuple[bytes, bytes]:
        """Object identifier and value of the signature. Raises CertificateError."""
        try:
            (sequence,) = decode_all(self.signature)
            algorithm, bits = sequence.children()
            identifier, *parameters = algorithm.children()
        except (TLVError, ValueError):
            raise CertificateError("the signature is no SEQUENCE of an algorithm and a BIT STRING") from None
        if bits.tag != _BIT_STRING or bits.value[:1] != b"\0" or identifier.tag != _OBJECT_IDENTIFIER:
            raise CertificateError("the signature is no whole BIT STRING behind an object identifier")
        if encode_all(parameters) not in (b"", _NULL):
            raise CertificateError("the signature's algorithm has parameters")
        return identifier.value, bits.value[1:]

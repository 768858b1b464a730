"""Session keys between a PIV card and the outside (SP 800-73-5, part 2, 4.1): one-pass Diffie-Hellman, C(1e, 1s).

::

    challenge (81)  CB of the outside 00 || identifier of the outside, 8 bytes || ephemeral public key 04 || x || y
    response (82)   CB of the card 00 || nonce || cryptogram, 16 bytes || certificate of the card

    Z          = x coordinate of the common point of the card's key and the ephemeral one
    keys       = KDF(Z): confirmation || MAC || encipherment || response MAC
    cryptogram = CMAC(confirmation key, "KC_1_V" || identifier of the card || of the outside || x || y)

The identifier of the card is the head of its certificate's SHA-256. The outside knows by the cryptogram that the card
has the key of its certificate; the card learns nothing of the outside.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from iso7816.authentication import is_same_secret
from iso7816.errors import Iso7816Error, KeyDataError, MechanismError
from iso7816.key_agreement import shared_secret
from iso7816.piv.card_certificate import CardCertificate
from iso7816.public_key_template import public_key_from_point, public_point

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

    from iso7816.piv.cipher_suites import CipherSuite

IDENTIFIER_LENGTH: Final = 8
_CRYPTOGRAM_LENGTH: Final = 16
_HEAD_OF_POINT: Final = 16
_NO_PERSISTENT_BINDING: Final = 0xF0
_CONFIRMATION: Final = b"KC_1_V"


class KeyEstablishmentError(Iso7816Error):
    """A message of the key establishment is not what it should be. No text tells any secret."""


@dataclass(frozen=True, slots=True, repr=False)
class SecureChannelKeys:
    """The session keys; the repr shows none.

    Attributes:
        mac: of commands.
        encryption: of data both ways.
        response_mac: of responses.
    """

    mac: bytes
    encryption: bytes
    response_mac: bytes

    def __repr__(self) -> str:
        """Their length only."""
        return f"SecureChannelKeys({8 * len(self.mac)} bits)"


def card_identifier(certificate: bytes) -> bytes:
    """By which a card is told in the derivation: 8 bytes."""
    return sha256(certificate).digest()[:IDENTIFIER_LENGTH]


def answer_challenge(
    suite: CipherSuite, key: ec.EllipticCurvePrivateKey, certificate: bytes, challenge: bytes
) -> tuple[bytes, SecureChannelKeys]:
    """The card's part.

    Args:
        suite: the cipher suite.
        key: the card's key.
        certificate: the card's certificate.
        challenge: what the outside sent.

    Raises:
        KeyEstablishmentError: the challenge has another form, or its key is no point of the curve.
    """
    control, identifier, point = _parts(suite, challenge)
    answered = control & _NO_PERSISTENT_BINDING
    if answered != 0:
        raise KeyEstablishmentError("a control byte that is not known")
    nonce = os.urandom(suite.nonce_length)
    secret = _secret(suite, key, point)
    card = card_identifier(certificate)
    exchange = _Exchange(suite, control, identifier, point, card, nonce)
    confirmation, keys = exchange.derive(secret)
    return bytes((answered,)) + nonce + exchange.cryptogram(confirmation) + certificate, keys


@dataclass(frozen=True, slots=True, repr=False)
class HostKeyEstablishment:
    """The outside's part, once for each session; the repr shows no key.

    Attributes:
        suite: the cipher suite that the card has told.
        identifier: of the outside, 8 bytes.
        ephemeral: its key, new for each session.
    """

    suite: CipherSuite
    identifier: bytes = bytes(IDENTIFIER_LENGTH)
    ephemeral: ec.EllipticCurvePrivateKey = field(default=None)  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if len(self.identifier) != IDENTIFIER_LENGTH:
            raise KeyEstablishmentError(f"an identifier has {IDENTIFIER_LENGTH} bytes")
        if self.ephemeral is None:
            from cryptography.hazmat.primitives.asymmetric import ec

            object.__setattr__(self, "ephemeral", ec.generate_private_key(self.suite.elliptic_curve()))

    @property
    def challenge(self) -> bytes:
        """What goes to the card."""
        return b"\0" + self.identifier + public_point(self.ephemeral.public_key())

    def finish(self, response: bytes) -> tuple[CardCertificate, SecureChannelKeys]:
        """The card's certificate and the session keys, once the card has shown that it has the certificate's key.

        Whether the certificate can be trusted its signer tells: :meth:`CardCertificate.is_signed_by`.

        Raises:
            KeyEstablishmentError: the response has another form, or the cryptogram is wrong.
            CertificateError: no certificate.
        """
        suite = self.suite
        start = 1 + suite.nonce_length + _CRYPTOGRAM_LENGTH
        if len(response) <= start or response[0] != 0:
            raise KeyEstablishmentError("a response is a control byte 00, nonce, cryptogram and certificate")
        nonce, cryptogram = response[1 : 1 + suite.nonce_length], response[1 + suite.nonce_length : start]
        encoded = response[start:]
        certificate = CardCertificate.parse(encoded)
        if certificate.suite is not suite:
            raise KeyEstablishmentError("the certificate's key is on another curve")
        secret = shared_secret(self.ephemeral, certificate.public_key())
        exchange = _Exchange(suite, 0, self.identifier, self.challenge[9:], card_identifier(encoded), nonce)
        confirmation, keys = exchange.derive(secret)
        if not is_same_secret(exchange.cryptogram(confirmation), cryptogram):
            raise KeyEstablishmentError("the card does not have the key of its certificate")
        return certificate, keys

    def __repr__(self) -> str:
        """The suite only."""
        return f"HostKeyEstablishment({self.suite.name})"


@dataclass(frozen=True, slots=True, repr=False)
class _Exchange:
    """What both ends have seen."""

    suite: CipherSuite
    control: int
    identifier: bytes
    point: bytes
    card: bytes
    nonce: bytes

    @property
    def _other_information(self) -> bytes:
        """OtherInfo of the derivation (4.1.6)."""
        fields = (
            self.identifier,
            bytes((self.control,)),
            self.point[1 : 1 + _HEAD_OF_POINT],
            self.card,
            self.nonce,
            bytes((self.control & _NO_PERSISTENT_BINDING,)),
        )
        return (
            b"\x04" + bytes((self.suite.key_identifier,)) * 4 + b"".join(bytes((len(each),)) + each for each in fields)
        )

    def derive(self, secret: bytes) -> tuple[bytes, SecureChannelKeys]:
        """The confirmation key, and those of the session (SP 800-56A, 5.8.1)."""
        from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

        from iso7816.digital_signature import hash_function

        size = self.suite.key_length
        derivation = ConcatKDFHash(hash_function(self.suite.hash), 4 * size, self._other_information)
        material = derivation.derive(secret)
        confirmation, mac, encryption, response_mac = (material[at : at + size] for at in range(0, 4 * size, size))
        return confirmation, SecureChannelKeys(mac, encryption, response_mac)

    def cryptogram(self, confirmation: bytes) -> bytes:
        """The card's confirmation (4.1.7)."""
        from cryptography.hazmat.primitives.ciphers.algorithms import AES
        from cryptography.hazmat.primitives.cmac import CMAC

        mac = CMAC(AES(confirmation))
        mac.update(_CONFIRMATION + self.card + self.identifier + self.point[1:])
        return mac.finalize()


def _parts(suite: CipherSuite, challenge: bytes) -> tuple[int, bytes, bytes]:
    point = challenge[1 + IDENTIFIER_LENGTH :]
    if len(point) != suite.point_length or point[0] != 0x04:
        raise KeyEstablishmentError(f"a challenge has {1 + IDENTIFIER_LENGTH + suite.point_length} bytes")
    return challenge[0], challenge[1 : 1 + IDENTIFIER_LENGTH], point


def _secret(suite: CipherSuite, key: ec.EllipticCurvePrivateKey, point: bytes) -> bytes:
    try:
        return shared_secret(key, public_key_from_point(suite.curve, point))
    except (KeyDataError, MechanismError) as error:
        raise KeyEstablishmentError(str(error)) from None

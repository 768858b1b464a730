"""The key of secure messaging, 04 (SP 800-73-5, part 2, 4): what GENERAL AUTHENTICATE does with it; its certificate.

Where a card has the key, it has the key of the signer of its certificate, too: so that a key that is generated anew has
a certificate at once. The standard leaves to the issuer how that comes about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from emulator.applications.piv.algorithms import ALGORITHMS
from emulator.applications.piv.data_objects import CHUID
from emulator.applications.piv.key_references import SECURE_MESSAGING_KEY, PINPolicy, TouchPolicy
from emulator.applications.piv.stored_keys import KeyPair, Origin, key_pair_key
from emulator.applications.piv.stored_objects import object_key
from iso7816.ber_tlv import find, iterate
from iso7816.errors import TLVError
from iso7816.piv.cipher_suites import CIPHER_SUITES, CipherSuite, suite_of_curve
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric import ec

    from emulator.applications.contract import ApplicationValues
    from emulator.command import CardContext
    from iso7816.key_algorithms import KeyAlgorithm

CERTIFICATE: Final = b"card certificate"
"""By which the values have the card verifiable certificate."""

SIGNER: Final = b"certificate signer"
"""By which they have its signer: identifier, 8 bytes, and private key in PKCS #8."""

_IDENTIFIER_LENGTH: Final = 8
_UUID: Final = 0x34
_UUID_LENGTH: Final = 16


def is_suite(identifier: int) -> bool:
    """Whether an algorithm identifier is that of a cipher suite."""
    return identifier in CIPHER_SUITES


def supported_suite(values: ApplicationValues) -> int | None:
    """The algorithm identifier of the card's cipher suite, ``None`` where it has no key for secure messaging."""
    suite = _suite(values)
    return None if suite is None else suite.identifier


def _suite(values: ApplicationValues) -> CipherSuite | None:
    pair = KeyPair.read(values, SECURE_MESSAGING_KEY)
    return None if pair is None else suite_of_curve(pair.algorithm.kind)


def establish_keys(card: CardContext, identifier: int, challenge: bytes) -> bytes:
    """Answer a challenge of the key establishment; a session begins behind the response.

    Raises:
        StatusWordError: 6A86 the card has another suite, or none; 6A80 a challenge of another form; 6985 under secure
            messaging.
    """
    from iso7816.piv.key_establishment import KeyEstablishmentError, answer_challenge
    from iso7816.piv.session import PIVCardSession

    pair, suite = KeyPair.read(card.values, SECURE_MESSAGING_KEY), _suite(card.values)
    if pair is None or suite is None or suite.identifier != identifier:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    if card.channel.is_protected:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    key = cast("ec.EllipticCurvePrivateKey", pair.private_key(card))
    try:
        response, keys = answer_challenge(suite, key, card.values[CERTIFICATE], challenge)
    except KeyEstablishmentError:
        raise StatusWordError(SW.WRONG_DATA) from None
    card.begin_session(PIVCardSession(keys))
    return response


def replace_key(card: CardContext, curve: KeyAlgorithm) -> ec.EllipticCurvePublicKey:
    """Generate the key anew, with a certificate; returns the public key.

    Raises:
        StatusWordError: 6A81 the card has no signer, so no secure messaging; 6A86 another curve than the signer's.
    """
    signer = card.values.get(SIGNER)
    if signer is None:
        raise StatusWordError(SW.FUNCTION_UNSUPPORTED)
    suite, present = suite_of_curve(curve), _suite(card.values)
    if suite is None or suite is not present:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    key, values = certified_key(suite, signer, card_uuid(card.values.get(object_key(CHUID))))
    for name, value in values.items():
        card.values.put(name, value)
    return key.public_key()


def card_uuid(chuid: bytes | None) -> bytes:
    """The card UUID in a CHUID (tag 34); zeros where there is none."""
    try:
        found = None if chuid is None else find(iterate(chuid), _UUID)
    except TLVError:
        found = None
    return found.value if found is not None and len(found.value) == _UUID_LENGTH else bytes(_UUID_LENGTH)


def certified_key(
    suite: CipherSuite, signer: bytes, subject: bytes
) -> tuple[ec.EllipticCurvePrivateKey, Mapping[bytes, bytes]]:
    """A new key of secure messaging, and the values that a card has for it: key and certificate.

    Args:
        suite: the cipher suite.
        signer: identifier and private key, as under :data:`SIGNER`.
        subject: the card UUID.
    """
    from cryptography.hazmat.primitives.asymmetric import ec

    from iso7816.asymmetric_keys import load_private_key, private_key_bytes
    from iso7816.piv.card_certificate import CardCertificate
    from iso7816.public_key_template import public_point

    key = ec.generate_private_key(suite.elliptic_curve())
    issuer = cast("ec.EllipticCurvePrivateKey", load_private_key(signer[_IDENTIFIER_LENGTH:], check=False))
    certificate = CardCertificate(signer[:_IDENTIFIER_LENGTH], subject, suite, public_point(key.public_key()))
    algorithm = next(each for each in ALGORITHMS.values() if each.kind is suite.curve)
    pair = KeyPair(algorithm, PINPolicy.NEVER, TouchPolicy.NEVER, Origin.GENERATED, private_key_bytes(key))
    return key, {
        key_pair_key(SECURE_MESSAGING_KEY): pair.to_bytes(),
        CERTIFICATE: certificate.signed_by(issuer).to_bytes(),
    }

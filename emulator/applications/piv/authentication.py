"""GENERAL AUTHENTICATE (SP 800-73-5, part 2, 3.2.4 and appendix A).

::

    87 algorithm key   7C { data objects }

    7C { 81 -- }                          a challenge, please        7C { 81 challenge }   \\ external
    7C { 82 response }                    the challenge enciphered   nothing               / authentication
    7C { 80 -- }                          a witness, please          7C { 80 E(witness) }  \\ mutual
    7C { 80 witness, 81 challenge, ..}    deciphered                 7C { 82 E(challenge)} / authentication
    7C { 82 --, 81 data }   secret key: the data enciphered; RSA: the private operation on a padded block or a
                            cryptogram; a curve: the signature of a hash code (DER), or of a message (Ed25519)
    7C { 82 --, 85 point }  the shared secret: 9D and the retired keys, or X25519
    7C { 82 --, 81 CB ID point }          key 04: session keys (:mod:`emulator.applications.piv.secure_channel`)

A challenge or witness serves the next GENERAL AUTHENTICATE alone, whatever that one is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from emulator.applications.piv import administration
from emulator.applications.piv.algorithms import ALGORITHMS, canonical
from emulator.applications.piv.authentication_template import (
    CHALLENGE,
    EXPONENTIATION,
    RESPONSE,
    objects_in,
    template_of,
)
from emulator.applications.piv.key_references import (
    ADMINISTRATION_KEY,
    AUTHENTICATION_KEY,
    CARD_AUTHENTICATION_KEY,
    SECURE_MESSAGING_KEY,
    SIGNATURE_KEY,
    SLOTS,
)
from emulator.applications.piv.security import authorise_key_use, status_of
from emulator.applications.piv.stored_keys import KeyPair, SecretKey
from iso7816.errors import Iso7816Error, MechanismError
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

_WITHOUT_EXPONENTIATION: Final = (AUTHENTICATION_KEY, SIGNATURE_KEY, CARD_AUTHENTICATION_KEY)


@dataclass(frozen=True, slots=True)
class KeyUse:
    """P1 and P2.

    Attributes:
        algorithm: algorithm identifier; 00 is 03.
        reference: key reference.
    """

    algorithm: int
    reference: int


def parse_key_use(p1: int, p2: int) -> KeyUse:
    """Raises StatusWordError 6A86 for a key that there never is, or an algorithm that is not for it."""
    if p2 == SECURE_MESSAGING_KEY:
        from emulator.applications.piv.secure_channel import is_suite

        known = is_suite(p1)
    else:
        known = canonical(p1) in ALGORITHMS and (p2 in SLOTS or p2 == ADMINISTRATION_KEY)
    if not known:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return KeyUse(canonical(p1), p2)


def general_authenticate(card: CardContext, command: CommandAPDU, use: KeyUse) -> Response:
    """GENERAL AUTHENTICATE (87).

    6A86 no such key, or one of another algorithm; 6A80 data that it does not take; 6982 the key's rule is not met, or
    an authentication failed.
    """
    objects = objects_in(command.data)
    status = status_of(card)
    exchange, status.exchange = status.exchange, None
    if use.reference == SECURE_MESSAGING_KEY:
        from emulator.applications.piv.secure_channel import establish_keys

        return template_of(RESPONSE, establish_keys(card, use.algorithm, _challenge_in(objects)))
    secret = SecretKey.read(card.values, use.reference)
    if secret is not None and secret.algorithm.identifier == use.algorithm:
        return administration.authenticate(card, use.reference, secret, objects, exchange)
    pair = KeyPair.read(card.values, use.reference)
    if pair is None or pair.algorithm.identifier != use.algorithm:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    data = objects.get(EXPONENTIATION, objects.get(CHALLENGE))
    if objects.get(RESPONSE) != b"" or not data or len(objects) != 2:
        raise StatusWordError(SW.WRONG_DATA)
    authorise_key_use(card, pair.pin_policy)
    try:
        result = _agree(card, use, pair, data) if EXPONENTIATION in objects else _sign(card, pair, data)
    except Iso7816Error:
        raise StatusWordError(SW.WRONG_DATA) from None
    return template_of(RESPONSE, result)


def _challenge_in(objects: Mapping[int, bytes]) -> bytes:
    if set(objects) != {CHALLENGE, RESPONSE} or objects[RESPONSE]:
        raise StatusWordError(SW.WRONG_DATA)
    return objects[CHALLENGE]


def _sign(card: CardContext, pair: KeyPair, data: bytes) -> bytes:
    """Raises Iso7816Error for data that the key does not take."""
    kind, key = pair.algorithm.kind, pair.private_key(card)
    if kind is KeyAlgorithm.RSA:
        from iso7816.rsa_primitive import private_operation

        return private_operation(cast("rsa.RSAPrivateKey", key), data)
    if kind is KeyAlgorithm.ED25519:
        return cast("ed25519.Ed25519PrivateKey", key).sign(data)
    if kind is KeyAlgorithm.X25519:
        raise MechanismError("X25519 does not sign")
    return _ecdsa(cast("ec.EllipticCurvePrivateKey", key), data)


def _ecdsa(key: ec.EllipticCurvePrivateKey, hash_code: bytes) -> bytes:
    """ECDSA of a hash code as long as the curve's order, or a shorter one: a number, whose first bytes are 00."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, utils

    size = (key.key_size + 7) // 8
    if len(hash_code) > size:
        raise MechanismError(f"a hash code of {len(hash_code)} bytes, where the curve has {size}")
    function = hashes.SHA256() if size == hashes.SHA256.digest_size else hashes.SHA384()
    return key.sign(hash_code.rjust(size, b"\0"), ec.ECDSA(utils.Prehashed(function)))


def _agree(card: CardContext, use: KeyUse, pair: KeyPair, point: bytes) -> bytes:
    """Raises Iso7816Error: no point of the key's curve; MechanismError: the key agrees on nothing."""
    from iso7816.key_agreement import shared_secret
    from iso7816.public_key_template import public_key_from_point

    kind = pair.algorithm.kind
    if kind in (KeyAlgorithm.RSA, KeyAlgorithm.ED25519) or use.reference in _WITHOUT_EXPONENTIATION:
        raise MechanismError("exponentiation is not for this key")
    if kind.is_weierstrass and point[:1] != b"\x04":
        raise MechanismError("a compressed point")
    return shared_secret(pair.private_key(card), public_key_from_point(kind, point))

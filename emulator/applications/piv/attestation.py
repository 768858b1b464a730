"""ATTEST (Yubico, *PIV attestation*): a certificate that vouches for a key that was generated on the card.

::

    F9 key 00   response: X.509 certificate of the key, in DER, signed by the attestation key (F9)

    extensions  1.3.6.1.4.1.41482.3.3  version, 3 bytes     3.8  PIN policy, touch policy
                                  3.7  serial number        3.9  form factor, 1 byte

The attestation key is made when it is first needed, on P-256, with a certificate of its own (data object 5FFF01), and
stays; it may be replaced as any other key and certificate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from emulator.applications.piv.algorithms import ALGORITHMS
from emulator.applications.piv.data_objects import ATTESTATION_CERTIFICATE
from emulator.applications.piv.key_references import ATTESTATION_KEY, SLOTS, PINPolicy, TouchPolicy
from emulator.applications.piv.management import require_extensions
from emulator.applications.piv.stored_keys import KeyPair, Origin, Settings, key_pair_key
from emulator.applications.piv.stored_objects import certificate_in, certificate_object, object_key
from iso7816.ber_tlv import TLV
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU

_P_256: Final = ALGORITHMS[0x11]
_ARC: Final = "1.3.6.1.4.1.41482.3"
_VERSION, _SERIAL, _POLICY, _FORM_FACTOR = 3, 7, 8, 9
_USB_A_KEYCHAIN: Final = b"\x01"
_INTEGER: Final = 0x02
_NAME: Final = "PIV Attestation"


def parse_slot(p1: int, p2: int) -> int:
    """The key reference in P1. Raises StatusWordError 6A86."""
    if p1 not in SLOTS or p1 == ATTESTATION_KEY or p2 != 0:
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return p1


def attest(card: CardContext, _command: CommandAPDU, reference: int) -> Response:
    """ATTEST (F9). 6A88 no key there; 6A80 it was not generated on the card; 6985 no attestation key that can sign."""
    settings = require_extensions(card)
    pair = KeyPair.read(card.values, reference)
    if pair is None:
        raise StatusWordError(SW.REFERENCED_DATA_NOT_FOUND)
    if pair.origin is not Origin.GENERATED:
        raise StatusWordError(SW.WRONG_DATA)
    ensure_attestation_key(card)
    return _certificate(card, reference, pair, settings)


def ensure_attestation_key(card: CardContext) -> None:
    """Make the attestation key and its certificate, where there is neither; durable with the command."""
    key_name, object_name = key_pair_key(ATTESTATION_KEY), object_key(ATTESTATION_CERTIFICATE)
    if key_name in card.values or object_name in card.values:
        return
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    from emulator.applications.piv.certificates import self_signed
    from iso7816.asymmetric_keys import private_key_bytes

    private = ec.generate_private_key(ec.SECP256R1())
    certificate = self_signed(private, _NAME, [(x509.BasicConstraints(ca=True, path_length=0), True)])
    pair = KeyPair(_P_256, PINPolicy.NEVER, TouchPolicy.NEVER, Origin.GENERATED, private_key_bytes(private))
    card.values.put(key_name, pair.to_bytes())
    card.values.put(object_name, certificate_object(certificate))


def _certificate(card: CardContext, reference: int, pair: KeyPair, settings: Settings) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    from emulator.applications.piv.certificates import builder_for, common_name

    signer = KeyPair.read(card.values, ATTESTATION_KEY)
    issuer = certificate_in(card.values.get(object_key(ATTESTATION_CERTIFICATE)) or b"")
    if signer is None or issuer is None:
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED)
    try:
        authority = x509.load_der_x509_certificate(issuer)
        name, begin, end = authority.subject, authority.not_valid_before_utc, authority.not_valid_after_utc
        builder = builder_for(name, common_name(f"{_NAME} {reference:02x}"), begin, end)
        extensions = {
            _VERSION: bytes(settings.version),
            _SERIAL: TLV(_INTEGER, settings.serial.to_bytes(5, "big").lstrip(b"\0") or b"\0").to_bytes(),
            _POLICY: bytes((pair.pin_policy.of_pin, pair.touch_policy)),
            _FORM_FACTOR: _USB_A_KEYCHAIN,
        }
        for arc, value in extensions.items():
            identifier = x509.ObjectIdentifier(f"{_ARC}.{arc}")
            builder = builder.add_extension(x509.UnrecognizedExtension(identifier, value), critical=False)
        key = cast("ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey", signer.private_key(card))
        return (
            builder.public_key(pair.private_key(card).public_key())
            .sign(key, hashes.SHA256())
            .public_bytes(Encoding.DER)
        )
    except (ValueError, TypeError, x509.InvalidVersion):
        raise StatusWordError(SW.CONDITIONS_NOT_SATISFIED) from None

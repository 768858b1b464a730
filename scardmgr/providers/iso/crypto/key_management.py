"""Keys that the card makes, takes and tells.

GENERATE ASYMMETRIC KEY PAIR (ISO/IEC 7816-8:2004, 5.1): P1 80 makes a new key pair, 81 tells the public key of the one
that is there; the data are a control reference template that names the key, the answer is the template 7F49. Cards have
it as INS 46 or as INS 47. A key goes in by PUT DATA (DB 3FFF) as an extended header list (:mod:`iso7816.key_import`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from iso7816.asymmetric_keys import key_algorithm, load_private_key, load_public_key, public_key_bytes
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.errors import Iso7816Error, KeyDataError
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.key_import import KeyImport
from iso7816.public_key_template import public_key_from_template
from iso7816.status_words import SW
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.interfaces.crypto_numbers import ALG_ID
from scardmgr.providers.card_errors import Purpose
from scardmgr.providers.iso.crypto.mechanism_choice import BLOCK_SIZES, CHECKSUMS, SECRET_KEYS
from scardmgr.providers.iso.crypto.security_operations import require
from scardmgr.providers.iso.long_commands import ALL, send_long
from scardmgr.winscard.codes import SCardCode

if TYPE_CHECKING:
    from iso7816.asymmetric_keys import PrivateKey, PublicKey
    from scardmgr.providers.iso.crypto.key_directory import KeyDirectory

GENERATE_ASYMMETRIC_KEY_PAIR: Final = (0x46, 0x47)
PUT_DATA: Final = 0xDB
_GENERATE, _READ = 0x80, 0x81
_CURRENT_DF: Final = (0x3F, 0xFF)

_CURVES: Final = tuple(algorithm for algorithm in KeyAlgorithm if algorithm.is_weierstrass)
_POSSIBLE: Final = {
    ALG_ID.CALG_RSA_SIGN: (KeyAlgorithm.RSA,),
    ALG_ID.CALG_RSA_KEYX: (KeyAlgorithm.RSA,),
    ALG_ID.CALG_ECDSA: _CURVES,
    ALG_ID.CALG_EDDSA: (KeyAlgorithm.ED25519,),
    ALG_ID.CALG_ECDH: (*_CURVES, KeyAlgorithm.X25519),
    ALG_ID.CALG_CARD: (KeyAlgorithm.RSA, *_CURVES, KeyAlgorithm.ED25519, KeyAlgorithm.X25519),
}
"""What key pairs can be that are for an ALG_ID."""


class KeyManagement:
    """The commands that manage the keys of a card.

    Args:
        keys: where they are.
    """

    def __init__(self, keys: KeyDirectory) -> None:
        self._keys = keys

    def generate(self, reference: int, algorithm: ALG_ID) -> bytes:
        """Make a new key pair. Returns and raises as :meth:`read_public_key`."""
        return self._public_key(_GENERATE, reference, algorithm)

    def read_public_key(self, reference: int, algorithm: ALG_ID) -> bytes:
        """The public key that the card has.

        Returns:
            SubjectPublicKeyInfo in DER.

        Raises:
            HResultError: SCARD_F_COMM_ERROR: the card answers something else. As the card's status word says.
        """
        return self._public_key(_READ, reference, algorithm)

    def import_key(self, reference: int, algorithm: ALG_ID, data: bytes) -> None:
        """Give the card a key.

        Raises:
            HResultError: E_INVALIDARG: not a key, or one of another algorithm. As the card's status word says.
        """
        named = bytes((reference,))
        if algorithm in SECRET_KEYS:
            brought = KeyImport.of_secret(ControlReferenceTemplate(_kind(algorithm), key=named), data)
        else:
            brought = _key_pair(_kind(algorithm), named, algorithm, data)
        with self._keys.held(reference) as card:
            response = send_long(card, PUT_DATA, *_CURRENT_DF, brought.to_bytes())
        require(response, Purpose.KEY_USE, "import of keys")

    def _public_key(self, p1: int, reference: int, algorithm: ALG_ID) -> bytes:
        template = ControlReferenceTemplate(_kind(algorithm), private_key=bytes((reference,)))
        with self._keys.held(reference) as card:
            for ins in GENERATE_ASYMMETRIC_KEY_PAIR:
                response = send_long(card, ins, p1, 0x00, template.to_tlv().to_bytes(), ALL)
                if response.sw != SW.INS_UNSUPPORTED:
                    break
        data = require(response, Purpose.KEY_USE, "GENERATE ASYMMETRIC KEY PAIR").data
        found = [key for each in _POSSIBLE[algorithm] if (key := _in_template(each, data)) is not None]
        # A point on one curve of ECDSA is on no other; the 32 bytes of Ed25519 may be those of X25519 as well.
        if len(found) != 1:
            reason = "may be of several algorithms" if found else "is no public key"
            raise HResultError(SCardCode.SCARD_F_COMM_ERROR, f"what the card answers {reason} for {algorithm.name}")
        return found[0]


def _in_template(algorithm: KeyAlgorithm, data: bytes) -> bytes | None:
    """The public key in a template 7F49, if it is one of that algorithm."""
    try:
        return public_key_bytes(public_key_from_template(algorithm, data))
    except Iso7816Error:
        return None


def key_bits(public_key: bytes) -> int:
    """The bits of a public key in SubjectPublicKeyInfo: of the modulus, or of the curve's field."""
    return key_algorithm(load_public_key(public_key))[1]


def _kind(algorithm: ALG_ID) -> TemplateKind:
    """The template that names a key for an algorithm."""
    if algorithm in CHECKSUMS:
        return TemplateKind.CHECKSUM
    if algorithm is ALG_ID.CALG_ECDH:
        return TemplateKind.KEY_AGREEMENT
    is_cipher = algorithm in BLOCK_SIZES or algorithm is ALG_ID.CALG_RSA_KEYX
    return TemplateKind.CONFIDENTIALITY if is_cipher else TemplateKind.SIGNATURE


def _key_pair(kind: TemplateKind, named: bytes, algorithm: ALG_ID, data: bytes) -> KeyImport:
    """The private key in PKCS #8, or the public one in a SubjectPublicKeyInfo. Raises HResultError E_INVALIDARG."""
    try:
        private = load_private_key(data)
    except KeyDataError:
        pass
    else:
        _require_for(algorithm, private)
        return KeyImport.of_private_key(ControlReferenceTemplate(kind, private_key=named), private)
    try:
        public = load_public_key(data)
    except KeyDataError:
        raise HResultError(
            HRESULT.E_INVALIDARG, "pbData is no private key in PKCS #8 and no public key in SubjectPublicKeyInfo"
        ) from None
    _require_for(algorithm, public)
    return KeyImport.of_public_key(ControlReferenceTemplate(kind, key=named), public)


def _require_for(algorithm: ALG_ID, key: PrivateKey | PublicKey) -> None:
    """Raise HResultError E_INVALIDARG for a key of another algorithm."""
    found, _bits = key_algorithm(key)
    if found not in _POSSIBLE[algorithm]:
        raise HResultError(HRESULT.E_INVALIDARG, f"pbData is a key of {found.value}, which is not for {algorithm.name}")

"""Security operations on the card: the environment is set and the operation performed in one transaction.

MANAGE SECURITY ENVIRONMENT, SET (ISO/IEC 7816-4:2005, 7.5.11) names key and mechanism; P1 41 for what computes and
deciphers, 81 for what verifies and enciphers. PERFORM SECURITY OPERATION (ISO/IEC 7816-8:2004, 5): P1 is the tag of
what comes out, P2 of what goes in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from iso7816.apdu import MAX_SHORT_NE
from iso7816.ber_tlv import TLV, encode_all
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.status_words import SW, is_success
from scardmgr.com.errors import HResultError
from scardmgr.providers.card_errors import Purpose, card_error
from scardmgr.providers.iso.long_commands import ALL, send_long
from scardmgr.winscard.codes import SCardCode

if TYPE_CHECKING:
    from iso7816.apdu import ResponseAPDU
    from scardmgr.connection.attachment import Attachment
    from scardmgr.providers.iso.crypto.key_directory import KeyDirectory

MANAGE_SECURITY_ENVIRONMENT: Final = 0x22
PERFORM_SECURITY_OPERATION: Final = 0x2A
PLAIN_VALUE, CRYPTOGRAPHIC_CHECKSUM, SIGNATURE_INPUT, SIGNATURE = 0x80, 0x8E, 0x9A, 0x9E
_COMPUTE, _VERIFY = 0x41, 0x81
#: Bytes that a block cipher makes no longer than a short response.
_SHORT: Final = 224


@dataclass(frozen=True, slots=True)
class Operation:
    """One of the operations.

    Attributes:
        name: as in the standard.
        set_for: P1 of MANAGE SECURITY ENVIRONMENT.
        kind: the template that it goes by.
        p1: the tag of what comes out.
        p2: the tag of what goes in.
        private: whether its key is a private one, if it is of a key pair.
        ne: the most bytes that come out, ``None`` for none; ALL where it depends on the key.
    """

    name: str
    set_for: int
    kind: TemplateKind
    p1: int
    p2: int
    private: bool = False
    ne: int | None = ALL


SIGN: Final = Operation("COMPUTE DIGITAL SIGNATURE", _COMPUTE, TemplateKind.SIGNATURE, 0x9E, 0x9A, private=True)
VERIFY: Final = Operation("VERIFY DIGITAL SIGNATURE", _VERIFY, TemplateKind.SIGNATURE, 0x00, 0xA8, ne=None)
ENCIPHER: Final = Operation("ENCIPHER", _VERIFY, TemplateKind.CONFIDENTIALITY, 0x86, 0x80)
DECIPHER: Final = Operation("DECIPHER", _COMPUTE, TemplateKind.CONFIDENTIALITY, 0x80, 0x86, private=True)
AGREE: Final = Operation(
    "DECIPHER for key agreement", _COMPUTE, TemplateKind.KEY_AGREEMENT, 0x80, 0x86, private=True, ne=MAX_SHORT_NE
)
CHECKSUM: Final = Operation(
    "COMPUTE CRYPTOGRAPHIC CHECKSUM", _COMPUTE, TemplateKind.CHECKSUM, 0x8E, 0x80, ne=MAX_SHORT_NE
)
VERIFY_CHECKSUM: Final = Operation("VERIFY CRYPTOGRAPHIC CHECKSUM", _VERIFY, TemplateKind.CHECKSUM, 0x00, 0xA2, ne=None)
HASH: Final = Operation("HASH", _COMPUTE, TemplateKind.HASH, 0x90, 0x80, ne=MAX_SHORT_NE)


@dataclass(frozen=True, slots=True)
class KeyInUse:
    """What a template says of the key.

    Attributes:
        reference: the card's reference of it.
        secret: whether it is a secret key, which no template calls private.
        long: whether what comes out may be longer than a short response: of RSA, and of a key that is not known.
        initial_value: the initial value block, where the mechanism has one.
    """

    reference: int
    secret: bool = False
    long: bool = True
    initial_value: bytes | None = None


class SecurityOperations:
    """The operations of a card.

    Args:
        keys: where its keys are.
    """

    def __init__(self, keys: KeyDirectory) -> None:
        self._keys = keys

    def perform(
        self,
        operation: Operation,
        key: KeyInUse,
        mechanism: bytes | None,
        data: bytes,
        purpose: Purpose = Purpose.KEY_USE,
    ) -> bytes:
        """Perform an operation with a key.

        Args:
            operation: which.
            key: the key.
            mechanism: the card's reference of the mechanism; ``None``: not named.
            data: what goes in.
            purpose: what a refusal means.

        Returns:
            What comes out.

        Raises:
            HResultError: as the card's status word says; SCARD_E_UNSUPPORTED_FEATURE names what the card has not.
        """
        reference = bytes((key.reference,))
        template = ControlReferenceTemplate(operation.kind, mechanism, initial_value=key.initial_value)
        if operation.private and not key.secret:
            template = replace(template, private_key=reference)
        else:
            template = replace(template, key=reference)
        with self._keys.held(key.reference) as card:
            response = _set(card, operation, template)
            if response.sw == SW.WRONG_DATA:
                reason = f"the card does not take the mechanism, or not in a template for {operation.name}"
                raise card_error(response.sw, Purpose.ENVIRONMENT, reason)
            require(response, Purpose.ENVIRONMENT, f"security environments for {operation.name}")
            ne = operation.ne
            if ne == ALL and not key.long and len(data) < _SHORT:
                ne = MAX_SHORT_NE
            return require(_operate(card, operation, data, ne), purpose, operation.name).data

    def hash(self, mechanism: bytes | None, data: bytes) -> bytes | None:
        """The hash of data as the card computes it; ``None`` where it does not, or does not tell."""
        template = ControlReferenceTemplate(TemplateKind.HASH, mechanism)
        with self._keys.held() as card:
            if not is_success(_set(card, HASH, template).sw):
                return None
            try:
                response = _operate(card, HASH, data, HASH.ne)
            except HResultError as error:
                if error.hresult == SCardCode.SCARD_E_UNSUPPORTED_FEATURE:
                    return None  # it has the hash, and no way to take so many bytes
                raise
        return response.data if is_success(response.sw) and response.data else None


def _set(card: Attachment, operation: Operation, template: ControlReferenceTemplate) -> ResponseAPDU:
    return send_long(card, MANAGE_SECURITY_ENVIRONMENT, operation.set_for, template.kind, template.to_bytes())


def _operate(card: Attachment, operation: Operation, data: bytes, ne: int | None) -> ResponseAPDU:
    return send_long(card, PERFORM_SECURITY_OPERATION, operation.p1, operation.p2, data, ne)


def signature_to_verify(value: bytes, signature: bytes) -> bytes:
    """What goes into VERIFY DIGITAL SIGNATURE: what was signed, and the signature."""
    return encode_all((TLV(SIGNATURE_INPUT, value), TLV(SIGNATURE, signature)))


def checksum_to_verify(data: bytes, checksum: bytes) -> bytes:
    """What goes into VERIFY CRYPTOGRAPHIC CHECKSUM: the data, and their checksum."""
    return encode_all((TLV(PLAIN_VALUE, data), TLV(CRYPTOGRAPHIC_CHECKSUM, checksum)))


def require(response: ResponseAPDU, purpose: Purpose, what: str) -> ResponseAPDU:
    """The response, if it is a success.

    Raises:
        HResultError: as the status word says; where the card lacks or refuses ``what``, the error says so.
    """
    if is_success(response.sw):
        return response
    error = card_error(response.sw, purpose)
    # The phrases of these codes speak of nothing in particular, and of files.
    if error.hresult == SCardCode.SCARD_E_UNSUPPORTED_FEATURE:
        raise card_error(response.sw, purpose, f"the card has no {what}")
    if error.hresult == SCardCode.SCARD_E_NO_ACCESS:
        raise card_error(response.sw, purpose, f"the card refuses {what} with this key")
    raise error

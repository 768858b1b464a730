"""What goes into ENCIPHER and DECIPHER and comes out of them: padding indicators and padding.

The card says and is told by a byte in front of the cryptogram how it is padded (ISO/IEC 7816-4:2005, 6.2.3.1)::

    00  the mechanism has its own padding (RSA)
    01  80, then 00 up to the end of the block
    02  none: whole blocks

Messages for a block cipher are padded here, as in PKCS #7 (RFC 5652, 6.3), so that the card has whole blocks. A card
that pads them nevertheless (01) adds a block, which is taken away again: in cipher block chaining what comes before
does not depend on it.
"""

from __future__ import annotations

from iso7816.asymmetric_keys import key_algorithm, load_public_key
from iso7816.ber_tlv import TLV
from iso7816.confidentiality import PaddingIndicator
from iso7816.control_reference import TemplateKind
from iso7816.errors import KeyDataError
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.public_key_template import public_key_template
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.winscard.codes import SCardCode


def pad(data: bytes, size: int) -> bytes:
    """Data with their padding: 1 to ``size`` bytes."""
    from cryptography.hazmat.primitives.padding import PKCS7

    padder = PKCS7(size * 8).padder()
    return padder.update(data) + padder.finalize()


def unpad(data: bytes, size: int) -> bytes:
    """Data without their padding. Raises HResultError NTE_BAD_DATA: there is none."""
    from cryptography.hazmat.primitives.padding import PKCS7

    remover = PKCS7(size * 8).unpadder()
    try:
        return remover.update(data) + remover.finalize()
    except ValueError:
        raise HResultError(HRESULT.NTE_BAD_DATA, "what was deciphered does not end in padding") from None


def require_blocks(data: bytes, size: int) -> None:
    """Raise HResultError E_INVALIDARG unless ``data`` are whole blocks."""
    if len(data) % size:
        raise HResultError(HRESULT.E_INVALIDARG, f"pbData has {len(data)} bytes: blocks have {size}")


def require_as_many(came: bytes, wanted: int) -> None:
    """Raise HResultError SCARD_F_COMM_ERROR where the card gave another number of bytes."""
    if len(came) != wanted:
        raise HResultError(SCardCode.SCARD_F_COMM_ERROR, f"the card answers {len(came)} bytes for {wanted}")


def received(answer: bytes) -> bytes:
    """The cryptogram of RSA. Raises HResultError SCARD_F_COMM_ERROR: there is none."""
    if len(answer) <= 1:
        raise HResultError(SCardCode.SCARD_F_COMM_ERROR, "the card answers no cryptogram")
    return answer[1:]


def received_blocks(answer: bytes, wanted: int, size: int) -> bytes:
    """The cryptogram of as many bytes as were sent. Raises HResultError SCARD_F_COMM_ERROR: there is none."""
    cryptogram = received(answer)
    if answer[0] == PaddingIndicator.ISO_7816_4:
        require_as_many(cryptogram, wanted + size)
        return cryptogram[:wanted]
    require_as_many(cryptogram, wanted)
    return cryptogram


def sent(cryptogram: bytes) -> bytes:
    """What goes into DECIPHER for RSA."""
    return bytes((PaddingIndicator.NONE_GIVEN,)) + cryptogram


def sent_blocks(cryptogram: bytes) -> bytes:
    """What goes into DECIPHER for whole blocks."""
    return bytes((PaddingIndicator.NO_PADDING,)) + cryptogram


def other_side(public_key: bytes) -> bytes:
    """What goes into DECIPHER for key agreement: the public key of the other side, given as SubjectPublicKeyInfo.

    Raises:
        HResultError: E_INVALIDARG: no such key, or one of RSA.
    """
    try:
        key = load_public_key(public_key)
    except KeyDataError:
        raise HResultError(HRESULT.E_INVALIDARG, "pbData is no public key in SubjectPublicKeyInfo") from None
    if key_algorithm(key)[0] is KeyAlgorithm.RSA:
        raise HResultError(HRESULT.E_INVALIDARG, "pbData is a public key of RSA, which agrees on nothing")
    template = public_key_template(key)
    return TLV(TemplateKind.KEY_AGREEMENT, template).to_bytes()

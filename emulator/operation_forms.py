"""What each form of PERFORM SECURITY OPERATION takes and gives, in phrases for the manual."""

from __future__ import annotations

from typing import Final, NamedTuple

from emulator.commands.security_operation import SecurityOperation

_PART_8: Final = "ISO/IEC 7816-8:2004, "


class OperationForm(NamedTuple):
    """One pair of P1 and P2.

    Attributes:
        name: of the operation.
        data: in the command, and what comes back.
        key: the template that names the key, and the usage that the key must have.
        clause: where it is specified.
    """

    name: str
    data: str
    key: str
    clause: str


def _sign(data: str) -> OperationForm:
    return OperationForm("COMPUTE DIGITAL SIGNATURE", f"{data}; the signature", "B6, `sign`", f"{_PART_8}5.4")


def _hash(data: str) -> OperationForm:
    return OperationForm("HASH", data, "AA, else B6; no key", f"{_PART_8}5.5")


def _certificate(data: str) -> OperationForm:
    return OperationForm("VERIFY CERTIFICATE", data, "B6, `verify certificate`", f"{_PART_8}5.8")


def _encipher(data: str) -> OperationForm:
    return OperationForm("ENCIPHER", data, "B8, `encipher`", f"{_PART_8}5.9")


def _decipher(data: str, key: str = "B8, `decipher`") -> OperationForm:
    return OperationForm("DECIPHER", data, key, f"{_PART_8}5.10")


FORMS: Final = {
    SecurityOperation.SIGN: _sign(
        "hash code (a DigestInfo for mechanism 03, the message for 08), or no data: what HASH left"
    ),
    SecurityOperation.SIGN_VALUES: _sign("data objects, whose values the card hashes"),
    SecurityOperation.SIGN_TEMPLATE: _sign("data objects, which the card hashes"),
    SecurityOperation.VERIFY_SIGNATURE: OperationForm(
        "VERIFY DIGITAL SIGNATURE",
        "9E signature, and 9A, AC, BC as to be signed, or 90 hash code, or nothing: what HASH left",
        "B6, `verify`",
        f"{_PART_8}5.7",
    ),
    SecurityOperation.HASH: _hash("message; its hash code, which serves the next signature without data"),
    SecurityOperation.HASH_TEMPLATE: _hash(
        "80 message, or 90 hash code that was computed outside (no intermediate one); as above"
    ),
    SecurityOperation.COMPUTE_CHECKSUM: OperationForm(
        "COMPUTE CRYPTOGRAPHIC CHECKSUM",
        "data; checksum in full length",
        "B4, `compute checksum`",
        f"{_PART_8}5.3",
    ),
    SecurityOperation.VERIFY_CHECKSUM: OperationForm(
        "VERIFY CRYPTOGRAPHIC CHECKSUM", "80 data, 8E checksum", "B4, `verify checksum`", f"{_PART_8}5.6"
    ),
    SecurityOperation.VERIFY_CERTIFICATE_VALUES: _certificate(
        "data objects whose values are signed, then 5F37 or 9E signature"
    ),
    SecurityOperation.VERIFY_CERTIFICATE: _certificate("7F4E body, 5F37 signature (BSI TR-03110)"),
    SecurityOperation.ENCIPHER_WITH_INDICATOR: _encipher(
        "data; padding indicator (00 RSA, 01 padded blocks) and cryptogram"
    ),
    SecurityOperation.ENCIPHER_TLV: _encipher("data; cryptogram"),
    SecurityOperation.ENCIPHER_PROTECTED_TLV: _encipher("data; cryptogram"),
    SecurityOperation.DECIPHER_WITH_INDICATOR: _decipher(
        "padding indicator (02: blocks without padding) and cryptogram; data. Key agreement: A6 { 7F49 { 86 public "
        "point } } or 7F49; the shared secret: x coordinate, or the 32 bytes of X25519",
        "B8, `decipher`; A6, else B8, `agree`",
    ),
    SecurityOperation.DECIPHER_TLV: _decipher("cryptogram; data"),
    SecurityOperation.DECIPHER_PROTECTED_TLV: _decipher("cryptogram; data"),
}
"""In the order of the operations."""

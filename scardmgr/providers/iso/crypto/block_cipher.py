"""Padding of a message for a block cipher, as in PKCS #7 (RFC 5652, 6.3)."""

from __future__ import annotations

from scardmgr.com.errors import HRESULT, HResultError


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

"""What the card signs, verified by ``cryptography``; what ``cryptography`` signs, verified by the card."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

from scardmgr import (
    ALG_ID,
    CRYPT_FLAGS,
    CRYPTPROV,
    E_INVALIDARG,
    HASH_PARAM,
    NTE_BAD_SIGNATURE,
    NTE_NO_KEY,
    SCARD_E_NO_ACCESS,
    SCARD_FLAGS,
    SCARD_W_SECURITY_VIOLATION,
    HResultError,
    SCardManage,
)

from .conftest import key_card

pytestmark = pytest.mark.card(what=key_card, via=("embedded", "pcscd"))

Refused = Callable[..., HResultError]
PLAIN, PSS = CRYPT_FLAGS.NONE, CRYPT_FLAGS.CRYPT_PSS
MESSAGE = b"what is signed, in the end"
HASHES: list[tuple[ALG_ID, hashes.HashAlgorithm]] = [
    (ALG_ID.CALG_SHA1, hashes.SHA1()),  # noqa: S303 - cards have it
    (ALG_ID.CALG_SHA_224, hashes.SHA224()),
    (ALG_ID.CALG_SHA_256, hashes.SHA256()),
    (ALG_ID.CALG_SHA_384, hashes.SHA384()),
    (ALG_ID.CALG_SHA_512, hashes.SHA512()),
]
each_hash = pytest.mark.parametrize(("digest", "function"), HASHES)


def hashed(crypto: CRYPTPROV, digest: ALG_ID, message: bytes = MESSAGE) -> int:
    handle = crypto.CreateHash(digest)
    crypto.HashData(handle, message[:10])
    crypto.HashData(handle, memoryview(message)[10:])
    return handle


def rsa_padding(function: hashes.HashAlgorithm, flags: CRYPT_FLAGS) -> padding.AsymmetricPadding:
    return padding.PSS(padding.MGF1(function), function.digest_size) if flags & PSS else padding.PKCS1v15()


def plain(signature: bytes, size: int = 32) -> bytes:
    """r || s of a signature in DER."""
    return b"".join(number.to_bytes(size, "big") for number in utils.decode_dss_signature(signature))


@each_hash
@pytest.mark.parametrize("flags", [PLAIN, PSS])
def test_rsa_signs(
    crypto: CRYPTPROV, outside: dict[int, Any], digest: ALG_ID, function: hashes.HashAlgorithm, flags: CRYPT_FLAGS
) -> None:
    signature = crypto.SignHash(hashed(crypto, digest), crypto.GetUserKey(3, ALG_ID.CALG_RSA_SIGN), flags)
    outside[3].public_key().verify(signature, MESSAGE, rsa_padding(function, flags), function)


@each_hash
def test_a_curve_signs(
    crypto: CRYPTPROV, outside: dict[int, Any], digest: ALG_ID, function: hashes.HashAlgorithm
) -> None:
    signature = crypto.SignHash(hashed(crypto, digest), crypto.GetUserKey(4, ALG_ID.CALG_ECDSA))
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    outside[4].public_key().verify(utils.encode_dss_signature(r, s), MESSAGE, ec.ECDSA(function))


def test_ed25519_signs_the_data_themselves(crypto: CRYPTPROV, outside: dict[int, Any], refused: Refused) -> None:
    key = crypto.GetUserKey(5, ALG_ID.CALG_EDDSA)
    outside[5].public_key().verify(crypto.SignHash(hashed(crypto, ALG_ID.CALG_NO_HASH), key), MESSAGE)
    refused(E_INVALIDARG, crypto.SignHash, hashed(crypto, ALG_ID.CALG_SHA_256), key)


def test_a_digest_info_is_signed_as_it_is(crypto: CRYPTPROV, outside: dict[int, Any]) -> None:
    info = bytes.fromhex("3031300D060960864801650304020105000420") + hashlib.sha256(MESSAGE).digest()
    key = crypto.GetUserKey(3, ALG_ID.CALG_RSA_SIGN)
    signature = crypto.SignHash(hashed(crypto, ALG_ID.CALG_NO_HASH, info), key)
    outside[3].public_key().verify(signature, MESSAGE, padding.PKCS1v15(), hashes.SHA256())


def test_a_hash_computed_elsewhere_is_signed(crypto: CRYPTPROV, outside: dict[int, Any]) -> None:
    handle = crypto.CreateHash(ALG_ID.CALG_SHA_256)
    crypto.SetHashParam(handle, HASH_PARAM.HP_HASHVAL, hashlib.sha256(MESSAGE).digest())
    signature = crypto.SignHash(handle, crypto.GetUserKey(3, ALG_ID.CALG_RSA_KEYX))
    outside[3].public_key().verify(signature, MESSAGE, padding.PKCS1v15(), hashes.SHA256())


def test_where_no_algorithm_is_said_the_card_goes_by_the_key(crypto: CRYPTPROV, outside: dict[int, Any]) -> None:
    signature = crypto.SignHash(hashed(crypto, ALG_ID.CALG_SHA_384), crypto.GetUserKey(4))
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    outside[4].public_key().verify(utils.encode_dss_signature(r, s), MESSAGE, ec.ECDSA(hashes.SHA384()))


def test_a_local_key_is_that_of_the_current_directory(manage: SCardManage, crypto: CRYPTPROV, refused: Refused) -> None:
    key = crypto.GetUserKey(0x84, ALG_ID.CALG_ECDSA)
    refused(NTE_NO_KEY, crypto.SignHash, hashed(crypto, ALG_ID.CALG_SHA_256), key, sw=0x6A88)
    manage.CreateFileAccess().ChangeDir(0, "7F10")
    handle = hashed(crypto, ALG_ID.CALG_SHA_256)
    crypto.VerifySignature(handle, crypto.SignHash(handle, key), key)


def test_a_key_behind_a_chv_needs_it(manage: SCardManage, crypto: CRYPTPROV, refused: Refused) -> None:
    handle, key = hashed(crypto, ALG_ID.CALG_SHA_256), crypto.GetUserKey(9, ALG_ID.CALG_ECDSA)
    refused(SCARD_W_SECURITY_VIOLATION, crypto.SignHash, handle, key, sw=0x6982)
    manage.CreateCHVerification().Verify(b"1234", SCARD_FLAGS.SC_FL_IHV_GLOBAL, 1)
    assert len(crypto.SignHash(handle, key)) == 64


def test_what_a_key_is_not_for_is_refused(crypto: CRYPTPROV, refused: Refused) -> None:
    handle, key = hashed(crypto, ALG_ID.CALG_SHA_256), crypto.GetUserKey(10, ALG_ID.CALG_RSA_SIGN)
    refused(SCARD_E_NO_ACCESS, crypto.SignHash, handle, key, sw=0x6985)
    assert len(crypto.SignHash(handle, key, PSS)) == 128
    refused(SCARD_E_NO_ACCESS, crypto.VerifySignature, handle, bytes(128), key, PSS, sw=0x6984)
    refused(SCARD_E_NO_ACCESS, crypto.SignHash, handle, crypto.GetUserKey(3, ALG_ID.CALG_ECDSA), sw=0x6985)


# Verification


@each_hash
@pytest.mark.parametrize("flags", [PLAIN, PSS])
def test_the_card_verifies_rsa(
    crypto: CRYPTPROV,
    outside: dict[int, Any],
    digest: ALG_ID,
    function: hashes.HashAlgorithm,
    flags: CRYPT_FLAGS,
    refused: Refused,
) -> None:
    signature = outside[3].sign(MESSAGE, rsa_padding(function, flags), function)
    key = crypto.GetUserKey(3, ALG_ID.CALG_RSA_SIGN)
    crypto.VerifySignature(hashed(crypto, digest), signature, key, flags)
    other = hashed(crypto, digest, b"what was not signed")
    refused(NTE_BAD_SIGNATURE, crypto.VerifySignature, other, signature, key, flags)


@each_hash
def test_the_card_verifies_a_curve(
    crypto: CRYPTPROV, outside: dict[int, Any], digest: ALG_ID, function: hashes.HashAlgorithm, refused: Refused
) -> None:
    signature = plain(outside[4].sign(MESSAGE, ec.ECDSA(function)))
    key = crypto.GetUserKey(4, ALG_ID.CALG_ECDSA)
    crypto.VerifySignature(hashed(crypto, digest), signature, key)
    for wrong in (signature[::-1], signature[:-1], b""):
        refused(NTE_BAD_SIGNATURE, crypto.VerifySignature, hashed(crypto, digest), wrong, key)


def test_the_card_verifies_ed25519(crypto: CRYPTPROV, outside: dict[int, Any], refused: Refused) -> None:
    signature, key = outside[5].sign(MESSAGE), crypto.GetUserKey(5, ALG_ID.CALG_EDDSA)
    crypto.VerifySignature(hashed(crypto, ALG_ID.CALG_NO_HASH), signature, key)
    other = hashed(crypto, ALG_ID.CALG_NO_HASH, b"what was not signed")
    refused(NTE_BAD_SIGNATURE, crypto.VerifySignature, other, signature, key)

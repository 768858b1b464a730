"""Mechanisms: which one is named to the card, by which reference, and what does not go together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scardmgr import (
    ALG_ID,
    CRYPT_FLAGS,
    CRYPTPROV,
    E_INVALIDARG,
    HASH_PARAM,
    NTE_NO_KEY,
    SCARD_E_NO_ACCESS,
    SCARD_E_UNSUPPORTED_FEATURE,
    HResultError,
)

from .conftest import key_card

Refused = Callable[..., HResultError]
SHA_256 = ALG_ID.CALG_SHA_256
NONE, PSS, OAEP = CRYPT_FLAGS.NONE, CRYPT_FLAGS.CRYPT_PSS, CRYPT_FLAGS.CRYPT_OAEP
SIGN_ZEROS = f"002A9E9A20{'00' * 32}00"


def zeros(crypto: CRYPTPROV, algorithm: ALG_ID = SHA_256) -> int:
    """A hash object whose value is zeros."""
    handle = crypto.CreateHash(algorithm)
    size = crypto.GetHashParam(handle, HASH_PARAM.HP_HASHSIZE)
    crypto.SetHashParam(handle, HASH_PARAM.HP_HASHVAL, bytes(size))
    return handle


@pytest.mark.parametrize(
    ("algorithm", "template"),
    [
        (ALG_ID.CALG_CARD, "002241B603840104"),
        (ALG_ID.CALG_ECDSA, "002241B606800144840104"),
    ],
)
def test_the_mechanism_is_named_by_its_reference(
    plain_desk: Callable[..., Any], algorithm: ALG_ID, template: str
) -> None:
    sign = SIGN_ZEROS if algorithm else f"002A9E9A20{'00' * 32}00"
    desk = plain_desk({template: "9000", sign: "AABB9000"})
    crypto = desk.manage.CreateInterface(CRYPTPROV.IID)
    assert crypto.SignHash(zeros(crypto), crypto.GetUserKey(4, algorithm)) == b"\xaa\xbb"
    assert desk.card.seen == [template, sign]


@pytest.mark.parametrize(
    ("references", "template"),
    [
        ({"ecdsa-sha256": b"\x07\x08"}, "002241B60780020708840104"),
        ({"ecdsa-sha256": bytearray(b"\x07")}, "002241B606800107840104"),
        ({"ecdsa-sha256": b""}, "002241B603840104"),
    ],
)
def test_user_data_are_the_references_of_the_card(
    plain_desk: Callable[..., Any], references: dict[str, bytes], template: str, refused: Refused
) -> None:
    desk = plain_desk({template: "9000", SIGN_ZEROS: "AABB9000"})
    crypto = desk.manage.CreateInterface(None, "CryptoProvider", references)
    assert crypto.SignHash(zeros(crypto), crypto.GetUserKey(4, ALG_ID.CALG_ECDSA)) == b"\xaa\xbb"
    key = crypto.GetUserKey(4, ALG_ID.CALG_RSA_SIGN)
    error = refused(SCARD_E_UNSUPPORTED_FEATURE, crypto.SignHash, zeros(crypto), key)
    assert "rsassa-pkcs1-sha256" in str(error)


@pytest.mark.parametrize(
    "references", [7, "ecdsa", ["ecdsa"], {"ecdsa": 4}, {"ecdsa": "04"}, {"rot13": b"\x0d"}, {4: b""}]
)
def test_user_data_of_another_form_are_refused(manage: Any, references: object, refused: Refused) -> None:
    refused(E_INVALIDARG, manage.CreateInterface, None, "CryptoProvider", references)


@pytest.mark.parametrize(
    ("answers", "code", "says"),
    [
        ({}, SCARD_E_UNSUPPORTED_FEATURE, "no security environments for COMPUTE DIGITAL SIGNATURE"),
        ({"002241B603840104": "6A86"}, SCARD_E_UNSUPPORTED_FEATURE, "no security environments"),
        ({"002241B603840104": "6B00"}, SCARD_E_UNSUPPORTED_FEATURE, "no security environments"),
        ({"002241B603840104": "6A80"}, SCARD_E_UNSUPPORTED_FEATURE, "does not take the mechanism"),
        ({"002241B603840104": "6A88"}, NTE_NO_KEY, "no such key"),
        ({"002241B603840104": "9000"}, SCARD_E_UNSUPPORTED_FEATURE, "no COMPUTE DIGITAL SIGNATURE"),
        ({"002241B603840104": "9000", SIGN_ZEROS: "6A81"}, SCARD_E_UNSUPPORTED_FEATURE, "no COMPUTE DIGITAL SIGNATURE"),
        ({"002241B603840104": "9000", SIGN_ZEROS: "6A86"}, SCARD_E_UNSUPPORTED_FEATURE, "no COMPUTE DIGITAL SIGNATURE"),
        ({"002241B603840104": "9000", SIGN_ZEROS: "6B00"}, SCARD_E_UNSUPPORTED_FEATURE, "no COMPUTE DIGITAL SIGNATURE"),
        ({"002241B603840104": "9000", SIGN_ZEROS: "6985"}, SCARD_E_NO_ACCESS, "6985"),
        ({"002241B603840104": "9000", SIGN_ZEROS: "6A80"}, E_INVALIDARG, "6A80"),
    ],
)
def test_what_the_card_cannot_do_is_said(
    plain_desk: Callable[..., Any], answers: dict[str, str], code: int, says: str, refused: Refused
) -> None:
    desk = plain_desk(answers)
    crypto = desk.manage.CreateInterface(CRYPTPROV.IID)
    assert says in str(refused(code, crypto.SignHash, zeros(crypto), crypto.GetUserKey(4)))


@pytest.mark.card(what=key_card)
@pytest.mark.parametrize(
    ("digest", "key", "flags"),
    [
        (SHA_256, ALG_ID.CALG_AES, NONE),
        (SHA_256, ALG_ID.CALG_ECDH, NONE),
        (SHA_256, ALG_ID.CALG_HMAC, NONE),
        (SHA_256, ALG_ID.CALG_EDDSA, NONE),
        (SHA_256, ALG_ID.CALG_ECDSA, PSS),
        (SHA_256, ALG_ID.CALG_CARD, PSS),
        (SHA_256, ALG_ID.CALG_RSA_SIGN, OAEP),
        (SHA_256, ALG_ID.CALG_RSA_SIGN, 1 << 20),
        (SHA_256, ALG_ID.CALG_RSA_SIGN, -1),
        (ALG_ID.CALG_NO_HASH, ALG_ID.CALG_RSA_SIGN, PSS),
    ],
)
def test_what_does_not_sign_is_refused(
    crypto: CRYPTPROV, digest: ALG_ID, key: ALG_ID, flags: CRYPT_FLAGS, refused: Refused
) -> None:
    handle = crypto.CreateHash(digest)
    for method, arguments in (
        (crypto.SignHash, (handle, crypto.GetUserKey(3, key), flags)),
        (crypto.VerifySignature, (handle, b"", crypto.GetUserKey(3, key), flags)),
    ):
        assert refused(E_INVALIDARG, method, *arguments).sw is None


@pytest.mark.card(what=key_card)
@pytest.mark.parametrize(
    ("key", "flags"),
    [
        (ALG_ID.CALG_RSA_SIGN, NONE),
        (ALG_ID.CALG_ECDSA, NONE),
        (ALG_ID.CALG_EDDSA, NONE),
        (ALG_ID.CALG_MAC, NONE),
        (ALG_ID.CALG_AES, OAEP),
        (ALG_ID.CALG_CARD, OAEP),
        (ALG_ID.CALG_RSA_KEYX, PSS),
    ],
)
def test_what_does_not_encrypt_is_refused(crypto: CRYPTPROV, key: ALG_ID, flags: CRYPT_FLAGS, refused: Refused) -> None:
    for method in (crypto.Encrypt, crypto.Decrypt):
        assert refused(E_INVALIDARG, method, crypto.GetUserKey(3, key), bytes(16), True, flags).sw is None

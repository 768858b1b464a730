"""Keys that the card makes, takes and tells, and what they are good for then."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)

from scardmgr import (
    ALG_ID,
    CRYPTPROV,
    E_INVALIDARG,
    KEY_PARAM,
    NTE_BAD_SIGNATURE,
    NTE_NO_KEY,
    SCARD_E_NO_ACCESS,
    SCARD_E_UNSUPPORTED_FEATURE,
    SCARD_F_COMM_ERROR,
    SCARD_W_SECURITY_VIOLATION,
    HResultError,
)

from .conftest import key_card

pytestmark = pytest.mark.card(what=key_card, via=("embedded", "pcscd"))

Refused = Callable[..., HResultError]
MESSAGE = b"what is signed, in the end"
RSA, ECDSA, EDDSA = ALG_ID.CALG_RSA_SIGN, ALG_ID.CALG_ECDSA, ALG_ID.CALG_EDDSA


def pkcs8(key: Any) -> bytes:
    der: bytes = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return der


def spki(key: Any) -> bytes:
    der: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return der


def signed(crypto: CRYPTPROV, key: int, digest: ALG_ID = ALG_ID.CALG_SHA_256) -> bytes:
    with crypto.CreateHash(digest) as handle:
        crypto.HashData(handle, MESSAGE)
        return crypto.SignHash(handle, key)


def verify(public_key: Any, signature: bytes) -> None:
    """Have ``cryptography`` verify a signature of MESSAGE."""
    if isinstance(public_key, rsa.RSAPublicKey):
        public_key.verify(signature, MESSAGE, padding.PKCS1v15(), hashes.SHA256())
    elif isinstance(public_key, ed25519.Ed25519PublicKey):
        public_key.verify(signature, MESSAGE)
    else:
        half = len(signature) // 2
        r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
        public_key.verify(utils.encode_dss_signature(r, s), MESSAGE, ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    ("reference", "algorithm", "bits"),
    [(7, RSA, 2048), (8, ECDSA, 384), (13, RSA, 3072), (14, EDDSA, 255), (7, ALG_ID.CALG_CARD, 2048)],
)
def test_a_key_pair_made_by_the_card(
    crypto: CRYPTPROV, reference: int, algorithm: ALG_ID, bits: int, refused: Refused
) -> None:
    digest = ALG_ID.CALG_NO_HASH if algorithm is EDDSA else ALG_ID.CALG_SHA_256
    refused(SCARD_E_NO_ACCESS, signed, crypto, crypto.GetUserKey(reference, algorithm), digest)
    with crypto.GenKey(reference, algorithm) as key:
        public_key = crypto.ExportKey(key)
        assert crypto.GetKeyParam(key, KEY_PARAM.KP_KEYLEN) == bits
        if algorithm is not ALG_ID.CALG_CARD:
            verify(load_der_public_key(public_key), signed(crypto, key, digest))
    # Whoever asks later is told the same key.
    assert crypto.ExportKey(crypto.GetUserKey(reference, algorithm)) == public_key
    assert crypto.ExportKey(crypto.GenKey(reference, algorithm)) != public_key


@pytest.mark.parametrize(
    ("reference", "algorithm", "make"),
    [
        (7, RSA, lambda: rsa.generate_private_key(65537, 2048)),
        (8, ECDSA, lambda: ec.generate_private_key(ec.SECP384R1())),
        (14, EDDSA, ed25519.Ed25519PrivateKey.generate),
    ],
)
def test_a_private_key_is_imported_and_used(
    crypto: CRYPTPROV, reference: int, algorithm: ALG_ID, make: Callable[[], Any]
) -> None:
    private = make()
    digest = ALG_ID.CALG_NO_HASH if algorithm is EDDSA else ALG_ID.CALG_SHA_256
    key = crypto.ImportKey(reference, pkcs8(private), algorithm)
    verify(private.public_key(), signed(crypto, key, digest))
    assert crypto.ExportKey(key) == spki(private.public_key())


def test_a_public_key_is_imported_and_verifies(crypto: CRYPTPROV, refused: Refused) -> None:
    private = ec.generate_private_key(ec.SECP384R1())
    der = private.sign(MESSAGE, ec.ECDSA(hashes.SHA256()))
    signature = b"".join(number.to_bytes(48, "big") for number in utils.decode_dss_signature(der))
    key = crypto.ImportKey(8, spki(private.public_key()), ECDSA)
    with crypto.CreateHash(ALG_ID.CALG_SHA_256) as handle:
        crypto.HashData(handle, MESSAGE)
        crypto.VerifySignature(handle, signature, key)
        refused(NTE_BAD_SIGNATURE, crypto.VerifySignature, handle, signature[::-1], key)
        refused(SCARD_E_NO_ACCESS, crypto.SignHash, handle, key)
    assert crypto.ExportKey(key) == spki(private.public_key())


def test_a_secret_key_is_imported_and_used(crypto: CRYPTPROV, refused: Refused) -> None:
    secret = os.urandom(16)
    key = crypto.ImportKey(1, secret, ALG_ID.CALG_AES)
    encryptor = Cipher(AES(secret), modes.CBC(bytes(16))).encryptor()
    assert (
        crypto.Decrypt(key, encryptor.update(b"sixteen bytes ..") + encryptor.finalize(), False) == b"sixteen bytes .."
    )
    refused(SCARD_E_UNSUPPORTED_FEATURE, crypto.ExportKey, key)


def test_public_keys_are_told(crypto: CRYPTPROV, outside: dict[int, Any]) -> None:
    for reference, algorithm in ((3, RSA), (3, ALG_ID.CALG_RSA_KEYX), (3, ALG_ID.CALG_CARD), (4, ECDSA), (5, EDDSA)):
        key = crypto.GetUserKey(reference, algorithm)
        assert crypto.ExportKey(key) == spki(outside[reference].public_key())
        assert crypto.GetKeyParam(key, KEY_PARAM.KP_KEYLEN) == {3: 2048, 4: 256, 5: 255}[reference]


def test_what_the_rules_do_not_allow(crypto: CRYPTPROV, refused: Refused) -> None:
    refused(SCARD_W_SECURITY_VIOLATION, crypto.GenKey, 3, RSA, sw=0x6982)
    private = pkcs8(ec.generate_private_key(ec.SECP256R1()))
    refused(SCARD_W_SECURITY_VIOLATION, crypto.ImportKey, 4, private, ECDSA, sw=0x6982)


def test_what_import_refuses(crypto: CRYPTPROV, refused: Refused) -> None:
    private = ec.generate_private_key(ec.SECP384R1())
    refused(E_INVALIDARG, crypto.ImportKey, 8, pkcs8(private), RSA)
    refused(E_INVALIDARG, crypto.ImportKey, 8, b"no key", ECDSA)
    refused(E_INVALIDARG, crypto.ImportKey, 8, pkcs8(private)[:-1], ECDSA)
    for curve in (ec.SECP256R1(), ec.SECP521R1()):
        refused(E_INVALIDARG, crypto.ImportKey, 8, pkcs8(ec.generate_private_key(curve)), ECDSA, sw=0x6A80)
    refused(E_INVALIDARG, crypto.ImportKey, 1, bytes(15), ALG_ID.CALG_AES)
    refused(E_INVALIDARG, crypto.ImportKey, 8, spki(private.public_key()), RSA)
    refused(NTE_NO_KEY, crypto.ImportKey, 0x1F, pkcs8(private), ECDSA, sw=0x6A88)
    refused(NTE_NO_KEY, crypto.GenKey, 0x1F, ECDSA, sw=0x6A88)
    refused(E_INVALIDARG, crypto.GenKey, 1, ALG_ID.CALG_AES)


@pytest.mark.card(via="embedded")
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("6D00", SCARD_E_UNSUPPORTED_FEATURE),
        ("9000", SCARD_F_COMM_ERROR),
        ("7F4903860104 9000", SCARD_F_COMM_ERROR),
        ("7F490481010382 9000", SCARD_F_COMM_ERROR),
        ("30009000", SCARD_F_COMM_ERROR),
    ],
)
def test_what_is_no_public_key(plain_desk: Callable[..., Any], answer: str, code: int, refused: Refused) -> None:
    desk = plain_desk({"00468000" + "05" + "B603840108" + "00": answer})
    refused(code, desk.manage.CreateInterface(CRYPTPROV.IID).GenKey, 8, ECDSA)


@pytest.mark.card(via="embedded")
def test_cards_have_the_command_with_either_instruction(plain_desk: Callable[..., Any]) -> None:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint).hex()
    command = "8100" + "05" + "B603840108" + "00"
    desk = plain_desk({"0047" + command: f"7F49438641{point}9000"})
    crypto = desk.manage.CreateInterface(CRYPTPROV.IID)
    assert crypto.ExportKey(crypto.GetUserKey(8, ECDSA)) == spki(public)
    assert desk.card.seen == ["0046" + command, "0047" + command]


@pytest.mark.card(via="embedded")
@pytest.mark.parametrize("algorithm", [EDDSA, ALG_ID.CALG_ECDH])
def test_32_bytes_are_a_key_of_what_was_asked_for(
    plain_desk: Callable[..., Any], algorithm: ALG_ID, refused: Refused
) -> None:
    public = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    template = "B603840108" if algorithm is EDDSA else "A603840108"
    answers = {f"0046810005{each}00": f"7F49228620{public}9000" for each in (template, "B603840108")}
    crypto = plain_desk(answers).manage.CreateInterface(CRYPTPROV.IID)
    assert crypto.ExportKey(crypto.GetUserKey(8, algorithm)).hex().endswith(public)
    error = refused(SCARD_F_COMM_ERROR, crypto.ExportKey, crypto.GetUserKey(8))
    assert "may be of several algorithms" in str(error)

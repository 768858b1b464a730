"""What is enciphered for the card, and what the card enciphers: each judged by ``cryptography``."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from scardmgr import (
    ALG_ID,
    CRYPT_FLAGS,
    CRYPTPROV,
    E_INVALIDARG,
    E_POINTER,
    HASH_PARAM,
    KEY_PARAM,
    NTE_BAD_DATA,
    NTE_BAD_SIGNATURE,
    SCARD_E_NO_ACCESS,
    SCARD_F_COMM_ERROR,
    HResultError,
)

from .conftest import key_card

pytestmark = pytest.mark.card(what=key_card, via=("embedded", "pcscd"))

Refused = Callable[..., HResultError]
OAEP = CRYPT_FLAGS.CRYPT_OAEP
SECRET = b"a secret of the two of us"
CIPHERS: list[tuple[int, ALG_ID, Any]] = [
    (1, ALG_ID.CALG_AES, AES(bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C"))),
    (2, ALG_ID.CALG_3DES, TripleDES(bytes.fromhex("0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123"))),
]
each_cipher = pytest.mark.parametrize(("reference", "algorithm", "cipher"), CIPHERS)
OAEP_HASHES: list[tuple[ALG_ID, hashes.HashAlgorithm]] = [
    (ALG_ID.CALG_SHA1, hashes.SHA1()),  # noqa: S303 - cards have it
    (ALG_ID.CALG_SHA_256, hashes.SHA256()),
    (ALG_ID.CALG_SHA_512, hashes.SHA512()),
]


def oaep(function: hashes.HashAlgorithm) -> padding.OAEP:
    return padding.OAEP(padding.MGF1(function), function, None)


# RSA


def test_rsa_both_ways(crypto: CRYPTPROV, outside: dict[int, Any], refused: Refused) -> None:
    key = crypto.GetUserKey(3, ALG_ID.CALG_RSA_KEYX)
    assert crypto.Decrypt(key, outside[3].public_key().encrypt(SECRET, padding.PKCS1v15())) == SECRET
    assert outside[3].decrypt(crypto.Encrypt(key, SECRET), padding.PKCS1v15()) == SECRET
    refused(NTE_BAD_DATA, crypto.Decrypt, key, bytes(255))
    refused(E_INVALIDARG, crypto.Encrypt, key, bytes(300), sw=0x6A80)
    for method in (crypto.Encrypt, crypto.Decrypt):
        refused(E_INVALIDARG, method, key, SECRET, False)


@pytest.mark.parametrize(("digest", "function"), OAEP_HASHES)
def test_oaep_both_ways(
    crypto: CRYPTPROV, outside: dict[int, Any], digest: ALG_ID, function: hashes.HashAlgorithm, refused: Refused
) -> None:
    key = crypto.GetUserKey(3, ALG_ID.CALG_RSA_KEYX)
    if digest is not ALG_ID.CALG_SHA1:
        crypto.SetKeyParam(key, KEY_PARAM.KP_OAEP_HASH, digest)
    cryptogram = outside[3].public_key().encrypt(SECRET, oaep(function))
    assert crypto.Decrypt(key, cryptogram, True, OAEP) == SECRET
    assert outside[3].decrypt(crypto.Encrypt(key, SECRET, True, OAEP), oaep(function)) == SECRET
    damaged = bytes((cryptogram[0] ^ 1,)) + cryptogram[1:]
    refused(NTE_BAD_DATA, crypto.Decrypt, key, damaged, True, OAEP, sw=0x6A80)


# Block ciphers


def outside_encrypts(cipher: Any, data: bytes, initial_value: bytes) -> bytes:
    padder = PKCS7(len(initial_value) * 8).padder()
    encryptor = Cipher(cipher, modes.CBC(initial_value)).encryptor()
    return encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()


@each_cipher
@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 200, 300, 1000])
def test_blocks_both_ways(crypto: CRYPTPROV, reference: int, algorithm: ALG_ID, cipher: Any, size: int) -> None:
    key, data = crypto.GetUserKey(reference, algorithm), os.urandom(size)
    block = cipher.block_size // 8
    assert crypto.Encrypt(key, data) == outside_encrypts(cipher, data, bytes(block))
    initial_value = os.urandom(block)
    crypto.SetKeyParam(key, KEY_PARAM.KP_IV, initial_value)
    cryptogram = outside_encrypts(cipher, data, initial_value)
    assert crypto.Encrypt(key, data) == cryptogram
    assert crypto.Decrypt(key, cryptogram) == data


@each_cipher
def test_a_message_in_parts(
    crypto: CRYPTPROV, reference: int, algorithm: ALG_ID, cipher: Any, refused: Refused
) -> None:
    key, data = crypto.GetUserKey(reference, algorithm), os.urandom(100)
    cryptogram = outside_encrypts(cipher, data, bytes(cipher.block_size // 8))
    for _ in range(2):
        parts = [crypto.Encrypt(key, data[:16], False), crypto.Encrypt(key, b"", False)]
        parts += [crypto.Encrypt(key, data[16:64], False), crypto.Encrypt(key, data[64:])]
        assert b"".join(parts) == cryptogram
        assert crypto.Decrypt(key, cryptogram[:48], False) + crypto.Decrypt(key, cryptogram[48:]) == data
    refused(E_INVALIDARG, crypto.Encrypt, key, data[:15], False)
    refused(E_INVALIDARG, crypto.Decrypt, key, cryptogram[:15])
    # An initial value that is set begins anew.
    crypto.Encrypt(key, data[:16], False)
    crypto.SetKeyParam(key, KEY_PARAM.KP_IV, bytes(cipher.block_size // 8))
    assert crypto.Encrypt(key, data) == cryptogram


@each_cipher
def test_what_does_not_end_in_padding(
    crypto: CRYPTPROV, reference: int, algorithm: ALG_ID, cipher: Any, refused: Refused
) -> None:
    key = crypto.GetUserKey(reference, algorithm)
    cryptogram = outside_encrypts(cipher, bytes(48), bytes(cipher.block_size // 8))
    refused(NTE_BAD_DATA, crypto.Decrypt, key, cryptogram[:32])
    refused(NTE_BAD_DATA, crypto.Decrypt, key, b"")
    assert crypto.Decrypt(key, cryptogram[:32], False) == bytes(32)


def test_what_is_no_data(crypto: CRYPTPROV, refused: Refused) -> None:
    key = crypto.GetUserKey(1, ALG_ID.CALG_AES)
    for method in (crypto.Encrypt, crypto.Decrypt):
        refused(E_POINTER, method, key, None)
        refused(E_INVALIDARG, method, key, "text")
        refused(E_INVALIDARG, method, 99, b"")


@pytest.mark.card(via="embedded")
@pytest.mark.parametrize(
    ("answer", "code"),
    [("01" + "AA" * 32, None), ("02" + "AA" * 16, None), ("00" + "AA" * 16, None)]
    + [(wrong, SCARD_F_COMM_ERROR) for wrong in ("", "02", "02" + "AA" * 15, "01" + "AA" * 16, "02" + "AA" * 32)],
)
def test_whether_the_card_pads_makes_no_difference(
    plain_desk: Callable[..., Any], answer: str, code: int | None, refused: Refused
) -> None:
    data = bytes(range(16))
    template = "002281B818" + "80010D" + "830101" + "8710" + "00" * 16
    command = f"002A868010{data.hex()}00".upper()
    desk = plain_desk({template: "9000", command: answer + "9000"})
    crypto = desk.manage.CreateInterface(CRYPTPROV.IID)
    key = crypto.GetUserKey(1, ALG_ID.CALG_AES)
    if code is None:
        assert crypto.Encrypt(key, data, False) == b"\xaa" * 16
    else:
        refused(code, crypto.Encrypt, key, data, False)


# Key agreement


def public_bytes(key: Any) -> bytes:
    spki: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return spki


@pytest.mark.parametrize("reference", [0x0B, 0x0C])
def test_both_sides_agree(crypto: CRYPTPROV, reference: int, refused: Refused) -> None:
    key = crypto.GetUserKey(reference, ALG_ID.CALG_ECDH)
    card = load_der_public_key(crypto.ExportKey(key))
    if isinstance(card, ec.EllipticCurvePublicKey):
        mine = ec.generate_private_key(card.curve)
        shared = mine.exchange(ec.ECDH(), card)
        assert crypto.Decrypt(key, public_bytes(mine)) == shared
    else:
        assert isinstance(card, x25519.X25519PublicKey)
        ours = x25519.X25519PrivateKey.generate()
        assert crypto.Decrypt(key, public_bytes(ours)) == ours.exchange(card)
    refused(NTE_BAD_DATA, crypto.Decrypt, key, public_bytes(ec.generate_private_key(ec.SECP384R1())), sw=0x6A80)
    refused(E_INVALIDARG, crypto.Decrypt, key, b"no key")
    refused(E_INVALIDARG, crypto.Encrypt, key, b"")


def test_a_key_of_rsa_agrees_on_nothing(crypto: CRYPTPROV, outside: dict[int, Any], refused: Refused) -> None:
    refused(E_INVALIDARG, crypto.Decrypt, crypto.GetUserKey(0x0B, ALG_ID.CALG_ECDH), public_bytes(outside[3]))


# Checksums


@each_cipher
@pytest.mark.parametrize("size", [0, 1, 16, 300])
def test_a_checksum_by_a_block_cipher(
    crypto: CRYPTPROV, reference: int, algorithm: ALG_ID, cipher: Any, size: int, refused: Refused
) -> None:
    del algorithm
    key, data = crypto.GetUserKey(reference, ALG_ID.CALG_MAC), os.urandom(size)
    expected = CMAC(cipher)
    expected.update(data)
    checksum = expected.finalize()
    handle = crypto.CreateHash(ALG_ID.CALG_MAC, key)
    crypto.HashData(handle, data)
    crypto.VerifySignature(handle, checksum, key)
    refused(NTE_BAD_SIGNATURE, crypto.VerifySignature, handle, bytes(len(checksum)), key, sw=0x6300)
    assert crypto.GetHashParam(handle, HASH_PARAM.HP_HASHVAL) == checksum
    crypto.VerifySignature(handle, checksum, key)


@pytest.mark.parametrize(("digest", "function"), OAEP_HASHES)
def test_a_checksum_by_hmac(
    crypto: CRYPTPROV, digest: ALG_ID, function: hashes.HashAlgorithm, refused: Refused
) -> None:
    key = crypto.GetUserKey(6, ALG_ID.CALG_HMAC)
    handle = crypto.CreateHash(ALG_ID.CALG_HMAC, key)
    crypto.SetHashParam(handle, HASH_PARAM.HP_HMAC_INFO, digest)
    crypto.HashData(handle, SECRET)
    expected = HMAC(bytes(range(1, 0x1A)), function)
    expected.update(SECRET)
    assert crypto.GetHashParam(handle, HASH_PARAM.HP_HASHSIZE) == function.digest_size
    assert crypto.GetHashParam(handle, HASH_PARAM.HP_HASHVAL) == expected.finalize()
    refused(E_INVALIDARG, crypto.SignHash, handle, crypto.GetUserKey(4, ALG_ID.CALG_ECDSA))
    refused(E_INVALIDARG, crypto.VerifySignature, handle, bytes(32), crypto.GetUserKey(6, ALG_ID.CALG_HMAC))
    refused(E_INVALIDARG, crypto.SetHashParam, handle, HASH_PARAM.HP_HASHVAL, bytes(32))


def test_a_key_that_is_not_for_checksums(crypto: CRYPTPROV, refused: Refused) -> None:
    handle = crypto.CreateHash(ALG_ID.CALG_MAC, crypto.GetUserKey(4, ALG_ID.CALG_MAC))
    refused(SCARD_E_NO_ACCESS, crypto.GetHashParam, handle, HASH_PARAM.HP_HASHVAL, sw=0x6985)

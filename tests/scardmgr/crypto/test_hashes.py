"""Hashes: on the card where it has them, else here; and what hash objects refuse."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from scardmgr import (
    ALG_ID,
    CRYPTPROV,
    E_INVALIDARG,
    E_POINTER,
    E_UNEXPECTED,
    HASH_PARAM,
    SCARD_F_COMM_ERROR,
    HResultError,
)

Refused = Callable[..., HResultError]
HASHVAL, SIZE, ALGORITHM = HASH_PARAM.HP_HASHVAL, HASH_PARAM.HP_HASHSIZE, HASH_PARAM.HP_ALGID
NAMES = {
    ALG_ID.CALG_SHA1: "sha1",
    ALG_ID.CALG_SHA_224: "sha224",
    ALG_ID.CALG_SHA_256: "sha256",
    ALG_ID.CALG_SHA_384: "sha384",
    ALG_ID.CALG_SHA_512: "sha512",
}
SET_SHA_256 = "002241AA03800140"
CODE = hashlib.sha256(b"abc").hexdigest().upper()


def crypto_of(desk: Any, references: object = None) -> CRYPTPROV:
    made = desk.manage.CreateInterface(None, "CryptoProvider", references)
    assert isinstance(made, CRYPTPROV)
    return made


def value(crypto: CRYPTPROV, data: bytes = b"abc", algorithm: ALG_ID = ALG_ID.CALG_SHA_256) -> bytes | int:
    with crypto.CreateHash(algorithm) as handle:
        crypto.HashData(handle, data)
        return crypto.GetHashParam(handle, HASHVAL)


@pytest.mark.parametrize(("algorithm", "name"), NAMES.items())
@pytest.mark.parametrize("size", [0, 1, 1000, 70000])
def test_hash_codes_are_those_of_the_standard(crypto: CRYPTPROV, algorithm: ALG_ID, name: str, size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    handle = crypto.CreateHash(algorithm)
    crypto.HashData(handle, data[: size // 2])
    crypto.HashData(handle, bytearray(data[size // 2 : size]))
    assert crypto.GetHashParam(handle, SIZE) == hashlib.new(name).digest_size
    assert crypto.GetHashParam(handle, HASHVAL) == hashlib.new(name, data[:size]).digest()
    assert crypto.GetHashParam(handle, ALGORITHM) is algorithm


def test_data_that_are_not_hashed_stay_as_they_are(crypto: CRYPTPROV) -> None:
    assert value(crypto, b"as it is", ALG_ID.CALG_NO_HASH) == b"as it is"


def test_a_card_that_has_the_hash_computes_it(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk({SET_SHA_256: "9000", "002A90800361626300": f"{'00' * 32}9000"})
    assert value(crypto_of(desk)) == bytes(32)
    assert desk.card.seen == [SET_SHA_256, "002A90800361626300"]


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {SET_SHA_256: "6A80"},
        {SET_SHA_256: "9000"},
        {SET_SHA_256: "9000", "002A90800361626300": "6A86"},
        {SET_SHA_256: "9000", "002A90800361626300": "6985"},
        {SET_SHA_256: "9000", "002A90800361626300": "9000"},
    ],
)
def test_a_card_without_the_hash_leaves_it_to_us(plain_desk: Callable[..., Any], answers: dict[str, str]) -> None:
    desk = plain_desk(answers)
    assert value(crypto_of(desk)) == hashlib.sha256(b"abc").digest()
    assert desk.card.seen[0] == SET_SHA_256


def test_what_the_card_cannot_be_given_is_hashed_here(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk({SET_SHA_256: "9000"})  # and no way to take 256 bytes is announced
    assert value(crypto_of(desk), bytes(256)) == hashlib.sha256(bytes(256)).digest()
    assert desk.card.seen == [SET_SHA_256]


def test_a_card_whose_references_lack_a_hash_is_not_asked_for_it(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk({})
    assert value(crypto_of(desk, {"ecdsa": b""})) == hashlib.sha256(b"abc").digest()
    assert desk.card.seen == []


def test_a_hash_of_another_length_is_none(plain_desk: Callable[..., Any], refused: Refused) -> None:
    desk = plain_desk({SET_SHA_256: "9000", "002A90800361626300": "00009000"})
    refused(SCARD_F_COMM_ERROR, value, crypto_of(desk))


def test_a_value_ends_the_data(crypto: CRYPTPROV, refused: Refused) -> None:
    handle = crypto.CreateHash(ALG_ID.CALG_SHA_256)
    crypto.HashData(handle, b"abc")
    refused(E_UNEXPECTED, crypto.SetHashParam, handle, HASHVAL, bytes(32))
    assert crypto.GetHashParam(handle, HASHVAL) == bytes.fromhex(CODE)
    refused(E_UNEXPECTED, crypto.HashData, handle, b"d")
    assert crypto.GetHashParam(handle, HASHVAL) == bytes.fromhex(CODE)


def test_what_set_hash_param_refuses(crypto: CRYPTPROV, refused: Refused) -> None:
    handle = crypto.CreateHash(ALG_ID.CALG_SHA_256)
    refused(E_INVALIDARG, crypto.SetHashParam, handle, HASHVAL, bytes(31))
    refused(E_POINTER, crypto.SetHashParam, handle, HASHVAL, None)
    refused(E_INVALIDARG, crypto.SetHashParam, handle, HASHVAL, "0" * 32)
    refused(E_INVALIDARG, crypto.SetHashParam, handle, SIZE, 32)
    refused(E_INVALIDARG, crypto.SetHashParam, handle, 99, 32)
    refused(E_INVALIDARG, crypto.SetHashParam, handle, HASH_PARAM.HP_HMAC_INFO, ALG_ID.CALG_SHA_256)
    crypto.SetHashParam(handle, HASHVAL, bytes(32))
    assert crypto.GetHashParam(handle, HASHVAL) == bytes(32)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((7,), E_INVALIDARG),
        ((None,), E_INVALIDARG),
        ((ALG_ID.CALG_RSA_SIGN,), E_INVALIDARG),
        ((ALG_ID.CALG_SHA_256, 1), E_INVALIDARG),
        ((ALG_ID.CALG_MAC,), E_INVALIDARG),
        ((ALG_ID.CALG_HMAC, None), E_POINTER),
        ((ALG_ID.CALG_MAC, "1"), E_INVALIDARG),
    ],
)
def test_what_create_hash_refuses(crypto: CRYPTPROV, arguments: tuple[Any, ...], code: int, refused: Refused) -> None:
    refused(code, crypto.CreateHash, *arguments)


def test_handles_are_given_back(crypto: CRYPTPROV, refused: Refused) -> None:
    with crypto.CreateHash(ALG_ID.CALG_SHA1) as handle:
        crypto.HashData(handle, b"")
    refused(E_INVALIDARG, crypto.HashData, handle, b"")
    other = crypto.CreateHash(ALG_ID.CALG_SHA1)
    crypto.DestroyHash(other)
    refused(E_INVALIDARG, crypto.DestroyHash, other)
    refused(E_INVALIDARG, crypto.DestroyKey, crypto.CreateHash(ALG_ID.CALG_SHA1))
    refused(E_POINTER, crypto.GetHashParam, None, HASHVAL)
    refused(E_INVALIDARG, crypto.GetHashParam, crypto.CreateHash(ALG_ID.CALG_SHA1), HASH_PARAM.HP_HMAC_INFO)

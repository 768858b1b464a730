"""CRYPTPROV as an interface: a COM object, CryptoSPI's names, wincrypt.h's numbers, and an end with its attachment."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from scardmgr import (
    ALG_ID,
    CRYPT_FLAGS,
    CRYPTPROV,
    E_INVALIDARG,
    E_POINTER,
    HASH_PARAM,
    HRESULT,
    KEY_PARAM,
    NTE_BAD_DATA,
    NTE_BAD_SIGNATURE,
    NTE_NO_KEY,
    SCARD_E_INVALID_HANDLE,
    SCARD_E_UNSUPPORTED_FEATURE,
    SCARD_F_COMM_ERROR,
    HResultError,
    SCardManage,
)
from scardmgr.com.unknown import IUnknown
from scardmgr.providers.iso.crypto.provider import ISO7816CryptProv

from .conftest import key_card

pytestmark = pytest.mark.card(what=key_card)

Refused = Callable[..., HResultError]
#: The functions of a cryptographic service provider, as its documentation lists them.
CRYPTOSPI = {
    "CPAcquireContext", "CPCreateHash", "CPDecrypt", "CPDeriveKey", "CPDestroyHash", "CPDestroyKey", "CPDuplicateHash",
    "CPDuplicateKey", "CPEncrypt", "CPExportKey", "CPGenKey", "CPGenRandom", "CPGetHashParam", "CPGetKeyParam",
    "CPGetProvParam", "CPGetUserKey", "CPHashData", "CPHashSessionKey", "CPImportKey", "CPReleaseContext",
    "CPSetHashParam", "CPSetKeyParam", "CPSetProvParam", "CPSignHash", "CPVerifySignature",
}  # fmt: skip
METHODS = sorted(name for name in vars(CRYPTPROV) if name[0].isupper() and name != "IID")
#: Numbers of wincrypt.h and winerror.h.
PUBLISHED = [
    (ALG_ID.CALG_SHA1, 0x8004),
    (ALG_ID.CALG_SHA_256, 0x800C),
    (ALG_ID.CALG_SHA_384, 0x800D),
    (ALG_ID.CALG_SHA_512, 0x800E),
    (ALG_ID.CALG_MAC, 0x8005),
    (ALG_ID.CALG_HMAC, 0x8009),
    (ALG_ID.CALG_RSA_SIGN, 0x2400),
    (ALG_ID.CALG_RSA_KEYX, 0xA400),
    (ALG_ID.CALG_ECDSA, 0x2203),
    (ALG_ID.CALG_ECDH, 0xAA05),
    (ALG_ID.CALG_3DES, 0x6603),
    (ALG_ID.CALG_AES, 0x6611),
    (KEY_PARAM.KP_IV, 1),
    (KEY_PARAM.KP_ALGID, 7),
    (HASH_PARAM.HP_ALGID, 1),
    (HASH_PARAM.HP_HASHVAL, 2),
    (HASH_PARAM.HP_HASHSIZE, 4),
    (HASH_PARAM.HP_HMAC_INFO, 5),
    (CRYPT_FLAGS.CRYPT_OAEP, 0x40),
    (CRYPT_FLAGS.CRYPT_PSS, 0x08),
    (NTE_BAD_DATA, 0x80090005),
    (NTE_BAD_SIGNATURE, 0x80090006),
    (NTE_NO_KEY, 0x8009000D),
]


def test_methods_are_functions_of_cryptospi() -> None:
    assert {f"CP{name}" for name in METHODS} <= CRYPTOSPI


@pytest.mark.parametrize(("member", "number"), PUBLISHED)
def test_published_numbers_are_the_published_ones(member: int, number: int) -> None:
    assert member == number


def test_numbers_of_our_own_are_nobody_elses() -> None:
    ours = {ALG_ID.CALG_CARD, ALG_ID.CALG_SHA_224, ALG_ID.CALG_NO_HASH, ALG_ID.CALG_EDDSA}
    assert ours == set(ALG_ID) - {member for member, _ in PUBLISHED}
    # What wincrypt.h has for its own sub-identifiers ends before 80, where its example begins.
    assert all(member & 0x1FF >= 80 for member in ours - {ALG_ID.CALG_CARD})


def test_parameters_are_those_of_the_interface() -> None:
    for name in METHODS:
        declared = inspect.signature(getattr(CRYPTPROV, name))
        assert inspect.signature(getattr(ISO7816CryptProv, name)).parameters == declared.parameters, name


def test_it_is_a_com_object(crypto: CRYPTPROV) -> None:
    for identifier in (CRYPTPROV.IID, IUnknown.IID, str(CRYPTPROV.IID)):
        assert crypto.QueryInterface(identifier) is crypto
        assert crypto.Release() == 1
    with pytest.raises(HResultError) as caught:
        crypto.QueryInterface(UUID(int=1))
    assert caught.value.hresult == HRESULT.E_NOINTERFACE
    assert crypto.Release() == 0
    with pytest.raises(HResultError) as caught:
        crypto.GenRandom(8)
    assert caught.value.hresult == HRESULT.CO_E_RELEASED


def test_every_method_refuses_use_once_detached(manage: SCardManage, crypto: CRYPTPROV, refused: Refused) -> None:
    handle, key = crypto.CreateHash(ALG_ID.CALG_SHA_256), crypto.GetUserKey(3, ALG_ID.CALG_RSA_SIGN)
    manage.Detach()
    sample = {"hHash": handle, "hKey": key, "hPubKey": key, "dwLen": 8, "Algid": ALG_ID.CALG_SHA_256, "dwParam": 7}
    for name in METHODS:
        method = getattr(crypto, name)
        given = [sample.get(parameter, b"") for parameter in inspect.signature(method).parameters]
        refused(SCARD_E_INVALID_HANDLE, method, *given)


# Random numbers


@pytest.mark.card(via=("embedded", "pcscd"))
@pytest.mark.parametrize("length", [1, 8, 256, 257, 1000])
def test_random_bytes_are_as_many_as_asked_for_and_differ(crypto: CRYPTPROV, length: int) -> None:
    given = [crypto.GenRandom(length) for _ in range(2)]
    assert [len(each) for each in given] == [length, length]
    assert length == 1 or given[0] != given[1]


def test_a_card_that_gives_eight_bytes_at_a_time_is_asked_again(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk({"0084000014": "6C08", "0084000008": f"{'AA' * 8}9000", "008400000C": f"{'BB' * 8}9000"})
    desk.card.answers["0084000004"] = f"{'CC' * 4}9000"
    crypto = desk.manage.CreateInterface(CRYPTPROV.IID)
    assert crypto.GenRandom(20) == b"\xaa" * 8 + b"\xbb" * 8 + b"\xcc" * 4


@pytest.mark.parametrize(("word", "code"), [("9000", SCARD_F_COMM_ERROR), ("6D00", SCARD_E_UNSUPPORTED_FEATURE)])
def test_a_card_without_random_bytes(plain_desk: Callable[..., Any], word: str, code: int, refused: Refused) -> None:
    desk = plain_desk({"0084000008": word})
    refused(code, desk.manage.CreateInterface(CRYPTPROV.IID).GenRandom, 8)


@pytest.mark.parametrize("length", [0, -1, 65537, "8", 1.5])
def test_no_other_number_of_random_bytes(crypto: CRYPTPROV, length: Any, refused: Refused) -> None:
    refused(E_INVALIDARG, crypto.GenRandom, length)
    refused(E_POINTER, crypto.GenRandom, None)


# Keys that are named


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((0,), E_INVALIDARG),
        ((256,), E_INVALIDARG),
        ((None,), E_POINTER),
        ((b"\x01",), E_INVALIDARG),
        ((1, ALG_ID.CALG_SHA_256), E_INVALIDARG),
        ((1, ALG_ID.CALG_NO_HASH), E_INVALIDARG),
        ((1, 5), E_INVALIDARG),
        ((1, None), E_INVALIDARG),
    ],
)
def test_what_get_user_key_refuses(crypto: CRYPTPROV, arguments: Any, code: int, refused: Refused) -> None:
    refused(code, crypto.GetUserKey, *arguments)


def test_a_handle_of_a_key_is_given_back(crypto: CRYPTPROV, refused: Refused) -> None:
    with crypto.GetUserKey(3, ALG_ID.CALG_RSA_SIGN) as key:
        assert crypto.GetKeyParam(key, KEY_PARAM.KP_ALGID) is ALG_ID.CALG_RSA_SIGN
    refused(E_INVALIDARG, crypto.GetKeyParam, key, KEY_PARAM.KP_ALGID)
    other = crypto.GetUserKey(3)
    crypto.DestroyKey(other)
    refused(E_INVALIDARG, crypto.DestroyKey, other)
    refused(E_INVALIDARG, crypto.DestroyHash, crypto.GetUserKey(3))


def test_parameters_of_a_key(crypto: CRYPTPROV, refused: Refused) -> None:
    aes, rsa = crypto.GetUserKey(1, ALG_ID.CALG_AES), crypto.GetUserKey(3, ALG_ID.CALG_RSA_KEYX)
    assert crypto.GetKeyParam(aes, KEY_PARAM.KP_IV) == bytes(16)
    crypto.SetKeyParam(aes, KEY_PARAM.KP_IV, bytes(range(16)))
    assert crypto.GetKeyParam(aes, KEY_PARAM.KP_IV) == bytes(range(16))
    assert crypto.GetKeyParam(rsa, KEY_PARAM.KP_OAEP_HASH) is ALG_ID.CALG_SHA1
    crypto.SetKeyParam(rsa, KEY_PARAM.KP_OAEP_HASH, ALG_ID.CALG_SHA_256)
    assert crypto.GetKeyParam(rsa, KEY_PARAM.KP_OAEP_HASH) is ALG_ID.CALG_SHA_256
    for key, parameter, value in (
        (aes, KEY_PARAM.KP_IV, bytes(8)),
        (aes, KEY_PARAM.KP_OAEP_HASH, ALG_ID.CALG_SHA_256),
        (aes, KEY_PARAM.KP_ALGID, ALG_ID.CALG_AES),
        (aes, 99, b""),
        (rsa, KEY_PARAM.KP_IV, bytes(16)),
        (rsa, KEY_PARAM.KP_OAEP_HASH, ALG_ID.CALG_MAC),
        (rsa, KEY_PARAM.KP_OAEP_HASH, 5),
    ):
        refused(E_INVALIDARG, crypto.SetKeyParam, key, parameter, value)
    refused(E_INVALIDARG, crypto.GetKeyParam, rsa, KEY_PARAM.KP_IV)
    refused(E_INVALIDARG, crypto.GetKeyParam, aes, KEY_PARAM.KP_OAEP_HASH)

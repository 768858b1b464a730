"""What the general provider can do with the keys of the profiles piv, openpgp and gids."""

from __future__ import annotations

import hashlib
from functools import cache

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from emulator import Card
from emulator.applications.issuing import GivenKey, issue
from emulator.definition.profiles import load_profile
from sandbox.pytest_plugin import CardReader
from scardmgr import (
    ALG_ID,
    CRYPT_FLAGS,
    CRYPTPROV,
    REFTYPE,
    SCARD_E_UNSUPPORTED_FEATURE,
    SCARD_FLAGS,
    HResultError,
    SCardManage,
)

NONE = SCARD_FLAGS.SC_FL_NO_FLAGS
MESSAGE = b"One message."
#: DigestInfo of a SHA-256 hash, less the hash (RFC 8017, 9.2, note 1).
SHA_256_INFO = bytes.fromhex("3031300D060960864801650304020105000420")


def provider(
    manage: SCardManage, application: str, code: bytes, reference: int, mechanisms: dict[str, bytes] | None = None
) -> CRYPTPROV:
    """The cryptographic services of an application, a code of which has been presented; the card stays locked."""
    manage.SCardLock()
    manage.CreateFileAccess().ChangeDir(REFTYPE.SC_TYPE_BY_NAME, application)
    manage.CreateCHVerification().Verify(code, NONE, reference)
    made = manage.CreateInterface(None, "CryptoProvider", mechanisms)
    assert isinstance(made, CRYPTPROV)
    return made


@pytest.mark.card("piv", via="embedded")
def test_no_key_of_a_piv_card_is_used_since_it_has_no_security_environments(manage: SCardManage) -> None:
    crypto = provider(manage, "A00000030800001000", b"123456\xff\xff", 0x80)
    message = crypto.CreateHash(ALG_ID.CALG_SHA_256)
    crypto.HashData(message, MESSAGE)
    with pytest.raises(HResultError) as caught:
        crypto.SignHash(message, crypto.GetUserKey(0x9A, ALG_ID.CALG_ECDSA))
    assert (caught.value.hresult, caught.value.sw) == (SCARD_E_UNSUPPORTED_FEATURE, 0x6D00)


@pytest.mark.card("openpgp", via="embedded")
def test_a_key_of_an_openpgp_card_is_generated_and_exported_and_not_used(manage: SCardManage) -> None:
    crypto = provider(manage, "D27600012401", b"12345678", 0x83)
    manage.CreateCHVerification().Verify(b"123456", NONE, 0x81)
    key = crypto.GenKey(0x01, ALG_ID.CALG_RSA_SIGN)
    public_key = load_der_public_key(crypto.ExportKey(key))
    assert isinstance(public_key, rsa.RSAPublicKey)
    assert len(crypto.GenRandom(300)) == 300
    message = crypto.CreateHash(ALG_ID.CALG_SHA_256)
    crypto.HashData(message, MESSAGE)
    with pytest.raises(HResultError) as caught:
        crypto.SignHash(message, key)
    assert caught.value.sw == 0x6B00


@cache
def gids_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def gids(reader: CardReader, unattached: SCardManage) -> CRYPTPROV:
    """A GIDS card with a key of 2048 bits in its first container; 57, 47 and 87 are its mechanisms of that length."""
    reader.swap(Card.from_state(issue(load_profile("gids"), {"pin": b"4321"}, [GivenKey(gids_key())])))
    unattached.AttachByIFD(reader.name)
    mechanisms = {"rsassa-pkcs1": b"\x57", "rsaes-pkcs1": b"\x47", "rsaes-oaep-sha1": b"\x87"}
    return provider(unattached, "A000000397425446590201", b"4321", 0x80, mechanisms)


@pytest.mark.card(via="embedded")
def test_a_key_of_a_gids_card_signs_a_digest_info(gids: CRYPTPROV) -> None:
    message = gids.CreateHash(ALG_ID.CALG_NO_HASH)
    gids.HashData(message, SHA_256_INFO + hashlib.sha256(MESSAGE).digest())
    signature = gids.SignHash(message, gids.GetUserKey(0x81, ALG_ID.CALG_RSA_SIGN))
    gids_key().public_key().verify(signature, MESSAGE, padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.card(via="embedded")
def test_a_key_of_a_gids_card_deciphers(gids: CRYPTPROV) -> None:
    key = gids.GetUserKey(0x81, ALG_ID.CALG_RSA_KEYX)
    outside = gids_key().public_key()
    assert gids.Decrypt(key, outside.encrypt(MESSAGE, padding.PKCS1v15())) == MESSAGE
    oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303 - the only one that GIDS has
    assert gids.Decrypt(key, outside.encrypt(MESSAGE, oaep), True, CRYPT_FLAGS.CRYPT_OAEP) == MESSAGE


@pytest.mark.card(via="embedded")
def test_a_gids_card_neither_generates_nor_exports_keys_this_way(gids: CRYPTPROV) -> None:
    key = gids.GetUserKey(0x81, ALG_ID.CALG_RSA_SIGN)
    for attempt in (lambda: gids.ExportKey(key), lambda: gids.GenKey(0x81, ALG_ID.CALG_RSA_SIGN)):
        with pytest.raises(HResultError) as caught:
            attempt()
        assert caught.value.sw == 0x6A86

"""No code, key or cryptogram in an exception, a repr or a log, whatever goes wrong."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from scardmgr import (
    ALG_ID,
    ISO_APDU_TYPE,
    SCARD_FLAGS,
    ByteBuffer,
    HResultError,
    MemoryStream,
    SCardCmd,
    SCardISO7816,
    SCardManage,
    SCardTypeConv,
    UnblockData,
)
from scardmgr.providers.iso.crypto.hash_objects import HashObject

GLOBAL, LOCAL = SCARD_FLAGS.SC_FL_IHV_GLOBAL, SCARD_FLAGS.SC_FL_IHV_LOCAL
SECRET, OTHER = b"271828", b"314159"
#: Of P-256, with SECRET in its number.
PRIVATE_KEY = ec.derive_private_key(int.from_bytes(SECRET * 4, "big"), ec.SECP256R1()).private_bytes(
    Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
)
FORMS = [form for secret in (SECRET, OTHER) for form in (secret.decode(), secret.hex(), repr(list(secret))[1:-1])]

CALLS: list[Callable[[SCardManage], object]] = [
    lambda manage: manage.CreateCHVerification().Verify(SECRET, GLOBAL, 1),
    lambda manage: manage.CreateCHVerification().Verify(SECRET, GLOBAL | LOCAL, 1),
    lambda manage: manage.CreateCHVerification().Verify(SECRET * 50, GLOBAL, 1),
    lambda manage: manage.CreateCHVerification().Verify(SECRET.decode(), GLOBAL, 1),
    lambda manage: manage.CreateCHVerification().Verify(SECRET, GLOBAL, 9),
    lambda manage: manage.CreateCHVerification().Verify(SECRET, GLOBAL | SCARD_FLAGS.SC_FL_IHV_CHECKONLY, 1),
    lambda manage: manage.CreateCHVerification().ChangeCode(SECRET, OTHER, GLOBAL, 1),
    lambda manage: manage.CreateCHVerification().ChangeCode(SECRET, OTHER, GLOBAL | SCARD_FLAGS.SC_FL_IHV_ENABLE, 1),
    lambda manage: manage.CreateCHVerification().ChangeCode(SECRET.decode(), OTHER, GLOBAL, 1),
    lambda manage: manage.CreateCHVerification().Unblock(UnblockData(SECRET, OTHER), GLOBAL, 1),
    lambda manage: manage.CreateCHVerification().Unblock(SECRET, GLOBAL, 1),
    lambda manage: manage.CreateCHVerification().Unblock(int(SECRET), GLOBAL, 1),
    lambda manage: manage.CreateCHVerification().Verify(ByteBuffer(SECRET), GLOBAL, 1),
    lambda _: ByteBuffer(SECRET).Write(SECRET.decode()),
    lambda _: ByteBuffer(SECRET).CopyTo(SECRET, 6),
    lambda _: SCardTypeConv().ConvertSafeArrayToByteBuffer([*SECRET, 256]),
    lambda _: SCardTypeConv().FreeIStreamMemoryPtr(MemoryStream(SECRET), SECRET),
    lambda manage: manage.CreateCardAuth().User_Auth(0, b"\x01", SECRET),
    lambda manage: manage.CreateCardAuth().User_Auth(0, b"\x01", SECRET.decode()),
    lambda manage: manage.CreateCardAuth().APP_Auth(0, b"\x01", SECRET + OTHER + bytes(4)),
    lambda manage: manage.CreateCardAuth().APP_Auth(0, SECRET, OTHER),
    lambda manage: manage.CreateCardAuth().ICC_Auth(0, b"\x01", SECRET),
    lambda _: SCardISO7816().Verify(0x60, SECRET),
    lambda _: SCardISO7816().Verify(0x01, SECRET.decode()),
    lambda _: SCardISO7816().Verify(0x01, SECRET * 20000),
    lambda _: SCardISO7816().Verify(0x01, SECRET, OTHER),
    lambda _: SCardCmd().BuildCmd(0x00, 0x20, 0x00, 0x01, SECRET.decode()),
    lambda _: SCardCmd().Encapsulate(bytes.fromhex("0020000106") + SECRET, ISO_APDU_TYPE.ISO_CASE_2),
    lambda _: setattr(SCardCmd(), "Apdu", bytes.fromhex("0020000104") + SECRET),
    lambda manage: crypto_of(manage).ImportKey(0x1F, SECRET + OTHER + bytes(4), ALG_ID.CALG_AES),
    lambda manage: crypto_of(manage).ImportKey(0x1F, SECRET, ALG_ID.CALG_AES),
    lambda manage: crypto_of(manage).ImportKey(0x1F, SECRET, ALG_ID.CALG_RSA_SIGN),
    lambda manage: crypto_of(manage).ImportKey(0x1F, PRIVATE_KEY, ALG_ID.CALG_RSA_SIGN),
    lambda manage: crypto_of(manage).ImportKey(0x1F, PRIVATE_KEY, ALG_ID.CALG_ECDSA),
    lambda manage: crypto_of(manage).ImportKey(0x1F, SECRET.decode(), ALG_ID.CALG_AES),
    lambda manage: crypto_of(manage).Encrypt(crypto_of(manage).GetUserKey(1), SECRET),
    lambda manage: encrypt(crypto_of(manage)),
]


def crypto_of(manage: SCardManage) -> Any:
    return manage.CreateInterface(None, "CryptoProvider")


def encrypt(crypto: Any) -> None:
    crypto.Encrypt(crypto.GetUserKey(0x1F, ALG_ID.CALG_AES), SECRET)


@pytest.mark.parametrize("call", CALLS)
def test_errors_and_logs_hold_no_secret(
    manage: SCardManage, call: Callable[[SCardManage], object], caplog: Any
) -> None:
    with caplog.at_level(logging.NOTSET), pytest.raises(HResultError) as caught:
        call(manage)
    error: BaseException | None = caught.value
    told = [repr(caught.value), str(caught.value), caplog.text]
    while error is not None:
        told += [*map(repr, error.args), *traceback.format_exception_only(error)]
        error = error.__cause__ or error.__context__
    for text in told:
        assert not [form for form in FORMS if form.lower() in text.lower()]


def test_reprs_hold_no_secret(manage: SCardManage) -> None:
    command = SCardCmd(b"\x00\x20\x00\x01\x06" + SECRET)
    command.ApduReply = OTHER
    hash_object = HashObject(ALG_ID.CALG_NO_HASH, value=OTHER)
    hash_object.data += SECRET
    objects = [
        UnblockData(SECRET, OTHER),
        command,
        manage.CreateCHVerification(),
        manage.CreateCardAuth(),
        manage.CreateFileAccess(),
        hash_object,
        manage,
        ByteBuffer(SECRET),
        MemoryStream(SECRET),
        SCardTypeConv().ConvertByteBufferToByteArray(SECRET),
        SCardTypeConv().GetAtIStreamMemory(MemoryStream(SECRET)),
    ]
    for each in objects:
        assert not [form for form in FORMS if form.lower() in repr(each).lower()]

"""Whatever bytes a card answers, the interfaces raise HResultError and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from iso7816.ber_tlv import TLV
from scardmgr import (
    ALG_ID,
    CRYPTPROV,
    FILETYPE,
    HASH_PARAM,
    KEY_PARAM,
    REFTYPE,
    SCARD_FLAGS,
    SCARD_PROTOCOLS,
    SCARD_SHARE_MODES,
    SEEKTYPE,
    TLV_TABLE,
    HResultError,
    SCard,
    SCardCmd,
    SCardManage,
    UnblockData,
)
from scardmgr.winscard.embedded import EmbeddedResourceManager

#: On P-256 (RFC 5480), for key agreement.
PUBLIC_KEY = (
    ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
)
NAME, SHORT = REFTYPE.SC_TYPE_BY_NAME, REFTYPE.SC_TYPE_BY_SHORT_ID
GLOBAL, LOCAL = SCARD_FLAGS.SC_FL_IHV_GLOBAL, SCARD_FLAGS.SC_FL_IHV_LOCAL
GET_ALL = SCARD_FLAGS.SC_FL_GET_ALL_PROPERTIES

words = st.sampled_from(
    ["9000", "6282", "6283", "6110", "6100", "6C05", "6C00", "6981", "6A82", "6A83", "6A86", "6D00"]
)
templates = st.builds(
    lambda outer, inner: TLV(outer, b"".join(TLV(tag, value).to_bytes() for tag, value in inner)).to_bytes(),
    st.sampled_from([0x62, 0x6F, 0x64]),
    st.lists(
        st.tuples(st.sampled_from([0x80, 0x81, 0x82, 0x83, 0x84, 0x88, 0x8A, 0xA5]), st.binary(max_size=6)), max_size=4
    ),
)
public_keys = st.builds(
    lambda parts: TLV(0x7F49, b"".join(TLV(tag, value).to_bytes() for tag, value in parts)).to_bytes(),
    st.lists(st.tuples(st.sampled_from([0x81, 0x82, 0x86, 0x06]), st.binary(max_size=70)), max_size=3),
)
answers = st.builds(
    lambda data, word: data + bytes.fromhex(word), templates | public_keys | st.binary(max_size=20), words
) | st.binary(max_size=300)


class HostileCard:
    """An ICC that answers whatever it was given to answer, over and over."""

    always_ends = True  # in some examples it answers ten thousands of commands: no thread for each

    def __init__(self, atr: bytes, responses: list[bytes]) -> None:
        self.atr = atr
        self.responses = responses
        self.count = 0

    def power_on(self) -> bytes:
        return self.atr

    def reset(self) -> bytes:
        return self.atr

    def power_off(self) -> None:
        """Nothing volatile here."""

    def transmit(self, command: bytes) -> bytes:
        del command
        self.count += 1
        return self.responses[self.count % len(self.responses)]


def with_file(kind: REFTYPE, reference: str, use: Callable[[Any, int], object]) -> Callable[[SCardManage], object]:
    def call(manage: SCardManage) -> object:
        files = manage.CreateFileAccess()
        with files.Open(kind, reference) as file:
            return use(files, file)

    return call


def with_crypto(use: Callable[[Any], object]) -> Callable[[SCardManage], object]:
    def call(manage: SCardManage) -> object:
        with manage.CreateInterface(CRYPTPROV.IID) as crypto:
            return use(crypto)

    return call


def hashed(crypto: Any) -> int:
    handle: int = crypto.CreateHash(ALG_ID.CALG_SHA_256)
    crypto.HashData(handle, bytes(300))
    return handle


def checksum(crypto: Any, key: int) -> object:
    handle = crypto.CreateHash(ALG_ID.CALG_MAC, key)
    crypto.HashData(handle, b"x")
    return crypto.GetHashParam(handle, HASH_PARAM.HP_HASHVAL)


CALLS: list[Callable[[SCardManage], object]] = [
    lambda manage: manage.CreateFileAccess().ChangeDir(NAME, "A0000000031010"),
    lambda manage: manage.CreateFileAccess().ChangeDir(NAME, "7F10/7F20"),
    *(lambda manage, kind=kind: manage.CreateFileAccess().Directory(kind) for kind in FILETYPE),
    lambda manage: manage.CreateFileAccess().GetProperties(NAME, "6F01", GET_ALL),
    lambda manage: manage.CreateFileAccess().GetFileCapabilities([], None, GET_ALL),
    lambda manage: manage.CreateFileAccess().Delete(NAME, "6F01", SCARD_FLAGS.SC_FL_NON_RECURSIVE),
    lambda manage: manage.CreateFileAccess().Invalidate("6F01"),
    lambda manage: manage.CreateFileAccess().SetProperties(NAME, "6F01", 0, [TLV_TABLE(0x8A, b"\x05")]),
    lambda manage: manage.CreateFileAccess().Create(
        NAME, "6F01", TLV_TABLE(0x82, b"\x01"), SCARD_FLAGS.SC_FL_PREALLOCATE, bytes(300)
    ),
    *(
        with_file(kind, reference, use)
        for kind, reference in ((NAME, "6F01"), (SHORT, "1"), (NAME, "A0000000031010/6F01"))
        for use in (
            lambda files, file: files.Read(file, 1000),
            lambda files, file: files.Write(file, b"x" * 300),
            lambda files, file: files.Write(file, b"x", SCARD_FLAGS.SC_FL_OR),
            lambda files, file: files.Seek(file, SEEKTYPE.SC_SEEK_FROM_END, 0),
            lambda files, file: files.Seek(file, SEEKTYPE.SC_SEEK_FROM_BEGINNING, 7),
        )
    ),
    lambda manage: manage.CreateCHVerification().Verify(b"1234", GLOBAL, 1),
    lambda manage: manage.CreateCHVerification().Verify(None, LOCAL | SCARD_FLAGS.SC_FL_IHV_CHECKONLY, 1),
    lambda manage: manage.CreateCHVerification().ChangeCode(b"1234", b"4321", LOCAL, 1),
    lambda manage: manage.CreateCHVerification().Unblock(UnblockData(b"1", b"2"), GLOBAL, 1),
    lambda manage: manage.CreateCHVerification().ResetSecurityState(),
    lambda manage: manage.CreateCardAuth().GetChallenge(0, 8),
    lambda manage: manage.CreateCardAuth().ICC_Auth(0, b"\x81", bytes(8)),
    lambda manage: manage.CreateCardAuth().APP_Auth(0, b"\x01", bytes(8)),
    with_crypto(lambda crypto: crypto.GenRandom(300)),
    with_crypto(lambda crypto: crypto.SignHash(hashed(crypto), crypto.GetUserKey(3, ALG_ID.CALG_RSA_SIGN))),
    with_crypto(lambda crypto: crypto.SignHash(hashed(crypto), crypto.GetUserKey(0x84))),
    with_crypto(lambda crypto: crypto.VerifySignature(hashed(crypto), bytes(64), crypto.GetUserKey(4))),
    with_crypto(lambda crypto: crypto.Encrypt(crypto.GetUserKey(1, ALG_ID.CALG_AES), bytes(300))),
    with_crypto(lambda crypto: crypto.Encrypt(crypto.GetUserKey(3, ALG_ID.CALG_RSA_KEYX), b"x")),
    with_crypto(lambda crypto: crypto.Decrypt(crypto.GetUserKey(2, ALG_ID.CALG_3DES), bytes(16))),
    with_crypto(lambda crypto: crypto.Decrypt(crypto.GetUserKey(3, ALG_ID.CALG_RSA_KEYX), bytes(256))),
    with_crypto(lambda crypto: crypto.Decrypt(crypto.GetUserKey(11, ALG_ID.CALG_ECDH), PUBLIC_KEY)),
    with_crypto(lambda crypto: checksum(crypto, crypto.GetUserKey(1, ALG_ID.CALG_MAC))),
    *(
        with_crypto(use)
        for algorithm in (
            ALG_ID.CALG_CARD,
            ALG_ID.CALG_RSA_SIGN,
            ALG_ID.CALG_ECDSA,
            ALG_ID.CALG_EDDSA,
            ALG_ID.CALG_ECDH,
        )
        for use in (
            lambda crypto, algorithm=algorithm: crypto.GenKey(7, algorithm),
            lambda crypto, algorithm=algorithm: crypto.ExportKey(crypto.GetUserKey(0x87, algorithm)),
            lambda crypto, algorithm=algorithm: crypto.GetKeyParam(
                crypto.GetUserKey(7, algorithm), KEY_PARAM.KP_KEYLEN
            ),
        )
    ),
    with_crypto(lambda crypto: crypto.ImportKey(1, bytes(16), ALG_ID.CALG_AES)),
]


@pytest.mark.parametrize("protocol", ["T=0", "T=1"])
@given(
    historical=st.binary(max_size=15),
    responses=st.lists(answers, min_size=1, max_size=6),
    calls=st.lists(st.sampled_from(CALLS), min_size=1, max_size=4),
)
def test_only_hresult_errors_come_out(
    protocol: str, historical: bytes, responses: list[bytes], calls: list[Callable[[SCardManage], object]]
) -> None:
    is_t1 = protocol == "T=1"
    atr = bytes((0x3B, (0x80 if is_t1 else 0x00) | len(historical))) + (b"\x01" if is_t1 else b"") + historical
    if is_t1:
        check = 0
        for byte in atr[1:]:
            check ^= byte
        atr += bytes((check,))
    manager = EmbeddedResourceManager()
    slot = manager.add_reader("Hostile")
    slot.insert(HostileCard(atr, responses))
    with SCardManage(manager) as manage:
        manage.AttachByIFD(slot.name)
        for call in calls:
            with suppress(HResultError):
                call(manage)
        # Whatever happened, the card was given back.
        manager.begin_transaction(manager.connect(manager.establish_context(), slot.name).handle)
    slot.close()


@given(response=st.binary(max_size=20), command=st.binary(max_size=12))
def test_a_transaction_takes_any_bytes_both_ways(response: bytes, command: bytes) -> None:
    manager = EmbeddedResourceManager()
    slot = manager.add_reader("Hostile")
    slot.insert(HostileCard(bytes.fromhex("3B800181"), [response]))
    with SCard(manager) as card:
        card.AttachByReader(slot.name, SCARD_SHARE_MODES.SHARED, SCARD_PROTOCOLS.T1)
        with suppress(HResultError):
            card.Transaction(SCardCmd(command))
    slot.close()

"""Long commands and responses: extended length fields, command chaining, GET RESPONSE, as the card announces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key
from hypothesis import given
from hypothesis import strategies as st

from scardmgr import (
    ALG_ID,
    CRYPTPROV,
    SCARD_E_UNSUPPORTED_FEATURE,
    SCARD_PROTOCOLS,
    HResultError,
    SCardManage,
)
from scardmgr.providers.iso.long_commands import LengthSupport

from .conftest import t0_key_card

Refused = Callable[..., HResultError]
#: T=1 and T=0, with card capabilities whose third byte is given.
T1, T0 = (lambda third: f"3B8501 8073F741{third}"), (lambda third: f"3B05 8073F741{third}")
EXTENDED, CHAINING, BOTH, NEITHER = "40", "80", "C0", "00"
SET = "002241B603840103"
DATA = bytes(range(256)) * 2


def atr(text: str) -> bytes:
    raw = bytes.fromhex(text)
    if raw[1] & 0x80:
        check = 0
        for byte in raw[1:]:
            check ^= byte
        raw += bytes((check,))
    return raw


def sign(desk: Any, data: bytes) -> bytes:
    crypto = desk.manage.CreateInterface(CRYPTPROV.IID)
    handle = crypto.CreateHash(ALG_ID.CALG_NO_HASH)
    crypto.HashData(handle, data)
    signature: bytes = crypto.SignHash(handle, crypto.GetUserKey(3))
    return signature


def test_extended_length_fields_go_first(plain_desk: Callable[..., Any]) -> None:
    command = f"002A9E9A000200{DATA.hex()}0000".upper()
    desk = plain_desk({SET: "9000", command: f"{'AB' * 512}9000"}, atr=atr(T1(BOTH)))
    assert sign(desk, DATA) == b"\xab" * 512
    assert desk.card.seen == [SET, command]


@pytest.mark.parametrize("made", [T1(CHAINING), T0(CHAINING), T0(BOTH)])
def test_a_chain_where_there_are_none(plain_desk: Callable[..., Any], made: str) -> None:
    le = "00" if made[2] == "8" else ""
    parts = [
        f"102A9E9AFF{DATA[:255].hex()}".upper(),
        f"102A9E9AFF{DATA[255:510].hex()}".upper(),
        f"002A9E9A02{DATA[510:].hex()}{le}".upper(),
    ]
    answers = {SET: "9000", parts[0]: "9000", parts[1]: "9000", parts[2]: "6100", "00C0000000": f"{'AB' * 256}6102"}
    answers["00C0000002"] = "CDCD9000"
    desk = plain_desk(answers, atr=atr(made))
    assert sign(desk, DATA) == b"\xab" * 256 + b"\xcd" * 2
    assert desk.card.seen == [SET, *parts, "00C0000000", "00C0000002"]


def test_a_chain_ends_at_the_part_that_is_refused(plain_desk: Callable[..., Any], refused: Refused) -> None:
    part = f"102A9E9AFF{DATA[:255].hex()}".upper()
    desk = plain_desk({SET: "9000", part: "6884"}, atr=atr(T1(CHAINING)))
    refused(SCARD_E_UNSUPPORTED_FEATURE, sign, desk, DATA, sw=0x6884)
    assert desk.card.seen == [SET, part]


@pytest.mark.parametrize("made", [T1(NEITHER), T0(NEITHER), "3B8001", "3B00", "3B86018031E073F741"])
def test_without_either_the_error_says_so(plain_desk: Callable[..., Any], made: str, refused: Refused) -> None:
    desk = plain_desk({SET: "9000"}, atr=atr(made))
    assert "announces no way to take 512 bytes" in str(refused(SCARD_E_UNSUPPORTED_FEATURE, sign, desk, DATA))


def test_envelopes_on_t0_where_there_are_no_chains(plain_desk: Callable[..., Any]) -> None:
    whole = f"002A9E9A000200{DATA.hex()}0000".upper()
    pieces = [whole[:510], whole[510:1020], whole[1020:]]
    envelopes = [f"00C20000{len(piece) // 2:02X}{piece}" for piece in pieces]
    desk = plain_desk(
        {SET: "9000", envelopes[0]: "9000", envelopes[1]: "9000", envelopes[2]: "6102", "00C0000002": "ABCD9000"},
        atr=atr(T0(EXTENDED)),
    )
    assert sign(desk, DATA) == b"\xab\xcd"
    assert desk.card.seen == [SET, *envelopes, "00C0000002"]


def test_what_is_short_is_sent_short(plain_desk: Callable[..., Any]) -> None:
    desk = plain_desk({SET: "9000", "002A9E9A03616263" + "00": "0102 9000"}, atr=atr(T1(NEITHER)))
    assert sign(desk, b"abc") == b"\x01\x02"


@given(raw=st.binary(max_size=33))
def test_any_bytes_announce_something_or_nothing(raw: bytes) -> None:
    assert isinstance(LengthSupport.of(raw), LengthSupport)


# The emulated card, which takes what it announces


@pytest.mark.card(what=t0_key_card, via=("embedded", "pcscd"))
def test_a_card_on_t0_is_given_chains(manage: SCardManage, crypto: CRYPTPROV, outside: dict[int, Any]) -> None:
    assert manage.Status()[1] is SCARD_PROTOCOLS.T0
    key, secret = crypto.GetUserKey(3, ALG_ID.CALG_RSA_KEYX), b"a secret of the two of us"
    # 257 bytes in, and 257 out
    assert crypto.Decrypt(key, outside[3].public_key().encrypt(secret, padding.PKCS1v15())) == secret
    assert outside[3].decrypt(crypto.Encrypt(key, secret), padding.PKCS1v15()) == secret
    with crypto.CreateHash(ALG_ID.CALG_SHA_256) as handle:
        crypto.HashData(handle, secret * 30)
        outside[3].public_key().verify(crypto.SignHash(handle, key), secret * 30, padding.PKCS1v15(), hashes.SHA256())
        crypto.VerifySignature(handle, crypto.SignHash(handle, key), key)
    blocks = crypto.GetUserKey(1, ALG_ID.CALG_AES)
    assert crypto.Decrypt(blocks, crypto.Encrypt(blocks, secret * 100)) == secret * 100
    assert load_der_public_key(crypto.ExportKey(crypto.GenKey(13, ALG_ID.CALG_RSA_SIGN))).key_size == 3072  # type: ignore[union-attr]

"""Signatures of the card, judged by ``cryptography`` and by published values."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import load_pem_private_key

import emulator

PROFILE = tomllib.loads((Path(emulator.__file__).parent / "profiles" / "iso7816.toml").read_text(encoding="utf-8"))
PEM = {key["reference"]: key["pem"] for key in PROFILE["keys"] if "pem" in key}
MESSAGE = b"what is signed"


def public_key(reference: int) -> Any:
    return load_pem_private_key(PEM[reference].encode(), None).public_key()


@pytest.fixture
def open_terminal(terminal: Any) -> Any:
    assert terminal.verify() == "9000"
    return terminal


def sign(terminal: Any, reference: int, mechanism: int, data: bytes) -> bytes:
    terminal.ok(f"002241B6068001{mechanism:02X}8401{reference:02X}")
    signature: bytes = terminal.ok(f"002A9E9A{len(data):02X}{data.hex()}00")
    return signature


def test_rsa_2048_with_pkcs1_and_sha256(open_terminal: Any) -> None:
    signature = sign(open_terminal, 3, 0x43, hashlib.sha256(MESSAGE).digest())
    key = public_key(3)
    assert isinstance(key, rsa.RSAPublicKey)
    assert len(signature) == 256
    key.verify(signature, MESSAGE, padding.PKCS1v15(), hashes.SHA256())


def test_p_256_is_r_and_s(open_terminal: Any) -> None:
    signature = sign(open_terminal, 4, 0x44, hashlib.sha256(MESSAGE).digest())
    key = public_key(4)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    key.verify(utils.encode_dss_signature(r, s), MESSAGE, ec.ECDSA(hashes.SHA256()))

"""Cryptographic checksums and hash codes of every mechanism, judged by the standard library and by `cryptography`."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from key_desk import BOTH, VERIFY, KeyDesk, desk_with, key_table

from iso7816.ber_tlv import TLV, encode_all
from iso7816.block_cipher import block_cipher
from iso7816.control_reference import TemplateKind
from iso7816.key_algorithms import KeyAlgorithm

CHECKSUM = "['compute checksum', 'verify checksum']"
MESSAGE = bytes(range(256)) * 3
HASHES = {0x10: "sha1", 0x30: "sha224", 0x40: "sha256", 0x50: "sha384", 0x60: "sha512"}


def verify(desk: KeyDesk, message: bytes, checksum: bytes) -> str:
    return desk.in_parts(0x2A, 0x00A2, encode_all((TLV(0x80, message), TLV(0x8E, checksum))), le=False)[1]


def only_the_right_one_is_taken(desk: KeyDesk, message: bytes, checksum: bytes) -> None:
    assert verify(desk, message, checksum) == "9000"
    for index in (0, len(checksum) - 1):
        changed = checksum[:index] + bytes((checksum[index] ^ 0x80,)) + checksum[index + 1 :]
        assert verify(desk, message, changed) == "6300"
    for wrong in (checksum[:-1], checksum[:4], checksum + b"\0", b"", bytes(len(checksum))):
        assert verify(desk, message, wrong) == "6300"
    assert verify(desk, message + b"\0", checksum) == "6300"
    assert verify(desk, bytes((message[0] ^ 1,)) + message[1:], checksum) == "6300"
    assert verify(desk, message, checksum) == "9000"


@pytest.mark.parametrize("size", [8, 20, 64, 128])
@pytest.mark.parametrize(("reference", "name"), HASHES.items())
def test_hmac(define: Callable[[str], Any], reference: int, name: str, size: int) -> None:
    secret = bytes(range(1, size + 1))
    desk = desk_with(define, key_table("hmac", CHECKSUM, f"value = '{secret.hex()}'"))
    desk.set(TemplateKind.CHECKSUM, BOTH, reference | 0x0E)
    right = hmac.digest(secret, MESSAGE, name)
    assert desk.in_parts(0x2A, 0x8E80, MESSAGE) == (right, "9000")
    only_the_right_one_is_taken(desk, MESSAGE, right)


def test_hmac_by_another_hash_is_another_checksum(define: Callable[[str], Any]) -> None:
    secret = bytes(range(20))
    desk = desk_with(define, key_table("hmac", CHECKSUM, f"value = '{secret.hex()}'"))
    desk.set(TemplateKind.CHECKSUM, VERIFY, 0x4E)
    assert verify(desk, MESSAGE, hmac.digest(secret, MESSAGE, "sha1")) == "6300"
    assert verify(desk, MESSAGE, hmac.digest(bytes(20), MESSAGE, "sha256")) == "6300"
    assert verify(desk, MESSAGE, hmac.digest(secret, MESSAGE, "sha256")) == "9000"


@pytest.mark.parametrize(("key_type", "size"), [("3des", 16), ("3des", 24), ("aes", 16), ("aes", 24), ("aes", 32)])
@pytest.mark.parametrize("length", [1, 7, 8, 15, 16, 17, 768])
def test_cmac(define: Callable[[str], Any], key_type: str, size: int, length: int) -> None:
    secret, message = bytes(range(1, size + 1)), MESSAGE[:length]
    desk = desk_with(define, key_table(key_type, CHECKSUM, f"value = '{secret.hex()}'"))
    desk.set(TemplateKind.CHECKSUM, BOTH, 0x0F)
    cmac = CMAC(AES(secret) if key_type == "aes" else block_cipher(KeyAlgorithm.TRIPLE_DES, secret))
    cmac.update(message)
    right = cmac.finalize()
    assert desk.in_parts(0x2A, 0x8E80, message) == (right, "9000")
    only_the_right_one_is_taken(desk, message, right)


@pytest.mark.parametrize(("reference", "name"), HASHES.items())
@pytest.mark.parametrize("length", [0, 55, 56, 111, 112, 768])
def test_hash(define: Callable[[str], Any], reference: int, name: str, length: int) -> None:
    message = MESSAGE[:length]
    code = hashlib.new(name, message).digest()
    desk = desk_with(define, key_table("p-256", "['sign', 'verify']"))
    desk.ok(0x22, 0x41AA, bytes((0x80, 1, reference)))
    if message:  # without data there is no 9080: 90A0 can say that the message is empty
        assert desk.in_parts(0x2A, 0x9080, message) == (code, "9000")
    assert desk.in_parts(0x2A, 0x90A0, TLV(0x80, message).to_bytes()) == (code, "9000")
    # It waits for the next signature, of whatever hash the mechanism leaves open.
    desk.set(TemplateKind.SIGNATURE, BOTH, 0x04)
    signature = desk.ok(0x2A, 0x9E9A, b"", 64)
    assert desk.send(0x2A, 0x00A8, encode_all((TLV(0x9A, code), TLV(0x9E, signature))))[1] == "9000"
    assert desk.send(0x2A, 0x00A8, encode_all((TLV(0x9A, code[::-1]), TLV(0x9E, signature))))[1] == "6300"


@pytest.mark.parametrize(("reference", "name"), HASHES.items())
def test_hash_by_the_template_of_signatures(define: Callable[[str], Any], reference: int, name: str) -> None:
    desk = desk_with(define, key_table("p-521", "['sign', 'verify']"))
    desk.set(TemplateKind.SIGNATURE, BOTH, reference | 0x04)
    code = hashlib.new(name, MESSAGE).digest()
    assert desk.in_parts(0x2A, 0x9080, MESSAGE) == (code, "9000")
    assert desk.ok(0x2A, 0x90A0, TLV(0x90, code).to_bytes(), 64) == code  # computed outside
    assert desk.send(0x2A, 0x90A0, TLV(0x90, code[:-1]).to_bytes(), 64)[1] == "6A80"
    signature = desk.ok(0x2A, 0x9E9A, b"", 132)
    for signed, judged in ((code, "9000"), (code[::-1], "6300")):
        objects = encode_all((TLV(0x9A, signed), TLV(0x9E, signature)))
        assert desk.in_parts(0x2A, 0x00A8, objects, le=False)[1] == judged

"""RSA of every size that cards have: keys generated on the card and imported, judged by what is outside of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from key_desk import BOTH, RSA_KEYS, KeyDesk, desk_with, key_table

from iso7816.ber_tlv import TLV, encode_all
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.digital_signature import hash_code
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.key_import import KeyImport
from iso7816.mechanisms import HashAlgorithm
from iso7816.public_key_template import public_key_from_template, public_key_template

MESSAGE = b"what is signed"
NAME = bytes.fromhex("B603840101")
NAMED = ControlReferenceTemplate(TemplateKind.SIGNATURE, private_key=b"\x01")
USAGE = "['sign', 'verify', 'encipher', 'decipher']"
SHA_256 = hashes.SHA256()
PKCS1, PSS = padding.PKCS1v15(), padding.PSS(padding.MGF1(SHA_256), 32)
OAEP = padding.OAEP(padding.MGF1(SHA_256), SHA_256, None)


def private_key(bits: int) -> rsa.RSAPrivateKey:
    key = load_pem_private_key(RSA_KEYS[str(bits)].encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def empty(define: Callable[[str], Any], bits: int) -> KeyDesk:
    more = f"empty = true\nsize = {bits}\ngenerate = 'always'\nupdate = 'always'"
    return desk_with(define, key_table("rsa", USAGE, more))


def serves(desk: KeyDesk, public: rsa.RSAPublicKey) -> None:
    """The card does all with its key that the public half undoes, or can be undone by it."""
    code = hash_code(HashAlgorithm.SHA_256, MESSAGE)
    for mechanism, scheme in ((0x43, PKCS1), (0x45, PSS)):
        desk.set(TemplateKind.SIGNATURE, BOTH, mechanism)
        signature, sw = desk.in_parts(0x2A, 0x9E9A, code)
        assert sw == "9000"
        public.verify(signature, MESSAGE, scheme, SHA_256)
        for wrong, judged in ((signature, "9000"), (bytes((signature[0] ^ 1,)) + signature[1:], "6300")):
            objects = encode_all((TLV(0x9A, code), TLV(0x9E, wrong)))
            assert desk.in_parts(0x2A, 0x00A8, objects, le=False)[1] == judged
    for mechanism, scheme in ((0x0A, PKCS1), (0x4B, OAEP)):
        desk.set(TemplateKind.CONFIDENTIALITY, BOTH, mechanism)
        cryptogram = public.encrypt(MESSAGE, scheme)
        assert len(cryptogram) == public.key_size // 8
        assert desk.in_parts(0x2A, 0x8086, b"\0" + cryptogram) == (MESSAGE, "9000")


@pytest.mark.parametrize("bits", [1024, 2048, 3072, 4096])
def test_an_imported_key_signs_and_deciphers(define: Callable[[str], Any], bits: int) -> None:
    key = private_key(bits)
    desk = empty(define, bits)
    imported = KeyImport.of_private_key(NAMED, key).to_bytes()
    assert desk.in_parts(0xDB, 0x3FFF, imported, le=False) == (b"", "9000")
    assert desk.in_parts(0x46, 0x8100, NAME) == (public_key_template(key.public_key()), "9000")
    serves(desk, key.public_key())
    # What it enciphers the owner of the key deciphers.
    desk.set(TemplateKind.CONFIDENTIALITY, BOTH, 0x4B)
    cryptogram, sw = desk.in_parts(0x2A, 0x8680, MESSAGE)
    assert sw == "9000"
    assert cryptogram[:1] == b"\0"
    assert key.decrypt(cryptogram[1:], OAEP) == MESSAGE


@pytest.mark.parametrize("bits", [1024, 3072, 4096])
def test_a_key_of_another_size_is_not_imported(define: Callable[[str], Any], bits: int) -> None:
    key = private_key(bits)
    imported = KeyImport.of_private_key(NAMED, key).to_bytes()
    assert empty(define, 2048).in_parts(0xDB, 0x3FFF, imported, le=False) == (b"", "6A80")


@pytest.mark.parametrize("bits", [3072, 4096])
def test_a_generated_key_signs_and_deciphers(define: Callable[[str], Any], bits: int) -> None:
    desk = empty(define, bits)
    template, sw = desk.in_parts(0x46, 0x8000, NAME)
    assert sw == "9000"
    public = public_key_from_template(KeyAlgorithm.RSA, template)
    assert isinstance(public, rsa.RSAPublicKey)
    assert (public.key_size, public.public_numbers().e) == (bits, 65537)
    serves(desk, public)
    assert desk.in_parts(0x46, 0x8100, NAME) == (template, "9000")

"""Keys of RSA with 3072 and 4096 bits (OpenPGP card 3.4.1, 4.4.3.9, 7.2.8 to 7.2.13), imported."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo, Prehashed
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from iso7816.key_algorithms import KeyAlgorithm

from .conftest import AUTHENTICATION, DECRYPTION, SIGNATURE
from .key_material import ATTRIBUTES, DIGEST, DIGEST_INFO, attributes, import_of, rsa_key, sign

RSA_KEYS = tomllib.loads(
    (Path(__file__).parents[2] / "key_operations" / "vectors" / "rsa_keys.toml").read_text(encoding="utf-8")
)
BITS = [3072, 4096]


def imported(card: Any, template: str, bits: int) -> rsa.RSAPrivateKey:
    """A key that is on the card now."""
    key = load_pem_private_key(RSA_KEYS[str(bits)].encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    assert card.put(ATTRIBUTES[template], attributes(template, KeyAlgorithm.RSA, bits)) == "9000"
    assert card.word(0xDB, 0x3F, 0xFF, import_of(template, key)) == "9000"
    assert rsa_key(card.public_key(template)).public_numbers() == key.public_key().public_numbers()
    return key


def in_parts(card: Any, header: str, data: bytes) -> tuple[bytes, int]:
    """A command as a chain of short ones, its response fetched by GET RESPONSE."""
    *first, last = (data[start : start + 254] for start in range(0, len(data), 254))
    for part in first:
        assert card.send(bytes.fromhex(f"10{header}") + bytes((len(part),)) + part) == (b"", 0x9000)
    answer, sw = card.send(bytes.fromhex(f"00{header}") + bytes((len(last),)) + last + b"\0")
    return bytes(answer), int(sw)


@pytest.mark.parametrize("bits", BITS)
def test_a_long_key_deciphers(administered: Any, bits: int) -> None:
    public = imported(administered, DECRYPTION, bits).public_key()
    for message in (b"", b"session key", b"x" * (bits // 8 - 11)):
        cryptogram = b"\0" + public.encrypt(message, padding.PKCS1v15())
        assert administered.ok(0x2A, 0x80, 0x86, cryptogram) == message
    assert administered.word(0x2A, 0x80, 0x86, cryptogram[:-1], le=True) == "6A80"
    assert administered.word(0x2A, 0x80, 0x86, cryptogram + b"\0", le=True) == "6A80"


@pytest.mark.parametrize("bits", BITS)
def test_a_long_key_deciphers_what_comes_in_parts(make: Callable[..., Any], bits: int) -> None:
    card = make(before='[card]\nhistorical_bytes = "00 31 F5 73 C0 01 C0 00 90 00"\n')
    card.verify_all()
    public = imported(card, DECRYPTION, bits).public_key()
    cryptogram = b"\0" + public.encrypt(b"session key", padding.PKCS1v15())
    assert in_parts(card, "2A8086", cryptogram) == (b"session key", 0x9000)


@pytest.mark.parametrize("template", [SIGNATURE, AUTHENTICATION])
@pytest.mark.parametrize("bits", BITS)
def test_a_long_key_signs(administered: Any, template: str, bits: int) -> None:
    """COMPUTE DIGITAL SIGNATURE, and INTERNAL AUTHENTICATE."""
    public = imported(administered, template, bits).public_key()
    signature = sign(administered, template, DIGEST_INFO)
    assert len(signature) == bits // 8
    public.verify(signature, DIGEST, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    longest = b"x" * (bits // 8 * 4 // 10)
    public.verify(sign(administered, template, longest), longest, padding.PKCS1v15(), NoDigestInfo())


def test_a_long_signature_comes_in_parts(administered: Any) -> None:
    public = imported(administered, AUTHENTICATION, 4096).public_key()
    first = administered.card.transmit(bytes.fromhex("00880000 33") + DIGEST_INFO + b"\0")
    assert (len(first), first[-2:]) == (258, b"\x61\x00")
    second = administered.card.transmit(bytes.fromhex("00C0000000"))
    assert (len(second), second[-2:]) == (258, b"\x90\x00")
    public.verify(first[:-2] + second[:-2], DIGEST, padding.PKCS1v15(), Prehashed(hashes.SHA256()))


def test_the_long_keys_serve_for_each_other(administered: Any) -> None:
    """MANAGE SECURITY ENVIRONMENT has DECIPHER take the key of INTERNAL AUTHENTICATE, and the other way round."""
    of_decryption = imported(administered, DECRYPTION, 4096).public_key()
    of_authentication = imported(administered, AUTHENTICATION, 3072).public_key()
    assert administered.sw("002241A403830102") == administered.sw("002241B803830103") == "9000"
    signature = administered.ok(0x88, 0, 0, DIGEST_INFO)
    of_decryption.verify(signature, DIGEST, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    cryptogram = of_authentication.encrypt(b"session key", padding.PKCS1v15())
    assert administered.ok(0x2A, 0x80, 0x86, b"\0" + cryptogram) == b"session key"

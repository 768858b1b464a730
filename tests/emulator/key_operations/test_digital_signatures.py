"""Signatures of the card, judged by ``cryptography``, and of ``cryptography``, judged by the card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from key_desk import BOTH, CURVES, RSA_KEYS, KeyDesk, desk_with, key_table, rsa_key

from emulator.definition.profiles import built_in_profiles, load_profile
from iso7816.asymmetric_keys import key_algorithm, load_private_key
from iso7816.ber_tlv import TLV, decode_one, encode_all
from iso7816.control_reference import TemplateKind
from iso7816.digital_signature import hash_code, hash_function
from iso7816.icc import TransmissionProtocol
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.mechanisms import MECHANISMS, HashAlgorithm, Mechanism, Scheme
from iso7816.public_key_template import public_key_from_template

MESSAGE = b"what is signed"
SIGN = "['sign', 'verify']"
RSA_MECHANISMS = [each for each in MECHANISMS.values() if each.scheme in (Scheme.RSASSA_PKCS1, Scheme.RSASSA_PSS)]
ECDSA_MECHANISMS = [each for each in MECHANISMS.values() if each.scheme is Scheme.ECDSA]


def name(mechanism: Mechanism) -> str:
    return mechanism.name


def judge_rsa(key: rsa.RSAPublicKey, mechanism: Mechanism, signature: bytes, hash_algorithm: HashAlgorithm) -> None:
    function = hash_function(hash_algorithm)
    scheme: padding.AsymmetricPadding = padding.PKCS1v15()
    if mechanism.scheme is Scheme.RSASSA_PSS:
        scheme = padding.PSS(padding.MGF1(function), hash_algorithm.size)
    key.verify(signature, MESSAGE, scheme, function)


def input_for(mechanism: Mechanism, hash_algorithm: HashAlgorithm) -> bytes:
    code = hash_code(hash_algorithm, MESSAGE)
    names_none = mechanism.hash is None and mechanism.scheme is Scheme.RSASSA_PKCS1
    return hash_algorithm.digest_info + code if names_none else code


def verify(desk: KeyDesk, *objects: tuple[int, bytes]) -> str:
    return desk.send(0x2A, 0x00A8, encode_all(TLV(*each) for each in objects))[1]


@pytest.mark.parametrize("bits", [1024, 3072, 4096])
@pytest.mark.parametrize("mechanism", RSA_MECHANISMS, ids=name)
def test_rsa_in_every_mechanism(define: Callable[[str], Any], bits: int, mechanism: Mechanism) -> None:
    desk = desk_with(define, key_table("rsa", SIGN, rsa_key(bits)))
    desk.set(TemplateKind.SIGNATURE, BOTH, mechanism.reference)
    hash_algorithm = mechanism.hash or HashAlgorithm.SHA_384
    data = input_for(mechanism, hash_algorithm)
    if mechanism.reference == 0x65 and bits == 1024:
        assert desk.send(0x2A, 0x9E9A, data, 65536) == (b"", "6A80")  # two SHA-512 and two bytes do not fit 128 bytes
        return
    signature = desk.ok(0x2A, 0x9E9A, data, 65536)
    assert len(signature) == bits // 8
    judge_rsa(
        load_pem_private_key(RSA_KEYS[str(bits)].encode(), None).public_key(), mechanism, signature, hash_algorithm
    )  # type: ignore[arg-type]
    assert verify(desk, (0x9A, data), (0x9E, signature)) == "9000"
    assert verify(desk, (0x9A, data), (0x9E, signature[:-1] + bytes((signature[-1] ^ 1,)))) == "6300"
    assert verify(desk, (0x9A, data), (0x9E, signature[:-1])) == "6300"
    assert verify(desk, (0x90, hash_code(hash_algorithm, MESSAGE)), (0x9E, signature)) == (
        "9000" if mechanism.hash is not None else "6A80"
    )


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("mechanism", ECDSA_MECHANISMS, ids=name)
def test_every_curve_in_every_mechanism(define: Callable[[str], Any], curve: str, mechanism: Mechanism) -> None:
    desk = desk_with(define, key_table(curve, SIGN))
    desk.set(TemplateKind.SIGNATURE, BOTH, mechanism.reference)
    algorithm = KeyAlgorithm(curve)
    hash_algorithm = mechanism.hash or HashAlgorithm.SHA_512
    data = hash_code(hash_algorithm, MESSAGE)
    signature = desk.ok(0x2A, 0x9E9A, data, 256)
    size = (algorithm.sizes[0] + 7) // 8
    assert len(signature) == 2 * size
    key = public_key_from_template(algorithm, desk.ok(0x46, 0x8100, bytes.fromhex("B603840101"), 256))
    assert isinstance(key, ec.EllipticCurvePublicKey)
    r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    key.verify(utils.encode_dss_signature(r, s), MESSAGE, ec.ECDSA(hash_function(hash_algorithm)))
    assert verify(desk, (0x9A, data), (0x9E, signature)) == "9000"
    assert verify(desk, (0x90, data), (0x9E, signature)) == "9000"
    assert verify(desk, (0x9A, data), (0x9E, bytes(2 * size))) == "6300"
    assert verify(desk, (0x9A, data), (0x9E, signature + b"\0")) == "6300"


def test_ed25519_signs_messages_also_none_and_long_ones(define: Callable[[str], Any]) -> None:
    desk = desk_with(define, key_table("ed25519", SIGN))
    desk.set(TemplateKind.SIGNATURE, BOTH)
    key = public_key_from_template(KeyAlgorithm.ED25519, desk.ok(0x46, 0x8100, bytes.fromhex("B603840101"), 256))
    assert isinstance(key, ed25519.Ed25519PublicKey)
    for message in (b"", MESSAGE, bytes(60_000)):
        signature = desk.ok(0x2A, 0x9E9A, message, 256)
        key.verify(signature, message)
        assert verify(desk, (0x9A, message), (0x9E, signature)) == "9000"
    assert verify(desk, (0x9A, b"another"), (0x9E, signature)) == "6300"


def test_the_card_hashes_what_it_signs(define: Callable[[str], Any]) -> None:
    desk = desk_with(define, key_table("p-256", SIGN))
    desk.set(TemplateKind.SIGNATURE, BOTH, 0x44)
    objects = encode_all((TLV(0x81, b"ab"), TLV(0x5F20, b"c" * 300)))
    for parameters, message in ((0x9EAC, b"ab" + b"c" * 300), (0x9EBC, objects)):
        signature = desk.ok(0x2A, parameters, objects, 256)
        assert verify(desk, (0x90, hash_code(HashAlgorithm.SHA_256, message)), (0x9E, signature)) == "9000"
        assert verify(desk, (parameters & 0xFF, objects), (0x9E, signature)) == "9000"
        other = 0xBC if parameters == 0x9EAC else 0xAC
        assert verify(desk, (other, objects), (0x9E, signature)) == "6300"


def test_a_hash_of_parts_serves_a_signature_and_its_verification(define: Callable[[str], Any]) -> None:
    desk = desk_with(define, key_table("p-384", SIGN))
    desk.set(TemplateKind.SIGNATURE, BOTH, 0x54)
    message = bytes(range(256)) * 100
    assert desk.in_parts(0x2A, 0x9080, message) == (hash_code(HashAlgorithm.SHA_384, message), "9000")
    signature = desk.ok(0x2A, 0x9E9A, b"", 256)
    desk.ok(0x2A, 0x9080, message)
    assert verify(desk, (0x9E, signature)) == "9000"
    assert verify(desk, (0x9E, signature)) == "6985"


@pytest.mark.parametrize("protocol", ["T0", "T1"])
def test_4096_bits_go_through_short_commands(define: Callable[[str], Any], protocol: str) -> None:
    head = '[card]\nprotocols = ["T=0", "T=1"]\n'
    desk = desk_with(define, head, key_table("rsa", "['sign', 'verify', 'encipher', 'decipher']", rsa_key(4096)))
    desk.card.set_protocol(TransmissionProtocol[protocol])
    desk.set(TemplateKind.SIGNATURE, BOTH, 0x63)
    code = hash_code(HashAlgorithm.SHA_512, MESSAGE)
    signature, sw = desk.in_parts(0x2A, 0x9E9A, code)
    assert (len(signature), sw) == (512, "9000")
    objects = encode_all((TLV(0x90, code), TLV(0x9E, signature)))
    assert desk.in_parts(0x2A, 0x00A8, objects) == (b"", "9000")
    desk.set(TemplateKind.CONFIDENTIALITY, BOTH, 0x4B)
    cryptogram, sw = desk.in_parts(0x2A, 0x8680, MESSAGE)
    assert (len(cryptogram), sw) == (513, "9000")
    assert desk.in_parts(0x2A, 0x8086, cryptogram) == (MESSAGE, "9000")
    template, sw = desk.in_parts(0x46, 0x8100, bytes.fromhex("B603840101"))
    assert (decode_one(template)[0].tag, sw) == (0x7F49, "9000")


def test_4096_bits_go_through_one_extended_command(define: Callable[[str], Any]) -> None:
    desk = desk_with(define, key_table("rsa", "['encipher', 'decipher']", rsa_key(4096)))
    desk.set(TemplateKind.CONFIDENTIALITY, BOTH, 0x0A)
    cryptogram = desk.ok(0x2A, 0x8680, bytes(501), 513)
    assert desk.ok(0x2A, 0x8086, cryptogram, 65536) == bytes(501)
    assert desk.send(0x2A, 0x8680, bytes(502), 513) == (b"", "6A80")


def test_the_keys_of_built_in_profiles_are_what_they_are_said_to_be() -> None:
    """They are not tried when the profile is loaded."""
    assert built_in_profiles()
    for profile in built_in_profiles():
        for key in load_profile(profile).keys.values():
            if key.material is not None and not key.algorithm.is_secret:
                assert key_algorithm(load_private_key(key.material.value)) == (key.algorithm, key.bits)


@pytest.mark.parametrize(("reference", "mechanism"), [(3, 0x43), (4, 0x44)])
def test_the_profile_signs(card: Any, reference: int, mechanism: int) -> None:
    desk = KeyDesk(card)
    desk.ok(0x20, 0x0001, b"1234")
    desk.set(TemplateKind.SIGNATURE, BOTH, mechanism, reference)
    code = hash_code(HashAlgorithm.SHA_256, MESSAGE)
    signature = desk.ok(0x2A, 0x9E9A, code, 256)
    algorithm = KeyAlgorithm.RSA if reference == 3 else KeyAlgorithm.P_256
    template, sw = desk.in_parts(0x46, 0x8100, bytes((0xB6, 3, 0x84, 1, reference)))
    assert sw == "9000"
    key: Any = public_key_from_template(algorithm, template)
    if reference == 3:
        key.verify(signature, MESSAGE, padding.PKCS1v15(), hashes.SHA256())
    else:
        halves = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
        key.verify(utils.encode_dss_signature(*halves), MESSAGE, ec.ECDSA(hashes.SHA256()))

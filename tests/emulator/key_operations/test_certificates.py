"""VERIFY CERTIFICATE: certificates of the field, and chains made here; what the keys in them open."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from key_desk import KeyDesk, desk_with, key_table

from iso7816.asymmetric_keys import generate_private_key
from iso7816.ber_tlv import TLV, decode_one, encode_all
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.cv_certificate import CVCertificate
from iso7816.digital_signature import compute_signature, signed_input
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.key_import import KeyImport
from iso7816.mechanisms import MECHANISMS
from iso7816.public_key_template import public_key_template

PUBLISHED = {
    vector["id"]: CVCertificate.parse(bytes.fromhex(vector["hex"]))
    for vector in tomllib.loads(
        (Path(__file__).parents[2] / "iso7816" / "vectors" / "cv_certificate.toml").read_text(encoding="utf-8")
    )["vector"]
    if "error" not in vector
}
FILE = '[files."3F00/6F01"]\ntype = "transparent"\ncontent = "x"\naccess = { read = "key 1" }\n'
ECDSA_SHA256 = TLV(0x06, bytes.fromhex("04007F00070202020203"))
AUTHORITY, TERMINAL = b"\xc0", b"\x00"


def desk(define: Callable[[str], Any], curve: str, key: Any, more: str = "") -> KeyDesk:
    """A card that has an authority's public key as key 1, which its environment names."""
    found = desk_with(
        define, key_table(curve, "['verify certificate']", f"empty = true\nupdate = 'always'\n{more}"), FILE
    )
    named = ControlReferenceTemplate(TemplateKind.SIGNATURE, key=b"\x01")
    found.ok(0xDB, 0x3FFF, KeyImport.of_public_key(named, key).to_bytes())
    found.ok(0x22, 0x81B6, b"\x80\x01\x44\x83\x01\x01")
    return found


def contents(certificate: CVCertificate) -> bytes:
    """What PSO VERIFY CERTIFICATE carries."""
    return decode_one(certificate.to_bytes())[0].value


def certificate(
    authority: bytes, signer: Any, holder: bytes, key: Any, role: bytes | None = TERMINAL, **more: Any
) -> CVCertificate:
    template = decode_one(public_key_template(key.public_key()))[0]
    chat = TLV(0x7F4C, encode_all((TLV(0x06, bytes.fromhex("04007F000703010202")), TLV(0x53, role or b""))))
    unsigned = CVCertificate(
        authority, (ECDSA_SHA256, *template.children()), holder, b"", () if role is None else (chat,), **more
    )
    mechanism = MECHANISMS[0x44]
    signature = compute_signature(mechanism, signer, signed_input(mechanism, unsigned.body))
    return CVCertificate(authority, unsigned.public_key, holder, signature, unsigned.others)


def name(found: KeyDesk, holder: bytes, kind: TemplateKind = TemplateKind.SIGNATURE) -> str:
    """Set a template for verifying that names a key; the status word."""
    return found.send(0x22, 0x8100 | kind, TLV(0x83, holder).to_bytes())[1]


def present(found: KeyDesk, shown: CVCertificate) -> str:
    return found.in_parts(0x2A, 0x00BE, contents(shown))[1]


def test_a_country_authority_that_signed_itself(define: Callable[[str], Any]) -> None:
    shown = PUBLISHED["country-authority"]
    algorithm, key = shown.holder_key(KeyAlgorithm.P_256)
    assert algorithm is KeyAlgorithm.BRAINPOOL_P256R1
    found = desk(define, algorithm.value, key)
    assert present(found, shown) == "9000"
    body = contents(shown)
    for index in (20, len(body) - 1):
        changed = body[:index] + bytes((body[index] ^ 1,)) + body[index + 1 :]
        assert found.in_parts(0x2A, 0x00BE, changed)[1] == "6300"
    assert name(found, shown.holder) == "9000"
    assert present(found, shown) == "9000"  # by the key that was in it


def test_a_terminal_that_a_document_verifier_certified(define: Callable[[str], Any]) -> None:
    """The chain that AusweisApp's test sends: both keys are on the curve of the country's authority."""
    verifier, terminal = PUBLISHED["document-verifier"], PUBLISHED["terminal"]
    _algorithm, key = verifier.holder_key(KeyAlgorithm.BRAINPOOL_P256R1)
    found = desk(define, "brainpoolP256r1", key)
    assert present(found, terminal) == "9000"
    assert present(found, verifier) == "6300"
    assert name(found, terminal.holder, TemplateKind.AUTHENTICATION) == "9000"
    assert name(found, b"DEDEMOPAA00467", TemplateKind.AUTHENTICATION) == "6A88"


def test_a_chain_down_to_who_authenticates_himself(define: Callable[[str], Any]) -> None:
    root, middle, leaf = (generate_private_key(KeyAlgorithm.P_256, 256) for _ in range(3))
    found = desk(define, "p-256", root.public_key(), "tries = 3")
    assert present(found, certificate(b"ROOT", root, b"MIDDLE", middle, AUTHORITY)) == "9000"
    assert name(found, b"MIDDLE") == "9000"
    assert present(found, certificate(b"MIDDLE", middle, b"LEAF", leaf)) == "9000"
    assert present(found, certificate(b"OTHER", middle, b"LEAF", leaf)) == "6985"  # who signs is named otherwise
    assert present(found, certificate(b"MIDDLE", root, b"LEAF2", leaf)) == "6300"
    assert name(found, b"LEAF2") == "6A88"
    assert name(found, b"LEAF") == "9000"
    assert present(found, certificate(b"LEAF", leaf, b"NEXT", leaf)) == "6985"  # the leaf is no authority
    assert name(found, b"LEAF", TemplateKind.AUTHENTICATION) == "9000"
    mechanism = MECHANISMS[0x44]
    challenge = found.ok(0x84, 0, ne=16)
    assert found.send(0x82, 0x0000, bytes(64))[1] == "63C2"
    challenge = found.ok(0x84, 0, ne=16)
    token = compute_signature(mechanism, leaf, signed_input(mechanism, challenge))
    assert found.send(0xB0, 0x8100, ne=1)[1] == "6982"
    found.ok(0x82, 0x0000, token)
    assert found.ok(0xB0, 0x8100, ne=1) == b"x"  # the key on which the chain rests counts as authenticated
    signature = compute_signature(mechanism, leaf, signed_input(mechanism, b"message"))
    objects = encode_all((TLV(0xAC, TLV(0x80, b"message").to_bytes()), TLV(0x9E, signature)))
    assert found.send(0x2A, 0x00A8, objects)[1] == "9000"
    assert found.send(0x88, 0x0000, bytes(16), 64)[1] == "6A88"  # the card has no private half of it
    found.card.reset()
    assert name(found, b"LEAF") == "6A88"


@pytest.mark.parametrize("role", [None, b"", TERMINAL, b"\x3f"])
def test_who_is_not_said_to_be_an_authority_is_none(define: Callable[[str], Any], role: bytes | None) -> None:
    root, middle = (generate_private_key(KeyAlgorithm.P_256, 256) for _ in range(2))
    found = desk(define, "p-256", root.public_key())
    assert present(found, certificate(b"ROOT", root, b"MIDDLE", middle, role)) == "9000"
    assert name(found, b"MIDDLE") == "9000"
    assert present(found, certificate(b"MIDDLE", middle, b"LEAF", middle)) == "6985"


def test_certificates_go_with_the_key_they_rest_on(define: Callable[[str], Any]) -> None:
    root, leaf = (generate_private_key(KeyAlgorithm.P_256, 256) for _ in range(2))
    found = desk(define, "p-256", root.public_key())
    assert present(found, certificate(b"ROOT", root, b"LEAF", leaf)) == "9000"
    assert name(found, b"LEAF", TemplateKind.AUTHENTICATION) == "9000"
    named = ControlReferenceTemplate(TemplateKind.SIGNATURE, key=b"\x01")
    found.ok(0xDB, 0x3FFF, KeyImport.of_public_key(named, leaf.public_key()).to_bytes())
    found.ok(0x84, 0, ne=16)
    assert found.send(0x82, 0x0000, bytes(64))[1] == "6A88"


def test_certificates_under_a_key_of_a_df_are_forgotten_outside_of_it(define: Callable[[str], Any]) -> None:
    root, leaf = (generate_private_key(KeyAlgorithm.P_256, 256) for _ in range(2))
    local = 'reference = 0x81\ndf = "3F00/7F10"'
    table = key_table("p-256", "['verify certificate']", "empty = true\nupdate = 'always'")
    found = desk_with(define, table.replace("reference = 1", local), '[files."3F00/7F10"]\ntype = "DF"\n')
    found.ok(0xA4, 0x000C, b"\x7f\x10")
    named = ControlReferenceTemplate(TemplateKind.SIGNATURE, key=b"\x81")
    found.ok(0xDB, 0x3FFF, KeyImport.of_public_key(named, root.public_key()).to_bytes())
    found.ok(0x22, 0x81B6, b"\x80\x01\x44\x83\x01\x81")
    assert present(found, certificate(b"ROOT", root, b"LEAF", leaf)) == "9000"
    assert name(found, b"LEAF") == "9000"
    found.ok(0xA4, 0x000C, b"\x3f\x00")
    assert name(found, b"LEAF") == "6A88"


def test_there_is_room_for_sixteen(define: Callable[[str], Any]) -> None:
    root = generate_private_key(KeyAlgorithm.P_256, 256)
    found = desk(define, "p-256", root.public_key())
    for number in range(16):
        assert present(found, certificate(b"ROOT", root, f"LEAF{number}".encode(), root)) == "9000"
    assert present(found, certificate(b"ROOT", root, b"ONE MORE", root)) == "6A84"
    assert present(found, certificate(b"ROOT", root, b"LEAF0", root)) == "9000"


def test_a_certificate_with_a_key_that_is_none_is_refused(define: Callable[[str], Any]) -> None:
    root = generate_private_key(KeyAlgorithm.P_256, 256)
    found = desk(define, "p-256", root.public_key())
    point = TLV(0x86, bytes(65))
    for public_key in (
        (),
        (ECDSA_SHA256,),
        (ECDSA_SHA256, point),
        (ECDSA_SHA256, TLV(0x81, bytes(32)), point),
        (TLV(0x06, b"\x2a"), point),
        (point,),
    ):
        shown = CVCertificate(b"ROOT", public_key, b"LEAF", bytes(64))
        assert present(found, shown) == "6A80"


def test_values_that_an_authority_signed(define: Callable[[str], Any]) -> None:
    root = generate_private_key(KeyAlgorithm.P_256, 256)
    found = desk(define, "p-256", root.public_key())
    mechanism = MECHANISMS[0x44]
    signature = compute_signature(mechanism, root, signed_input(mechanism, b"onetwo"))
    for tag in (0x5F37, 0x9E):
        objects = encode_all((TLV(0x81, b"one"), TLV(0x82, b"two"), TLV(tag, signature)))
        assert found.send(0x2A, 0x00AE, objects)[1] == "9000"
    objects = encode_all((TLV(0x81, b"two"), TLV(0x82, b"one"), TLV(0x9E, signature)))
    assert found.send(0x2A, 0x00AE, objects)[1] == "6300"

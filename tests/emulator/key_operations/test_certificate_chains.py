"""VERIFY CERTIFICATE by every mechanism that certificates name: chains of RSA, of curves, and of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from key_desk import RSA_KEYS, KeyDesk, desk_with, key_table

from iso7816.asymmetric_keys import generate_private_key, key_algorithm
from iso7816.ber_tlv import TLV, decode_one, encode_all
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.cv_certificate import CVCertificate
from iso7816.digital_signature import compute_signature, signed_input
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.key_import import KeyImport
from iso7816.mechanisms import MECHANISMS
from iso7816.public_key_template import public_key_template

TERMINAL_AUTHENTICATION = bytes.fromhex("04007F0007020202")
ARCS = {
    0x13: (1, 1),
    0x43: (1, 2),
    0x15: (1, 3),
    0x45: (1, 4),
    0x63: (1, 5),
    0x65: (1, 6),
    0x14: (2, 1),
    0x34: (2, 2),
    0x44: (2, 3),
    0x54: (2, 4),
    0x64: (2, 5),
}
"""What certificates say for a mechanism (BSI TR-03110-3, A.7.3): RSA in v1.5 and PSS, ECDSA, each with hashes."""
P_384 = 2**384 - 2**128 - 2**96 + 2**32 - 1
AUTHORITY, TERMINAL = b"\xc0", b"\x00"
FILE = '[files."3F00/6F01"]\ntype = "transparent"\ncontent = "x"\naccess = { read = "key 1" }\n'


def by(reference: int) -> Any:
    return MECHANISMS[reference]


def keys_for(reference: int, count: int) -> list[Any]:
    """So many keys that the mechanism takes."""
    if KeyAlgorithm.RSA in by(reference).keys:
        return [load_pem_private_key(RSA_KEYS[bits].encode(), None) for bits in ("2048", "3072", "4096")][:count]
    return [generate_private_key(KeyAlgorithm.P_256, 256) for _ in range(count)]


def sign(reference: int, key: Any, message: bytes) -> bytes:
    return compute_signature(by(reference), key, signed_input(by(reference), message))


def issue(
    authority: tuple[bytes, int, Any], holder: bytes, reference: int, key: Any, role: bytes = TERMINAL, prime: int = 0
) -> CVCertificate:
    """A certificate: its signature is by the authority's mechanism, and it says what the holder's is.

    Args:
        authority: name, mechanism and private key.
        holder: name.
        reference: the holder's mechanism.
        key: the holder's private key.
        role: what the holder is.
        prime: of the holder's curve, where it is not that of the authority.
    """
    name, mechanism, signer = authority
    identifier = TLV(0x06, TERMINAL_AUTHENTICATION + bytes(ARCS[reference]))
    curve = (TLV(0x81, prime.to_bytes(48, "big")),) if prime else ()
    template = TLV(0x7F4C, encode_all((TLV(0x06, bytes.fromhex("04007F000703010202")), TLV(0x53, role))))
    parts = decode_one(public_key_template(key.public_key()))[0].children()
    unsigned = CVCertificate(name, (identifier, *curve, *parts), holder, b"", (template,))
    return replace(unsigned, signature=sign(mechanism, signer, unsigned.body))


def trusting(define: Callable[[str], Any], root: Any, reference: int, *more: str) -> KeyDesk:
    """A card that has the root's public key as key 1, which its environment names with that mechanism."""
    algorithm, bits = key_algorithm(root.public_key())
    size = f"size = {bits}\n" if algorithm is KeyAlgorithm.RSA else ""
    table = key_table(algorithm.value, "['verify certificate']", f"empty = true\nupdate = 'always'\n{size}")
    desk = desk_with(define, table, FILE, *more)
    named = ControlReferenceTemplate(TemplateKind.SIGNATURE, key=b"\x01")
    imported = KeyImport.of_public_key(named, root.public_key()).to_bytes()
    assert desk.in_parts(0xDB, 0x3FFF, imported, le=False) == (b"", "9000")
    desk.ok(0x22, 0x81B6, bytes((0x80, 1, reference, 0x83, 1, 1)))
    return desk


def present(desk: KeyDesk, shown: CVCertificate) -> str:
    return desk.in_parts(0x2A, 0x00BE, decode_one(shown.to_bytes())[0].value, le=False)[1]


def name(desk: KeyDesk, holder: bytes, kind: TemplateKind = TemplateKind.SIGNATURE) -> str:
    return desk.send(0x22, 0x8100 | kind, TLV(0x83, holder).to_bytes())[1]


def is_trusted(desk: KeyDesk, holder: bytes, reference: int, key: Any) -> None:
    """The holder's signatures are right, and it authenticates itself with the key in its certificate."""
    assert name(desk, holder) == "9000"
    signature = sign(reference, key, b"message")
    for message, judged in ((b"message", "9000"), (b"Message", "6300")):
        objects = encode_all((TLV(0xAC, TLV(0x80, message).to_bytes()), TLV(0x9E, signature)))
        assert desk.in_parts(0x2A, 0x00A8, objects, le=False)[1] == judged
    assert name(desk, holder, TemplateKind.AUTHENTICATION) == "9000"
    assert desk.send(0xB0, 0x8100, ne=1)[1] == "6982"
    token = sign(reference, key, desk.ok(0x84, 0, ne=16))
    assert desk.in_parts(0x82, 0x0000, token, le=False)[1] == "9000"
    assert desk.ok(0xB0, 0x8100, ne=1) == b"x"


@pytest.mark.parametrize("reference", ARCS, ids=lambda reference: by(reference).name)
def test_a_chain_by_one_mechanism(define: Callable[[str], Any], reference: int) -> None:
    root, middle, leaf = keys_for(reference, 3)
    desk = trusting(define, root, reference)
    first = issue((b"ROOT", reference, root), b"MIDDLE", reference, middle, AUTHORITY)
    last = issue((b"MIDDLE", reference, middle), b"LEAF", reference, leaf)
    assert present(desk, last) == "6300"  # signed by somebody whom the card does not know yet
    signature = first.signature
    for index in (0, len(signature) - 1):
        changed = signature[:index] + bytes((signature[index] ^ 1,)) + signature[index + 1 :]
        assert present(desk, replace(first, signature=changed)) == "6300"
    assert present(desk, replace(first, holder=b"MEDDLE")) == "6300"
    assert name(desk, b"MIDDLE") == "6A88"
    assert present(desk, first) == "9000"
    assert name(desk, b"MIDDLE") == "9000"
    assert present(desk, last) == "9000"
    is_trusted(desk, b"LEAF", reference, leaf)


@pytest.mark.parametrize(
    ("said", "done"), [(0x44, 0x64), (0x64, 0x44), (0x43, 0x45), (0x45, 0x43), (0x43, 0x13), (0x65, 0x45)]
)
def test_a_signature_by_another_mechanism_than_the_one_that_is_said_is_wrong(
    define: Callable[[str], Any], said: int, done: int
) -> None:
    root, middle, leaf = keys_for(said, 3)
    desk = trusting(define, root, said)
    assert present(desk, issue((b"ROOT", done, root), b"MIDDLE", said, middle, AUTHORITY)) == "6300"
    assert present(desk, issue((b"ROOT", said, root), b"MIDDLE", said, middle, AUTHORITY)) == "9000"
    assert name(desk, b"MIDDLE") == "9000"
    assert present(desk, issue((b"MIDDLE", done, middle), b"LEAF", said, leaf)) == "6300"
    assert present(desk, issue((b"MIDDLE", said, middle), b"LEAF", said, leaf)) == "9000"


def test_a_chain_of_rsa_a_curve_and_rsa(define: Callable[[str], Any]) -> None:
    root, leaf = keys_for(0x45, 2)
    middle = generate_private_key(KeyAlgorithm.P_384, 384)
    desk = trusting(define, root, 0x45)
    authority = (b"ROOT", 0x45, root)
    # An authority without a curve hands none down.
    assert present(desk, issue(authority, b"MIDDLE", 0x54, middle, AUTHORITY)) == "6A80"
    assert present(desk, issue(authority, b"MIDDLE", 0x54, middle, AUTHORITY, P_384)) == "9000"
    assert name(desk, b"MIDDLE") == "9000"
    assert present(desk, issue((b"MIDDLE", 0x54, middle), b"LEAF", 0x63, leaf)) == "9000"
    is_trusted(desk, b"LEAF", 0x63, leaf)


@pytest.mark.parametrize("command", ["verify_certificate", "verify_digital_signature", "external_authenticate"])
def test_a_rule_about_a_command_is_about_certified_keys_too(define: Callable[[str], Any], command: str) -> None:
    """It is that of the DF of the key on which the certificate rests."""
    root, middle = keys_for(0x44, 2)
    rules = f'[files."3F00"]\ntype = "DF"\ncommands = {{ {command} = "CHV 1" }}\n'
    desk = trusting(define, root, 0x44, '[[chvs]]\nreference = 1\nvalue = "1234"\n', rules)
    desk.ok(0x20, 0x0001, b"1234")
    assert present(desk, issue((b"ROOT", 0x44, root), b"MIDDLE", 0x44, middle, AUTHORITY)) == "9000"
    assert name(desk, b"MIDDLE") == name(desk, b"MIDDLE", TemplateKind.AUTHENTICATION) == "9000"
    certificate = decode_one(issue((b"MIDDLE", 0x44, middle), b"LEAF", 0x44, middle).to_bytes())[0].value
    signed = encode_all((TLV(0xAC, TLV(0x80, b"a").to_bytes()), TLV(0x9E, sign(0x44, middle, b"a"))))
    for is_verified in (True, False):
        tries = {
            "verify_certificate": desk.in_parts(0x2A, 0x00BE, certificate, le=False)[1],
            "verify_digital_signature": desk.send(0x2A, 0x00A8, signed)[1],
            "external_authenticate": desk.in_parts(0x82, 0x0000, sign(0x44, middle, desk.ok(0x84, 0, ne=16)), le=False)[
                1
            ],
        }
        assert tries == dict.fromkeys(tries, "9000") | ({} if is_verified else {command: "6982"})
        desk.ok(0x20, 0xFF01)


def test_who_rests_on_a_key_of_a_df_that_is_deleted_is_known_no_more(define: Callable[[str], Any]) -> None:
    root, leaf = keys_for(0x44, 2)
    head = '[card]\nhistorical_bytes = "80 73 F7 41 FF"\n'
    local = key_table("p-256", "['verify certificate']", "empty = true\nupdate = 'always'")
    local = local.replace("reference = 1", 'reference = 0x81\ndf = "3F00/7F10"')
    desk = desk_with(define, head, local, '[files."3F00/7F10"]\ntype = "DF"\n')
    desk.ok(0xA4, 0x000C, b"\x7f\x10")
    named = ControlReferenceTemplate(TemplateKind.SIGNATURE, key=b"\x81")
    desk.ok(0xDB, 0x3FFF, KeyImport.of_public_key(named, root.public_key()).to_bytes())
    desk.ok(0x22, 0x81B6, b"\x80\x01\x44\x83\x01\x81")
    assert present(desk, issue((b"ROOT", 0x44, root), b"LEAF", 0x44, leaf, AUTHORITY)) == "9000"
    assert name(desk, b"LEAF") == "9000"
    # Another channel deletes the DF, with the key in it.
    assert desk.card.transmit(bytes.fromhex("00 70 00 00 01")) == b"\x01\x90\x00"
    assert desk.card.transmit(bytes.fromhex("01 E4 00 00 02 7F10")) == b"\x90\x00"
    signed = encode_all((TLV(0xAC, TLV(0x80, b"a").to_bytes()), TLV(0x9E, sign(0x44, leaf, b"a"))))
    assert desk.send(0x2A, 0x00A8, signed)[1] == "6985"
    assert present(desk, issue((b"LEAF", 0x44, leaf), b"NEXT", 0x44, leaf)) == "6985"
    assert name(desk, b"LEAF") == "6A88"

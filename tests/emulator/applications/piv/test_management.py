"""GENERATE ASYMMETRIC KEY PAIR (SP 800-73-5, part 2, 3.3.2), and the management commands."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519

from emulator import Card

from .conftest import MANAGEMENT_KEY, PIN, PUK, PIVTerminal, tlv

SLOTS = [0x9A, 0x9C, 0x9D, 0x9E, *range(0x82, 0x96), 0xF9]
RSA_KEY = rsa.generate_private_key(65537, 1024)  # noqa: S505 (short, so that it is quick)


def number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def rsa_parts(key: rsa.RSAPrivateKey, count: int = 5) -> bytes:
    numbers = key.private_numbers()
    values = (numbers.p, numbers.q, numbers.dmp1, numbers.dmq1, numbers.iqmp)
    return b"".join(tlv(tag, number(value)) for tag, value in enumerate(values[:count], 1))


@pytest.fixture
def cards(piv: PIVTerminal) -> PIVTerminal:
    """A card whose administrator is authenticated."""
    piv.administrate()
    return piv


# GENERATE ASYMMETRIC KEY PAIR


@pytest.mark.parametrize("reference", SLOTS)
def test_every_slot_can_have_a_key(cards: PIVTerminal, reference: int) -> None:
    answer = cards.generate(reference, 0x11)
    assert answer[:6].hex().upper() == "7F4943864104"
    assert len(answer) == 3 + 2 + 65


@pytest.mark.parametrize(
    ("algorithm", "head", "size"),
    [(0x06, "7F498188818180", 0), (0x14, "7F4963866104", 102), (0xE0, "7F49228620", 37), (0xE1, "7F49228620", 37)],
)
def test_every_algorithm_has_its_public_key(cards: PIVTerminal, algorithm: int, head: str, size: int) -> None:
    answer = cards.generate(0x9A, algorithm)
    assert answer.hex().upper().startswith(head)
    assert size in (0, len(answer))


def test_a_new_key_replaces_the_old_one(cards: PIVTerminal) -> None:
    assert cards.generate(0x9E, 0x11) != cards.generate(0x9E, 0x11)


@pytest.mark.parametrize(
    ("p1p2", "data", "word"),
    [
        ("0081", "AC03800111", "6A86"),
        ("009B", "AC03800111", "6A86"),
        ("019A", "AC03800111", "6A86"),
        ("0004", "AC03800111", "6A81"),  # no secure messaging on this card
        ("009A", "AC03800103", "6A80"),
        ("009A", "AC03800127", "6A80"),
        ("009A", "AC028000", "6A80"),
        ("009A", "AC0480020711", "6A80"),
        ("009A", "AC03820111", "6A80"),
        ("009A", "AC06800106810103", "6A80"),  # exponent 3
        ("009A", "AC06800111AA0104", "6A80"),
        ("009A", "AC06800111AB0104", "6A80"),
        ("009A", "AC07800111AA020101", "6A80"),
        ("009A", "AB03800111", "6A80"),
        ("009A", "AC0380011100", "6A80"),
        ("009A", "AC08800106810301 0001", "9000"),
    ],
)
def test_what_it_refuses(cards: PIVTerminal, p1p2: str, data: str, word: str) -> None:
    p1, p2 = bytes.fromhex(p1p2)
    assert cards.word(0x47, p1, p2, bytes.fromhex(data)) == word


def test_only_the_administrator_generates_and_puts(piv: PIVTerminal) -> None:
    assert piv.verify() == "9000"
    for ins, p1, p2, data in (
        (0x47, 0x00, 0x9A, "AC03800111"),
        (0xFE, 0x11, 0x9A, "0620" + "01" * 32),
        (0xFF, 0xFF, 0xFF, "039B18" + "01" * 24),
        (0xFA, 5, 5, ""),
        (0xF6, 0x82, 0x9A, ""),
        (0xDB, 0x3F, 0xFF, "5C035FC10553020101"),
    ):
        assert piv.word(ins, p1, p2, bytes.fromhex(data)) == "6982"


def test_without_the_management_commands(make: Callable[..., PIVTerminal]) -> None:
    piv = make(extended=False)
    piv.administrate()
    for ins, p1, p2, data in (
        *((ins, 0, 0, "") for ins in (0xF8, 0xFB, 0xFD)),
        (0xF6, 0x82, 0x9A, ""),
        (0xF7, 0x00, 0x9A, ""),
        (0xF9, 0x9A, 0x00, ""),
        (0xFA, 5, 5, ""),
        (0xFE, 0x11, 0x9A, "0620" + "01" * 32),
        (0xFF, 0xFF, 0xFF, "039B18" + "01" * 24),
    ):
        assert piv.word(ins, p1, p2, bytes.fromhex(data)) == "6D00"
    assert piv.word(0x47, 0, 0x82, bytes.fromhex("AC03800111")) == "6A86"
    assert piv.word(0x47, 0, 0x9A, bytes.fromhex("AC06800111AA0101")) == "6A80"
    assert piv.word(0x47, 0, 0x9A, bytes.fromhex("AC038001E0")) == "6A80"
    assert piv.word(0x47, 0, 0x9A, bytes.fromhex("AC03800111")) == "9000"


# What the card tells


def test_version_and_serial_number(make: Callable[..., PIVTerminal]) -> None:
    piv = make('version = "4.3.7"\nserial = 0x01020304\n')
    assert piv.ok(0xFD, 0, 0) == bytes((4, 3, 7))
    assert piv.ok(0xF8, 0, 0) == bytes((1, 2, 3, 4))
    assert piv.word(0xFD, 0, 1) == "6A86"


def test_metadata_of_codes_and_of_the_management_key(piv: PIVTerminal) -> None:
    assert piv.ok(0xF7, 0, 0x80).hex().upper() == "0101FF" + "050101" + "06020303"
    assert piv.verify(b"999999\xff\xff") == "63C2"
    assert piv.word(0x24, 0, 0x81, PUK + bytes(8), None) == "9000"
    assert piv.ok(0xF7, 0, 0x80).hex().upper() == "0101FF" + "050101" + "06020302"
    assert piv.ok(0xF7, 0, 0x81).hex().upper() == "0101FF" + "050100" + "06020303"
    assert piv.ok(0xF7, 0, 0x9B).hex().upper() == "010103" + "02020001" + "050101"
    piv.administrate()
    assert piv.word(0xFF, 0xFF, 0xFE, b"\x08\x9b\x10" + bytes(16)) == "9000"
    assert piv.ok(0xF7, 0, 0x9B).hex().upper() == "010108" + "02020002" + "050100"
    assert [piv.word(0xF7, 0, reference) for reference in (0x9A, 0x00, 0x96, 0x04)] == ["6A88"] * 4


def test_metadata_of_a_key(cards: PIVTerminal) -> None:
    public = cards.generate(0x9C, 0x11)
    assert cards.ok(0xF7, 0, 0x9C) == bytes.fromhex("010111" + "02020301" + "030101") + tlv(0x04, public[3:])
    assert cards.word(0xFE, 0x11, 0x82, tlv(0x06, b"\x01" * 32) + bytes.fromhex("AA0103AB0102")) == "9000"
    assert cards.ok(0xF7, 0, 0x82).hex().upper().startswith("010111" + "02020302" + "030102" + "0443864104")


# Keys come in and go


@pytest.mark.parametrize("count", [2, 5])
def test_an_rsa_key_is_imported(cards: PIVTerminal, count: int) -> None:
    assert cards.word(0xFE, 0x06, 0x9E, rsa_parts(RSA_KEY, count)) == "9000"
    block = cards.general_authenticate(0x06, 0x9E, (0x82, b""), (0x81, number(2).rjust(128, b"\0")))
    numbers = RSA_KEY.public_key().public_numbers()
    assert pow(int.from_bytes(block, "big"), numbers.e, numbers.n) == 2


def test_keys_on_curves_are_imported(cards: PIVTerminal) -> None:
    key = ec.derive_private_key(12345, ec.SECP384R1())
    assert cards.word(0xFE, 0x14, 0x9E, tlv(0x06, number(12345).rjust(48, b"\0"))) == "9000"
    metadata = cards.ok(0xF7, 0, 0x9E)
    assert number(key.public_key().public_numbers().x) in metadata
    for algorithm, tag, private in (
        (0xE0, 0x07, ed25519.Ed25519PrivateKey.generate()),
        (0xE1, 0x08, x25519.X25519PrivateKey.generate()),
    ):
        assert cards.word(0xFE, algorithm, 0x9E, tlv(tag, private.private_bytes_raw())) == "9000"
        assert private.public_key().public_bytes_raw() in cards.ok(0xF7, 0, 0x9E)


@pytest.mark.parametrize(
    ("p1", "p2", "data", "word"),
    [
        (0x11, 0x9B, "0620" + "01" * 32, "6A86"),
        (0x03, 0x9A, "0118" + "01" * 24, "6A86"),
        (0x11, 0x9A, "0620" + "00" * 32, "6A80"),
        (0x11, 0x9A, "0620" + "FF" * 32, "6A80"),
        (0x11, 0x9A, "061F" + "01" * 31, "6A80"),
        (0x11, 0x9A, "0720" + "01" * 32, "6A80"),
        (0x11, 0x9A, "0620" + "01" * 32 + "0620" + "01" * 32, "6A80"),
        (0x11, 0x9A, "0620" + "01" * 32 + "AA0107", "6A80"),
        (0xE0, 0x9A, "071F" + "01" * 31, "6A80"),
        (0x06, 0x9A, "0140" + "FF" * 64, "6A80"),
        (0x06, 0x9A, "0140" + "FF" * 64 + "0240" + "FD" * 64, "6A80"),
        (0x06, 0x9A, "010103020105", "6A80"),
        (0x06, 0x9A, "0620", "6A80"),
    ],
)
def test_what_import_refuses(cards: PIVTerminal, p1: int, p2: int, data: str, word: str) -> None:
    assert cards.word(0xFE, p1, p2, bytes.fromhex(data)) == word
    assert cards.word(0xF7, 0, 0x9A) == "6A88"


def test_parts_of_an_rsa_key_have_to_fit(cards: PIVTerminal) -> None:
    parts = rsa_parts(RSA_KEY)
    assert cards.word(0xFE, 0x07, 0x9A, parts) == "6A80", "of another size"
    assert cards.word(0xFE, 0x06, 0x9A, parts[:-1] + bytes((parts[-1] ^ 1,))) == "6A80"


def test_a_key_is_moved_and_deleted(cards: PIVTerminal) -> None:
    cards.generate(0x9A, 0x11)
    before = cards.ok(0xF7, 0, 0x9A)
    assert cards.word(0xF6, 0x82, 0x9A) == "9000"
    assert cards.word(0xF7, 0, 0x9A) == "6A88"
    assert cards.ok(0xF7, 0, 0x82) == before
    cards.generate(0x9A, 0x11)
    assert cards.word(0xF6, 0x82, 0x9A) == "6985", "there is a key already"
    assert cards.word(0xF6, 0xFF, 0x82) == "9000"
    assert cards.word(0xF6, 0xFF, 0x82) == "6A88"
    for to, source in ((0x9A, 0x9A), (0x9B, 0x9A), (0xF9, 0x9A), (0x82, 0xF9), (0x82, 0x9B)):
        assert cards.word(0xF6, to, source) == "6A86"


# Management key, tries, reset


@pytest.mark.parametrize(("algorithm", "size"), [(0x03, 24), (0x08, 16), (0x0A, 24), (0x0C, 32)])
def test_the_management_key_is_replaced(cards: PIVTerminal, algorithm: int, size: int) -> None:
    key = bytes(range(100, 100 + size))
    assert cards.word(0xFF, 0xFF, 0xFF, bytes((algorithm, 0x9B, size)) + key) == "9000"
    cards.card.reset()
    cards.administrate(key, algorithm)
    assert cards.put_word("5FC105", b"x") == "9000"


@pytest.mark.parametrize(
    "data", ["", "03", "039B17" + "01" * 23, "039B18" + "01" * 23, "119B20" + "01" * 32, "089A10" + "01" * 16]
)
def test_what_is_no_management_key(cards: PIVTerminal, data: str) -> None:
    assert cards.word(0xFF, 0xFF, 0xFF, bytes.fromhex(data)) in ("6A80", "6700")
    cards.administrate()


def test_the_number_of_tries_is_set_with_the_well_known_codes(cards: PIVTerminal) -> None:
    assert cards.word(0x24, 0, 0x81, PUK + bytes(8), None) == "9000"
    assert cards.word(0xFA, 5, 20) == "6982"
    assert cards.word(0x24, 0, 0x80, PIN + b"87654321", None) == "9000"
    assert cards.word(0xFA, 0, 20) == "6A86"
    assert cards.word(0xFA, 5, 20) == "9000"
    assert cards.sw("00200080") == "63C5"
    assert cards.ok(0xF7, 0, 0x81).hex().upper() == "0101FF" + "050101" + "06021414"
    assert cards.word(0x2C, 0, 0x80, bytes(8) + PIN, None) == "63CF", "more than fifteen tries show as fifteen"


def test_a_reset_needs_both_codes_blocked_and_leaves_the_attestation_key(cards: PIVTerminal) -> None:
    cards.generate(0x9A, 0x11)
    assert cards.put_word("5FC105", b"x") == "9000"
    attested = cards.get("5FFF01")
    serial = cards.ok(0xF8, 0, 0)
    assert cards.word(0xFF, 0xFF, 0xFF, b"\x08\x9b\x10" + bytes(16)) == "9000"
    assert cards.word(0xFB, 0, 0) == "6985"
    for _ in range(3):
        cards.verify(b"999999\xff\xff")
    assert cards.word(0xFB, 0, 0) == "6985"
    for _ in range(3):
        cards.word(0x2C, 0, 0x80, bytes(8) + PIN, None)
    assert cards.word(0xFB, 0, 0) == "9000"
    assert cards.put_word("5FC105", b"x") == "6982"
    assert cards.verify() == "9000"
    assert cards.get_word("5FC105") == "6A82"
    assert cards.word(0xF7, 0, 0x9A) == "6A88"
    assert cards.get("5FFF01") == attested
    assert cards.ok(0xF8, 0, 0) == serial
    cards.administrate(MANAGEMENT_KEY)


# Attestation


def certificate_of_f9(piv: PIVTerminal) -> x509.Certificate:
    content = piv.get("5FFF01")
    start = content.index(b"\x70\x82") + 4
    size = int.from_bytes(content[start - 2 : start], "big")
    return x509.load_der_x509_certificate(content[start : start + size])


def test_a_generated_key_is_attested(cards: PIVTerminal) -> None:
    authority = certificate_of_f9(cards)
    for algorithm in (0x06, 0x11, 0xE0, 0xE1):
        public = cards.generate(0x9C, algorithm)
        certificate = x509.load_der_x509_certificate(cards.ok(0xF9, 0x9C, 0))
        certificate.verify_directly_issued_by(authority)
        values = {each.oid.dotted_string: each.value.value for each in certificate.extensions}  # type: ignore[attr-defined]
        assert values == {
            "1.3.6.1.4.1.41482.3.3": bytes((5, 7, 1)),
            "1.3.6.1.4.1.41482.3.7": bytes.fromhex("02021E88"),
            "1.3.6.1.4.1.41482.3.8": bytes((3, 1)),
            "1.3.6.1.4.1.41482.3.9": b"\x01",
        }
        metadata = cards.ok(0xF7, 0, 0x9C)
        assert public[-20:] in metadata


def test_what_is_not_attested(cards: PIVTerminal) -> None:
    assert cards.word(0xF9, 0x9A, 0) == "6A88"
    assert cards.word(0xFE, 0x11, 0x9A, tlv(0x06, b"\x01" * 32)) == "9000"
    assert cards.word(0xF9, 0x9A, 0) == "6A80"
    assert [cards.word(0xF9, p1, p2) for p1, p2 in ((0xF9, 0), (0x9B, 0), (0x9A, 1))] == ["6A86"] * 3
    cards.generate(0x9A, 0x11)
    cards.generate(0xF9, 0xE1)
    assert cards.word(0xF9, 0x9A, 0) == "6985", "a key that cannot sign, and no certificate"


def test_the_attestation_key_stays_and_can_be_replaced(cards: PIVTerminal, tmp_path: object) -> None:
    cards.generate(0x9A, 0x11)
    first = cards.ok(0xF9, 0x9A, 0)
    assert first
    before = cards.get("5FFF01")
    cards.card.save(f"{tmp_path}/piv.card")
    with Card.open(f"{tmp_path}/piv.card", mode="copy") as card:
        assert PIVTerminal(card).get("5FFF01") == before
    cards.generate(0xF9, 0x11)
    # The certificate is still that of the old key: replacing one means replacing both.
    certificate = x509.load_der_x509_certificate(cards.ok(0xF9, 0x9A, 0))
    with pytest.raises(InvalidSignature):
        certificate.verify_directly_issued_by(certificate_of_f9(cards))

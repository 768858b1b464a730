"""Generation and import of keys, and what is done with them (OpenPGP card 3.4.1, 4.4.3.12, 7.2.10 to 7.2.15, 7.2.18).

What the card makes is tried by OpenSSL, through ``cryptography``, with the public key that the card gives out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo, Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from emulator.applications.openpgp.algorithm_attributes import OBJECT_IDENTIFIERS
from iso7816.asymmetric_keys import curves
from iso7816.ber_tlv import decode_all
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.key_import import KeyImport

from .conftest import (
    ADMINISTRATION,
    AUTHENTICATION,
    DECRYPTION,
    ED25519,
    OTHER_USES,
    SELECT,
    SIGNATURE,
    SIGNATURES,
    X25519,
    tlv,
)

DIGEST = bytes(range(32))
DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420") + DIGEST
CURVES = [each for each in KeyAlgorithm if each.is_weierstrass]
ATTRIBUTES = {SIGNATURE: 0xC1, DECRYPTION: 0xC2, AUTHENTICATION: 0xC3}
KINDS = {
    SIGNATURE: TemplateKind.SIGNATURE,
    DECRYPTION: TemplateKind.CONFIDENTIALITY,
    AUTHENTICATION: TemplateKind.AUTHENTICATION,
}


def attributes(template: str, algorithm: KeyAlgorithm, bits: int = 2048) -> bytes:
    if algorithm is KeyAlgorithm.RSA:
        return b"\x01" + bits.to_bytes(2, "big") + bytes.fromhex("002000")
    if algorithm is KeyAlgorithm.ED25519:
        return bytes.fromhex(ED25519)
    return (b"\x12" if template == DECRYPTION else b"\x13") + OBJECT_IDENTIFIERS[algorithm]


def parts(template: bytes) -> dict[int, bytes]:
    """What is in a template 7F49."""
    [public] = decode_all(template)
    assert public.tag == 0x7F49
    return {each.tag: each.value for each in public.children()}


def rsa_key(template: bytes) -> rsa.RSAPublicKey:
    found = {tag: int.from_bytes(value, "big") for tag, value in parts(template).items()}
    return rsa.RSAPublicNumbers(found[0x82], found[0x81]).public_key()


def sign(card: Any, template: str, data: bytes) -> bytes:
    """A signature by the signature key or the authentication key."""
    if template == SIGNATURE:
        assert card.verify(SIGNATURES) == "9000"
        return bytes(card.ok(0x2A, 0x9E, 0x9A, data))
    return bytes(card.ok(0x88, 0, 0, data))


def check_ecdsa(key: ec.EllipticCurvePublicKey, signature: bytes, digest: bytes) -> None:
    size = (key.key_size + 7) // 8
    assert len(signature) == 2 * size
    r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    hashed: hashes.HashAlgorithm = hashes.SHA256() if len(digest) == 32 else hashes.SHA512()
    key.verify(encode_dss_signature(r, s), digest, ec.ECDSA(Prehashed(hashed)))


def point(key: Any) -> bytes:
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return bytes(key.public_bytes_raw())


def cipher_text(public: bytes) -> bytes:
    """Command data of DECIPHER: the public key of the other side."""
    return tlv(0xA6, tlv(0x7F49, tlv(0x86, public)))


def import_of(template: str, key: Any, *, reference: bytes | None = None) -> bytes:
    """Command data of PUT DATA, as programs send them: X25519 with its most significant byte first."""
    made = KeyImport.of_private_key(ControlReferenceTemplate(KINDS[template], private_key=reference), key)
    if isinstance(key, x25519.X25519PrivateKey):
        made = replace(made, parts=((0x92, made.parts[0][1][::-1]),))
    return made.to_bytes()


def test_there_is_no_key_at_first(administered: Any) -> None:
    for template in ATTRIBUTES:
        assert administered.word(0x47, 0x81, 0, bytes.fromhex(template), le=True) == "6A88"
    assert administered.word(0x2A, 0x9E, 0x9A, DIGEST_INFO, le=True) == "6A88"
    assert administered.word(0x2A, 0x80, 0x86, bytes(257), le=True) == "6A88"
    assert administered.word(0x88, 0, 0, DIGEST_INFO, le=True) == "6A88"


# Signatures


@pytest.mark.parametrize("template", [SIGNATURE, AUTHENTICATION])
@pytest.mark.parametrize("bits", [2048, 3072])
def test_rsa_signs(administered: Any, template: str, bits: int) -> None:
    assert administered.put(ATTRIBUTES[template], attributes(template, KeyAlgorithm.RSA, bits)) == "9000"
    public = administered.generate(template)
    assert administered.public_key(template) == public
    key = rsa_key(public)
    assert key.key_size == bits
    key.verify(sign(administered, template, DIGEST_INFO), DIGEST, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    longest = bits // 8 * 4 // 10
    key.verify(sign(administered, template, b"x" * longest), b"x" * longest, padding.PKCS1v15(), NoDigestInfo())
    if template == SIGNATURE:
        administered.verify(SIGNATURES)
    too_long = b"x" * (longest + 1)
    ins, p1, p2 = (0x2A, 0x9E, 0x9A) if template == SIGNATURE else (0x88, 0, 0)
    assert administered.word(ins, p1, p2, too_long, le=True) == "6A80"


@pytest.mark.parametrize("template", [SIGNATURE, AUTHENTICATION])
@pytest.mark.parametrize("curve", CURVES)
def test_ecdsa_signs(administered: Any, template: str, curve: KeyAlgorithm) -> None:
    assert administered.put(ATTRIBUTES[template], attributes(template, curve)) == "9000"
    public = parts(administered.generate(template))[0x86]
    key = ec.EllipticCurvePublicKey.from_encoded_point(curves()[curve], public)
    for digest in (DIGEST, DIGEST * 2):
        check_ecdsa(key, sign(administered, template, digest), digest)


@pytest.mark.parametrize("template", [SIGNATURE, AUTHENTICATION])
def test_ed25519_signs_messages(administered: Any, template: str) -> None:
    administered.put(ATTRIBUTES[template], ED25519)
    key = ed25519.Ed25519PublicKey.from_public_bytes(parts(administered.generate(template))[0x86])
    for message in (b"m", b"message" * 200):
        key.verify(sign(administered, template, message), message)


def test_a_hash_code_of_no_hash_is_no_input_of_ecdsa(administered: Any) -> None:
    administered.put(0xC1, attributes(SIGNATURE, KeyAlgorithm.P_256))
    administered.generate(SIGNATURE)
    assert administered.word(0x2A, 0x9E, 0x9A, bytes(31), le=True) == "6A80"
    assert administered.get(0x93) == bytes(3), "nothing was signed"
    assert administered.word(0x2A, 0x9E, 0x9A, DIGEST, le=True) == "9000", "PW1 is still there"


def test_signatures_are_counted_by_key(administered: Any) -> None:
    administered.put(0xC1, ED25519)
    administered.put(0xC3, ED25519)
    administered.put(0xC4, "01")
    administered.generate(SIGNATURE)
    administered.generate(AUTHENTICATION)
    for count in (1, 2):
        sign(administered, SIGNATURE, b"m")
        sign(administered, AUTHENTICATION, b"m")
        assert administered.found(0x7A, 0x93) == bytes((0, 0, count))
    administered.generate(AUTHENTICATION)
    assert administered.get(0x93) == bytes((0, 0, 2))
    administered.generate(SIGNATURE)
    assert administered.get(0x93) == bytes(3)


# Deciphering


def test_rsa_deciphers(administered: Any) -> None:
    key = rsa_key(administered.generate(DECRYPTION))
    for message in (b"", b"session key", b"x" * 245):
        cryptogram = key.encrypt(message, padding.PKCS1v15())
        assert administered.ok(0x2A, 0x80, 0x86, b"\0" + cryptogram) == message
    assert administered.word(0x2A, 0x80, 0x86, b"\0" + bytes(255), le=True) == "6A80"
    assert administered.word(0x2A, 0x80, 0x86, b"\1" + bytes(256), le=True) == "6A80"
    assert administered.word(0x2A, 0x80, 0x86, cipher_text(bytes(65)), le=True) == "6985"


@pytest.mark.parametrize("curve", CURVES)
def test_ecdh_agrees(administered: Any, curve: KeyAlgorithm) -> None:
    administered.put(0xC2, attributes(DECRYPTION, curve))
    public = parts(administered.generate(DECRYPTION))[0x86]
    ours = ec.generate_private_key(curves()[curve])
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(curves()[curve], public)
    secret = administered.ok(0x2A, 0x80, 0x86, cipher_text(point(ours.public_key())))
    assert secret == ours.exchange(ec.ECDH(), theirs)
    assert administered.word(0x2A, 0x80, 0x86, cipher_text(point(ours.public_key())) + b"\0", le=True) == "6A80"
    off_the_curve = point(ours.public_key())[:-1] + bytes((point(ours.public_key())[-1] ^ 1,))
    assert administered.word(0x2A, 0x80, 0x86, cipher_text(off_the_curve), le=True) == "6A80"


def test_x25519_agrees(administered: Any) -> None:
    administered.put(0xC2, X25519)
    theirs = x25519.X25519PublicKey.from_public_bytes(parts(administered.generate(DECRYPTION))[0x86])
    ours = x25519.X25519PrivateKey.generate()
    assert administered.ok(0x2A, 0x80, 0x86, cipher_text(point(ours.public_key()))) == ours.exchange(theirs)
    assert administered.word(0x2A, 0x80, 0x86, cipher_text(bytes(32)), le=True) == "6A80", "it gives no secret"
    assert administered.word(0x2A, 0x80, 0x86, b"\0" + bytes(256), le=True) == "6985"


def test_aes_both_ways(administered: Any) -> None:
    # NIST SP 800-38A, F.2.1 (CBC-AES128.Encrypt): with an initial value of zeros the first block is that of ECB, F.1.1
    assert administered.word(0x2A, 0x86, 0x80, bytes(16), le=True) == "6A88"
    assert administered.put(0xD5, "2B7E151628AED2A6ABF7158809CF4F3C") == "9000"
    plain = bytes.fromhex("6BC1BEE22E409F96E93D7E117393172A")
    cryptogram = administered.ok(0x2A, 0x86, 0x80, plain)
    assert cryptogram.hex().upper() == "023AD77BB40D7A3660A89ECAF32466EF97"
    assert administered.ok(0x2A, 0x80, 0x86, cryptogram) == plain
    assert administered.word(0x2A, 0x86, 0x80, plain[:-1], le=True) == "6A80"
    assert administered.word(0x2A, 0x80, 0x86, cryptogram[:-1], le=True) == "6A80"
    administered.put(0xD5, b"")
    assert administered.word(0x2A, 0x80, 0x86, cryptogram, le=True) == "6A88"


# Passwords


@pytest.mark.parametrize(
    ("ins", "p1", "p2", "data", "password"),
    [
        (0x2A, 0x9E, 0x9A, DIGEST_INFO, SIGNATURES),
        (0x2A, 0x80, 0x86, bytes(257), OTHER_USES),
        (0x2A, 0x86, 0x80, bytes(16), OTHER_USES),
        (0x88, 0x00, 0x00, DIGEST_INFO, OTHER_USES),
        (0x47, 0x80, 0x00, bytes.fromhex(SIGNATURE), ADMINISTRATION),
        (0xDB, 0x3F, 0xFF, b"x", ADMINISTRATION),
    ],
)
def test_each_wants_its_password(
    make: Callable[..., Any], ins: int, p1: int, p2: int, data: bytes, password: int
) -> None:
    card = make('[applications.options.signature]\nalgorithm = "ed25519"\n')
    for other in {SIGNATURES, OTHER_USES, ADMINISTRATION} - {password}:
        card.verify(other)
    has_response = ins != 0xDB
    assert card.word(ins, p1, p2, data, le=has_response) == "6982"
    card.verify(password)
    assert card.word(ins, p1, p2, data, le=has_response) not in ("6982", "6700")


# Import


@pytest.mark.parametrize("template", [SIGNATURE, AUTHENTICATION])
@pytest.mark.parametrize(
    "make_key",
    [
        lambda: rsa.generate_private_key(65537, 2048),
        lambda: ec.generate_private_key(ec.SECP256R1()),
        lambda: ec.generate_private_key(ec.SECP521R1()),
        ed25519.Ed25519PrivateKey.generate,
    ],
)
def test_what_is_imported_signs(administered: Any, template: str, make_key: Callable[[], Any]) -> None:
    from iso7816.asymmetric_keys import key_algorithm

    key = make_key()
    administered.put(ATTRIBUTES[template], attributes(template, *key_algorithm(key)))
    assert administered.word(0xDB, 0x3F, 0xFF, import_of(template, key)) == "9000"
    assert administered.found(0x6E, 0x73, 0xDE)[1 if template == SIGNATURE else 5] == 2, "imported"
    public, data = key.public_key(), DIGEST_INFO if isinstance(key, rsa.RSAPrivateKey) else DIGEST
    signature = sign(administered, template, data)
    if isinstance(public, rsa.RSAPublicKey):
        public.verify(signature, DIGEST, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    elif isinstance(public, ec.EllipticCurvePublicKey):
        check_ecdsa(public, signature, DIGEST)
    else:
        public.verify(signature, DIGEST)


def test_what_is_imported_deciphers(administered: Any) -> None:
    key = x25519.X25519PrivateKey.generate()
    administered.put(0xC2, X25519)
    assert administered.word(0xDB, 0x3F, 0xFF, import_of(DECRYPTION, key, reference=b"\2")) == "9000"
    assert parts(administered.public_key(DECRYPTION))[0x86] == point(key.public_key())
    other = x25519.X25519PrivateKey.generate()
    assert administered.ok(0x2A, 0x80, 0x86, cipher_text(point(other.public_key()))) == key.exchange(other.public_key())


def test_an_import_of_a_signature_key_begins_the_counter_anew(administered: Any) -> None:
    administered.put(0xC1, ED25519)
    administered.generate(SIGNATURE)
    sign(administered, SIGNATURE, b"m")
    administered.word(0xDB, 0x3F, 0xFF, import_of(SIGNATURE, ed25519.Ed25519PrivateKey.generate()))
    assert administered.get(0x93) == bytes(3)


def test_the_public_key_may_come_too(administered: Any) -> None:
    key = x25519.X25519PrivateKey.from_private_bytes(bytes(31) + b"\x40")
    public = point(key.public_key())
    administered.put(0xC2, X25519 + "FF")
    short = tlv(0x5F48, b"\x40" + bytes(31) + public)
    data = tlv(0x4D, bytes.fromhex("B800") + tlv(0x7F48, bytes.fromhex("92209920")) + short)
    assert administered.word(0xDB, 0x3F, 0xFF, data) == "9000"
    with_prefix = tlv(0x5F48, b"\x40" + bytes(31) + b"\x40" + public)
    data = tlv(0x4D, bytes.fromhex("B800") + tlv(0x7F48, bytes.fromhex("92209921")) + with_prefix)
    assert administered.word(0xDB, 0x3F, 0xFF, data) == "9000", "with the byte that OpenPGP puts before it"
    assert parts(administered.public_key(DECRYPTION))[0x86] == public


def test_numbers_may_lack_their_leading_zeros(administered: Any) -> None:
    administered.put(0xC1, attributes(SIGNATURE, KeyAlgorithm.P_256))
    data = tlv(0x4D, bytes.fromhex("B600") + tlv(0x7F48, bytes.fromhex("9201")) + tlv(0x5F48, b"\x05"))
    assert administered.word(0xDB, 0x3F, 0xFF, data) == "9000"
    expected = ec.derive_private_key(5, ec.SECP256R1()).public_key()
    assert parts(administered.public_key(SIGNATURE))[0x86] == point(expected)


def test_what_does_not_fit_the_attributes_is_refused(administered: Any) -> None:
    curve_key, long_key = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 3072)
    for key in (curve_key, long_key):
        assert administered.word(0xDB, 0x3F, 0xFF, import_of(SIGNATURE, key)) == "6A80"
    administered.put(0xC1, ED25519)
    assert administered.word(0xDB, 0x3F, 0xFF, import_of(SIGNATURE, long_key)) == "6A80"
    administered.put(0xC3, "010C00001100")
    assert administered.word(0xDB, 0x3F, 0xFF, import_of(AUTHENTICATION, long_key)) == "9000"
    assert administered.get(0xDE).hex() == "010002000302"


def test_a_public_key_is_not_imported(administered: Any) -> None:
    administered.put(0xC1, attributes(SIGNATURE, KeyAlgorithm.P_256))
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    data = KeyImport.of_public_key(ControlReferenceTemplate(TemplateKind.SIGNATURE), public).to_bytes()
    assert administered.word(0xDB, 0x3F, 0xFF, data) == "6A80"
    assert administered.get(0xDE).hex() == "010002000300"


@pytest.mark.parametrize(("bits", "word"), [(17, "6A80"), (18, "9000"), (32, "9000")])
def test_an_exponent_is_as_long_as_the_attributes_say(administered: Any, bits: int, word: str) -> None:
    exponent = 0x2001D  # a prime of 18 bits
    administered.put(0xC1, b"\x01\x08\x00" + bits.to_bytes(2, "big") + b"\x00")
    numbers = rsa.generate_private_key(65537, 2048).private_numbers()
    while (numbers.p - 1) % exponent == 0 or (numbers.q - 1) % exponent == 0:
        numbers = rsa.generate_private_key(65537, 2048).private_numbers()
    values = exponent.to_bytes(3, "big"), numbers.p.to_bytes(128, "big"), numbers.q.to_bytes(128, "big")
    headers = tlv(0x7F48, bytes.fromhex("9103 928180 938180"))
    data = tlv(0x4D, bytes.fromhex("B600") + headers + tlv(0x5F48, b"".join(values)))
    assert administered.word(0xDB, 0x3F, 0xFF, data) == word


@pytest.mark.parametrize(
    "data",
    [
        "4D00",
        "4D02B600",
        "4D0AB6007F48019292 5F4801",
        "4D0BB6007F4802920A5F480105",
        "4D0BA6007F480292015F480105",
        "4D0EB6038401027F480292015F480105",
        "4D0BB6007F490286015F490105",
        "5D0BB6007F480292015F480105",
        "4D0BB6007F480292015F48010500",
    ],
)
def test_what_is_no_import(administered: Any, data: str) -> None:
    administered.put(0xC1, attributes(SIGNATURE, KeyAlgorithm.P_256))
    administered.put(0xC3, attributes(AUTHENTICATION, KeyAlgorithm.P_256))
    assert administered.word(0xDB, 0x3F, 0xFF, bytes.fromhex(data)) == "6A80"
    assert administered.get(0xDE).hex() == "010002000300"


@pytest.mark.parametrize("data", ["B6", "B601", "A600", "B603840102", "B600B800", "6F00", "B6038401"])
def test_what_names_no_key_to_generate(administered: Any, data: str) -> None:
    assert administered.word(0x47, 0x81, 0, bytes.fromhex(data), le=True) == "6A80"


def test_a_key_may_be_named_by_its_reference(administered: Any) -> None:
    administered.put(0xC1, ED25519)
    assert len(administered.generate("B603840101")) == len(bytes.fromhex("7F49228620")) + 32


# Which key


def test_manage_security_environment_chooses_between_two_keys(administered: Any) -> None:
    administered.put(0xC2, attributes(DECRYPTION, KeyAlgorithm.P_256))
    administered.put(0xC3, attributes(AUTHENTICATION, KeyAlgorithm.P_256))
    second, third = (parts(administered.generate(each))[0x86] for each in (DECRYPTION, AUTHENTICATION))
    keys = [ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), each) for each in (second, third)]
    ours = ec.generate_private_key(ec.SECP256R1())

    def used() -> tuple[int, int]:
        """Which keys decipher and authenticate: 2 or 3."""
        secret = administered.ok(0x2A, 0x80, 0x86, cipher_text(point(ours.public_key())))
        deciphers = [ours.exchange(ec.ECDH(), key) for key in keys].index(secret) + 2
        signature = administered.ok(0x88, 0, 0, DIGEST)
        try:
            check_ecdsa(keys[0], signature, DIGEST)
        except InvalidSignature:
            check_ecdsa(keys[1], signature, DIGEST)
            return deciphers, 3
        return deciphers, 2

    assert used() == (2, 3)
    assert administered.sw("002241A403830102") == "9000"
    assert used() == (2, 2)
    assert administered.sw("002241B803830103") == "9000"
    assert used() == (3, 2)
    administered.sw(SELECT)
    administered.verify(OTHER_USES)
    assert used() == (2, 3)


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ("002241A403830101", "6A80"),
        ("002241A403840102", "6A80"),
        ("002241B603830102", "6B00"),
        ("002281A403830102", "6B00"),
        ("002A9E9B010000", "6B00"),
        ("0047800102B60000", "6B00"),
        ("0047820002B60000", "6B00"),
        ("00DB3FFE0100", "6B00"),
        ("00880001010000", "6B00"),
    ],
)
def test_other_parameters(administered: Any, command: str, word: str) -> None:
    assert administered.sw(command) == word


def test_a_key_of_the_other_kind_is_not_used(administered: Any) -> None:
    administered.put(0xC2, X25519)
    administered.put(0xC3, ED25519)
    administered.generate(DECRYPTION)
    administered.generate(AUTHENTICATION)
    administered.sw("002241A403830102")
    administered.sw("002241B803830103")
    assert administered.word(0x88, 0, 0, DIGEST, le=True) == "6985"
    assert administered.word(0x2A, 0x80, 0x86, cipher_text(bytes(32)), le=True) == "6985"


# Challenges, and the button


def test_get_challenge(openpgp: Any) -> None:
    commands = {"0084000008": 8, "0084000000": 256, "00840000000800": 2048}
    assert [len(openpgp.send(command)[0]) for command in commands] == list(commands.values())
    assert openpgp.sw("00840000000801") == "6700"
    assert openpgp.sw("0084000108") == "6B00"
    assert openpgp.send("0084000010") != openpgp.send("0084000010")


@pytest.mark.parametrize(("touch", "word"), [("true", "9000"), ("false", "6600")])
def test_a_key_waits_for_the_button(make: Callable[..., Any], touch: str, word: str) -> None:
    card = make(f"touch = {touch}")
    card.verify_all()
    for tag, value in ((0xC1, ED25519), (0xC2, X25519), (0xC3, ED25519)):
        card.put(tag, value)
    for template in ATTRIBUTES:
        card.generate(template)
    commands = [
        (0x2A, 0x9E, 0x9A, b"message"),
        (0x2A, 0x80, 0x86, cipher_text(b"\x09" + bytes(31))),
        (0x88, 0x00, 0x00, b"message"),
    ]
    assert [card.word(*command, le=True) for command in commands] == ["9000"] * 3
    card.verify(SIGNATURES)
    for tag in (0xD6, 0xD7, 0xD8):
        assert card.put(tag, "0120") == "9000"
    assert [card.word(*command, le=True) for command in commands] == [word] * 3

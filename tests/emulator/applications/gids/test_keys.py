"""RSA keys: key files, import, generation, public halves, signatures and deciphering."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo
from gids_desk import DECIPHER, FIRST, RSA_1024, SIGN, key_file, key_template, pkcs1

from emulator import Card
from iso7816.ber_tlv import TLV, decode_all, encode_all
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.public_key_template import public_key_from_template, public_key_template

SHA_1 = hashes.SHA1()  # noqa: S303 (the hash of OAEP there)
PUBLIC_KEY = bytes.fromhex("7008840181A5037F4980")
GENERATE = bytes.fromhex("AC06800106830181")
DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420") + bytes(range(32))


@pytest.fixture
def with_key(desk: Any, key: rsa.RSAPrivateKey) -> Any:
    """The key is in container 0, and the PIN is verified."""
    assert desk.verify() == "9000"
    assert [desk.create_key(), desk.import_key(key)] == ["9000", "9000"]
    return desk


def without_zeros(key: rsa.RSAPrivateKey) -> bytes:
    """RSAPrivateKey as OpenSC writes it: no zeros keep its numbers positive."""
    (sequence,) = decode_all(pkcs1(key))
    version, *numbers = decode_all(sequence.value)
    stripped = [TLV(0x02, tlv.value.lstrip(b"\0")) for tlv in numbers]
    return TLV(0x30, encode_all((version, *stripped))).to_bytes()


def test_a_key_comes_from_outside(desk: Any, key: rsa.RSAPrivateKey) -> None:
    assert desk.create_key() == "6982"
    assert desk.verify() == "9000"
    assert desk.import_key(key) == "6A88"
    assert desk.create(key_file(), activate=False) == "9000"
    assert desk.import_key(key) == "6985"
    desk.ok(0x44, 0)
    assert desk.sw(0xCB, 0x3FFF, PUBLIC_KEY, 65536) == "6A88"
    desk.deauthenticate()
    assert desk.import_key(key) == "6982"
    assert [desk.verify(), desk.import_key(key)] == ["9000", "9000"]
    desk.deauthenticate()
    assert desk.ok(0xCB, 0x3FFF, PUBLIC_KEY, 65536) == public_key_template(key.public_key())


def test_numbers_without_zeros_in_front_are_taken(desk: Any, key: rsa.RSAPrivateKey) -> None:
    assert [desk.verify(), desk.create_key()] == ["9000", "9000"]
    desk.ok(0xDB, 0x3FFF, key_template(FIRST, without_zeros(key)))
    assert desk.ok(0xCB, 0x3FFF, PUBLIC_KEY, 65536) == public_key_template(key.public_key())


def test_keys_that_are_none(desk: Any, key: rsa.RSAPrivateKey) -> None:
    assert [desk.verify(), desk.create_key()] == ["9000", "9000"]
    whole = pkcs1(key)
    (sequence,) = decode_all(whole)
    numbers = decode_all(sequence.value)
    other = rsa.generate_private_key(65537, 2048)
    mixed = TLV(0x30, encode_all((*numbers[:4], *decode_all(decode_all(pkcs1(other))[0].value)[4:]))).to_bytes()
    part = TLV(0x02, numbers[6].value[:-1] + bytes((numbers[6].value[-1] ^ 2,)))
    for value in (
        b"",
        TLV(0x30, encode_all((*numbers[:6], part, *numbers[7:]))).to_bytes(),  # another d mod p - 1
        whole[:-1],
        TLV(0x31, sequence.value).to_bytes(),
        TLV(0x30, encode_all(numbers[:8])).to_bytes(),
        TLV(0x30, encode_all((TLV(0x02, b"\1"), *numbers[1:]))).to_bytes(),
        mixed,
        pkcs1(other),  # not of the file's size
    ):
        assert desk.sw(0xDB, 0x3FFF, key_template(FIRST, value)) == "6A80"
    assert desk.sw(0xDB, 0x3FFF, key_template(FIRST, bytes(24), "")) == "6A80"
    assert desk.sw(0xDB, 0x3FFF, key_template(FIRST, bytes(24), "830101")) == "6A80"
    assert desk.sw(0xDB, 0x3FFF, key_template(FIRST, whole, "830102 840101")) == "6A81"
    assert desk.sw(0xDB, 0x3FFF, key_template(FIRST, whole, "830102 850101")) == "6A80"
    assert desk.sw(0xDB, 0x3FFF, bytes.fromhex("7003840181")) == "6A80"
    assert desk.sw(0xDB, 0x3FFF, bytes.fromhex("700884020081A5028700")) == "6A80"
    assert desk.sw(0xDB, 0x3FFF, bytes.fromhex("7009840181840181A50100")) == "6A80"
    assert desk.sw(0xCB, 0x3FFF, PUBLIC_KEY, 65536) == "6A88"


def test_the_administrators_key_has_24_bytes(desk: Any, key: rsa.RSAPrivateKey) -> None:
    assert desk.authenticate() == "9000"
    for value, key_type in ((bytes(16), ""), (bytes(25), ""), (pkcs1(key), "830102")):
        assert desk.sw(0xDB, 0x3FFF, key_template(0x80, value, key_type)) == "6A80"
    assert desk.authenticate() == "9000"


def test_a_key_is_generated(desk: Any) -> None:
    assert [desk.verify(), desk.create_key()] == ["9000", "9000"]
    answer = desk.ok(0x47, 0, GENERATE, 65536)
    public = public_key_from_template(KeyAlgorithm.RSA, answer)
    assert public.key_size == 1024  # type: ignore[union-attr]
    desk.deauthenticate()
    assert desk.ok(0xCB, 0x3FFF, PUBLIC_KEY, 65536) == answer
    assert desk.sw(0x47, 0, GENERATE) == "6982"
    assert desk.verify() == "9000"
    assert desk.ok(0x47, 0, GENERATE, 65536) != answer


def test_without_le_the_rest_of_a_public_key_waits(desk: Any) -> None:
    """OpenSC asks for nothing where it has a key generated, and reads the public half afterwards."""
    assert [desk.verify(), desk.create(key_file(kind=0x07))] == ["9000", "9000"]
    response = desk.card.transmit(bytes.fromhex("0047000008AC06800107830181"))
    assert response[-2] == 0x61
    more = desk.card.transmit(bytes((0x00, 0xC0, 0x00, 0x00, response[-1])))
    assert response[:-2] + more[:-2] == desk.ok(0xCB, 0x3FFF, PUBLIC_KEY, 65536)


@pytest.mark.parametrize(
    ("data", "sw"),
    [
        ("AC06800107830181", "6A81"),  # not of the file's size
        ("AC0680010C830181", "6A81"),
        ("AC06800106830182", "6A88"),
        ("AC0680010683018000", "6A80"),
        ("AC0480010684", "6A80"),
        ("AC03800106", "6A80"),
        ("AD06800106830181", "6A80"),
        ("", "6700"),
    ],
)
def test_what_generation_refuses(desk: Any, data: str, sw: str) -> None:
    assert [desk.verify(), desk.create_key()] == ["9000", "9000"]
    assert desk.sw(0x47, 0, bytes.fromhex(data), 256) == sw


@pytest.mark.parametrize(
    ("data", "sw"),
    [
        ("70088401 82 A5037F4980", "6A88"),
        ("70088401 81 A5037F4981", "6A80"),
        ("7003840181", "6A80"),
        ("7005A5037F4980", "6A80"),
        ("70 09 840181 A5037F4980", "6A80"),
        ("70088401 80 A5037F4980", "6982"),
    ],
)
def test_public_keys_that_there_are_not(with_key: Any, data: str, sw: str) -> None:
    assert with_key.sw(0xCB, 0x3FFF, bytes.fromhex(data), 256) == sw


def test_signatures(with_key: Any, key: rsa.RSAPrivateKey) -> None:
    assert with_key.environment(SIGN, 0x50 | RSA_1024) == "9000"
    for data in (DIGEST_INFO, bytes(36), b"\xff" * 117):
        signature = with_key.ok(0x2A, 0x9E9A, data, 256)
        assert key.public_key().recover_data_from_signature(signature, padding.PKCS1v15(), None) == data
    assert with_key.sw(0x2A, 0x9E9A, bytes(118), 256) == "6A80"


def test_signatures_of_blocks_that_are_padded_already(with_key: Any, key: rsa.RSAPrivateKey) -> None:
    assert with_key.environment(SIGN, 0x10 | RSA_1024) == "9000"
    block = b"\x00\x01" + b"\xff" * 74 + b"\x00" + DIGEST_INFO
    assert with_key.ok(0x2A, 0x9E9A, block, 256) == key.sign(DIGEST_INFO, padding.PKCS1v15(), NoDigestInfo())
    assert with_key.sw(0x2A, 0x9E9A, block[1:], 256) == "6A80"
    assert with_key.sw(0x2A, 0x9E9A, b"\xff" * 128, 256) == "6A80"


@pytest.mark.parametrize("indicator", [b"", b"\x00"])
def test_deciphering(with_key: Any, key: rsa.RSAPrivateKey, indicator: bytes) -> None:
    public = key.public_key()
    oaep = padding.OAEP(padding.MGF1(SHA_1), SHA_1, None)
    for mechanism, scheme in ((0x40, padding.PKCS1v15()), (0x80, oaep)):
        assert with_key.environment(DECIPHER, mechanism | RSA_1024) == "9000"
        assert with_key.ok(0x2A, 0x8086, indicator + public.encrypt(b"secret", scheme), 256) == b"secret"
    assert with_key.sw(0x2A, 0x8086, indicator + b"\xff" * 128, 256) == "6A80"
    assert with_key.environment(DECIPHER, RSA_1024) == "9000"
    block = with_key.ok(0x2A, 0x8086, indicator + public.encrypt(b"secret", padding.PKCS1v15()), 256)
    assert (block[:2], block[-7:]) == (b"\x00\x02", b"\x00secret")


def test_a_cryptogram_of_another_length_is_none(with_key: Any) -> None:
    for mechanism in (0x00, 0x40, 0x80):
        assert with_key.environment(DECIPHER, mechanism | RSA_1024) == "9000"
        assert [with_key.sw(0x2A, 0x8086, bytes(size), 256) for size in (127, 130)] == ["6A80", "6A80"]
        assert with_key.sw(0x2A, 0x8086, b"\x01" + bytes(128), 256) == "6A80"


def test_every_use_wants_the_pin(with_key: Any, key: rsa.RSAPrivateKey) -> None:
    cryptogram = key.public_key().encrypt(b"secret", padding.PKCS1v15())
    assert with_key.environment(DECIPHER, 0x40 | RSA_1024) == "9000"
    with_key.deauthenticate()
    assert with_key.sw(0x2A, 0x8086, cryptogram, 256) == "6985"
    assert with_key.environment(DECIPHER, 0x40 | RSA_1024) == "6982"
    assert with_key.authenticate() == "9000"
    assert with_key.environment(DECIPHER, 0x40 | RSA_1024) == "6982"
    assert [with_key.verify(), with_key.environment(DECIPHER, 0x40 | RSA_1024)] == ["9000", "9000"]
    assert with_key.verify(b"0000") == "63C2"
    assert with_key.sw(0x2A, 0x8086, cryptogram, 256) == "6982"


def test_an_environment_is_for_one_purpose(with_key: Any) -> None:
    assert with_key.sw(0x2A, 0x9E9A, bytes(20), 256) == "6985"
    assert with_key.environment(SIGN, 0x50 | RSA_1024) == "9000"
    assert with_key.sw(0x2A, 0x8086, bytes(128), 256) == "6985"
    assert with_key.sw(0x87, 0, bytes.fromhex("7C028100"), 256) == "6985"
    with_key.ok(0x22, 0xF301)
    assert with_key.sw(0x2A, 0x9E9A, bytes(20), 256) == "6985"


@pytest.mark.parametrize(
    ("parameters", "data", "sw"),
    [
        (0x41B6, "800147 840181", "6A81"),  # no mechanism of signatures
        (0x41B6, "800157 840181", "6A81"),  # not of the key's size
        (0x41B6, "800156 840182", "6A88"),
        (0x41B6, "800156 840180", "6A81"),  # the administrator's key signs nothing
        (0x41B6, "840181", "6A80"),
        (0x41B6, "800156", "6A80"),
        (0x41B6, "80020056 840181", "6A80"),
        (0x41B6, "800156 84020081", "6A80"),
        (0x41B6, "800156 800156 840181", "6A80"),
        (0x41B6, "80", "6A80"),
        (0x41B6, "", "6700"),
        (0x41A4, "830180", "6A86"),
        (0xC1B6, "800156 840181", "6A86"),
        (0xC1A4, "830181", "6A81"),
        (0xC1A4, "80 01 03 830180", "6A81"),
        (0xC1A4, "840180", "6A80"),
        (0xF301, "830180", "6700"),
        (0xF201, "", "6A86"),
    ],
)
def test_environments_that_there_are_not(with_key: Any, parameters: int, data: str, sw: str) -> None:
    assert with_key.sw(0x22, parameters, bytes.fromhex(data)) == sw


@pytest.mark.parametrize("parameters", [0x9E9C, 0x0000, 0x8680])
def test_operations_that_there_are_not(with_key: Any, parameters: int) -> None:
    assert with_key.sw(0x2A, parameters, bytes(20), 256) == "6A86"


def test_a_key_for_signatures_alone_deciphers_nothing(desk: Any, key: rsa.RSAPrivateKey) -> None:
    """OpenSC's template names another key in it than that of the file: that of the file counts."""
    assert desk.verify() == "9000"
    assert (
        desk.create("6226820118 8302B081 8C058F10101000 A516 B609800116830183950140 B609800156830183950140") == "9000"
    )
    assert desk.import_key(key) == "9000"
    assert desk.environment(SIGN, 0x50 | RSA_1024) == "9000"
    assert len(desk.ok(0x2A, 0x9E9A, DIGEST_INFO, 256)) == 128
    assert desk.environment(DECIPHER, 0x40 | RSA_1024) == "6A81"


def test_a_mechanism_that_is_not_for_the_operation(desk: Any, key: rsa.RSAPrivateKey) -> None:
    assert desk.verify() == "9000"
    assert desk.create("62 1D 820118 8302B081 8C058F10101000 A50D B603800146 B803800156 840181") == "6A80"
    assert desk.create("62 1A 820118 8302B081 8C058F10101000 A50A B603800146 B803800156") == "9000"
    assert desk.import_key(key) == "9000"
    for use, mechanism, operation in ((SIGN, 0x46, 0x9E9A), (DECIPHER, 0x56, 0x8086)):
        assert desk.environment(use, mechanism) == "9000"
        assert desk.sw(0x2A, operation, bytes(128), 256) == "6A81"


def test_a_secret_key_has_no_public_half(desk: Any) -> None:
    assert desk.authenticate() == "9000"
    desk.ok(0xE4, 0, b"\xb0\x80")
    assert desk.create("62 14 820118 8302B080 8C020100 A507 A405 800102 8300") == "9000"
    assert desk.sw(0xCB, 0x3FFF, bytes.fromhex("7008840180A5037F4980"), 256) == "6A88"


def test_a_deleted_key_is_gone(with_key: Any) -> None:
    assert with_key.environment(SIGN, 0x50 | RSA_1024) == "9000"
    assert with_key.select(0xB081) == "9000"
    with_key.ok(0xE4, 0)
    assert with_key.sw(0x2A, 0x9E9A, DIGEST_INFO, 256) == "6985"
    assert with_key.environment(SIGN, 0x50 | RSA_1024) == "6A88"
    assert with_key.create_key() == "9000"
    assert with_key.sw(0xCB, 0x3FFF, PUBLIC_KEY, 256) == "6A88"


def test_another_key_in_its_place_is_used_at_once(with_key: Any) -> None:
    assert with_key.environment(SIGN, 0x50 | RSA_1024) == "9000"
    with_key.ok(0x2A, 0x9E9A, DIGEST_INFO, 256)
    public = public_key_from_template(KeyAlgorithm.RSA, with_key.ok(0x47, 0, GENERATE, 65536))
    signature = with_key.ok(0x2A, 0x9E9A, DIGEST_INFO, 256)
    recovered = public.recover_data_from_signature(  # type: ignore[union-attr]
        signature, padding.PKCS1v15(), None
    )
    assert recovered == DIGEST_INFO


def test_keys_last(with_key: Any, key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    with_key.card.save(tmp_path / "gids.card")
    with Card.open(tmp_path / "gids.card") as card:
        again = type(with_key)(card)
        assert [again.verify(), again.environment(SIGN, 0x50 | RSA_1024)] == ["9000", "9000"]
        signature = again.ok(0x2A, 0x9E9A, DIGEST_INFO, 256)
        assert key.public_key().recover_data_from_signature(signature, padding.PKCS1v15(), None) == DIGEST_INFO


@pytest.mark.parametrize(("kind", "bits"), [(0x07, 2048), (0x08, 3072), (0x09, 4096)])
def test_longer_keys(desk: Any, kind: int, bits: int, long_keys: Callable[[int], rsa.RSAPrivateKey]) -> None:
    key = long_keys(bits)
    assert [desk.verify(), desk.create(key_file(kind=kind)), desk.import_key(key)] == ["9000"] * 3
    assert desk.environment(SIGN, 0x50 | kind) == "9000"
    signature = desk.ok(0x2A, 0x9E9A, DIGEST_INFO, 65536)
    assert key.public_key().recover_data_from_signature(signature, padding.PKCS1v15(), None) == DIGEST_INFO
    assert desk.environment(DECIPHER, 0x40 | kind) == "9000"
    assert desk.ok(0x2A, 0x8086, key.public_key().encrypt(b"secret", padding.PKCS1v15()), 65536) == b"secret"


@pytest.fixture(scope="session")
def long_keys() -> Callable[[int], rsa.RSAPrivateKey]:
    """Keys by their bits: making them takes long."""
    made: dict[int, rsa.RSAPrivateKey] = {}

    def of(bits: int) -> rsa.RSAPrivateKey:
        if bits not in made:
            made[bits] = rsa.generate_private_key(65537, bits)
        return made[bits]

    return of

"""Private keys: generated or imported, and what is done with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo, Prehashed
from pkcs15_desk import VERSION_1, curve_key, curve_parameters, rsa_key

from emulator.applications.pkcs15.interface import Algorithm
from iso7816.asymmetric_keys import curves
from iso7816.ber_tlv import TLV, decode_one, encode_all
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.public_key_template import public_key_from_template, public_key_template

SIGN, DECIPHER, NEW = 0xB6, 0xB8, 0x00
CURVES = list(curves())
MESSAGE = b"what is signed"
SHA_1 = hashes.SHA1()  # noqa: S303 (what version 0 of the interface signs)


@pytest.fixture(scope="session")
def keys_of_rsa() -> dict[int, rsa.RSAPrivateKey]:
    """Keys by their bits: making them takes long."""
    return {bits: rsa.generate_private_key(65537, bits) for bits in (1024, 2048, 3072, 4096)}


def parts_of(key: rsa.RSAPrivateKey) -> tuple[int, ...]:
    """What an import takes of a key."""
    numbers = key.private_numbers()
    return numbers.p, numbers.q, numbers.iqmp, numbers.dmp1, numbers.dmq1


def import_rsa(desk: Any, key: rsa.RSAPrivateKey, reference: int = 0) -> None:
    desk.new_key(Algorithm.GENERATE_RSA_2048, reference)
    assert desk.import_key(rsa_key(*parts_of(key))) == "9000"


def import_curve_key(
    desk: Any, algorithm: KeyAlgorithm = KeyAlgorithm.P_256, reference: int = 0
) -> ec.EllipticCurvePrivateKey:
    key = ec.generate_private_key(curves()[algorithm])
    desk.new_key(Algorithm.GENERATE_EC, reference)
    value = key.private_numbers().private_value
    assert desk.import_key(curve_key(algorithm, value.to_bytes((value.bit_length() + 7) // 8, "big"))) == "9000"
    return key


# Generation


@pytest.mark.parametrize(
    ("algorithm", "bits"),
    [(Algorithm.GENERATE_RSA_2048, 2048), (Algorithm.GENERATE_RSA_3072, 3072), (Algorithm.GENERATE_RSA_4096, 4096)],
)
def test_a_key_of_rsa_is_generated(desk: Any, algorithm: Algorithm, bits: int) -> None:
    desk.new_key(algorithm, 3)
    template = desk.ok(0x46, 0x4200, b"", 65536)
    public = cast("rsa.RSAPublicKey", public_key_from_template(KeyAlgorithm.RSA, template))
    assert (public.key_size, public.public_numbers().e) == (bits, 65537)
    assert desk.environment(SIGN, Algorithm.RSA_PKCS1, 3) == "9000"
    public.verify(desk.ok(0x2A, 0x9E9A, b"x", 65536), b"x", padding.PKCS1v15(), NoDigestInfo())


@pytest.mark.parametrize("algorithm", CURVES, ids=lambda each: each.value)
def test_a_key_on_a_curve_is_generated(desk: Any, algorithm: KeyAlgorithm) -> None:
    desk.new_key(Algorithm.GENERATE_EC, 15)
    parameters = curve_parameters(algorithm)
    template, rest = decode_one(desk.ok(0x46, 0x0000, encode_all(parameters), 65536))
    assert (template.tag, rest) == (0x7F49, b"")
    found = {tlv.tag: tlv.value for tlv in template.children()}
    # OpenSC compares the parameters with those that it has sent.
    assert {tlv.tag: tlv.value for tlv in parameters} == {tag: value for tag, value in found.items() if tag != 0x86}
    public = ec.EllipticCurvePublicKey.from_encoded_point(curves()[algorithm], found[0x86])
    assert desk.environment(SIGN, Algorithm.EC, 15) == "9000"
    public.verify(desk.ok(0x2A, 0x9E9A, MESSAGE, 65536), MESSAGE, ec.ECDSA(SHA_1))


def test_a_curve_that_is_not_known(desk: Any) -> None:
    desk.new_key(Algorithm.GENERATE_EC)
    parameters = curve_parameters(KeyAlgorithm.P_256)
    for place in range(len(parameters)):
        changed = list(parameters)
        value = bytearray(changed[place].value)
        value[-1] ^= 1
        changed[place] = TLV(changed[place].tag, bytes(value))
        assert desk.sw(0x46, 0x0000, encode_all(changed), 65536) == "6A81"
        assert desk.sw(0x46, 0x0000, encode_all(parameters[:place] + parameters[place + 1 :]), 65536) == "6A80"
    assert desk.sw(0x46, 0x0000, b"\x81", 65536) == "6A80"


def test_generation_wants_the_environment_for_it(desk: Any) -> None:
    assert desk.sw(0x46, 0x4200, b"", 256) == "6985"
    desk.new_key(Algorithm.GENERATE_EC)
    assert desk.sw(0x46, 0x4200, b"", 256) == "6A80"
    assert desk.sw(0x46, 0x0000, b"", 256) == "6A80"
    desk.new_key(Algorithm.GENERATE_RSA_2048)
    assert desk.sw(0x46, 0x0000, encode_all(curve_parameters(KeyAlgorithm.P_256)), 256) == "6A80"
    assert desk.sw(0x46, 0x8000, b"", 256) == "6A86"
    assert desk.environment(SIGN, Algorithm.RSA_PKCS1) == "9000"
    assert desk.sw(0x46, 0x4200, b"", 256) == "6985"


def test_a_long_command_may_come_in_parts_and_its_response_be_fetched(desk: Any) -> None:
    desk.new_key(Algorithm.GENERATE_EC)
    data = encode_all(curve_parameters(KeyAlgorithm.P_384))
    assert desk.card.transmit(bytes((0x10, 0x46, 0, 0, 200)) + data[:200]) == b"\x90\x00"
    response = desk.card.transmit(bytes((0x00, 0x46, 0, 0, len(data) - 200)) + data[200:] + b"\0")
    assert response[-2] == 0x61
    response = response[:-2] + desk.card.transmit(bytes((0, 0xC0, 0, 0, response[-1])))
    assert response[-2:] == b"\x90\x00"
    assert decode_one(response[:-2])[0].tag == 0x7F49


# Import


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_a_key_of_rsa_is_imported(desk: Any, keys_of_rsa: dict[int, rsa.RSAPrivateKey], bits: int) -> None:
    key = keys_of_rsa[bits]
    import_rsa(desk, key)
    assert desk.environment(DECIPHER, Algorithm.RSA_PKCS1) == "9000"
    cryptogram = key.public_key().encrypt(b"secret", padding.PKCS1v15())
    assert desk.ok(0x2A, 0x8086, b"\0" + cryptogram, 65536) == b"secret"


def test_a_key_of_another_length_is_not_imported(desk: Any, keys_of_rsa: dict[int, rsa.RSAPrivateKey]) -> None:
    desk.new_key(Algorithm.GENERATE_RSA_2048)
    assert desk.import_key(rsa_key(*parts_of(keys_of_rsa[1024]))) == "6A81"


def test_numbers_that_are_no_key(desk: Any, keys_of_rsa: dict[int, rsa.RSAPrivateKey]) -> None:
    parts = parts_of(keys_of_rsa[2048])
    desk.new_key(Algorithm.GENERATE_RSA_2048)
    for place in range(5):
        for number in (0, 1, parts[place] + 2, parts[place] << 2048):
            assert desk.import_key(rsa_key(*parts[:place], number, *parts[place + 1 :])) == "6A80", place
    assert desk.import_key(rsa_key(*parts)[:-1]) == "6A80"
    assert desk.import_key(rsa_key(*parts) + b"\0") == "6A80"
    assert desk.import_key(TLV(0x7F48, b"\x92\x01\x03").to_bytes()) == "6A80"
    assert desk.import_key(rsa_key(*parts)) == "9000"


@pytest.mark.parametrize("algorithm", CURVES, ids=lambda each: each.value)
def test_a_key_on_a_curve_is_imported(desk: Any, algorithm: KeyAlgorithm) -> None:
    key = import_curve_key(desk, algorithm)
    assert desk.environment(SIGN, Algorithm.EC) == "9000"
    key.public_key().verify(desk.ok(0x2A, 0x9E9A, MESSAGE, 256), MESSAGE, ec.ECDSA(SHA_1))


def test_a_private_value_outside_of_its_range(desk: Any) -> None:
    order = int.from_bytes(curve_parameters(KeyAlgorithm.P_256)[4].value, "big")
    desk.new_key(Algorithm.GENERATE_EC)
    for value in (b"\0", b"", order.to_bytes(32, "big"), b"\xff" * 32, b"\xff" * 1000):
        assert desk.import_key(curve_key(KeyAlgorithm.P_256, value)) == "6A80"
    without = TLV.constructed(0xE0, curve_parameters(KeyAlgorithm.P_256)).to_bytes()
    assert desk.import_key(without) == "6A80"


def test_a_template_of_the_other_kind(desk: Any, keys_of_rsa: dict[int, rsa.RSAPrivateKey]) -> None:
    desk.new_key(Algorithm.GENERATE_EC)
    assert desk.import_key(rsa_key(*parts_of(keys_of_rsa[2048]))) == "6A80"
    desk.new_key(Algorithm.GENERATE_RSA_2048)
    assert desk.import_key(curve_key(KeyAlgorithm.P_256, b"\1")) == "6A80"
    assert desk.sw(0xDB, 0x3F00, curve_key(KeyAlgorithm.P_256, b"\1")) == "6A86"


def test_import_may_be_forbidden(new_desk: Callable[..., Any]) -> None:
    desk = new_desk(("key_import = true", "key_import = false"))
    desk.new_key(Algorithm.GENERATE_EC)
    assert desk.import_key(curve_key(KeyAlgorithm.P_256, b"\1")) == "6900"
    desk.ok(0x46, 0x0000, encode_all(curve_parameters(KeyAlgorithm.P_256)), 65536)


def test_a_key_takes_the_place_of_another(desk: Any) -> None:
    first, second = import_curve_key(desk), import_curve_key(desk)
    assert desk.environment(SIGN, Algorithm.EC) == "9000"
    signature = desk.ok(0x2A, 0x9E9A, MESSAGE, 256)
    second.public_key().verify(signature, MESSAGE, ec.ECDSA(SHA_1))
    third = import_curve_key(desk)
    assert desk.environment(SIGN, Algorithm.EC) == "9000"
    third.public_key().verify(desk.ok(0x2A, 0x9E9A, MESSAGE, 256), MESSAGE, ec.ECDSA(SHA_1))
    assert first.private_numbers() != second.private_numbers()


# Use


def test_rsa_signs_whatever_it_is_given(desk: Any, keys_of_rsa: dict[int, rsa.RSAPrivateKey]) -> None:
    key = keys_of_rsa[2048]
    import_rsa(desk, key)
    assert desk.environment(SIGN, Algorithm.RSA_PKCS1) == "9000"
    for data in (b"x", bytes(36), b"y" * 245):
        signature = desk.ok(0x2A, 0x9E9A, data, 256)
        key.public_key().verify(signature, data, padding.PKCS1v15(), NoDigestInfo())
    assert desk.sw(0x2A, 0x9E9A, b"y" * 246, 256) == "6A80"


@pytest.mark.parametrize("algorithm", [SHA_1, hashes.SHA224(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512()])
def test_rsa_with_pss_in_version_1(
    new_desk: Callable[..., Any], keys_of_rsa: dict[int, rsa.RSAPrivateKey], algorithm: hashes.HashAlgorithm
) -> None:
    desk, key = new_desk(VERSION_1), keys_of_rsa[2048]
    import_rsa(desk, key)
    assert desk.environment(SIGN, Algorithm.RSA_PSS) == "9000"
    code = bytes(range(algorithm.digest_size))
    pss = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
    key.public_key().verify(desk.ok(0x2A, 0x9E9A, code, 256), code, pss, Prehashed(algorithm))
    assert desk.sw(0x2A, 0x9E9A, code + b"x", 256) == "6A80"


def test_version_0_has_no_pss(desk: Any) -> None:
    assert desk.environment(SIGN, Algorithm.RSA_PSS) == "6A81"


def test_version_1_takes_hash_codes_for_ecdsa(new_desk: Callable[..., Any]) -> None:
    desk = new_desk(VERSION_1)
    key = import_curve_key(desk)
    assert desk.environment(SIGN, Algorithm.EC) == "9000"
    code = bytes(range(32))
    key.public_key().verify(desk.ok(0x2A, 0x9E9A, code, 256), code, ec.ECDSA(Prehashed(hashes.SHA256())))
    assert desk.sw(0x2A, 0x9E9A, b"", 256) == "6700"


def test_a_hash_code_of_more_bits_than_a_hash_has(new_desk: Callable[..., Any]) -> None:
    desk = new_desk(VERSION_1)
    import_curve_key(desk, KeyAlgorithm.P_521)
    assert desk.environment(SIGN, Algorithm.EC) == "9000"
    desk.ok(0x2A, 0x9E9A, bytes(64), 256)
    assert desk.sw(0x2A, 0x9E9A, bytes(65), 256) == "6A80"


@pytest.mark.parametrize(("size", "padded"), [(1, 20), (19, 20), (21, 28), (30, 32), (32, 32), (33, 32), (64, 32)])
def test_version_1_takes_inputs_of_any_length(new_desk: Callable[..., Any], size: int, padded: int) -> None:
    """ECDSA signs the number of the leftmost bits, as many as the order has (FIPS 186-5, 6.4.1)."""
    desk = new_desk(VERSION_1)
    key = import_curve_key(desk)
    assert desk.environment(SIGN, Algorithm.EC) == "9000"
    code = bytes(range(1, size + 1))
    signature = desk.ok(0x2A, 0x9E9A, code, 256)
    algorithm = {20: SHA_1, 28: hashes.SHA224(), 32: hashes.SHA256()}[padded]
    number = code[:32].rjust(padded, b"\0")
    key.public_key().verify(signature, number, ec.ECDSA(Prehashed(algorithm)))


def test_deciphering(desk: Any, keys_of_rsa: dict[int, rsa.RSAPrivateKey]) -> None:
    key = keys_of_rsa[2048]
    import_rsa(desk, key)
    assert desk.environment(DECIPHER, Algorithm.RSA_PKCS1) == "9000"
    cryptogram = key.public_key().encrypt(b"secret", padding.PKCS1v15())
    assert desk.sw(0x2A, 0x8086, b"\1" + cryptogram, 256) == "6A80"
    assert desk.sw(0x2A, 0x8086, b"\0" + cryptogram[:-1], 256) == "6A80"
    assert desk.ok(0x2A, 0x8086, b"\0" + cryptogram, 256) == b"secret"


@pytest.mark.parametrize("algorithm", CURVES, ids=lambda each: each.value)
def test_key_agreement(desk: Any, algorithm: KeyAlgorithm) -> None:
    key = import_curve_key(desk, algorithm)
    assert desk.environment(DECIPHER, Algorithm.EC) == "9000"
    other = ec.generate_private_key(curves()[algorithm])
    template = TLV(0xA6, public_key_template(other.public_key())).to_bytes()
    assert desk.ok(0x2A, 0x8086, template, 256) == other.exchange(ec.ECDH(), key.public_key())


@pytest.mark.parametrize("data", ["00", "04", "A600", "A6037F4900", "A6067F49038601" + "04", "A6007F4900"])
def test_no_public_key_to_agree_with(desk: Any, data: str) -> None:
    import_curve_key(desk)
    assert desk.environment(DECIPHER, Algorithm.EC) == "9000"
    assert desk.sw(0x2A, 0x8086, bytes.fromhex(data), 256) == "6A80"


def test_an_operation_wants_its_environment_and_a_key_of_the_algorithm(desk: Any) -> None:
    import_curve_key(desk)
    desk.select()
    for operation in (0x9E9A, 0x8086):
        assert desk.sw(0x2A, operation, b"x", 256) == "6985"
    assert desk.environment(SIGN, Algorithm.EC) == "9000"
    assert desk.sw(0x2A, 0x8086, b"x", 256) == "6985"
    assert desk.environment(SIGN, Algorithm.EC, 1) == "9000"
    assert desk.sw(0x2A, 0x9E9A, b"x", 256) == "6A88"
    assert desk.environment(SIGN, Algorithm.RSA_PKCS1) == "9000"
    assert desk.sw(0x2A, 0x9E9A, b"x", 256) == "6984"
    assert desk.environment(DECIPHER, Algorithm.RSA_PKCS1) == "9000"
    assert desk.sw(0x2A, 0x8086, b"x", 256) == "6984"
    assert desk.sw(0x2A, 0x8080, b"x", 256) == "6A86"


@pytest.mark.parametrize(
    ("parameters", "data", "word"),
    [
        (0x41B6, "800121 840110", "6A88"),
        (0x41B6, "8001EC 840100", "6A81"),
        (0x41B8, "800112 840100", "6A81"),
        (0x4100, "800111 840100", "6A81"),
        (0x4100, "800100 840100", "6A81"),
        (0x41B6, "840100", "6A80"),
        (0x41B6, "800121", "6A80"),
        (0x41B6, "80022121 840100", "6A80"),
        (0x41B6, "800121 84020000", "6A80"),
        (0x41B6, "8001", "6A80"),
        (0x41A4, "800121 840100", "6A86"),
        (0xC1B6, "800121 840100", "6A86"),
        (0xF301, "800121 840100", "6A86"),
        # OpenSC may name the file of the key besides.
        (0x41B6, "800121 81025015 840100", "9000"),
    ],
)
def test_environments(desk: Any, parameters: int, data: str, word: str) -> None:
    assert desk.sw(0x22, parameters, bytes.fromhex(data)) == word


def test_the_environment_goes_with_the_selection(desk: Any) -> None:
    import_curve_key(desk)
    assert desk.environment(SIGN, Algorithm.EC) == "9000"
    desk.file("")
    desk.ok(0x2A, 0x9E9A, b"x", 256)
    desk.select()
    assert desk.sw(0x2A, 0x9E9A, b"x", 256) == "6985"


# The PIN


def test_everything_about_keys_wants_the_pin(desk: Any) -> None:
    import_curve_key(desk)
    desk.set_pin()
    desk.select()
    parameters = encode_all(curve_parameters(KeyAlgorithm.P_256))
    attempts = (
        (NEW, Algorithm.GENERATE_EC, (0x46, 0x0000, parameters, 65536)),
        (NEW, Algorithm.GENERATE_EC, (0xDB, 0x3FFF, curve_key(KeyAlgorithm.P_256, b"\1"), None)),
        (SIGN, Algorithm.EC, (0x2A, 0x9E9A, b"x", 256)),
        (DECIPHER, Algorithm.EC, (0x2A, 0x8086, b"x", 256)),
    )
    for purpose, algorithm, command in attempts:
        assert desk.environment(purpose, algorithm) == "9000"
        assert desk.sw(*command) == "6982"
    assert desk.verify() == "9000"
    for purpose, algorithm, command in attempts[:3]:
        assert desk.environment(purpose, algorithm) == "9000"
        assert desk.sw(*command) == "9000"


def test_no_private_key_leaves_the_card(desk: Any, tmp_path: Path) -> None:
    """Whatever is read: files, data objects, and the templates of generation."""
    key = import_curve_key(desk)
    secret = key.private_numbers().private_value.to_bytes(32, "big")
    path = tmp_path / "image.card"
    desk.card.save(path)
    stored = path.read_bytes()
    assert secret in stored
    said = [desk.send(ins, p1 << 8, b"", 65536)[0] for ins in range(0, 256, 2) for p1 in (0, 1, 0x42, 0x81)]
    assert not any(secret in answer for answer in said)

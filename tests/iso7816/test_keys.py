"""Keys as values: as bytes, in data objects, on their way into a card."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from iso7816.asymmetric_keys import (
    curves,
    generate_private_key,
    key_algorithm,
    load_private_key,
    load_public_key,
    private_key_bytes,
    public_key_bytes,
)
from iso7816.control_reference import ControlReferenceTemplate, TemplateKind
from iso7816.errors import KeyDataError, TLVError
from iso7816.key_algorithms import KeyAlgorithm
from iso7816.key_import import KeyImport
from iso7816.public_key_template import public_key_from_point, public_key_from_template, public_key_template

PAIRS = [algorithm for algorithm in KeyAlgorithm if not algorithm.is_secret]
NAMED = ControlReferenceTemplate(TemplateKind.SIGNATURE, private_key=b"\1")


@pytest.fixture(scope="module")
def keys() -> dict[KeyAlgorithm, Any]:
    return {algorithm: generate_private_key(algorithm, algorithm.sizes[0]) for algorithm in PAIRS}


@pytest.mark.parametrize("algorithm", PAIRS, ids=lambda algorithm: algorithm.value)
def test_a_key_pair_goes_through_all_its_forms(keys: dict[KeyAlgorithm, Any], algorithm: KeyAlgorithm) -> None:
    key = keys[algorithm]
    public = public_key_bytes(key.public_key())
    assert key_algorithm(key) == key_algorithm(key.public_key()) == (algorithm, algorithm.sizes[0])
    for check in (False, True):
        assert private_key_bytes(load_private_key(private_key_bytes(key), check=check)) == private_key_bytes(key)
    assert public_key_bytes(load_public_key(public)) == public
    template = public_key_template(key.public_key())
    assert public_key_bytes(public_key_from_template(algorithm, template)) == public
    imported = KeyImport.of_private_key(NAMED, key)
    assert KeyImport.parse(imported.to_bytes()) == imported
    if algorithm is KeyAlgorithm.RSA:
        again = load_private_key(imported.value(algorithm))
        assert public_key_bytes(again.public_key()) == public
    else:
        assert imported.value(algorithm) == private_key_bytes(key)
    imported = KeyImport.of_public_key(NAMED, key.public_key())
    assert KeyImport.parse(imported.to_bytes()) == imported
    assert imported.value(algorithm) == public


def test_keys_of_other_algorithms_are_refused(keys: dict[KeyAlgorithm, Any]) -> None:
    other = ec.generate_private_key(ec.SECP224R1())
    signer = ed448.Ed448PrivateKey.generate()
    for key in (other, signer):
        data = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        with pytest.raises(KeyDataError, match="not known here"):
            load_private_key(data)
        data = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        with pytest.raises(KeyDataError, match="not known here"):
            load_public_key(data)
    for algorithm in (KeyAlgorithm.AES, KeyAlgorithm.HMAC):
        with pytest.raises(KeyDataError, match="has no key pairs"):
            generate_private_key(algorithm, 128)
        with pytest.raises(KeyDataError, match="has no curve"):
            public_key_from_point(algorithm, b"\4")
    with pytest.raises(KeyDataError, match="no 1000 bits"):
        generate_private_key(KeyAlgorithm.RSA, 1000)


def test_numbers_that_do_not_belong_together_are_no_key(keys: dict[KeyAlgorithm, Any]) -> None:
    right = keys[KeyAlgorithm.RSA].private_numbers()
    other = generate_private_key(KeyAlgorithm.RSA, 1024).private_numbers()  # type: ignore[union-attr]
    fields = {name: getattr(right, name) for name in ("p", "q", "d", "dmp1", "dmq1", "iqmp")}
    for name in fields:
        numbers = rsa.RSAPrivateNumbers(**{**fields, name: getattr(other, name)}, public_numbers=right.public_numbers)
        with suppress(ValueError):  # what cannot even be written down is no key either
            key = numbers.private_key(unsafe_skip_rsa_key_validation=True)
            with pytest.raises(KeyDataError, match="do not belong together"):
                load_private_key(private_key_bytes(key))


@given(st.binary(max_size=120))
def test_any_bytes_are_a_key_or_refused(data: bytes) -> None:
    for load in (load_private_key, load_public_key):
        with suppress(KeyDataError):
            load(data)
    for algorithm in KeyAlgorithm:
        with suppress(KeyDataError):
            public_key_from_point(algorithm, data)
        with suppress(KeyDataError, TLVError):
            public_key_from_template(algorithm, data)


PART = st.tuples(st.sampled_from((0x81, 0x82, 0x86, *range(0x90, 0x9A))), st.binary(max_size=40))


@settings(max_examples=60)
@given(parts=st.lists(PART, max_size=4), public=st.booleans())
def test_any_parts_travel_and_are_a_key_or_refused(parts: list[tuple[int, bytes]], public: bool) -> None:
    imported = KeyImport(NAMED, tuple(parts), is_public=public)
    assert KeyImport.parse(imported.to_bytes()) == imported
    for algorithm in KeyAlgorithm:
        with suppress(KeyDataError):
            imported.value(algorithm)


@given(st.integers(1 << 511, (1 << 512) - 1), st.integers(1 << 511, (1 << 512) - 1), st.integers(1, 1 << 64))
def test_any_numbers_are_a_key_of_rsa_that_signs_or_refused(p: int, q: int, exponent: int) -> None:
    numbers = zip((0x91, 0x92, 0x93), (exponent, p, q), strict=True)
    taken = KeyImport(NAMED, tuple((tag, number.to_bytes(64, "big").lstrip(b"\0")) for tag, number in numbers))
    try:
        key = cast("rsa.RSAPrivateKey", load_private_key(taken.value(KeyAlgorithm.RSA), check=False))
    except KeyDataError:
        return
    assert p % 2 == q % 2 == exponent % 2 == 1
    assert len(key.sign(b"message", PKCS1v15(), SHA256())) == (key.key_size + 7) // 8


def test_no_repr_shows_a_key(keys: dict[KeyAlgorithm, Any]) -> None:
    secret = KeyImport.of_secret(NAMED, b"secretvalue")
    assert repr(secret) == "KeyImport(SIGNATURE, 90)"
    assert "secret" not in repr(KeyImport.of_private_key(NAMED, keys[KeyAlgorithm.P_256]))


def test_a_compressed_point_is_read_as_well(keys: dict[KeyAlgorithm, Any]) -> None:
    public = keys[KeyAlgorithm.P_256].public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    assert public_key_bytes(public_key_from_point(KeyAlgorithm.P_256, point)) == public_key_bytes(public)


def test_every_curve_is_one_of_cryptography() -> None:
    assert {algorithm.sizes[0] for algorithm in curves()} == {256, 384, 521, 512}
    assert all(curve.key_size == algorithm.sizes[0] for algorithm, curve in curves().items())

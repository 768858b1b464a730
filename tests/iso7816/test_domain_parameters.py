"""Domain parameters of curves: the numbers against cryptography, which has the curves without showing them."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from iso7816.asymmetric_keys import curves
from iso7816.domain_parameters import curve_with, domain_parameters
from iso7816.errors import KeyDataError
from iso7816.key_algorithms import KeyAlgorithm

ALGORITHMS = list(curves())


def objects(algorithm: KeyAlgorithm) -> dict[int, bytes]:
    curve = domain_parameters()[algorithm]
    numbers = {0x81: curve.prime, 0x82: curve.a, 0x83: curve.b, 0x85: curve.order, 0x87: curve.cofactor}
    size = (curve.prime.bit_length() + 7) // 8
    return {**{tag: number.to_bytes(size, "big") for tag, number in numbers.items()}, 0x84: curve.base_point}


def test_every_curve_is_there() -> None:
    assert list(domain_parameters()) == ALGORITHMS


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda each: each.value)
def test_the_numbers_are_those_of_the_curve(algorithm: KeyAlgorithm) -> None:
    curve, known = domain_parameters()[algorithm], curves()[algorithm]
    base = ec.derive_private_key(1, known).public_key().public_numbers()
    size = (curve.prime.bit_length() + 7) // 8
    assert curve.base_point == b"\x04" + base.x.to_bytes(size, "big") + base.y.to_bytes(size, "big")
    # -G = (n - 1) G, whose y is that of G, negated: so n is the order, and p the prime.
    negated = ec.derive_private_key(curve.order - 1, known).public_key().public_numbers()
    assert (negated.x, negated.y) == (base.x, curve.prime - base.y)
    # Two points give both coefficients.
    for factor in (1, 2, 3):
        point = ec.derive_private_key(factor, known).public_key().public_numbers()
        assert (point.y**2 - point.x**3 - curve.a * point.x - curve.b) % curve.prime == 0
    assert curve.prime.bit_length() == algorithm.sizes[0]


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda each: each.value)
def test_a_curve_is_known_by_all_of_them(algorithm: KeyAlgorithm) -> None:
    right = objects(algorithm)
    assert curve_with(right) is algorithm
    assert curve_with({tag: value if tag == 0x84 else b"\0" + value for tag, value in right.items()}) is algorithm
    for tag, value in right.items():
        assert curve_with({**right, tag: value[:-1] + bytes((value[-1] ^ 1,))}) is None
        for wrong in (b"", bytes(257)):
            with pytest.raises(KeyDataError, match="domain parameters"):
                curve_with({**right, tag: wrong})
        with pytest.raises(KeyDataError, match="domain parameters"):
            curve_with({other: value for other, value in right.items() if other != tag})


@given(st.dictionaries(st.integers(0x80, 0x88), st.binary(max_size=70), max_size=9))
def test_anything_else_is_no_curve(found: dict[int, bytes]) -> None:
    try:
        assert curve_with(found) is None
    except KeyDataError:
        assert not set(range(0x81, 0x86)) | {0x87} <= {tag for tag, value in found.items() if value}

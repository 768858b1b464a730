"""Domain parameters of curves as data objects (BSI TR-03110-3, D.3.3), by which a card is told a curve.

::

    81 prime p     82 coefficient a   83 coefficient b
    84 base point 04 || x || y        85 its order        87 cofactor
    86 public point (of a public key)

The numbers are in ``domain_parameters.toml``, each with the document that has them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from iso7816.ber_tlv import TLV
from iso7816.errors import KeyDataError
from iso7816.key_algorithms import KeyAlgorithm

PRIME: Final = 0x81
COEFFICIENT_A: Final = 0x82
COEFFICIENT_B: Final = 0x83
BASE_POINT: Final = 0x84
ORDER: Final = 0x85
COFACTOR: Final = 0x87

_MAX_SIZE: Final = 256
"""Bytes in a number that can be one of a curve's."""


class DomainParameters(NamedTuple):
    """A curve over a prime field, y^2 = x^3 + ax + b, with its base point.

    Attributes:
        prime: of the field.
        a, b: the coefficients.
        base_point: 04 || x || y.
        order: of the base point.
        cofactor: the order of the curve, divided by that of the base point.
    """

    prime: int
    a: int
    b: int
    base_point: bytes
    order: int
    cofactor: int = 1


@cache
def domain_parameters() -> Mapping[KeyAlgorithm, DomainParameters]:
    """Of every curve whose points have two coordinates."""
    text = files("iso7816").joinpath("domain_parameters.toml").read_text(encoding="utf-8")
    return {
        KeyAlgorithm(name): DomainParameters(
            int(numbers["prime"], 16),
            int(numbers["a"], 16),
            int(numbers["b"], 16),
            bytes.fromhex(numbers["base_point"]),
            int(numbers["order"], 16),
        )
        for name, numbers in tomllib.loads(text).items()
    }


def parameter_objects(algorithm: KeyAlgorithm) -> tuple[TLV, ...]:
    """The data objects of a curve: the cofactor in two bytes, every other number as long as one of the field."""
    curve = domain_parameters()[algorithm]
    size = (curve.prime.bit_length() + 7) // 8
    numbers = (PRIME, curve.prime), (COEFFICIENT_A, curve.a), (COEFFICIENT_B, curve.b), (ORDER, curve.order)
    tlvs = {tag: TLV(tag, number.to_bytes(size, "big")) for tag, number in numbers}
    tlvs[BASE_POINT] = TLV(BASE_POINT, curve.base_point)
    return (*(tlvs[tag] for tag in sorted(tlvs)), TLV(COFACTOR, curve.cofactor.to_bytes(2, "big")))


def curve_with(objects: Mapping[int, bytes]) -> KeyAlgorithm | None:
    """The curve that data objects give all parameters of, ``None`` where it is none that is known here.

    Args:
        objects: values by their tags; leading zeros of a number do not count.

    Raises:
        KeyDataError: one of them is missing, or is too long to be one.
    """
    wanted = (PRIME, COEFFICIENT_A, COEFFICIENT_B, BASE_POINT, ORDER, COFACTOR)
    if any(not 1 <= len(objects.get(tag, b"")) <= _MAX_SIZE for tag in wanted):
        raise KeyDataError("domain parameters are 81 to 85 and 87")
    numbers = {tag: int.from_bytes(objects[tag], "big") for tag in wanted}
    given = DomainParameters(
        numbers[PRIME],
        numbers[COEFFICIENT_A],
        numbers[COEFFICIENT_B],
        objects[BASE_POINT],
        numbers[ORDER],
        numbers[COFACTOR],
    )
    return next((algorithm for algorithm, known in domain_parameters().items() if known == given), None)

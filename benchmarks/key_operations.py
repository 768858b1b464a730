"""Signatures through a card beside the bare call of ``cryptography`` with the same key."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, cast

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256
from measure import Figure, median_ratio, rates

from emulator import Card
from emulator.definition.profiles import load_profile

if TYPE_CHECKING:
    from collections.abc import Callable

VERIFY = bytes.fromhex("002000010431323334")
HASH = bytes(range(32))
SIGN = bytes.fromhex("002A9E9A20") + HASH + b"\0"
PREHASHED = utils.Prehashed(SHA256())
PKCS1, ECDSA = padding.PKCS1v15(), ec.ECDSA(PREHASHED)
TURNS = 10
"""So many to a round: what the card adds is less than a busy machine sways in half a second."""

KEYS = {"RSA-2048": (3, 0x43, 1.15), "P-256": (4, 0x44, 1.5)}
"""Reference in the built-in profile, mechanism, and how much longer than the bare call it may take."""


def figures(seconds: float, rounds: int) -> list[Figure]:
    """Signatures per second, bare and through ``Card.transmit``, and how much longer the card takes."""
    found: list[Figure] = []
    for name, (reference, mechanism, bar) in KEYS.items():
        taken = rates(
            {"bare": bare(reference), "card": through_card(reference, mechanism)}, seconds=seconds, rounds=rounds
        )
        found += [
            Figure(f"signature, {name}: cryptography, bare", statistics.median(taken["bare"]), "/s"),
            Figure(
                f"signature, {name}: Card.transmit",
                statistics.median(taken["card"]),
                "/s",
                median_ratio(taken["bare"], taken["card"]),
                "times the bare call's time",
                bar,
                at_least=False,
            ),
        ]
    return found


def bare(reference: int) -> Callable[[], object]:
    """Sign with the profile's key without a card."""
    material = load_profile("iso7816").keys[(0, reference)].material
    if material is None:
        raise SystemExit(f"the profile has no key {reference:02X}")
    key = material.private_key()
    if isinstance(key, rsa.RSAPrivateKey):
        rsa_key = key
        return lambda: rsa_key.sign(HASH, PKCS1, PREHASHED)
    curve_key = cast("ec.EllipticCurvePrivateKey", key)
    return lambda: curve_key.sign(HASH, ECDSA)


def through_card(reference: int, mechanism: int) -> Callable[[], object]:
    """Sign with the profile's key by PERFORM SECURITY OPERATION."""
    card = Card.from_profile("iso7816")
    card.power_on()
    environment = bytes((0x00, 0x22, 0x41, 0xB6, 6, 0x80, 1, mechanism, 0x84, 1, reference))
    for command in (VERIFY, environment, SIGN):
        if card.transmit(command)[-2:] != b"\x90\x00":
            raise SystemExit("the card refuses to sign")
    return lambda: card.transmit(SIGN)

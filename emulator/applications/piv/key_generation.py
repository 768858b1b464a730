"""GENERATE ASYMMETRIC KEY PAIR (SP 800-73-5, part 2, 3.3.2).

::

    47 00 key   AC { 80 algorithm  [81 public exponent]  [AA PIN policy]  [AB touch policy] }
    response    7F49 { 81 modulus  82 exponent }, 7F49 { 86 point }

The policies, and other keys than 9A, 9C, 9D, 9E and 04, belong to the management commands. The public exponent is
65537: no other one is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emulator.applications.piv.algorithms import key_pair_algorithm
from emulator.applications.piv.key_references import (
    CARD_KEYS,
    CHOSEN_PIN_POLICIES,
    SECURE_MESSAGING_KEY,
    SLOTS,
    PINPolicy,
    TouchPolicy,
    default_pin_policy,
)
from emulator.applications.piv.security import authorise_administrator
from emulator.applications.piv.stored_keys import KeyPair, Origin, Settings, key_pair_key
from iso7816.ber_tlv import decode_one
from iso7816.errors import TLVError
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.applications.piv.algorithms import Algorithm
    from emulator.command import CardContext, Response
    from iso7816.apdu import CommandAPDU
    from iso7816.asymmetric_keys import PublicKey

PIN_POLICY: Final = 0xAA
TOUCH_POLICY: Final = 0xAB

_TEMPLATE: Final = 0xAC
_MECHANISM: Final = 0x80
_PARAMETER: Final = 0x81
_EXPONENT: Final = 65537


@dataclass(frozen=True, slots=True)
class Policies:
    """What the use of a key requires; neither is DEFAULT."""

    pin: PINPolicy
    touch: TouchPolicy

    @classmethod
    def parse(cls, reference: int, objects: Mapping[int, bytes]) -> Policies:
        """Those that data objects AA and AB name for a key, or that the key has by default.

        Raises:
            StatusWordError: 6A80 there are no such policies.
        """
        try:
            (pin,), (touch,) = objects.get(PIN_POLICY, b"\0"), objects.get(TOUCH_POLICY, b"\0")
            policies = PINPolicy(pin), TouchPolicy(touch)
        except ValueError:
            raise StatusWordError(SW.WRONG_DATA) from None
        if policies[0] not in CHOSEN_PIN_POLICIES:
            raise StatusWordError(SW.WRONG_DATA)
        return cls(
            policies[0] or default_pin_policy(reference),
            policies[1] or TouchPolicy.NEVER,
        )


def parse_generation(p1: int, p2: int) -> int:
    """The key reference. Raises StatusWordError 6A86."""
    if p1 != 0 or (p2 not in SLOTS and p2 != SECURE_MESSAGING_KEY):
        raise StatusWordError(SW.INCORRECT_P1_P2)
    return p2


def generate_key_pair(card: CardContext, command: CommandAPDU, reference: int) -> Response:
    """GENERATE ASYMMETRIC KEY PAIR (47).

    6A81 over the contactless interface; 6982 the administrator has not been authenticated; 6A86 no key that can be
    generated; 6A80 another mechanism, or data of another form.
    """
    authorise_administrator(card)
    extended = Settings.read(card.values).extended
    if not extended and reference not in (*CARD_KEYS, SECURE_MESSAGING_KEY):
        raise StatusWordError(SW.INCORRECT_P1_P2)
    algorithm, policies = _request(command.data, reference, extended=extended)
    if reference == SECURE_MESSAGING_KEY:
        from emulator.applications.piv.secure_channel import replace_key

        return _public_key(replace_key(card, algorithm.kind))
    from iso7816.asymmetric_keys import generate_private_key, private_key_bytes

    private = generate_private_key(algorithm.kind, algorithm.bits)
    pair = KeyPair(algorithm, policies.pin, policies.touch, Origin.GENERATED, private_key_bytes(private))
    card.values.put(key_pair_key(reference), pair.to_bytes())
    return _public_key(private.public_key())


def _request(data: bytes, reference: int, *, extended: bool) -> tuple[Algorithm, Policies]:
    """What is asked for. Raises StatusWordError 6A80."""
    try:
        template, rest = decode_one(data)
        objects = {tlv.tag: tlv.value for tlv in template.children()}
    except TLVError:
        raise StatusWordError(SW.WRONG_DATA) from None
    allowed = {_MECHANISM, _PARAMETER, PIN_POLICY, TOUCH_POLICY} if extended else {_MECHANISM, _PARAMETER}
    mechanism = objects.get(_MECHANISM, b"")
    algorithm = key_pair_algorithm(mechanism[0], extended=extended) if len(mechanism) == 1 else None
    if template.tag != _TEMPLATE or rest or set(objects) - allowed or algorithm is None:
        raise StatusWordError(SW.WRONG_DATA)
    if int.from_bytes(objects.get(_PARAMETER, b"") or _EXPONENT.to_bytes(3, "big"), "big") != _EXPONENT:
        raise StatusWordError(SW.WRONG_DATA)
    return algorithm, Policies.parse(reference, objects)


def _public_key(key: PublicKey) -> bytes:
    from iso7816.public_key_template import public_key_template

    return public_key_template(key)

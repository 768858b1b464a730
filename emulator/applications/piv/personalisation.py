"""What is put into a new card, and what is on one: keys and certificates by their slots, outside of any command.

A card's values are bytes by keys, as :meth:`emulator.Application.define` gives them; what is made here goes into them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emulator.applications.piv.algorithms import algorithm_of
from emulator.applications.piv.data_objects import CERTIFICATES
from emulator.applications.piv.key_references import SLOTS, PINPolicy, TouchPolicy, default_pin_policy
from emulator.applications.piv.stored_keys import KeyPair, Origin, key_pair_key
from emulator.applications.piv.stored_objects import certificate_in, certificate_object, object_key
from iso7816.errors import KeyDataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from emulator.persistent import PersistentState
    from iso7816.asymmetric_keys import PrivateKey

SLOT_NAMES: Final = {
    0x9A: "PIV Authentication",
    0x9C: "Digital Signature",
    0x9D: "Key Management",
    0x9E: "Card Authentication",
    **{reference: f"Retired Key Management {index}" for index, reference in enumerate(range(0x82, 0x96), 1)},
    0xF9: "Attestation",
}
"""What the slots are for."""


@dataclass(frozen=True, slots=True)
class SlotContent:
    """What is in a slot.

    Attributes:
        reference: of the key.
        name: what the slot is for.
        key: the key pair, ``None`` where there is a certificate alone.
        certificate: in DER, ``None`` where there is none.
    """

    reference: int
    name: str
    key: KeyPair | None
    certificate: bytes | None


def slot_values(
    reference: int,
    key: PrivateKey | None = None,
    certificate: bytes | None = None,
    pin_policy: PINPolicy = PINPolicy.DEFAULT,
    touch_policy: TouchPolicy = TouchPolicy.DEFAULT,
) -> Mapping[bytes, bytes]:
    """The values that put a key, a certificate or both into a slot.

    Args:
        reference: 9A, 9C, 9D, 9E, 82 to 95, F9.
        key: the key pair; it counts as imported.
        certificate: in DER.
        pin_policy: what the use of the key requires; DEFAULT: what the slot requires.
        touch_policy: likewise; DEFAULT: nothing.

    Raises:
        KeyDataError: no such slot, or a key of an algorithm that PIV does not have.
    """
    if reference not in SLOTS:
        raise KeyDataError(f"{reference:02X} is no slot of a PIV card")
    values = {}
    if key is not None:
        from iso7816.asymmetric_keys import private_key_bytes

        algorithm = algorithm_of(key)
        if algorithm is None:
            raise KeyDataError("PIV has no algorithm for a key of this kind and size")
        pair = KeyPair(
            algorithm,
            pin_policy or default_pin_policy(reference),
            touch_policy or TouchPolicy.NEVER,
            Origin.IMPORTED,
            private_key_bytes(key),
        )
        values[key_pair_key(reference)] = pair.to_bytes()
    if certificate is not None:
        values[object_key(CERTIFICATES[reference])] = certificate_object(certificate)
    return values


def slots_of(values: Mapping[bytes, bytes]) -> Iterator[SlotContent]:
    """The slots that hold something, in their order."""
    for reference in SLOTS:
        key = values.get(key_pair_key(reference))
        content = values.get(object_key(CERTIFICATES[reference]))
        if key is not None or content is not None:
            yield SlotContent(
                reference,
                SLOT_NAMES[reference],
                None if key is None else KeyPair.parse(key),
                None if content is None else certificate_in(content),
            )


def values_of(state: PersistentState) -> Mapping[bytes, bytes]:
    """The values of the PIV application on a card; empty where it has none."""
    df = next((df for df, name in state.applications.items() if name == "piv"), None)
    return {key: value for (number, key), value in state.application_values.items() if number == df}

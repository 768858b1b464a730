"""What is put into a new card, and what is on one: keys and certificates by their slots, outside of any command.

A card's values are bytes by keys, as :meth:`emulator.Application.define` gives them; what is made here goes into them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.applications.openpgp.algorithm_attributes import AlgorithmAttributes
from emulator.applications.openpgp.data_commands import certificate_key
from emulator.applications.openpgp.data_objects import OBJECTS, value_of
from emulator.applications.openpgp.fingerprints import fingerprint
from emulator.applications.openpgp.key_slots import KeySlot, Origin, StoredKey
from emulator.applications.openpgp.passwords import Password
from emulator.applications.x509_certificates import is_of_key, load_certificate
from iso7816.asymmetric_keys import key_algorithm, load_private_key, private_key_bytes
from iso7816.errors import KeyDataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.applications.openpgp.passwords import Values
    from emulator.persistent import PersistentState
    from iso7816.asymmetric_keys import PrivateKey, PublicKey


@dataclass(frozen=True, slots=True)
class SlotContents:
    """What a slot holds.

    Attributes:
        slot: which one.
        attributes: what key it is for.
        origin: where its key came from; NONE: there is none.
        fingerprint: as the host wrote it; zeros where it did not.
        generation_date: likewise, seconds since 1970, 0 for none.
        certificate: in DER, empty for none.
        public_key: ``None`` where there is no key.
    """

    slot: KeySlot
    attributes: AlgorithmAttributes
    origin: Origin
    fingerprint: bytes
    generation_date: int
    certificate: bytes
    public_key: PublicKey | None


@dataclass(frozen=True, slots=True)
class CardContents:
    """What is on a card, without its secrets.

    Attributes:
        slots: the three slots.
        tries_left: the retry counters of PW1, of PW3 and of the resetting code (0: there is none).
    """

    slots: tuple[SlotContents, ...]
    tries_left: tuple[int, int, int]


def slot_values(
    slot: KeySlot, key: PrivateKey, *, generation_date: int, certificate: bytes = b""
) -> dict[bytes, bytes]:
    """The values that put a key into a slot of a new card, with attributes, fingerprint, date and certificate.

    Args:
        slot: where it goes.
        key: the key.
        generation_date: seconds since 1970, which are part of its fingerprint.
        certificate: in DER.

    Raises:
        KeyDataError: the slot takes no such key, or the certificate is of another one.
    """
    attributes = slot.attributes_for(*key_algorithm(key))
    if not slot.takes(attributes):
        raise KeyDataError(f"the {slot.label} key of an OpenPGP card cannot be one of {attributes.key.value}")
    # Also tells sizes that the card has no attributes for.
    AlgorithmAttributes.parse(attributes.to_bytes())
    values = {
        OBJECTS[slot.attributes].value_key: attributes.to_bytes(),
        slot.value_key: StoredKey(Origin.IMPORTED, private_key_bytes(key)).to_bytes(),
        OBJECTS[slot.fingerprint].value_key: fingerprint(key.public_key(), attributes, generation_date),
        OBJECTS[slot.generation_date].value_key: generation_date.to_bytes(4, "big"),
    }
    if certificate:
        _check_certificate(certificate, key)
        values[certificate_key(slot.certificate)] = certificate
    return values


def _check_certificate(certificate: bytes, key: PrivateKey) -> None:
    if not is_of_key(load_certificate(certificate), key):
        raise KeyDataError("the certificate is of another key")


def contents(values: Values) -> CardContents:
    """What is on a card, by the values of its application."""
    tries = (each.tries_left(values) for each in (Password.PW1, Password.PW3, Password.RESETTING_CODE))
    return CardContents(tuple(_slot_contents(values, slot) for slot in KeySlot), (*tries,))  # type: ignore[arg-type]


def _slot_contents(values: Values, slot: KeySlot) -> SlotContents:
    value = values.get(slot.value_key)
    stored = None if value is None else StoredKey.from_bytes(value)
    return SlotContents(
        slot,
        AlgorithmAttributes.parse(value_of(values, slot.attributes)),
        Origin.NONE if stored is None else stored.origin,
        value_of(values, slot.fingerprint),
        int.from_bytes(value_of(values, slot.generation_date), "big"),
        values.get(certificate_key(slot.certificate)) or b"",
        None if stored is None else load_private_key(stored.der, check=False).public_key(),
    )


def values_of(state: PersistentState) -> Mapping[bytes, bytes]:
    """The values of the OpenPGP application on a card; empty where it has none."""
    df = next((df for df, name in state.applications.items() if name == "openpgp"), None)
    return {key: value for (number, key), value in state.application_values.items() if number == df}

"""What is put into a new card, and what is on one: keys and certificates by their slots, outside of any command.

A card's values are bytes by keys, as :meth:`emulator.Application.define` gives them; what is made here goes into them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emulator.applications.personalisation import Contents, HeldCode, HeldKey, HeldObject, KeyKind, Slot
from emulator.applications.personalisation import values_of as application_values
from emulator.applications.piv.algorithms import ALGORITHMS, algorithm_of
from emulator.applications.piv.data_objects import CERTIFICATES, KEY_HISTORY, kind_of
from emulator.applications.piv.key_references import (
    ATTESTATION_KEY,
    MANAGEMENT_KEY,
    RETIRED_KEYS,
    SLOTS,
    PINPolicy,
    ReferenceData,
    TouchPolicy,
    default_pin_policy,
)
from emulator.applications.piv.stored_keys import CODES, KeyPair, Origin, Settings, key_pair_key
from emulator.applications.piv.stored_objects import (
    certificate_in,
    certificate_object,
    key_history_object,
    object_key,
    tags_among,
)
from emulator.applications.piv.verification import LENGTH, is_pin, padded_pin
from emulator.applications.secret_codes import SecretCode
from emulator.errors import PersonalisationError
from emulator.persistent import Table
from iso7816.errors import KeyDataError
from iso7816.key_algorithms import KeyAlgorithm

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from emulator.applications.personalisation import KeyForSlot
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


class PIVPersonalisation:
    """What a PIV card offers to whoever makes one (:class:`emulator.applications.personalisation.Personalisation`)."""

    @property
    def codes(self) -> Mapping[str, str]:
        """PIN and PUK."""
        return {"pin": "6 to 8 digits", "puk": f"{LENGTH} bytes"}

    def slots(self, state: PersistentState, df: int) -> Sequence[Slot]:
        """The four keys of the card, the retired ones, and that which vouches for others, with the management commands.

        RSA-4096, Ed25519 and X25519 are theirs, too.
        """
        extended = Settings.read(application_values(state, df)).extended
        kinds = [
            KeyKind(each.kind, each.bits)
            for each in ALGORITHMS.values()
            if not each.kind.is_secret and (each.is_standard or extended)
        ]
        signing = [kind for kind in kinds if kind.algorithm is not KeyAlgorithm.X25519]
        agreeing = [kind for kind in kinds if kind.algorithm is not KeyAlgorithm.ED25519]
        return [
            Slot(
                f"{reference:02x}",
                SLOT_NAMES[reference],
                tuple(agreeing if reference == MANAGEMENT_KEY or reference in RETIRED_KEYS else signing),
            )
            for reference in SLOTS
            if extended or reference != ATTESTATION_KEY
        ]

    def fill(
        self, state: PersistentState, df: int, codes: Mapping[str, bytes], keys: Sequence[KeyForSlot]
    ) -> PersistentState:
        """Codes with all their tries, keys and certificates; and the key history object that retired ones show by."""
        values: dict[bytes, bytes] = {}
        for name, code in codes.items():
            values.update((self._code(application_values(state, df), name, code),))
        for each in keys:
            values.update(slot_values(int(each.slot, 16), each.key, each.certificate))
        retired = sum(object_key(CERTIFICATES[reference]) in values for reference in RETIRED_KEYS)
        if retired and (df, object_key(KEY_HISTORY)) not in state.application_values:
            values[object_key(KEY_HISTORY)] = key_history_object(retired)
        for key, value in values.items():
            state.write(Table.APPLICATION_VALUES, (df, key), value)
        return state

    def _code(self, values: Mapping[bytes, bytes], name: str, code: bytes) -> tuple[bytes, bytes]:
        is_pin_code = name == "pin"
        value = padded_pin(code) if is_pin_code else code
        if not (is_pin(value) if is_pin_code else len(value) == LENGTH):
            raise PersonalisationError(f"{name}: expected {self.codes[name]}")
        key = CODES[ReferenceData.PIN if is_pin_code else ReferenceData.PUK]
        return key, SecretCode.from_bytes(values[key]).with_value(value).to_bytes()

    def contents(self, state: PersistentState, df: int) -> Contents:
        """Version and serial number; codes; keys with their policies; data objects."""
        values = application_values(state, df)
        settings = Settings.read(values)
        certificates = {object_key(tag) for tag in CERTIFICATES.values()}
        tags = [tag for tag in tags_among(sorted(values)) if object_key(tag) not in certificates]
        return Contents(
            {"version": ".".join(map(str, settings.version)), "serial number": str(settings.serial)}
            if settings.extended
            else {},
            [_held_code(reference, values[key]) for reference, key in CODES.items() if key in values],
            [_held(content) for content in slots_of(values)],
            [HeldObject(f"{tag:X}", _object_name(tag), len(values[object_key(tag)])) for tag in tags],
        )


def _held_code(reference: ReferenceData, value: bytes) -> HeldCode:
    code = SecretCode.from_bytes(value)
    return HeldCode(reference.name.replace("_", " "), code.tries_left, code.max_tries)


def _object_name(tag: int) -> str:
    kind = kind_of(tag, extended=True)
    return "unknown" if kind is None else kind.name


def _held(content: SlotContent) -> HeldKey:
    key = content.key
    name = f"{content.reference:02x}"
    if key is None:
        return HeldKey(name, content.name, None, content.certificate)
    facts = {
        "origin": key.origin.name.lower(),
        "PIN": key.pin_policy.name.lower(),
        "touch": key.touch_policy.name.lower(),
    }
    return HeldKey(name, content.name, KeyKind(key.algorithm.kind, key.algorithm.bits), content.certificate, facts)

"""What a PIV card offers to whoever makes one: codes, slots, and what is on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.applications.personalisation import Contents, HeldCode, HeldKey, HeldObject, KeyKind, Slot, values_of
from emulator.applications.piv.algorithms import ALGORITHMS
from emulator.applications.piv.data_objects import CERTIFICATES, KEY_HISTORY, kind_of
from emulator.applications.piv.key_references import (
    ADMINISTRATION_KEY,
    ATTESTATION_KEY,
    CARD_AUTHENTICATION_KEY,
    MANAGEMENT_KEY,
    RETIRED_KEYS,
    SECURE_MESSAGING_KEY,
    SLOTS,
    ReferenceData,
)
from emulator.applications.piv.personalisation import SLOT_NAMES, slot_values, slots_of
from emulator.applications.piv.stored_keys import CODES, KeyPair, SecretKey, Settings
from emulator.applications.piv.stored_objects import key_history_object, object_key, tags_among
from emulator.applications.piv.verification import LENGTH, is_pin, padded_pin
from emulator.applications.secret_codes import SecretCode
from emulator.errors import PersonalisationError
from emulator.persistent import Table
from iso7816.key_algorithms import KeyAlgorithm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emulator.applications.personalisation import KeyForSlot
    from emulator.applications.piv.personalisation import SlotContent
    from emulator.persistent import PersistentState


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
        extended = Settings.read(values_of(state, df)).extended
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
            values.update((self._code(values_of(state, df), name, code),))
        for each in keys:
            values.update(slot_values(int(each.slot, 16), each.key, each.certificate))
        retired = sum(object_key(CERTIFICATES[reference]) in values for reference in RETIRED_KEYS)
        if retired and (df, object_key(KEY_HISTORY)) not in state.application_values:
            values[object_key(KEY_HISTORY)] = key_history_object(retired)
        _check_room({**values_of(state, df), **values}, state.identity.memory)
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
        values = values_of(state, df)
        settings = Settings.read(values)
        certificates = {object_key(tag) for tag in CERTIFICATES.values()}
        tags = [tag for tag in tags_among(sorted(values)) if object_key(tag) not in certificates]
        return Contents(
            {
                **({"version": ".".join(map(str, settings.version))} if settings.extended else {}),
                **({"serial number": str(settings.serial)} if settings.extended else {}),
                **_secret_keys(values),
            },
            [_held_code(reference, values[key]) for reference, key in CODES.items() if key in values],
            [_held(content) for content in slots_of(values)],
            [HeldObject(f"{tag:X}", _object_name(tag), len(values[object_key(tag)])) for tag in tags],
        )


def _check_room(values: Mapping[bytes, bytes], memory: int) -> None:
    """Raises PersonalisationError where data objects take more than the card has, as PUT DATA would refuse them."""
    occupied = sum(len(values[object_key(tag)]) for tag in tags_among(values))
    if occupied > memory:
        raise PersonalisationError(f"certificates and other data objects take {occupied} bytes, the card has {memory}")


def _secret_keys(values: Mapping[bytes, bytes]) -> dict[str, str]:
    """What the keys are that no slot has: the secret ones, and that of secure messaging."""
    named = {ADMINISTRATION_KEY: "management key", CARD_AUTHENTICATION_KEY: "card authentication by a secret key"}
    found = {name: SecretKey.read(values, reference) for reference, name in named.items()}
    ciphers = {name: f"{key.algorithm.kind.value}, {key.algorithm.bits} bits" for name, key in found.items() if key}
    pair = KeyPair.read(values, SECURE_MESSAGING_KEY)
    if pair is not None:
        ciphers["secure messaging key"] = str(KeyKind(pair.algorithm.kind, pair.algorithm.bits))
    return ciphers


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
        "PIN": key.pin_policy.of_pin.name.lower(),
        "touch": key.touch_policy.name.lower(),
    }
    return HeldKey(name, content.name, KeyKind(key.algorithm.kind, key.algorithm.bits), content.certificate, facts)

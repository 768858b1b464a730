"""What an OpenPGP card offers to whoever makes one: codes, slots, and what is on it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from emulator.applications.openpgp.algorithm_attributes import RSA_BITS
from emulator.applications.openpgp.data_objects import MAX_CERTIFICATE, OBJECTS
from emulator.applications.openpgp.key_slots import KeySlot
from emulator.applications.openpgp.passwords import MAX_LENGTH, Password, new_code
from emulator.applications.openpgp.personalisation import contents, slot_values
from emulator.applications.openpgp.secure_messaging import algorithm_of
from emulator.applications.openpgp.templates import signatures_among
from emulator.applications.personalisation import Contents, HeldCode, HeldKey, HeldObject, KeyKind, Slot, values_of
from emulator.applications.secret_codes import SecretCode
from emulator.applications.x509_certificates import load_certificate
from emulator.errors import PersonalisationError
from emulator.persistent import Table
from iso7816.asymmetric_keys import key_algorithm
from iso7816.key_algorithms import KeyAlgorithm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emulator.applications.openpgp.personalisation import SlotContents
    from emulator.applications.personalisation import KeyForSlot
    from emulator.persistent import PersistentState

_CODES: Final = {"pin": Password.PW1, "admin-pin": Password.PW3}
_NAMES: Final = {Password.PW1: "PIN (PW1)", Password.PW3: "admin PIN (PW3)", Password.RESETTING_CODE: "resetting code"}
_PURPOSES: Final = {
    KeySlot.SIGNATURE: "signatures",
    KeySlot.DECRYPTION: "decryption, key agreement",
    KeySlot.AUTHENTICATION: "authentication",
}
_MOST_SECONDS: Final = 0xFFFFFFFF


class OpenPGPPersonalisation:
    """What an OpenPGP card offers to whoever makes one (:mod:`emulator.applications.personalisation`)."""

    @property
    def codes(self) -> Mapping[str, str]:
        """PW1 and PW3."""
        return {name: f"{code.least} to {MAX_LENGTH} bytes" for name, code in _CODES.items()}

    def slots(self, state: PersistentState, df: int) -> Sequence[Slot]:
        """The three keys."""
        del state, df
        rsa = [KeyKind(KeyAlgorithm.RSA, bits) for bits in RSA_BITS]
        return [
            Slot(
                slot.label,
                _PURPOSES[slot],
                (*rsa, *(KeyKind(each.key, each.bits) for each in slot.offered() if each.key is not KeyAlgorithm.RSA)),
            )
            for slot in KeySlot
        ]

    def fill(
        self, state: PersistentState, df: int, codes: Mapping[str, bytes], keys: Sequence[KeyForSlot]
    ) -> PersistentState:
        """Passwords with all their tries; keys with fingerprint and date.

        The date of a key is the first day of its certificate, else that of the other keys: so the fingerprint is
        always the same.
        """
        values: dict[bytes, bytes] = {}
        for name, code in codes.items():
            if not _CODES[name].can_be(code):
                raise PersonalisationError(f"{name}: expected {self.codes[name]}")
            values.update((new_code(_CODES[name], code),))
        dates = {each.slot: _date(each.certificate) for each in keys if each.certificate is not None}
        latest = max(dates.values(), default=int(time.time()))
        for each in keys:
            if len(each.certificate or b"") > MAX_CERTIFICATE:
                raise PersonalisationError(
                    f"slot {each.slot}: the certificate takes {len(each.certificate or b'')} bytes, and the card has "
                    f"room for {MAX_CERTIFICATE}"
                )
            slot, date = KeySlot[each.slot.upper()], dates.get(each.slot, latest)
            values.update(slot_values(slot, each.key, generation_date=date, certificate=each.certificate or b""))
        for key, value in values.items():
            state.write(Table.APPLICATION_VALUES, (df, key), value)
        return state

    def contents(self, state: PersistentState, df: int) -> Contents:
        """Signatures made, secure messaging, passwords, keys with their fingerprints, what is in data objects."""
        values = values_of(state, df)
        of_slots = {tag for slot in KeySlot for tag in (slot.attributes, slot.fingerprint, slot.generation_date)}
        codes = {code: SecretCode.from_bytes(values[code.value_key]) for code in Password if code.value_key in values}
        facts = {"digital signature counter": str(signatures_among(values))}
        algorithm = algorithm_of(values)
        if algorithm is not None:
            facts["secure messaging"] = algorithm.label
        return Contents(
            facts,
            [HeldCode(_NAMES[name], code.tries_left, code.max_tries) for name, code in codes.items()],
            [_held(each) for each in contents(values).slots if each.public_key is not None or each.certificate],
            [
                HeldObject(f"{tag:X}", each.name, len(values[each.value_key]))
                for tag, each in OBJECTS.items()
                if tag not in of_slots and values.get(each.value_key)
            ],
        )


def _held(slot: SlotContents) -> HeldKey:
    there = slot.public_key is not None
    facts = {"origin": slot.origin.name.lower(), "fingerprint": slot.fingerprint.hex().upper()} if there else {}
    kind = KeyKind(*key_algorithm(slot.public_key)) if there else None
    return HeldKey(slot.slot.label, _PURPOSES[slot.slot], kind, slot.certificate or None, facts)


def _date(certificate: bytes) -> int:
    """From when on a certificate is valid, in seconds since 1970, as far as a card can have it."""
    begins = load_certificate(certificate).not_valid_before_utc.timestamp()
    return min(max(int(begins), 0), _MOST_SECONDS)

"""What a PKCS #15 card offers to whoever makes one: codes, slots, and what is on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emulator.applications.personalisation import Contents, HeldCode, HeldKey, HeldObject, KeyKind, Slot, values_of
from emulator.applications.pkcs15.access_conditions import LOCAL_PIN
from emulator.applications.pkcs15.interface import KEYS, InterfaceVersion
from emulator.applications.pkcs15.other_objects import certificates_alone, objects_in_files
from emulator.applications.pkcs15.personalisation import Personaliser, keys_on
from emulator.applications.pkcs15.reference_data import PIN_LENGTHS, PUK_LENGTH
from emulator.applications.pkcs15.settings import is_key_import_among, version_among
from emulator.applications.pkcs15.stored_keys import key_name
from emulator.emulated_card import Card
from emulator.errors import PersonalisationError
from emulator.persistent import CHVState
from iso7816.asymmetric_keys import load_private_key
from iso7816.errors import KeyDataError
from iso7816.key_algorithms import CURVE_BITS, KeyAlgorithm
from iso7816.status_words import StatusWordError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emulator.applications.personalisation import KeyForSlot
    from emulator.applications.pkcs15.personalisation import KeyOnCard
    from emulator.persistent import PersistentState

_PURPOSE: Final = "signatures, decryption"
_WELL_KNOWN_PIN: Final = b"123456"
_RSA: Final = {InterfaceVersion.V0: (2048,), InterfaceVersion.V1: (2048, 4096)}
"""Bits of the moduli that OpenSC's driver takes, by the version of the interface."""


class PKCS15Personalisation:
    """A structure is made where there are codes or keys; without them a card stays as pkcs15-init wants it, empty."""

    @property
    def codes(self) -> Mapping[str, str]:
        """PIN and PUK."""
        return {"pin": f"{PIN_LENGTHS.start} to {PIN_LENGTHS[-1]} bytes", "puk": f"{PUK_LENGTH} bytes"}

    def slots(self, state: PersistentState, df: int) -> Sequence[Slot]:
        """Sixteen, by the identifiers of PKCS #15 that their keys get: 01 to 10."""
        values = values_of(state, df)
        if not is_key_import_among(values):
            return []
        rsa = (KeyKind(KeyAlgorithm.RSA, bits) for bits in _RSA[version_among(values)])
        accepts = (*rsa, *(KeyKind(curve, bits) for curve, bits in CURVE_BITS.items()))
        return [Slot(f"{reference + 1:02x}", _PURPOSE, accepts) for reference in range(KEYS)]

    def fill(
        self, state: PersistentState, df: int, codes: Mapping[str, bytes], keys: Sequence[KeyForSlot]
    ) -> PersistentState:
        """By the commands of the card. Where no PIN is given it is 123456, without a PUK unless one is given."""
        del df
        pin, puk = codes.get("pin", _WELL_KNOWN_PIN), codes.get("puk")
        if len(pin) not in PIN_LENGTHS or pin.endswith(b"\0"):
            raise PersonalisationError(f"pin: expected {self.codes['pin']}")
        if puk is not None and len(puk) != PUK_LENGTH:
            raise PersonalisationError(f"puk: expected {self.codes['puk']}")
        card = Card.from_state(state)
        card.power_on()
        try:
            maker = Personaliser(card)
            maker.issue(pin, puk)
        except StatusWordError as refusal:
            raise PersonalisationError(f"the card takes no PKCS #15 structure: {refusal}") from None
        for each in keys:
            try:
                maker.put_key(each.key, each.certificate, each.label, int(each.slot, 16) - 1)
            except (StatusWordError, KeyDataError) as refusal:
                raise PersonalisationError(f"slot {each.slot}: the card refuses the key: {refusal}") from None
        return card.snapshot().state()

    def contents(self, state: PersistentState, df: int) -> Contents:
        """PIN and PUK where they are set, and the keys, certificates and other objects that the structure names."""
        pin = state.chvs[df, LOCAL_PIN]
        codes = [HeldCode("PIN", pin.tries_left, pin.max_tries)] if pin.state is CHVState.ENABLED else []
        if pin.puk is not None:
            codes.append(HeldCode("PUK", pin.puk.tries_left, pin.puk.max_tries))
        keys = [_held(each, values_of(state, df)) for each in keys_on(state)]
        keys += [
            HeldKey(each.identifier.hex(), _PURPOSE, None, each.certificate, {"label": each.label})
            for each in certificates_alone(state)
        ]
        others = [HeldObject(_path(each.path), each.name, each.size) for each in objects_in_files(state)]
        return Contents({}, codes, keys, others)


def _path(path: bytes) -> str:
    """The file identifiers of a path: ``3F00/5015/4701``."""
    return "/".join(path[place : place + 2].hex().upper() for place in range(0, len(path), 2))


def _held(key: KeyOnCard, values: Mapping[bytes, bytes]) -> HeldKey:
    pkcs8 = values.get(key_name(key.reference))
    kind = None if key.is_curve else KeyKind(KeyAlgorithm.RSA, key.bits)
    if pkcs8 is not None:
        kind = KeyKind.of(load_private_key(pkcs8, check=False))
    facts = {"label": key.label} if key.is_there else {"label": key.label, "private key": "missing"}
    return HeldKey(key.identifier.hex(), _PURPOSE, kind, key.certificate, facts)

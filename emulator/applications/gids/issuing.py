"""What a GIDS card offers to whoever makes one: codes, containers as slots, and what is on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emulator.applications.gids import base_files
from emulator.applications.gids.interface import ADMIN_KEY, KEY_FILES, RSA_BITS, Code
from emulator.applications.gids.personalisation import FILE_TABLE, MAX_CONTAINERS, container_values, containers_of
from emulator.applications.gids.reference_data import LENGTHS, code_key, new_code
from emulator.applications.gids.stored_files import key_key, object_key
from emulator.applications.personalisation import Contents, HeldCode, HeldKey, HeldObject, KeyKind, Slot, values_of
from emulator.applications.secret_codes import SecretCode
from emulator.errors import PersonalisationError
from emulator.persistent import Table
from iso7816.errors import Iso7816Error
from iso7816.key_algorithms import KeyAlgorithm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emulator.applications.gids.personalisation import ContainerContent
    from emulator.applications.personalisation import KeyForSlot
    from emulator.persistent import PersistentState

_CODES: Final = {"pin": Code.PIN, "puk": Code.PUK}
_PURPOSE: Final = "signatures, decryption"


class GIDSPersonalisation:
    """A card that is set up is filled; one as it comes from the factory has no slots, and gids-tool sets it up."""

    @property
    def codes(self) -> Mapping[str, str]:
        """PIN and PUK; the administrator's key is an option of the definition."""
        return dict.fromkeys(_CODES, f"{LENGTHS.start} to {LENGTHS[-1]} bytes")

    def slots(self, state: PersistentState, df: int) -> Sequence[Slot]:
        """The containers, by their numbers: 00 to 7d."""
        if FILE_TABLE not in values_of(state, df):
            return []
        accepts = tuple(KeyKind(KeyAlgorithm.RSA, bits) for bits in RSA_BITS.values())
        return [Slot(f"{index:02x}", _PURPOSE, accepts) for index in range(MAX_CONTAINERS)]

    def fill(
        self, state: PersistentState, df: int, codes: Mapping[str, bytes], keys: Sequence[KeyForSlot]
    ) -> PersistentState:
        """Codes with all their tries; containers, which have the name of the key's holder where no other has it."""
        values = values_of(state, df)
        for name, code in codes.items():
            if len(code) not in LENGTHS or FILE_TABLE not in values:
                expected = self.codes[name] if FILE_TABLE in values else "none on a card that is not set up"
                raise PersonalisationError(f"{name}: expected {expected}")
            values[code_key(_CODES[name])] = new_code(_CODES[name], code)
        names = {container.name for container in containers_of(values)}
        for each in keys:
            name = each.label[: base_files.MAX_NAME]
            try:
                values.update(
                    container_values(
                        values, each.key, each.certificate, None if name in names else name, index=int(each.slot, 16)
                    )
                )
            except Iso7816Error as error:
                raise PersonalisationError(f"slot {each.slot}: {error}") from None
            names.add(name)
        for key, value in values.items():
            state.write(Table.APPLICATION_VALUES, (df, key), value)
        return state

    def contents(self, state: PersistentState, df: int) -> Contents:
        """Codes, containers, and the other files that Windows keeps."""
        values = values_of(state, df)
        codes = [(code, SecretCode.from_bytes(values[code_key(code)])) for code in Code if code_key(code) in values]
        files = base_files.read_file_table(values.get(FILE_TABLE, b"\x01"))
        admin_key = "3des, 192 bits" if key_key(KEY_FILES | ADMIN_KEY) in values else "none"
        return Contents(
            {"administrator's key": admin_key},
            [HeldCode(code.name, held.tries_left, held.max_tries) for code, held in codes],
            [_held(container) for container in containers_of(values)],
            [
                HeldObject(
                    f"{file.fid:04X}/{file.tag:04X}",
                    f"{file.directory}/{file.name}".strip("/"),
                    len(values.get(object_key(file.fid, file.tag), b"")),
                )
                for file in files
                if file.name and not file.name.startswith(("kxc", "ksc"))
            ],
        )


def _held(container: ContainerContent) -> HeldKey:
    there = container.public_key is not None
    facts = {"name": container.name, **({"default": "yes"} if container.is_default else {})}
    return HeldKey(
        f"{container.index:02x}",
        "signatures" if container.signs_only else _PURPOSE,
        KeyKind(KeyAlgorithm.RSA, container.bits),
        container.certificate,
        facts if there else {**facts, "private key": "missing"},
    )

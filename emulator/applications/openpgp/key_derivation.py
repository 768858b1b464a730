"""The KDF-DO (F9): passwords that the outside derives before it presents them (OpenPGP card 3.4.1, 4.3.2).

::

    81 00                       no derivation: passwords are presented as they are
    81 03                       iterated and salted (RFC 4880, 3.7.1.3)
       82 hash                  08 SHA-256, 0A SHA-512
       83 count (4)             bytes that are hashed
       84, 85, 86 salts (8)     of PW1, of the resetting code, of PW3; without 85 and 86 that of 84 serves all
       87, 88 hashes            what PW1 and PW3 are now; as long as the hash

The card derives nothing: what is presented is what it compares. Writing 87 and 88 sets PW1 and PW3, for their old
values were not derived; ending a derivation gives them the values of a new card. A resetting code goes with either.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import TYPE_CHECKING, Final

from emulator.applications.openpgp.data_objects import KEY_DERIVATION, NO_DERIVATION, OBJECTS, value_of
from emulator.applications.openpgp.passwords import Password, new_code
from iso7816.ber_tlv import decode_all
from iso7816.errors import Iso7816Error, KeyDataError
from iso7816.status_words import SW, StatusWordError

if TYPE_CHECKING:
    from emulator.command import CardContext

_ALGORITHM, _HASH, _COUNT = 0x81, 0x82, 0x83
_SALTS: Final = (0x84, 0x85, 0x86)
_PW1_HASH, _PW3_HASH = 0x87, 0x88
_NONE, _ITERATED_AND_SALTED = b"\x00", b"\x03"
_COUNT_SIZE: Final = 4
_SALT_SIZE: Final = 8


@unique
class DerivationHash(IntEnum):
    """The hashes, as OpenPGP numbers them (RFC 4880, 9.4)."""

    SHA_256 = 0x08
    SHA_512 = 0x0A

    @property
    def size(self) -> int:
        """Bytes in a derived password."""
        return 32 if self is DerivationHash.SHA_256 else 64


@dataclass(frozen=True, slots=True, repr=False)
class KeyDerivation:
    """What a KDF-DO says; the repr shows no hash.

    Attributes:
        hash: by which passwords are derived, ``None``: they are not.
        pw1, pw3: what these passwords become, ``None`` where it does not say.
    """

    hash: DerivationHash | None
    pw1: bytes | None = None
    pw3: bytes | None = None

    @classmethod
    def parse(cls, value: bytes) -> KeyDerivation:
        """Read the value of the data object F9.

        Raises:
            TLVError: no data objects.
            KeyDataError: something is missing, occurs twice, has a wrong length or does not belong there.
        """
        tlvs = decode_all(value)
        found = {tlv.tag: tlv.value for tlv in tlvs}
        if len(found) != len(tlvs):
            raise KeyDataError("a part of the KDF-DO occurs twice")
        if found == {_ALGORITHM: _NONE}:
            return cls(None)
        if found.pop(_ALGORITHM, None) != _ITERATED_AND_SALTED:
            raise KeyDataError("passwords are derived iterated and salted, or not at all")
        algorithm = next((each for each in DerivationHash if found.get(_HASH) == bytes((each,))), None)
        if algorithm is None:
            raise KeyDataError("passwords are derived by SHA-256 or SHA-512")
        sizes = {_HASH: 1, _COUNT: _COUNT_SIZE, **dict.fromkeys(_SALTS, _SALT_SIZE)}
        sizes |= {_PW1_HASH: algorithm.size, _PW3_HASH: algorithm.size}
        needed = (_HASH, _COUNT, _SALTS[0])
        if not all(tag in found for tag in needed) or any(len(part) != sizes.get(tag) for tag, part in found.items()):
            raise KeyDataError("a part of the KDF-DO is missing, of a wrong length or unknown")
        return cls(algorithm, found.get(_PW1_HASH), found.get(_PW3_HASH))

    def __repr__(self) -> str:
        """The hash alone."""
        return f"KeyDerivation({self.hash.name if self.hash else 'none'})"


def put_key_derivation(card: CardContext, value: bytes) -> None:
    """PUT DATA F9. Raises StatusWordError 6A80."""
    try:
        derivation = KeyDerivation.parse(value)
    except Iso7816Error:
        raise StatusWordError(SW.WRONG_DATA) from None
    before = value_of(card.values, KEY_DERIVATION)
    card.values.put(OBJECTS[KEY_DERIVATION].value_key, value)
    if derivation.hash is None and before == NO_DERIVATION:
        return
    card.values.remove(Password.RESETTING_CODE.value_key)
    for password, derived in ((Password.PW1, derivation.pw1), (Password.PW3, derivation.pw3)):
        new = derived if derivation.hash is not None else password.default
        if new is not None:
            card.values.put(*new_code(password, new))

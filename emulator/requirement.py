"""What an operation requires: always, never, or CHVs, keys and secure messaging, all or any of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

_SECURE_MESSAGING = "secure messaging"
_TERM = re.compile(r"(CHV|key) ([0-9A-Fa-f]{1,2})")


@dataclass(frozen=True, slots=True)
class Requirement:
    """What must be the case: CHVs verified, keys authenticated, the command protected.

    Attributes:
        chvs: references of CHVs as in P2 (bit 8: local).
        keys: references of keys, likewise.
        all_of: whether every one of them is needed; else one is enough.
        secure_messaging: whether the command has to come under secure messaging, as one of them.
    """

    chvs: tuple[int, ...] = ()
    keys: tuple[int, ...] = ()
    all_of: bool = True
    secure_messaging: bool = False

    ALWAYS: ClassVar[Requirement]
    NEVER: ClassVar[Requirement]

    @classmethod
    def parse_term(cls, text: str) -> Requirement:
        """Read ``always``, ``never``, ``CHV 81``, ``key 1`` or ``secure messaging``; references are hexadecimal.

        Raises:
            ValueError: anything else, or a reference whose number (bits 5 to 1) is 0 or bits 7 and 6 are set.
        """
        if text == "always":
            return cls.ALWAYS
        if text == "never":
            return cls.NEVER
        if text == _SECURE_MESSAGING:
            return cls(secure_messaging=True)
        match = _TERM.fullmatch(text)
        if match is None or not is_reference(int(match[2], 16)):
            raise ValueError(f"{text!r} is none of always, never, CHV n, key n, secure messaging")
        reference = (int(match[2], 16),)
        return cls(chvs=reference) if match[1] == "CHV" else cls(keys=reference)

    @classmethod
    def parse(cls, text: str) -> Requirement:
        """Read what ``str()`` gives: one term, or terms joined by ``and`` or ``or``.

        Raises:
            ValueError: anything else.
        """
        all_of = " or " not in text
        terms = text.split(" and " if all_of else " or ")
        return cls.parse_term(text) if len(terms) == 1 else cls.join(map(cls.parse_term, terms), all_of=all_of)

    @classmethod
    def join(cls, terms: Iterable[Requirement], *, all_of: bool) -> Requirement:
        """All or any of several single terms."""
        terms = tuple(terms)
        return cls(
            tuple(dict.fromkeys(chv for term in terms for chv in term.chvs)),
            tuple(dict.fromkeys(key for term in terms for key in term.keys)),
            all_of,
            any(term.secure_messaging for term in terms),
        )

    def __str__(self) -> str:
        """As written in a card definition: ``CHV 81 and key 01``."""
        terms = [f"CHV {chv:02X}" for chv in self.chvs] + [f"key {key:02X}" for key in self.keys]
        if self.secure_messaging:
            terms.append(_SECURE_MESSAGING)
        if not terms:
            return "always" if self.all_of else "never"
        return (" and " if self.all_of else " or ").join(terms)


Requirement.ALWAYS = Requirement(all_of=True)
Requirement.NEVER = Requirement(all_of=False)


def is_reference(byte: int) -> bool:
    """Whether a byte can refer to a CHV or key: bit 8 says local, bits 5 to 1 are its number, 1 to 31."""
    return 0 <= byte <= 0xFF and byte & 0x60 == 0 and byte & 0x1F != 0

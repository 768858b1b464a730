"""Codes that are numbers on the wire and phrases to a person."""

from __future__ import annotations

from enum import IntEnum
from typing import Self


class PhrasedCode(IntEnum):
    """The base of enumerations whose members are written ``NAME = number, "phrase"``.

    A member equals its number; ``phrase`` says in words what it means.
    """

    phrase: str

    def __new__(cls, value: int, phrase: str) -> Self:
        """A member is its number; the phrase rides along."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.phrase = phrase
        return member

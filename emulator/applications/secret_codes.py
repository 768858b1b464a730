"""A code with a retry counter among the values of an application: a PIN, a PUK, a password, or a finger.

Its value: ``most tries (1 byte) || tries left (1 byte) || code``. A try is spent, durably, before the comparison, and
the counter is full again, durably, after a right one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

from iso7816.authentication import is_same_secret
from iso7816.status_words import SW, StatusWordError, counter_word

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.command import CardContext

MAX_TRIES: Final = 255
_HEADER: Final = 2


@dataclass(frozen=True, slots=True, repr=False)
class SecretCode:
    """A code and its retry counter; the repr shows no code.

    Attributes:
        value: as it is compared, with its padding.
        max_tries: 1 to 255.
        tries_left: 0 to ``max_tries``; 0: blocked.

    Raises:
        ValueError: a counter out of its range.
    """

    value: bytes
    max_tries: int
    tries_left: int

    def __post_init__(self) -> None:
        if not 1 <= self.max_tries <= MAX_TRIES or not 0 <= self.tries_left <= self.max_tries:
            raise ValueError(f"{self.tries_left} of {self.max_tries} tries")

    @classmethod
    def new(cls, value: bytes, max_tries: int) -> Self:
        """A code with all its tries."""
        return cls(value, max_tries, max_tries)

    @classmethod
    def read(cls, card: CardContext, key: bytes) -> Self:
        """The code under a key of the current application.

        Raises:
            KeyError: there is none.
            StatusWordError: 6984 the value is none of a code.
        """
        try:
            return cls.from_bytes(card.values[key])
        except ValueError:
            raise StatusWordError(SW.REFERENCE_DATA_NOT_USABLE) from None

    @classmethod
    def from_bytes(cls, value: bytes) -> Self:
        """The code in the value that keeps it. Raises ValueError: it keeps none."""
        if len(value) < _HEADER:
            raise ValueError(f"{len(value)} bytes, where the counter has {_HEADER}")
        return cls(value[2:], value[0], value[1])

    def to_bytes(self) -> bytes:
        """The value that keeps it."""
        return bytes((self.max_tries, self.tries_left)) + self.value

    def put(self, card: CardContext, key: bytes) -> None:
        """Keep it; durable with the command, or with the next commit."""
        card.values.put(key, self.to_bytes())

    def with_value(self, value: bytes) -> Self:
        """Another code in its place, with all tries."""
        return replace(self, value=value, tries_left=self.max_tries)

    @property
    def is_blocked(self) -> bool:
        """Whether no try is left."""
        return self.tries_left == 0

    @property
    def counter_word(self) -> int:
        """63CX."""
        return counter_word(self.tries_left)

    def __repr__(self) -> str:
        """The counter only."""
        return f"SecretCode({self.tries_left} of {self.max_tries} tries)"


def present(card: CardContext, key: bytes, presented: bytes) -> SecretCode:
    """Compare what is presented with the code under a key of the current application.

    Returns:
        The code, which has all its tries again.

    Raises:
        StatusWordError: 6983 it is blocked, 63CX it is another.
    """
    return attempt(card, key, lambda value: is_same_secret(value, presented))


def attempt(card: CardContext, key: bytes, is_right: Callable[[bytes], bool]) -> SecretCode:
    """:func:`present` with a comparison of one's own: ``is_right`` is given the value that is kept."""
    code = SecretCode.read(card, key)
    if code.is_blocked:
        raise StatusWordError(SW.AUTHENTICATION_METHOD_BLOCKED)
    spent = replace(code, tries_left=code.tries_left - 1)
    spent.put(card, key)
    card.work.commit()
    if not is_right(code.value):
        raise StatusWordError(spent.counter_word)
    full = replace(code, tries_left=code.max_tries)
    full.put(card, key)
    card.work.commit()
    return full


def block(card: CardContext, key: bytes) -> None:
    """Take all tries away, durably."""
    replace(SecretCode.read(card, key), tries_left=0).put(card, key)
    card.work.commit()

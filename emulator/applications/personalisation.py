"""What an application offers to whoever makes cards: the codes and slots that it has, and what is on a card.

An application that can be personalised returns a :class:`Personalisation` from
:meth:`emulator.Application.personalisation`. Who makes a card (:mod:`emulator.applications.issuing`, ``scard new``) or
looks at one (``scard show``) knows an application by that alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, Self, runtime_checkable

from iso7816.key_algorithms import KeyAlgorithm

if TYPE_CHECKING:
    from emulator.persistent import PersistentState
    from iso7816.asymmetric_keys import PrivateKey

_IN_A_ROW: Final = 4
_STEP: Final = 256


@dataclass(frozen=True, slots=True)
class KeyKind:
    """An algorithm with the size of its keys.

    Attributes:
        algorithm: that of a key pair.
        bits: of the modulus, or of the field of the curve.
    """

    algorithm: KeyAlgorithm
    bits: int

    @classmethod
    def of(cls, key: PrivateKey) -> Self:
        """That of a key. Raises KeyDataError where it is none of ours."""
        from iso7816.asymmetric_keys import key_algorithm

        return cls(*key_algorithm(key))

    @classmethod
    def of_curve(cls, algorithm: KeyAlgorithm) -> Self:
        """That of the keys on a curve."""
        return cls(algorithm, algorithm.sizes[0])

    def __str__(self) -> str:
        """``rsa2048``, ``p256``, ``brainpoolp256r1``."""
        name = self.algorithm.value.lower().replace("-", "")
        return f"{name}{self.bits}" if self.algorithm is KeyAlgorithm.RSA else name


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a key and its certificate.

    Attributes:
        name: by which whoever makes a card names it: ``"9a"``.
        purpose: what the key in it is for.
        accepts: the keys that can be there.
    """

    name: str
    purpose: str
    accepts: tuple[KeyKind, ...]


@dataclass(frozen=True, slots=True, repr=False)
class KeyForSlot:
    """A key that is to be in a slot; the repr shows nothing of it.

    Attributes:
        slot: the name of the slot.
        key: the private key.
        certificate: in DER, ``None`` for none. It is of this key.
        label: what it is called, where the card keeps such a name.
    """

    slot: str
    key: PrivateKey
    certificate: bytes | None = None
    label: str = "Key"

    def __repr__(self) -> str:
        """The slot."""
        return f"KeyForSlot({self.slot})"


@dataclass(frozen=True, slots=True)
class HeldCode:
    """A code on a card, without its value.

    Attributes:
        name: what it is called.
        tries_left: the retry counter; 0: blocked.
        max_tries: what a success sets it to.
    """

    name: str
    tries_left: int
    max_tries: int


@dataclass(frozen=True, slots=True)
class HeldKey:
    """What is in a slot.

    Attributes:
        slot: its name.
        purpose: what the slot is for.
        kind: of the key, ``None`` where there is a certificate alone.
        certificate: in DER, ``None`` for none.
        facts: what else there is to say of the key, words by names.
    """

    slot: str
    purpose: str
    kind: KeyKind | None
    certificate: bytes | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HeldObject:
    """A data object on a card, without its value.

    Attributes:
        tag: in hex digits, or the path of the file that holds it.
        name: what it is.
        size: bytes.
    """

    tag: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What is on a card, without its secrets.

    Attributes:
        facts: of the application as a whole, words by names.
        codes: those that are set.
        keys: the slots that hold something.
        objects: the data objects, but certificates.
    """

    facts: Mapping[str, str] = field(default_factory=dict)
    codes: Sequence[HeldCode] = ()
    keys: Sequence[HeldKey] = ()
    objects: Sequence[HeldObject] = ()


def kinds_in_words(kinds: Sequence[KeyKind]) -> str:
    """``rsa2048, p256``; sizes of RSA in a row as ``rsa2048 to rsa4096``."""
    words: list[str] = []
    rsa = sorted(kind.bits for kind in kinds if kind.algorithm is KeyAlgorithm.RSA)
    if len(rsa) >= _IN_A_ROW and rsa == list(range(rsa[0], rsa[-1] + 1, _STEP)):
        words.append(f"rsa{rsa[0]} to rsa{rsa[-1]} in steps of {_STEP}")
    else:
        words += [f"rsa{bits}" for bits in rsa]
    return ", ".join((*words, *(str(kind) for kind in kinds if kind.algorithm is not KeyAlgorithm.RSA)))


@runtime_checkable
class Personalisation(Protocol):
    """How a new card with an application is filled, and what is on one.

    An application is found on a card by the number of its DF, of which ``state.applications`` has the names.
    """

    @property
    def codes(self) -> Mapping[str, str]:
        """The codes that can be set on a new card, by name, each with what it may be: ``{"pin": "6 to 8 digits"}``.

        Names that programs know as such: ``pin``, ``puk``, ``so-pin``, ``admin-pin``.
        """
        ...

    def slots(self, state: PersistentState, df: int) -> Sequence[Slot]:
        """The slots of a card; the first is the one that is meant where none is named."""
        ...

    def fill(
        self, state: PersistentState, df: int, codes: Mapping[str, bytes], keys: Sequence[KeyForSlot]
    ) -> PersistentState:
        """A new card with codes and keys on it.

        Args:
            state: the card as its definition describes it. It is used up: what is returned may be the same.
            df: the number of the application's DF.
            codes: by names that :attr:`codes` has.
            keys: each for a slot that :meth:`slots` has and for which it is of an accepted kind; no slot twice.

        Raises:
            PersonalisationError: the card cannot hold them.
        """
        ...

    def contents(self, state: PersistentState, df: int) -> Contents:
        """What is on a card.

        Raises:
            Iso7816Error: something on it cannot be read.
        """
        ...


def values_of(state: PersistentState, df: int) -> dict[bytes, bytes]:
    """The values of the application of a DF, by their keys."""
    return {key: value for (number, key), value in state.application_values.items() if number == df}

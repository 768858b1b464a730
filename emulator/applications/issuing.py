"""A new card filled: codes and keys given to the applications that are on it, whichever they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.applications.personalisation import KeyForSlot, KeyKind, Personalisation, kinds_in_words
from emulator.applications.registry import application_type
from emulator.applications.x509_certificates import is_of_key, load_certificate
from emulator.errors import ApplicationMissing, PersonalisationError, WeakKeyError
from iso7816.errors import KeyDataError
from iso7816.key_algorithms import KeyAlgorithm

if TYPE_CHECKING:
    from emulator.applications.personalisation import Contents, Slot
    from emulator.persistent import PersistentState
    from iso7816.asymmetric_keys import PrivateKey

STRONG_RSA_BITS = 2048
"""Below that a key of RSA is weak (NIST SP 800-131A rev. 2, clause 3)."""


@dataclass(frozen=True, slots=True)
class ApplicationOnCard:
    """An application that can be personalised, on a card.

    Attributes:
        name: of the application.
        df: the number of its DF.
        personalisation: what it offers.
    """

    name: str
    df: int
    personalisation: Personalisation

    def slots(self, state: PersistentState) -> Sequence[Slot]:
        """Its slots."""
        return self.personalisation.slots(state, self.df)

    def contents(self, state: PersistentState) -> Contents:
        """What is in it. Raises Iso7816Error where something cannot be read."""
        return self.personalisation.contents(state, self.df)


@dataclass(frozen=True, slots=True, repr=False)
class GivenKey:
    """A key for a new card; the repr shows nothing of it.

    Attributes:
        key: the private key.
        slot: the name of its slot; ``None``: the first one of the card that is free.
        certificate: in DER.
        label: what it is called, where the card keeps such a name.
        weak_allowed: whether it may be a weak one, where the card can hold it.
    """

    key: PrivateKey
    slot: str | None = None
    certificate: bytes | None = None
    label: str = "Key"
    weak_allowed: bool = False

    def __repr__(self) -> str:
        """The slot."""
        return f"GivenKey({self.slot})"


def applications_of(state: PersistentState) -> Iterator[ApplicationOnCard]:
    """The applications on a card that can be personalised, in the order of their DFs.

    Raises:
        ApplicationMissing: the card has an application that is not known here, or that offers half of it.
    """
    for df, name in sorted(state.applications.items()):
        personalisation = application_type(name).personalisation()
        # Nobody has checked the types of a file of Python.
        if not isinstance(personalisation, Personalisation | None):
            raise ApplicationMissing(f"the application {name!r} lacks a part of its personalisation")
        if personalisation is not None:
            yield ApplicationOnCard(name, df, personalisation)


def issue(state: PersistentState, codes: Mapping[str, bytes], keys: Sequence[GivenKey]) -> PersistentState:
    """A new card with codes and keys.

    Args:
        state: the card as its definition describes it; it is used up.
        codes: by name; each for the first application that has one of that name.
        keys: each for the application that has its slot.

    Raises:
        PersonalisationError: no application has such a code or slot, or a key or certificate cannot be there.
        WeakKeyError: a key is weak, and not one that may be.
        ApplicationMissing: the card has an application that is not known here.
    """
    applications = list(applications_of(state))
    filled: dict[int, list[KeyForSlot]] = {application.df: [] for application in applications}
    taken: set[tuple[int, str]] = set()
    for given in keys:
        application, slot = _place(state, applications, given, taken)
        taken.add((application.df, slot.name))
        filled[application.df].append(_checked(given, slot))
    left = dict(codes)
    for application in applications:
        its_codes = {name: left.pop(name) for name in application.personalisation.codes if name in left}
        if its_codes or filled[application.df]:
            state = application.personalisation.fill(state, application.df, its_codes, filled[application.df])
    for name in left:
        raise PersonalisationError(f"the card has no {name} that could be set: {_codes_of(applications)}")
    return state


def _place(
    state: PersistentState,
    applications: Sequence[ApplicationOnCard],
    given: GivenKey,
    taken: set[tuple[int, str]],
) -> tuple[ApplicationOnCard, Slot]:
    places = [(application, slot) for application in applications for slot in application.slots(state)]
    if not places:
        raise PersonalisationError("the card has no slot for a key: no application on it can be given one")
    if given.slot is None:
        free = next(((each, slot) for each, slot in places if (each.df, slot.name) not in taken), None)
        if free is None:
            raise PersonalisationError("every slot of the card is taken")
        return free
    for application, slot in places:
        if given.slot.lower() == slot.name.lower():
            if (application.df, slot.name) in taken:
                raise PersonalisationError(f"slot {slot.name}: it is given two keys")
            return application, slot
    names = ", ".join(slot.name for _, slot in places)
    raise PersonalisationError(f"the card has no slot {given.slot!r}; it has: {names}")


def _checked(given: GivenKey, slot: Slot) -> KeyForSlot:
    accepts = kinds_in_words(slot.accepts) or "none"
    try:
        kind = KeyKind.of(given.key)
    except KeyDataError:
        raise PersonalisationError(f"slot {slot.name}: takes no key of this kind, but {accepts}") from None
    weak = kind.algorithm is KeyAlgorithm.RSA and kind.bits < STRONG_RSA_BITS
    if kind not in slot.accepts:
        why = f"a key of RSA with {kind.bits} bits is weak, and the card has none" if weak else f"takes no {kind}"
        raise PersonalisationError(f"slot {slot.name}: {why}; it takes {accepts}")
    if weak and not given.weak_allowed:
        raise WeakKeyError(
            f"slot {slot.name}: a key of RSA with {kind.bits} bits is weak: it takes {STRONG_RSA_BITS} at least, "
            "unless weak keys are allowed"
        )
    if given.certificate is not None:
        _check_certificate(given.certificate, given.key, slot)
    return KeyForSlot(slot.name, given.key, given.certificate, given.label)


def _check_certificate(certificate: bytes, key: PrivateKey, slot: Slot) -> None:
    """Raises PersonalisationError where it is none, or not of the key."""
    try:
        loaded = load_certificate(certificate)
    except KeyDataError:
        raise PersonalisationError(f"slot {slot.name}: the certificate cannot be read") from None
    if not is_of_key(loaded, key):
        raise PersonalisationError(f"slot {slot.name}: the certificate is not of this key, but of another one")


def _codes_of(applications: Sequence[ApplicationOnCard]) -> str:
    names = [name for application in applications for name in application.personalisation.codes]
    return f"it has {', '.join(names)}" if names else "no application on it has one"

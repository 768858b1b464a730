"""Volatile state: what a reset clears. A reset makes a fresh object; nothing is cleared by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from emulator.persistent import GLOBAL, MF_NUMBER, ReferenceId

if TYPE_CHECKING:
    from emulator.chaining import CommandChain, CommandInPieces, WaitingResponse
    from emulator.key_in_use import KeyInUse
    from emulator.session import Session
    from iso7816.asymmetric_keys import PublicKey
    from iso7816.control_reference import ControlReferenceTemplate
    from iso7816.key_algorithms import KeyAlgorithm
    from iso7816.mechanisms import HashAlgorithm, Mechanism

Environment: TypeAlias = "Mapping[int, ControlReferenceTemplate]"
"""A security environment: from ``template tag << 8 | usage bit`` to the template. Replaced, never changed."""

EMPTY_ENVIRONMENT: Final[Environment] = {}


class CertifiedKey(NamedTuple):
    """A public key that a certificate vouches for.

    Attributes:
        algorithm: what it is a key of.
        key: the key.
        mechanism: of its holder's signatures.
        root: the key of the card on which the certificates rest.
        may_certify: whether the holder is an authority itself.
    """

    algorithm: KeyAlgorithm
    key: PublicKey
    mechanism: Mechanism
    root: ReferenceId
    may_certify: bool


class Mark(NamedTuple):
    """Where a channel stands: of :class:`ChannelState` what a command that reads or selects may change."""

    df: int
    application: int
    application_state: dict[str, Any]
    ef: int
    record: int
    environment: Environment | None
    certified: dict[bytes, CertifiedKey]
    verified: set[ReferenceId]
    authenticated: set[ReferenceId]


class ChannelState:
    """What belongs to one logical channel: the selection and the security status.

    Attributes:
        df: number of the current DF; after a reset that of the application that is selected then, else the MF.
        application: number of the DF of the current application, 0 for none: the current DF or the nearest above it.
        application_state: what the application keeps until another selection.
        ef: number of the current EF, 0 for none.
        record: number of the current record, 0 for none.
        environment: the current security environment; ``None``: the default one of the current DF.
        hash_code: the hash and the hash code that HASH left for the next signature, ``None`` for none.
        key_in_use: the last key that an operation found by the environment, ``None``: none to go by.
        certified: public keys of certificates that were verified, by their holder references.
        verified: CHVs whose verification succeeded.
        consumed: those of them that a key has used up that wants them verified each time.
        authenticated: keys by which the outside has authenticated itself.
        session: the secure messaging session, ``None``: there is none.
        session_key: the key by which it was begun, if it counts as authenticated for that.
        protecting: the session under which the command came that is executed, ``None``: it came without.
    """

    __slots__ = (
        "application",
        "application_state",
        "authenticated",
        "certified",
        "consumed",
        "df",
        "ef",
        "environment",
        "hash_code",
        "key_in_use",
        "protecting",
        "record",
        "session",
        "session_key",
        "verified",
    )

    def __init__(self, application: int = 0) -> None:
        self.df = application or MF_NUMBER
        self.application = application
        self.application_state: dict[str, Any] = {}
        self.ef = 0
        self.record = 0
        self.environment: Environment | None = None
        self.hash_code: tuple[HashAlgorithm, bytes] | None = None
        self.key_in_use: KeyInUse | None = None
        self.certified: dict[bytes, CertifiedKey] = {}
        self.verified: set[ReferenceId] = set()
        self.consumed: set[ReferenceId] = set()
        self.authenticated: set[ReferenceId] = set()
        self.session: Session | None = None
        self.session_key: ReferenceId | None = None
        self.protecting: Session | None = None

    @property
    def is_protected(self) -> bool:
        """Whether the command that is executed came under secure messaging."""
        return self.protecting is not None

    def mark(self) -> Mark:
        """Where the channel stands: to go back to before anything is verified or authenticated."""
        return Mark(
            self.df,
            self.application,
            self.application_state.copy(),
            self.ef,
            self.record,
            self.environment,
            self.certified,
            self.verified,
            self.authenticated,
        )

    def go_back(self, mark: Mark) -> None:
        """Return to where :meth:`mark` was called."""
        self.df, self.application, self.application_state = mark.df, mark.application, mark.application_state.copy()
        self.ef, self.record, self.environment = mark.ef, mark.record, mark.environment
        self.certified, self.verified, self.authenticated = mark.certified, mark.verified, mark.authenticated

    def verify(self, where: ReferenceId) -> None:
        """Note that a CHV has just been verified."""
        self.verified.add(where)
        self.consumed.discard(where)

    def begin_session(self, session: Session, key: ReferenceId | None = None) -> None:
        """Begin a session; an earlier one ends. ``key`` is what the outside has authenticated itself with for it."""
        self.end_session()
        self.session, self.session_key = session, key
        if key is not None:
            self.authenticated.add(key)

    def end_session(self) -> None:
        """End the session, if there is one; what rested on it is gone."""
        if self.session is None:
            return
        if self.session_key is not None:
            self.authenticated.discard(self.session_key)
        self.session = self.session_key = None

    def note_plain_command(self) -> None:
        """End a session that does not outlive a command without secure messaging."""
        if self.session is not None and not self.session.OUTLIVES_PLAIN_COMMANDS:
            self.end_session()

    def drop_status_outside(self, dfs: frozenset[int]) -> None:
        """Forget what was verified, authenticated or certified in DFs other than ``dfs``; the global status stays."""
        self.verified = {where for where in self.verified if where[0] == GLOBAL or where[0] in dfs}
        self.authenticated = {where for where in self.authenticated if where[0] == GLOBAL or where[0] in dfs}
        self.certified = {
            holder: each for holder, each in self.certified.items() if each.root[0] == GLOBAL or each.root[0] in dfs
        }


class VolatileState:
    """All that a reset clears.

    Args:
        application: number of the DF whose application a reset selects, 0 for none.

    Attributes:
        basic: the basic logical channel, which is always open.
        channels: the logical channels that are open, by their number.
        challenge: the last challenge given and not yet used, or ``None``.
        unfinished: the parts so far of a command that comes in parts or pieces, or response data that wait for GET
            RESPONSE.
    """

    __slots__ = ("basic", "challenge", "channels", "unfinished")

    def __init__(self, application: int = 0) -> None:
        self.basic = ChannelState(application)
        self.channels = {0: self.basic}
        self.challenge: bytes | None = None
        self.unfinished: CommandChain | CommandInPieces | WaitingResponse | None = None

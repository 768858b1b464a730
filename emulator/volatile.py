"""Volatile state: what a reset clears. A reset makes a fresh object; nothing is cleared by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from emulator.persistent import GLOBAL, MF_NUMBER, ReferenceId

if TYPE_CHECKING:
    from iso7816.control_reference import ControlReferenceTemplate

Environment: TypeAlias = "Mapping[int, ControlReferenceTemplate]"
"""A security environment: from ``template tag << 8 | usage bit`` to the template. Replaced, never changed."""

Mark: TypeAlias = tuple[int, int, int, Environment, set[ReferenceId], set[ReferenceId]]
"""Where a channel stands."""

EMPTY_ENVIRONMENT: Final[Environment] = {}


class ChannelState:
    """What belongs to one logical channel: the selection and the security status.

    Attributes:
        df: number of the current DF; after a reset the MF.
        ef: number of the current EF, 0 for none.
        record: number of the current record, 0 for none.
        environment: the current security environment.
        verified: CHVs whose verification succeeded.
        consumed: those of them that a key has used up that wants them verified each time.
        authenticated: keys by which the outside has authenticated itself.
    """

    __slots__ = ("authenticated", "consumed", "df", "ef", "environment", "record", "verified")

    def __init__(self) -> None:
        self.df = MF_NUMBER
        self.ef = 0
        self.record = 0
        self.environment = EMPTY_ENVIRONMENT
        self.verified: set[ReferenceId] = set()
        self.consumed: set[ReferenceId] = set()
        self.authenticated: set[ReferenceId] = set()

    def mark(self) -> Mark:
        """Where the channel stands: to go back to before anything is verified or authenticated."""
        return self.df, self.ef, self.record, self.environment, self.verified, self.authenticated

    def go_back(self, mark: Mark) -> None:
        """Return to where :meth:`mark` was called."""
        self.df, self.ef, self.record, self.environment, self.verified, self.authenticated = mark

    def verify(self, where: ReferenceId) -> None:
        """Note that a CHV has just been verified."""
        self.verified.add(where)
        self.consumed.discard(where)

    def drop_status_outside(self, dfs: frozenset[int]) -> None:
        """Forget what was verified or authenticated in DFs other than ``dfs``; the global status stays."""
        self.verified = {where for where in self.verified if where[0] == GLOBAL or where[0] in dfs}
        self.authenticated = {where for where in self.authenticated if where[0] == GLOBAL or where[0] in dfs}


class VolatileState:
    """All that a reset clears.

    Attributes:
        channel: the basic logical channel.
        challenge: the last challenge given and not yet used, or ``None``.
        pending: response bytes that wait for GET RESPONSE (T=0).
    """

    __slots__ = ("challenge", "channel", "pending")

    def __init__(self) -> None:
        self.channel = ChannelState()
        self.challenge: bytes | None = None
        self.pending = b""

"""Volatile state: what a reset clears. A reset makes a fresh object; nothing is cleared by hand."""

from __future__ import annotations

from emulator.persistent import GLOBAL, MF_NUMBER, ReferenceId


class ChannelState:
    """What belongs to one logical channel: the selection and the security status.

    Attributes:
        df: number of the current DF; after a reset the MF.
        ef: number of the current EF, 0 for none.
        record: number of the current record, 0 for none.
        verified: CHVs whose verification succeeded.
        authenticated: keys by which the outside has authenticated itself.
    """

    __slots__ = ("authenticated", "df", "ef", "record", "verified")

    def __init__(self) -> None:
        self.df = MF_NUMBER
        self.ef = 0
        self.record = 0
        self.verified: set[ReferenceId] = set()
        self.authenticated: set[ReferenceId] = set()

    def mark(self) -> tuple[int, int, int, set[ReferenceId], set[ReferenceId]]:
        """Where the channel stands: to go back to before anything is verified or authenticated."""
        return self.df, self.ef, self.record, self.verified, self.authenticated

    def go_back(self, mark: tuple[int, int, int, set[ReferenceId], set[ReferenceId]]) -> None:
        """Return to where :meth:`mark` was called."""
        self.df, self.ef, self.record, self.verified, self.authenticated = mark

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

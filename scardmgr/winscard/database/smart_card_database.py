"""The smart card database: the user's entries, below them the system's, below them what comes with this package."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from scardmgr.winscard.database import location, turns
from scardmgr.winscard.database.card_type_records import CardTypeRecords
from scardmgr.winscard.database.layers import Layers
from scardmgr.winscard.database.reader_records import ReaderRecords
from scardmgr.winscard.database.seed import seed
from scardmgr.winscard.database.stores import FileStore, MemoryStore, NoStore

_NO_HOME = NoStore(
    "this user has no folder for data: set HOME or XDG_DATA_HOME to one that is absolute, or name a file in "
    "SCARDMGR_DATABASE"
)


class SmartCardDatabase(CardTypeRecords, ReaderRecords):
    """What is known of card types, readers and reader groups. Thread-safe, and safe for several processes at once.

    Entries of a user hide those of the system with the same name; the scope that an operation is given says
    whose it writes. Nothing is made on the disk before the first write.

    Make one with :meth:`at`, :meth:`in_memory` or :meth:`of_this_user`.
    """

    def __init__(self, layers: Callable[[], Layers], *, seeded: bool = True) -> None:
        super().__init__(layers, seed if seeded else dict)

    def __repr__(self) -> str:
        return f"<SmartCardDatabase: user {self._layers().user!r}, system {self._layers().system!r}>"

    @classmethod
    def at(
        cls,
        path: str | Path,
        system: str | Path | None = None,
        *,
        seeded: bool = True,
        patience_s: float = turns.PATIENCE_S,
    ) -> SmartCardDatabase:
        """One in files.

        Args:
            path: the user's file, for its owner alone.
            system: the system's file, for everybody to read; ``None``: the same file.
            seeded: whether the card types that come with this package lie below.
            patience_s: how long an operation waits for others, in seconds.
        """
        user = FileStore(Path(path), patience_s=patience_s)
        layers = Layers(user, user if system is None else FileStore(Path(system), shared=True, patience_s=patience_s))
        return cls(lambda: layers, seeded=seeded)

    @classmethod
    def in_memory(cls, *, seeded: bool = True) -> SmartCardDatabase:
        """One that nobody shares, gone with this object."""
        store = MemoryStore()
        layers = Layers(store, store)
        return cls(lambda: layers, seeded=seeded)

    @classmethod
    def of_this_user(cls) -> SmartCardDatabase:
        """The one at the platform's usual places, or in the one file that ``SCARDMGR_DATABASE`` names."""
        return cls(_places)


def _places() -> Layers:
    """Asked for every operation, so that a test that sets the variable is obeyed."""
    named = location.named_path()
    if named is not None:
        store = FileStore(named)
        return Layers(store, store)
    user = location.user_path()
    return Layers(_NO_HOME if user is None else FileStore(user), FileStore(location.system_path(), shared=True))

"""Storage for a card that lives in memory only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from emulator.unit_of_work import PowerCut

if TYPE_CHECKING:
    from emulator.persistent import Change, PersistentState
    from iso7816.icc import FaultPoint


def pass_fault_point(fault_point: FaultPoint | None, name: str) -> None:
    """Announce a durable write.

    Raises:
        PowerCut: the fault point raised, whatever it raised.
    """
    if fault_point is None:
        return
    try:
        fault_point.reached(name)
    except Exception as cut:
        raise PowerCut(name) from cut


class VolatileStorage:
    """Keeps nothing: the records in memory are all there is, and last as long as the process."""

    def __init__(self, fault_point: FaultPoint | None = None) -> None:
        self._fault_point = fault_point

    @property
    def has_fault_point(self) -> bool:
        """See :attr:`~emulator.unit_of_work.Storage.has_fault_point`."""
        return self._fault_point is not None

    def commit(self, changes: Sequence[Change]) -> None:
        """Pass the fault point; nothing else is to be done."""
        if self._fault_point is not None:
            for change in changes:
                pass_fault_point(self._fault_point, change.table.value)

    def has_committed(self, what: object) -> bool:  # noqa: ARG002 (there is nothing that differs)
        """No: the records in memory are put back, and they are all there is."""
        return False

    def replace(self, before: PersistentState, after: PersistentState) -> None:  # noqa: ARG002 (nothing is kept)
        """Pass the fault point; nothing else is to be done."""
        pass_fault_point(self._fault_point, "restore")

    def close(self) -> None:
        """Nothing to let go of."""

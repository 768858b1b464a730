"""Locked regions of bytes that several objects share."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.published.enumerations import LOCKTYPE

_AGAINST_WRITERS = (LOCKTYPE.LOCK_WRITE, LOCKTYPE.LOCK_EXCLUSIVE)
_AGAINST_READERS = (LOCKTYPE.LOCK_EXCLUSIVE,)


@dataclass(frozen=True, slots=True)
class Region:
    """Bytes from ``offset`` on, ``count`` of them, and the kind of lock on them. It may reach past the end."""

    offset: int
    count: int
    kind: LOCKTYPE

    def overlaps(self, start: int, stop: int) -> bool:
        """Whether one of the bytes from ``start`` up to ``stop`` is in it."""
        return max(self.offset, start) < min(self.offset + self.count, stop)


class RegionLocks:
    """Who has locked which region. An owner that is gone has locked nothing."""

    def __init__(self) -> None:
        self._held: WeakKeyDictionary[object, list[Region]] = WeakKeyDictionary()

    def lock(self, owner: object, region: Region) -> None:
        """Lock a region, against all but its owner.

        Raises:
            HResultError: STG_E_LOCKVIOLATION: one of its bytes is locked already, whoever has locked it.
        """
        for held in (each for regions in self._held.values() for each in regions):
            of_one_family = (held.kind in _AGAINST_WRITERS) == (region.kind in _AGAINST_WRITERS)
            if of_one_family and held.overlaps(region.offset, region.offset + region.count):
                raise _violation(held)
        self._held.setdefault(owner, []).append(region)

    def unlock(self, owner: object, region: Region) -> None:
        """End a lock.

        Raises:
            HResultError: STG_E_LOCKVIOLATION: this owner has no such lock.
        """
        regions = self._held.get(owner, [])
        if region not in regions:
            raise HResultError(
                HRESULT.STG_E_LOCKVIOLATION,
                f"this object has no {region.kind.name} lock on {region.count} bytes from {region.offset} on",
            )
        regions.remove(region)

    def give_up(self, owner: object) -> None:
        """End all locks of an owner."""
        self._held.pop(owner, None)

    def require_readable(self, reader: object, start: int, stop: int) -> None:
        """Raise HResultError STG_E_LOCKVIOLATION where another owner's lock keeps one of the bytes from a reader."""
        self._require(reader, start, stop, _AGAINST_READERS)

    def require_writable(self, writer: object, start: int, stop: int) -> None:
        """Raise HResultError STG_E_LOCKVIOLATION where another owner's lock keeps one of the bytes from a writer."""
        self._require(writer, start, stop, _AGAINST_WRITERS)

    def _require(self, user: object, start: int, stop: int, kinds: tuple[LOCKTYPE, ...]) -> None:
        for owner, regions in self._held.items():
            for held in regions:
                if owner is not user and held.kind in kinds and held.overlaps(start, stop):
                    raise _violation(held)


def _violation(held: Region) -> HResultError:
    return HResultError(
        HRESULT.STG_E_LOCKVIOLATION, f"{held.count} bytes from {held.offset} on are locked: {held.kind.name}"
    )

"""Choosing a resource manager."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Literal, overload

from scardmgr.winscard.errors import PyscardMissing, SCardError, UnknownManagerKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scardmgr.winscard.embedded import EmbeddedResourceManager
    from scardmgr.winscard.manager import ResourceManager
    from scardmgr.winscard.pcsc import PCSCResourceManager

#: ``cache`` alone would let two threads make two.
_one_at_a_time = Lock()

KINDS = ("auto", "embedded", "pcsc")

_populate: list[Callable[[EmbeddedResourceManager], None]] = []

#: The latest of those that are given in place of the process's own.
_instead: ResourceManager | None = None


@overload
def resource_manager(kind: Literal["embedded"]) -> EmbeddedResourceManager: ...
@overload
def resource_manager(kind: Literal["pcsc"]) -> PCSCResourceManager: ...
@overload
def resource_manager(kind: str = "auto") -> ResourceManager: ...
def resource_manager(kind: str = "auto") -> ResourceManager:
    """A resource manager.

    Args:
        kind: ``"embedded"``: the one of this process, the same at every call
            (``EmbeddedResourceManager()`` makes a private one, with a smart card database of its own).
            ``"pcsc"``: the platform's. ``"auto"``: the platform's if pyscard imports and a daemon answers, else
            the embedded one.

    Raises:
        UnknownManagerKind: another kind.
        PyscardMissing: ``"pcsc"`` without pyscard.
    """
    instead = _instead
    if instead is not None and kind in ("auto", instead.kind):
        return instead
    match kind:
        case "embedded":
            with _one_at_a_time:
                return _embedded()
        case "pcsc":
            with _one_at_a_time:
                return _pcsc()
        case "auto":
            with suppress(PyscardMissing, SCardError):
                found = resource_manager("pcsc")
                found.release_context(found.establish_context())
                return found
            return resource_manager("embedded")
    raise UnknownManagerKind(f"{kind!r} is no kind of resource manager: it is one of {', '.join(KINDS)}")


@contextmanager
def giving(manager: ResourceManager) -> Iterator[None]:
    """Within the block, :func:`resource_manager` gives ``manager`` for its kind and for ``"auto"``, in any thread.

    So a program under test works on the resource manager of its test.
    """
    global _instead  # noqa: PLW0603 - what the process is given is the process's
    before, _instead = _instead, manager
    try:
        yield
    finally:
        _instead = before


def when_made(populate: Callable[[EmbeddedResourceManager], None]) -> None:
    """Have ``populate`` called with the process-wide embedded resource manager once it is wanted.

    It is called before anybody else sees the manager, and must not ask for one itself.
    """
    _populate.append(populate)


def begin_again() -> None:
    """Forget the process-wide embedded resource manager: the next one who asks gets a new one.

    For a process that was forked: what it has inherited belongs to another process.
    """
    _embedded.cache_clear()


@cache
def _embedded() -> EmbeddedResourceManager:
    from scardmgr.winscard.database import SmartCardDatabase
    from scardmgr.winscard.embedded import EmbeddedResourceManager

    manager = EmbeddedResourceManager(database=SmartCardDatabase.of_this_user())
    for populate in _populate:
        populate(manager)
    return manager


@cache
def _pcsc() -> PCSCResourceManager:
    from scardmgr.winscard.pcsc import PCSCResourceManager

    return PCSCResourceManager()

"""Choosing a resource manager."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from threading import RLock
from typing import TYPE_CHECKING, Generic, Literal, TypeVar, overload

from scardmgr.winscard.errors import PyscardMissing, SCardError, UnknownManagerKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scardmgr.winscard.embedded import EmbeddedResourceManager
    from scardmgr.winscard.manager import ResourceManager
    from scardmgr.winscard.pcsc import PCSCResourceManager

T = TypeVar("T")

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
            return _embedded()
        case "pcsc":
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
    _embedded.forget()


class _Once(Generic[T]):
    """Makes something when it is first wanted: one, whatever threads want it.

    Once it is there no lock is taken: every call of a pyscard program comes here, also from signal handlers and
    finalizers, and from daemon threads, which the end of the interpreter stops anywhere.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: T | None = None
        self._making = RLock()

    def __call__(self) -> T:
        made = self._made
        if made is not None:
            return made
        with self._making:
            if self._made is None:
                made = self._make()
                if self._made is None:  # no signal handler has wanted it meanwhile
                    self._made = made
            return self._made

    def forget(self) -> None:
        """Make another one next time."""
        self._made = None
        self._making = RLock()


@_Once
def _embedded() -> EmbeddedResourceManager:
    from scardmgr.winscard.database import SmartCardDatabase
    from scardmgr.winscard.embedded import EmbeddedResourceManager

    manager = EmbeddedResourceManager(database=SmartCardDatabase.of_this_user())
    for populate in _populate:
        populate(manager)
    return manager


@_Once
def _pcsc() -> PCSCResourceManager:
    from scardmgr.winscard.pcsc import PCSCResourceManager

    return PCSCResourceManager()

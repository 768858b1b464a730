"""IUnknown: counted references, and interfaces by identifier."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable
from functools import wraps
from inspect import isfunction
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar, Self
from uuid import UUID

from scardmgr.com import arguments
from scardmgr.com.errors import HRESULT, HResultError

if TYPE_CHECKING:
    from types import TracebackType

_counting = RLock()  # a finalizer may release wherever the thread is


class IUnknown(ABC):  # noqa: B024 - COM's root: what is abstract comes with the interfaces
    """An object that lives as long as somebody holds a reference to it.

    Whoever creates an object, or gets it from a method, holds one reference. It is given back by :meth:`Release`, or as
    Python has it: by ``with``, or by :meth:`close`, which may be called again. With the last one the object gives up
    what it holds, and every published method and property refuses use from then on.

    All of them may raise HResultError CO_E_RELEASED.
    """

    IID: ClassVar[UUID] = UUID("00000000-0000-0000-C000-000000000046")

    _references = 1
    _held_by_creator = True

    def __init_subclass__(cls) -> None:
        """Let what the subclass publishes ask first whether the object is still there."""
        super().__init_subclass__()
        for name, member in list(vars(cls).items()):
            # Published names begin with a capital; what is abstract is never called.
            if not name[:1].isupper() or getattr(member, "__isabstractmethod__", False):
                continue
            if isfunction(member):
                setattr(cls, name, _while_referenced(member))
            elif isinstance(member, property):
                setattr(cls, name, property(*map(_while_referenced, (member.fget, member.fset, member.fdel))))

    def QueryInterface(self, riid: UUID | str) -> Self:
        """The object as another interface that it has: the object itself, with one reference more.

        :meth:`Release` gives that one back; ``with`` and :meth:`close` give back the creator's, and only once.

        Raises:
            HResultError: E_NOINTERFACE: it has no such interface.
                E_POINTER: ``riid`` is None. E_INVALIDARG: it is no identifier.
        """
        self._require_references()
        if riid is None:
            raise HResultError(HRESULT.E_POINTER, "riid is None")
        identifier = arguments.identifier(riid, "riid")
        if identifier not in {vars(kind).get("IID") for kind in type(self).__mro__ if issubclass(kind, IUnknown)}:
            raise HResultError(HRESULT.E_NOINTERFACE, f"{type(self).__name__} is no {identifier}")
        self.AddRef()
        return self

    def AddRef(self) -> int:
        """Hold one reference more. Returns how many there are."""
        with _counting:
            self._require_references()
            self._references += 1
            return self._references

    def Release(self) -> int:
        """Give one reference back. Returns how many are left; with the last one, the object ends."""
        with _counting:
            self._require_references()
            self._references = left = self._references - 1
        if left == 0:
            self._final_release()
        return left

    def close(self) -> None:
        """Give back the reference that came with the object, unless that is done. A second call does nothing."""
        with _counting:
            if not self._held_by_creator or self._references == 0:
                return
            self._held_by_creator = False
        self.Release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _final_release(self) -> None:  # noqa: B027 - what holds nothing has nothing to give up
        """Give up what the object holds: called once, after the last reference is given back. Raises nothing."""

    def _require_references(self) -> None:
        """Raise HResultError CO_E_RELEASED where the object has ended."""
        if self._references == 0:
            raise HResultError(HRESULT.CO_E_RELEASED, f"this {type(self).__name__} has been released")


def _while_referenced(member: Callable[..., Any] | None) -> Any:
    """The member, refusing use once the object has ended."""
    if member is None:
        return None

    @wraps(member)
    def guarded(self: IUnknown, *args: Any, **named: Any) -> Any:
        self._require_references()
        return member(self, *args, **named)

    return guarded

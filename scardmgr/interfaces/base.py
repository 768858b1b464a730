"""What all interfaces have in common: an identifier, and being released."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Self, TypeAlias

if TYPE_CHECKING:
    from types import TracebackType
    from uuid import UUID

Buffer: TypeAlias = bytes | bytearray | memoryview
"""What stands for an LPBYTEBUFFER argument."""


class SmartCardInterface(ABC):
    """An interface pointer that its holder releases: by ``with``, or by :meth:`close`."""

    IID: ClassVar[UUID]

    @abstractmethod
    def close(self) -> None:
        """Release the interface and all that it alone holds. A second call does nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

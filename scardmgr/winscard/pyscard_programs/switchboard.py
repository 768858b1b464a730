"""Who is served: the blocks that are entered, what was opened in each, and what lies beneath them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock, Thread, current_thread, local
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from scardmgr.winscard.pyscard_programs.survivors import holder_that_calls

if TYPE_CHECKING:
    from scardmgr.winscard.manager import ResourceManager


class Entered:
    """One block that was entered and not yet left.

    Attributes:
        manager: the resource manager it is for; ``None``: pyscard's own functions.
        contexts: what was established in it and not released.
        holders: by context, the objects of pyscard that hold one and are still there.
        outsiders: threads of pyscard that were there before; to them the block does not exist.
    """

    def __init__(self, manager: ResourceManager | None) -> None:
        self.manager = manager
        self.contexts: set[int] = set()
        self.holders: WeakValueDictionary[int, Any] = WeakValueDictionary()
        self.outsiders: set[Thread] = set()


class Switchboard:
    """The blocks of this process, the latest last. Implements :class:`.scard_functions.Served`.

    What is beneath all blocks is pyscard's own functions, or in a process that is served for good a resource manager.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._blocks: tuple[Entered, ...] = ()
        self._managers: tuple[ResourceManager, ...] = ()
        self._ground: Callable[[], ResourceManager] | None = None
        self._past_blocks = local()
        self.originals: dict[str, Callable[..., Any]] = {}

    @property
    def blocks(self) -> tuple[Entered, ...]:
        """The blocks that are entered."""
        return self._blocks

    def stand_on(self, make_manager: Callable[[], ResourceManager]) -> None:
        """Serve for good what ``make_manager`` returns; it is called anew each time."""
        self._ground = make_manager

    @contextmanager
    def past_all_blocks(self) -> Iterator[None]:
        """Within, for this thread, there is no block: for what is to be real PC/SC, whatever runs around it."""
        before = getattr(self._past_blocks, "now", False)
        self._past_blocks.now = True
        try:
            yield
        finally:
            self._past_blocks.now = before

    def enter(self, block: Entered) -> None:
        """A block begins."""
        with self._lock:
            self._set((*self._blocks, block))

    def leave(self, block: Entered) -> None:
        """A block ends; not necessarily the latest one."""
        with self._lock:
            self._set(tuple(each for each in self._blocks if each is not block))

    def _set(self, blocks: tuple[Entered, ...]) -> None:
        managers: list[ResourceManager] = []
        for block in reversed(blocks):
            if block.manager is not None and block.manager not in managers:
                managers.append(block.manager)
        self._blocks, self._managers = blocks, tuple(managers)

    # For the functions

    def for_a_new_context(self) -> ResourceManager | None:
        """The resource manager of the latest block that exists for this thread; ``None``: pyscard's own."""
        block = self._current()
        if block is not None:
            return block.manager
        return None if self._ground is None else self._ground()

    def for_a_number(self) -> Sequence[ResourceManager]:
        """All resource managers, the latest first."""
        return self._managers if self._ground is None else (*self._managers, self._ground())

    def established(self, manager: ResourceManager, context: int) -> None:
        """Remember what is to be released in the end."""
        for block in reversed(self._blocks):
            if block.manager is manager:
                block.contexts.add(context)
                holder = holder_that_calls()
                if holder is not None:
                    block.holders[context] = holder
                return

    def released(self, manager: ResourceManager, context: int) -> None:
        """Forget it."""
        for block in self._blocks:
            if block.manager is manager:
                block.contexts.discard(context)
                block.holders.pop(context, None)

    def original(self, function: str) -> Callable[..., Any] | None:
        """pyscard's own function, where it has one that can be called."""
        return self.originals.get(function)

    def _current(self) -> Entered | None:
        if getattr(self._past_blocks, "now", False):
            return None
        thread = current_thread()
        return next((block for block in reversed(self._blocks) if thread not in block.outsiders), None)


#: The one of this process: pyscard's functions are the process's, and so is who is served by them.
SWITCHBOARD = Switchboard()

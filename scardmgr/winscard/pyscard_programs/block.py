"""``with pyscard_on(resource_manager):`` pyscard programs in this process, on that resource manager."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING

from scardmgr.winscard.pyscard_programs.extension import EXCHANGE
from scardmgr.winscard.pyscard_programs.singletons import Singletons
from scardmgr.winscard.pyscard_programs.survivors import let_go
from scardmgr.winscard.pyscard_programs.switchboard import SWITCHBOARD, Entered

if TYPE_CHECKING:
    from scardmgr.winscard.manager import ResourceManager

#: Entering and leaving, one at a time. Calls of pyscard's functions do not take it.
_door = RLock()

#: What each block that is entered set aside.
_set_aside: dict[Entered, Singletons] = {}


@contextmanager
def pyscard_on(manager: ResourceManager) -> Iterator[None]:
    """Within the block everything written on pyscard, in any thread of this process, works on ``manager``.

    That holds for modules imported before as well as within, however they took their names from pyscard. Monitors and
    the other singletons of pyscard are new ones within; those from outside come back afterwards. Connections that were
    made before stay with what they were made on. When the block is left, also by an exception, what was opened in it is
    released, and objects that are left over are as after their ``release()``.

    Blocks may nest, follow each other, and overlap in several threads: new contexts belong to the one that was entered
    last. On the platform's own resource manager (``kind`` "pcsc") pyscard does what it always does; only its singletons
    are new.

    Args:
        manager: the resource manager, such as ``reader.resource_manager`` of a card inserted with ``via="embedded"``.

    Raises:
        PyscardMissing: pyscard is not installed. (Its extension module is not needed, nor is libpcsclite.)
    """
    block = Entered(None if manager.kind == "pcsc" else manager)
    with _door:
        _enter(block)
    try:
        yield
    finally:
        with _door:
            _leave(block)


def _enter(block: Entered) -> None:
    if not SWITCHBOARD.blocks:
        EXCHANGE.begin()
    singletons = Singletons(_cancel)
    singletons.take()
    block.outsiders |= singletons.threads
    _set_aside[block] = singletons
    SWITCHBOARD.enter(block)
    try:
        singletons.make_anew()
    except BaseException:
        _leave(block)
        raise


def _leave(block: Entered) -> None:
    later = SWITCHBOARD.blocks[SWITCHBOARD.blocks.index(block) + 1 :]
    singletons = _set_aside.pop(block)
    try:
        if not later:
            singletons.put_back()
        else:
            # Another thread entered a block within this one and is still there. What it set aside is ours.
            _set_aside[later[0]].give_up()
            _set_aside[later[0]] = singletons
    finally:
        _release(block)
        SWITCHBOARD.leave(block)
        if not SWITCHBOARD.blocks:
            EXCHANGE.end()
    if not later:
        singletons.resume()


def _release(block: Entered) -> None:
    manager = block.manager
    if manager is None:
        return
    let_go(block.holders)
    for context in tuple(block.contexts):
        manager.SCardReleaseContext(context)


def _cancel(context: int) -> None:
    for manager in SWITCHBOARD.for_a_number():
        manager.SCardCancel(context)
    # A block on the platform's resource manager has pyscard's own contexts.
    original = SWITCHBOARD.original("SCardCancel")
    if original is not None:
        original(context)

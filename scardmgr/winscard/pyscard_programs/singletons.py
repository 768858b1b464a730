"""pyscard's singletons: one card monitor, one reader monitor, one list of reader groups for a whole process.

They hold contexts of a resource manager and threads that use them. So a block has its own: those from outside are set
aside when it is entered and are there again when it is left. An object that a program made before, which is only a
handle to the singleton, works inside on the block's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from threading import Thread, current_thread
from time import monotonic
from typing import Any

_BOUND_S = 5.0
_ROUND_S = 0.005

#: Where an instance is kept: module, class, and whether a fresh one takes its place where there was one.
_INSTANCES = (
    ("smartcard.pcsc.PCSCContext", "PCSCContext"),
    ("smartcard.reader.ReaderGroups", "readergroups"),
    ("smartcard.CardMonitoring", "CardMonitoringThread"),
    ("smartcard.CardMonitoring", "CardMonitor"),
)
#: What makes a new one: readergroups is the base of the class that does.
_MAKERS = {
    "PCSCContext": ("smartcard.pcsc.PCSCContext", "PCSCContext"),
    "readergroups": ("smartcard.pcsc.PCSCReaderGroups", "PCSCReaderGroups"),
    "CardMonitor": ("smartcard.CardMonitoring", "CardMonitor"),
}


class Singletons:
    """The singletons as they were at one moment, set aside.

    Args:
        cancel: ends the wait in a context (SCardCancel), so that a monitor's thread notices that it is to stop.
    """

    def __init__(self, cancel: Callable[[int], object]) -> None:
        self._cancel = cancel
        self._instances: dict[tuple[str, str], Any] = {}
        self._reader_monitor = _ReaderMonitorState()

    @property
    def threads(self) -> set[Thread]:
        """Threads of monitors that go on while their singletons are set aside."""
        return {thread for thread in self._instances.values() if isinstance(thread, Thread)}

    def take(self) -> None:
        """Set aside what there is."""
        for module, name, kind in _kinds():
            self._instances[module, name] = kind.instance
            kind.instance = None
        self._reader_monitor.take()

    def make_anew(self) -> None:
        """Make new ones in place of what was taken, for objects that are handles to them."""
        for (_, name), instance in self._instances.items():
            module, maker = _MAKERS.get(name, ("", ""))
            if instance is not None and module in sys.modules:
                getattr(sys.modules[module], maker)()
        self._reader_monitor.make_anew()

    def put_back(self) -> None:
        """Stop what is there now, and bring back what was taken."""
        for module, name, kind in _kinds():
            present, kind.instance = kind.instance, self._instances.get((module, name))
            self._stop(present)
        self._reader_monitor.put_back()

    def resume(self) -> None:
        """Let what was put back go on, now that it is outside again."""
        self._reader_monitor.resume()

    def give_up(self) -> None:
        """Stop what was taken: it will not be put back."""
        for instance in self._instances.values():
            self._stop(instance)

    def _stop(self, thread: Any) -> None:
        """Stop a card monitor's thread, which may be in a long wait."""
        if not isinstance(thread, Thread) or thread is current_thread():
            return
        thread.stop()  # type: ignore[attr-defined]
        deadline = monotonic() + _BOUND_S
        while thread.is_alive() and monotonic() < deadline:
            # Cancelling ends only a wait that has begun: hence again and again.
            context = getattr(getattr(getattr(thread, "cardrequest", None), "pcsccardrequest", None), "hcontext", None)
            if context is not None:
                self._cancel(context)
            thread.join(_ROUND_S)


def _kinds() -> Iterator[tuple[str, str, Any]]:
    """Module, name and class of each kind of singleton that pyscard has here and now."""
    for module, name in _INSTANCES:
        kind = getattr(sys.modules.get(module), name, None)
        if kind is not None:
            yield module, name, kind


class _ReaderMonitorState:
    """The state that all reader monitors share, and the thread that polls for readers.

    The thread asks pyscard for all readers each time, so it would see the block's: it pauses instead.
    """

    def __init__(self) -> None:
        self._monitor: dict[str, Any] = {}
        self._thread: dict[str, Any] = {}
        self._was_running = False

    def take(self) -> None:
        """Set the state aside and stop the thread."""
        module = _reader_monitoring()
        if module is None:
            return
        monitor = _shared_state(module.ReaderMonitor)
        self._was_running = _stop_polling(monitor)
        self._monitor = dict(monitor)
        monitor.clear()  # in place: it is the __dict__ of every reader monitor
        self._thread = _shared_state(module.ReaderMonitoringThread)
        _set_shared_state(module.ReaderMonitoringThread, {})

    def make_anew(self) -> None:
        """A fresh state, where there was one."""
        module = _reader_monitoring()
        if module is not None and self._monitor:
            kept = self._monitor
            module.ReaderMonitor(kept["startOnDemand"], kept["readerProc"], kept["period"])

    def put_back(self) -> None:
        """Stop the present thread, and bring the state back."""
        module = _reader_monitoring()
        if module is None:
            return
        monitor = _shared_state(module.ReaderMonitor)
        _stop_polling(monitor)
        monitor.clear()
        monitor.update(self._monitor)
        _set_shared_state(module.ReaderMonitoringThread, self._thread)

    def resume(self) -> None:
        """Poll again, if that was done."""
        module = _reader_monitoring()
        if module is None or not self._was_running:
            return
        monitor = _shared_state(module.ReaderMonitor)
        observable, seen = self._thread["observable"], self._thread["readers"]
        polling = module.ReaderMonitoringThread(observable, monitor["readerProc"], monitor["period"])
        polling.readers = seen
        monitor["rmthread"] = polling
        polling.start()


def _reader_monitoring() -> Any:
    return sys.modules.get("smartcard.ReaderMonitoring")


def _shared_state(kind: type) -> dict[str, Any]:
    state: dict[str, Any] = getattr(kind, f"_{kind.__name__}__shared_state")
    return state


def _set_shared_state(kind: type, state: dict[str, Any]) -> None:
    setattr(kind, f"_{kind.__name__}__shared_state", state)


def _stop_polling(monitor: dict[str, Any]) -> bool:
    """Stop the thread that polls for readers; whether there was one."""
    polling = monitor.get("rmthread")
    if polling is None:
        return False
    polling.stopEvent.set()
    was_running: bool = polling.is_alive()
    if was_running and polling is not current_thread():
        polling.join(_BOUND_S)
    return was_running

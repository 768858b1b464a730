"""A real PC/SC daemon of one's own: unprivileged, on its own socket, gone without trace afterwards."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
import weakref
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from .binding import SOCKET_VARIABLE
from .errors import DaemonUnavailable, NoFreeSlot, OpenPortWarning, ReaderArgumentError
from .installation import find_installation
from .reader_states import shown_readers
from .slot_reader import SlotReader
from .supervised import END_SECONDS, MESSAGE_BYTES, end_supervisor, start_supervisor
from .supervisor.settings import Settings

if TYPE_CHECKING:
    from iso7816.icc import ICC

    from .readers import Reader

Network = Literal["auto", "private", "open"]

DEFAULT_NAME = "Virtual Reader"
MAX_SLOTS = 16
NETWORK_VARIABLE = "SCARDMGR_NETWORK"
_NETWORKS: tuple[Network, ...] = ("auto", "private", "open")
_READY_SECONDS = 10.0
_PORT_SECONDS = 5.0
_LOOK_SECONDS = 0.005
# sun_path takes 108 bytes with the final NUL, and "/scardmgr-" + 12 hex digits + "/s" follow the folder.
_LONGEST_BASE = 107 - len("/scardmgr-000000000000/s")

_warned = threading.Event()


def _base_folder() -> str:
    """The folder for daemons' directories: the user's runtime directory, else that of temporary files."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    for folder in (runtime, tempfile.gettempdir(), "/tmp"):  # noqa: S108 - the directory made in it is new and 0700
        usable = folder.startswith("/") and len(os.fsencode(folder)) <= _LONGEST_BASE
        if usable and Path(folder).is_dir() and os.access(folder, os.W_OK | os.X_OK):
            return folder
    raise DaemonUnavailable("no folder to put a socket into: set XDG_RUNTIME_DIR to a short path that can be written")


def _network(asked: Network | None) -> Network:
    chosen = asked if asked is not None else os.environ.get(NETWORK_VARIABLE, "auto")
    for network in _NETWORKS:
        if chosen == network:
            return network
    raise ReaderArgumentError(f"the network ({NETWORK_VARIABLE}) is {' or '.join(_NETWORKS)}, not {chosen!r}")


def require_configurable(slots: int, name: str) -> None:
    """Refuse what no daemon can be started with.

    Raises:
        ReaderArgumentError: a number of slots that cannot be had, or a name that reader.conf cannot hold.
    """
    if not 2 <= slots <= MAX_SLOTS or slots % 2:
        raise ReaderArgumentError(f"{slots} slots: the driver makes them in pairs, 2 to {MAX_SLOTS}")
    if not name or not name.isprintable() or '"' in name:
        raise ReaderArgumentError(f"{name!r} cannot be a reader's name")


def _end(owner: int, control: socket.socket, process: subprocess.Popen[bytes], directory: str) -> None:
    """End a daemon; also clear up behind a supervisor that was killed."""
    if os.getpid() == owner:
        end_supervisor(control, process)
        shutil.rmtree(directory, ignore_errors=True)


class PrivateDaemon:
    """A pcscd with the vpcd driver, for the programs that are given its :attr:`environment`.

    pcscd itself starts when the first card is inserted or the first program calls: a card inserted first is
    in its slot when pcscd first looks. A later one is seen at one of pcscd's looks, 400 ms apart.

    Args:
        slots: the number of card slots, even, 2 to 16: pcscd cannot add readers later.
        name: the slots are called ``NAME 00 00`` and ``NAME 00 01``, the next two ``NAME 2 00 00`` and
            ``NAME 2 00 01``, and so on.
        network: ``"private"``: the driver's ports, which it opens on every interface, are in a network
            namespace of their own; ``"open"``: they are open to the network; ``"auto"``: private where the
            system allows it, else open with an :class:`OpenPortWarning`. Default: the environment
            variable ``SCARDMGR_NETWORK``, else ``"auto"``.
        directory: the directory to make, where it must be a certain one.

    Raises:
        DaemonUnavailable: pcscd or the driver is missing, or namespaces are forbidden and were required.
        ReaderArgumentError: a number of slots that cannot be had, or a name that reader.conf cannot hold.
    """

    def __init__(
        self, slots: int = 2, *, name: str = DEFAULT_NAME, network: Network | None = None, directory: str = ""
    ) -> None:
        require_configurable(slots, name)
        chosen = _network(network)
        if sys.platform != "linux":
            raise DaemonUnavailable('private PC/SC daemons need Linux; a card can be inserted via="embedded" anywhere')
        installation = find_installation()
        self.slots = slots
        self._lock = threading.RLock()
        self._readers: list[SlotReader | None] = [None] * slots
        self._used: set[int] = set()
        self._left: set[int] = set()  # free, and maybe shown with the card that was in it
        self._owner = os.getpid()
        settings = Settings(
            owner=self._owner,
            isolated=chosen != "open",
            base=_base_folder(),
            directory=directory,
            slots=slots,
            name=name,
            driver=installation.driver,
            command=installation.command,
        )
        word, said = self._launch(settings)
        reason = "as asked for"
        if word == "forbidden" and chosen == "auto":
            reason, settings = said, replace(settings, isolated=False)
            word, said = self._launch(settings)
        if word != "ready":
            raise DaemonUnavailable(f"no private PC/SC daemon: {said}")
        self._settings = settings
        self.socket_path = said
        # Also when it is forgotten, and at the interpreter's end.
        self._end = weakref.finalize(self, _end, self._owner, self._control, self._process, str(Path(said).parent))
        self.isolated = settings.isolated
        if not self.isolated and not _warned.is_set():
            _warned.set()
            warnings.warn(
                f"the private PC/SC daemon's card ports are open to the network ({reason}): whoever reaches them can "
                "plug in a card; docs/ci.md of scardmgr says what to do",
                OpenPortWarning,
                stacklevel=2,
            )

    def _launch(self, settings: Settings) -> tuple[str, str]:
        """Start a supervisor; its first message, the word and what follows."""
        self._control, self._process = start_supervisor("main", settings.to_arguments(), cwd="/")
        self._control.settimeout(_READY_SECONDS)
        try:
            word, _, said = self._control.recv(MESSAGE_BYTES).decode().partition(" ")
        except OSError:
            word, said = "", ""
        if word != "ready":
            end_supervisor(self._control, self._process)
        return word, said or "its supervisor did not start"

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` was called."""
        return not self._end.alive

    @property
    def forked(self) -> bool:
        """Whether this process was forked off the one that the daemon belongs to."""
        return os.getpid() != self._owner

    @property
    def supervisor(self) -> int:
        """The process id of its supervisor, whose one child is pcscd (from the first card or program on)."""
        return self._process.pid

    @property
    def in_use(self) -> bool:
        """Whether any slot is taken."""
        return any(reader is not None for reader in self._readers)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a program talk to this daemon."""
        return {SOCKET_VARIABLE: self.socket_path}

    def reader_name(self, slot: int) -> str:
        """The display name of a slot in the resource manager; slots count from 0."""
        return f"{self._settings.names[slot // 2]} 00 {slot % 2:02X}"

    def connect(self, slot: int, *, prompt: bool = False) -> socket.socket:
        """A socket connected to the driver's port for ``slot``: who holds it is the card.

        With ``prompt``, in a network of the daemon's own, the kernel acknowledges at once what the driver sends, and
        :mod:`virtual_reader.vpcd.receiving` tells how to read; else the socket is as any TCP connection.

        Raises:
            DaemonUnavailable: the daemon has ended, or does not open the port.
        """
        with self._lock:
            if self.closed:
                raise DaemonUnavailable("the private PC/SC daemon is closed")
            try:
                self._control.settimeout(_PORT_SECONDS + END_SECONDS)
                self._control.send(f"connect {slot} {_PORT_SECONDS} {'prompt' if prompt else 'plain'}".encode())
                message, descriptors, _, _ = socket.recv_fds(self._control, MESSAGE_BYTES, 1)
            except OSError as error:
                raise DaemonUnavailable(f"the private PC/SC daemon has ended ({error})") from error
        if not descriptors:
            reason = message.decode().partition(" ")[2] or "its supervisor is gone"
            raise DaemonUnavailable(f"the private PC/SC daemon has ended ({reason})")
        return socket.socket(fileno=descriptors[0])

    def insert(self, card: ICC) -> Reader:
        """Put a card into the next free slot; returns when the resource manager shows it.

        Raises:
            NoFreeSlot: all slots are taken.
            DaemonUnavailable: the daemon has ended.
            NotShown: pcscd did not take notice within the bound.
        """
        with self._lock:
            free = next((slot for slot, reader in enumerate(self._readers) if reader is None), None)
            if free is None:
                raise NoFreeSlot(f"all {self.slots} slots are taken: start the daemon with more, slots={MAX_SLOTS}")
            reader = self._readers[free] = SlotReader(self, free, used=free in self._used)
            self._used.add(free)
            self._left.discard(free)
        try:
            reader.insert(card)
        except BaseException:
            reader.close()
            raise
        return reader

    def release(self, slot: int) -> None:
        """Called by a reader that is closed: its slot is free again."""
        with self._lock:
            self._readers[slot] = None
            self._left.add(slot)

    def await_removals(self, seconds: float) -> bool:
        """Wait until pcscd shows no card in the slots that are free; whether it does. Closing a reader does not."""
        pause = threading.Event()
        deadline = time.monotonic() + seconds
        while self._left:
            try:
                shown = {reader.name for reader in shown_readers(self.socket_path, seconds) if reader.present}
            except OSError:
                return False
            with self._lock:
                self._left -= {slot for slot in self._left if self.reader_name(slot) not in shown}
            if self._left and time.monotonic() > deadline:
                return False
            pause.wait(_LOOK_SECONDS if self._left else 0)
        return True

    def close(self) -> None:
        """Pull all cards and end the daemon; its processes and its directory are gone when this returns.

        In a process forked off the one that started the daemon this does nothing.
        """
        if self.forked:
            return
        with self._lock:
            readers = [reader for reader in self._readers if reader is not None]
        for reader in readers:
            reader.stop()
        self._end()
        for reader in readers:
            reader.close()

    def __enter__(self) -> Self:
        """The daemon itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def __repr__(self) -> str:
        """The socket's path and the number of slots."""
        return f"PrivateDaemon({self.slots} slots at {getattr(self, 'socket_path', 'no socket')})"

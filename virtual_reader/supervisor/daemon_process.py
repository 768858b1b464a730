"""pcscd as a child: started by socket activation, unprivileged, and not in the way of the system's own."""

from __future__ import annotations

import os
import select
import signal
import socket
import struct
import time
from typing import TYPE_CHECKING

from .ipc_directory import IPCDirectory
from .listen_watch import ListenWatch
from .pcscd_child import FIRST_DRIVER_FD, GO_ON, HOST_SEEN, become_pcscd
from .ports import ADDRESS, FIRST_PORT, PROMPT_ADDRESS, hold_free_port_pairs

if TYPE_CHECKING:
    from .directory import DaemonDirectory
    from .settings import Settings

_REPORT_SECONDS = 5.0
_SPIN_SECONDS = 0.25
_LOOK_SECONDS = 0.005
_ATTEMPTS = 64
_SHORTEST_FRAME = 3
_LOG_BYTES = 4096
_LOG_SHOWN = 500


def open_drivers(path: str, count: int) -> list[int]:
    """``count`` descriptors of the driver, each of another file: the first is the file itself, the others are copies.

    The stock driver keeps its connections in variables that only the slot's number tells apart, so two readers
    need the library loaded twice, and a library is loaded once per file.
    """
    first = os.open(path, os.O_RDONLY)
    copies = [os.memfd_create("libifdvpcd.so", 0) for _ in range(count - 1)]
    for copy in copies:
        os.sendfile(copy, first, 0, os.fstat(first).st_size)
    return [first, *copies]


class NotStarted(Exception):  # noqa: N818 - says what is the case
    """pcscd cannot be executed, has ended, or opens no port; the message says what it said."""


class DaemonProcess:
    """One pcscd.

    Args:
        settings: what the owner asked for.
        directory: the daemon's files.
    """

    def __init__(self, settings: Settings, directory: DaemonDirectory) -> None:
        self._settings = settings
        self._directory = directory
        self._log = b""
        self._waiting: dict[int, socket.socket] = {}
        self._watch: ListenWatch | None = None
        self._ipc_directory: IPCDirectory | None = None
        pairs = settings.slots // 2
        self._held = [] if settings.isolated else hold_free_port_pairs(pairs)
        first = [FIRST_PORT + 2 * number for number in range(pairs)]
        if not settings.isolated:
            first = [pair[0].getsockname()[1] for pair in self._held]
        self._ports = [port + second for port in first for second in (0, 1)]
        libraries = [f"/proc/self/fd/{FIRST_DRIVER_FD + pair}" for pair in range(pairs)]
        directory.write_configuration(settings.names, libraries, first)
        drivers = open_drivers(settings.driver, pairs)
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        self.log_fd = reading
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        inherited = (directory.listener.fileno(), directory.configuration, *drivers)
        supervisor = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            become_pcscd(settings, supervisor, theirs, writing, inherited)
        for descriptor in (writing, *drivers):
            os.close(descriptor)
        theirs.close()
        try:
            with ours:
                self._settle(ours)
        except BaseException:
            self.kill()
            raise

    def _settle(self, child: socket.socket) -> None:
        """What there is to agree upon with the child before it executes pcscd.

        Raises:
            OSError: the folder that pcscd insists on is missing, and cannot be had.
        """
        child.settimeout(_REPORT_SECONDS)
        if child.recv(1) == HOST_SEEN:
            self._ipc_directory = IPCDirectory()
        child.send(GO_ON)
        descriptors = socket.recv_fds(child, 1, 1)[1]
        if descriptors:
            self._watch = ListenWatch(descriptors[0], self._pid)

    @property
    def watch(self) -> ListenWatch | None:
        """To be polled, and :meth:`let_listen` called when it is readable: pcscd waits in listen(2)."""
        return self._watch

    def connect(self, slot: int, seconds: float, *, prompt: bool) -> socket.socket:
        """A socket connected to the slot's port, as soon as that is open.

        With ``prompt``, which needs the route to :data:`PROMPT_ADDRESS`, the kernel acknowledges the length of a frame,
        which the driver sends apart, and wakes the card for the frame (see :mod:`virtual_reader.vpcd.receiving`).

        Raises:
            NotStarted: pcscd ended, or did not open the port in time.
        """
        now = time.monotonic()
        deadline, spinning = now + seconds, now + _SPIN_SECONDS
        while True:
            connection = self._waiting.pop(slot, None) or self._attempt(slot, prompt=prompt)
            if connection is not None:
                return connection
            now = time.monotonic()
            if self.has_ended() or now > deadline:
                raise NotStarted(f"pcscd opened no port for slot {slot}{self._said()}")
            if self._watch is not None:
                if select.select([self._watch], [], [], _LOOK_SECONDS)[0]:
                    self.let_listen(slot, prompt=prompt)
            elif now > spinning:
                time.sleep(0.001)

    def let_listen(self, wanted: int | None = None, *, prompt: bool = False) -> None:
        """Let pcscd listen; where it is the port of the slot ``wanted``, connect to it before."""
        if self._watch is None:
            return
        try:
            number, listening = self._watch.asked()
            if listening is not None:
                with listening:
                    port = listening.getsockname()[1]
                    if wanted is not None and port == self._ports[wanted]:
                        connection = self._attempt(wanted, prompt=prompt)
                        if connection is not None:
                            self._waiting[wanted] = connection
            self._watch.let_go(number, done=listening is not None)
        except OSError:
            # It was killed while it waited: whoever asks for a connection is told.
            return

    def _attempt(self, slot: int, *, prompt: bool) -> socket.socket | None:
        """Try to connect, so often in a row that it is mostly in time where nobody tells us of the port's opening."""
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 1, 0))
        address = PROMPT_ADDRESS if prompt else ADDRESS
        for _ in range(_ATTEMPTS):
            if connection.connect_ex((address, self._ports[slot])) == 0:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, bytes(16))
                if prompt:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, _SHORTEST_FRAME)
                return connection
        connection.close()
        return None

    def has_ended(self) -> bool:
        """Whether pcscd is gone; reaps it."""
        if self._pid and os.waitpid(self._pid, os.WNOHANG)[0] == self._pid:
            self._pid = 0
        return not self._pid

    def read_log(self) -> bool:
        """Keep the last of what pcscd says, which must never wait for us; whether it may say more."""
        try:
            data = os.read(self.log_fd, 65536)
        except BlockingIOError:
            return True
        self._log = (self._log + data)[-_LOG_BYTES:]
        return bool(data)

    def _said(self) -> str:
        self.read_log()
        text = self._log.decode(errors="replace").strip()[-_LOG_SHOWN:]
        return f"; it said: {text}" if text else ""

    def kill(self) -> None:
        """End it at once and for good."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = 0
        if self._ipc_directory is not None:
            self._ipc_directory.close()

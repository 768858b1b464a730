"""pcscd as a child: started by socket activation, unprivileged, and not in the way of the system's own."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import socket
import struct
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .ipc_directory import IPCDirectory
from .linux import die_with_parent, enter_mount_namespace, hide, is_mapped
from .listen_watch import ListenWatch, install
from .ports import ADDRESS, FIRST_PORT, PROMPT_ADDRESS, hold_free_port_pairs

if TYPE_CHECKING:
    from .directory import DaemonDirectory
    from .settings import Settings

# The listening socket is where systemd passes it.
_SOCKET_FD, _CONFIGURATION_FD, _FIRST_DRIVER_FD = 3, 4, 5
# The uids that systemd keeps for users who exist only while a service runs: nobody else has them.
_PASSING_UIDS = range(61184, 65520)
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
        pairs = settings.slots // 2
        self._held = [] if settings.isolated else hold_free_port_pairs(pairs)
        first = [FIRST_PORT + 2 * number for number in range(pairs)]
        if not settings.isolated:
            first = [pair[0].getsockname()[1] for pair in self._held]
        self._ports = [port + second for port in first for second in (0, 1)]
        libraries = [f"/proc/self/fd/{_FIRST_DRIVER_FD + pair}" for pair in range(pairs)]
        directory.write_configuration(settings.names, libraries, first)
        self._ipc_directory = None if settings.isolated else IPCDirectory()
        drivers = open_drivers(settings.driver, pairs)
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        self.log_fd = reading
        ours, theirs = socket.socketpair()
        supervisor = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                self._become_pcscd(supervisor, theirs, writing, drivers)
            except BaseException as error:  # noqa: BLE001 - whatever it is, pcscd's log is where it is looked for
                os.write(2, f"{settings.command[0]}: {error}".encode())
            finally:
                # A forked child must not go on with its parent's work.
                os._exit(127)
        os.close(writing)
        for driver in drivers:
            os.close(driver)
        theirs.close()
        with ours:
            ours.settimeout(_REPORT_SECONDS)
            _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
        if descriptors:
            self._watch = ListenWatch(descriptors[0], self._pid)

    def _become_pcscd(self, supervisor: int, report: socket.socket, log: int, drivers: Sequence[int]) -> None:
        """In the child: leave behind what pcscd must not touch, then execute it."""
        for standard in (1, 2):
            os.dup2(log, standard, inheritable=True)
        uid = as_uid = os.getuid()
        passing = _PASSING_UIDS[os.getpid() % len(_PASSING_UIDS)]
        if uid == 0 and is_mapped(passing):
            as_uid = passing
        hidden = self._settings.isolated and self._hide_host(as_uid)
        # Where it cannot be had, the port's opening is raced for.
        with contextlib.suppress(OSError):
            install(report)
        if as_uid != uid:
            os.setgroups([])
            os.setresgid(as_uid, as_uid, as_uid)
            os.setresuid(as_uid, as_uid, as_uid)
        elif uid == 0 and not hidden:
            # A container that has no user but root.
            raise PermissionError("as root and without namespaces it would take the place of the system's daemon")
        die_with_parent()
        if os.getppid() != supervisor:
            os._exit(127)
        wanted = (self._directory.listener.fileno(), self._directory.configuration, *drivers)
        for target, fd in enumerate([fcntl.fcntl(fd, fcntl.F_DUPFD, 32) for fd in wanted], start=_SOCKET_FD):
            os.dup2(fd, target, inheritable=True)
        os.closerange(_FIRST_DRIVER_FD + len(drivers), 1024)
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LISTEN_FDS": "1",
            "LISTEN_PID": str(os.getpid()),
            # A folder without drivers for USB (newer versions of pcscd look for this variable).
            "PCSCLITE_HP_DROPDIR": f"/proc/self/fd/{_CONFIGURATION_FD}",
        }
        command = [*self._settings.command, "--config", f"/proc/self/fd/{_CONFIGURATION_FD}"]
        os.execve(command[0], command, environment)  # noqa: S606 - no shell is wanted

    def _hide_host(self, as_uid: int) -> bool:
        """Have a /run of our own, so that a system daemon's files are left alone, and no drivers for USB readers.

        Returns:
            Whether that was possible.
        """
        drivers = self._settings.driver.rpartition("/serial/")[0]
        try:
            enter_mount_namespace()
            hide("/run", f"mode=755,uid={as_uid},size=64k")
            if drivers.endswith("/pcsc/drivers"):
                hide(drivers, "mode=755,size=4k")
        except OSError:
            # There are sandboxes that allow network namespaces and no mounts. pcscd is an ordinary user's process
            # in any case and cannot write what is the system daemon's.
            return False
        return True

    @property
    def watch(self) -> ListenWatch | None:
        """To be polled, and :meth:`let_listen` called when it is readable: pcscd waits in listen(2)."""
        return self._watch

    def connect(self, slot: int, seconds: float, *, prompt: bool) -> socket.socket:
        """A socket connected to the slot's port, as soon as that is open.

        With ``prompt``, which needs the route to :data:`PROMPT_ADDRESS`, the kernel acknowledges the length of a frame,
        which the driver sends apart, and wakes the card for the frame (see :mod:`virtual_reader.receiving`).

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

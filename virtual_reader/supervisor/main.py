"""The supervisor's process: prepare, say so, serve until the owner goes, clean up."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
from collections.abc import Sequence

from .daemon_process import DaemonProcess, NotStarted
from .directory import NAME_PREFIX, DaemonDirectory, remove_abandoned
from .linux import Forbidden, acknowledge_at_once, enter_network_namespace
from .ports import PROMPT_ADDRESS
from .settings import Settings

_MESSAGE_BYTES = 4096


def main(arguments: Sequence[str]) -> None:
    """Run a supervisor; ``arguments`` as the package's docstring tells."""
    os.umask(0o022)
    control = socket.socket(fileno=int(arguments[0]))
    settings = Settings.from_arguments(arguments[1:])
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.suppress(ConnectionError):
        try:
            prompt = settings.isolated and enter_network()
            remove_abandoned(settings.base)
            path = settings.directory or f"{settings.base}/{NAME_PREFIX}{os.urandom(6).hex()}"
            directory = DaemonDirectory(path)
        except Forbidden as error:
            control.send(f"forbidden {error}".encode())
        except OSError as error:
            control.send(f"failed {error}".encode())
        else:
            try:
                Supervisor(settings, control, directory, prompt=prompt).serve()
            finally:
                directory.remove()


def enter_network() -> bool:
    """Enter a network of our own; whether it acknowledges at once what comes from :data:`PROMPT_ADDRESS`.

    Raises:
        Forbidden: there is none to be had.
    """
    enter_network_namespace()
    try:
        acknowledge_at_once(PROMPT_ADDRESS)
    except OSError:
        # Then the delayed ACK is the card side's care, as with any other vpcd.
        return False
    return True


class Supervisor:
    """Serves one owner.

    Args:
        settings: what the owner asked for.
        control: the connection to the owner.
        directory: the daemon's files; they are the caller's to remove.
        prompt: whether there is the route to :data:`PROMPT_ADDRESS`.
    """

    def __init__(self, settings: Settings, control: socket.socket, directory: DaemonDirectory, *, prompt: bool) -> None:
        self._settings = settings
        self._prompt = prompt
        self._control = control
        self._directory = directory
        self._pcscd: DaemonProcess | None = None
        self._watched = select.poll()

    def serve(self) -> None:
        """Until the owner or pcscd goes; pcscd is gone when this returns."""
        owner = os.pidfd_open(self._settings.owner)
        listener = self._directory.listener
        for one in (owner, self._control.fileno(), listener.fileno()):
            self._watched.register(one, select.POLLIN)
        self._control.send(f"ready {self._directory.socket_path}".encode())
        try:
            # An owner that was dead before its pidfd was opened has left us to another parent.
            while os.getppid() == self._settings.owner:
                ready = {descriptor for descriptor, _ in self._watched.poll()}
                if owner in ready:
                    return
                if self._control.fileno() in ready:
                    message = self._control.recv(_MESSAGE_BYTES)
                    if not message:
                        return
                    self._answer(message.decode())
                elif listener.fileno() in ready and self._pcscd is None:
                    # A program called before there was a card.
                    self._start()
                pcscd = self._pcscd
                if pcscd is not None:
                    if pcscd.watch is not None and pcscd.watch.fileno() in ready:
                        pcscd.let_listen()
                    if pcscd.log_fd in ready and not pcscd.read_log():
                        return
        finally:
            if self._pcscd is not None:
                self._pcscd.kill()

    def _start(self) -> DaemonProcess:
        pcscd = self._pcscd = DaemonProcess(self._settings, self._directory)
        self._watched.unregister(self._directory.listener)
        self._watched.register(pcscd.log_fd, select.POLLIN)
        if pcscd.watch is not None:
            self._watched.register(pcscd.watch, select.POLLIN)
        return pcscd

    def _answer(self, message: str) -> None:
        """Hand out a connected socket."""
        _, slot, seconds, manner = message.split()
        try:
            pcscd = self._pcscd or self._start()
            connection = pcscd.connect(int(slot), float(seconds), prompt=self._prompt and manner == "prompt")
        except (NotStarted, OSError) as error:
            self._control.send(f"failed {error}".encode())
            return
        with connection:
            socket.send_fds(self._control, [b"connected"], [connection.fileno()])

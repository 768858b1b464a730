"""The supervisor's process for a card program: start it, keep its last words, and take it along when the owner goes.

Its arguments are one end of a SOCK_SEQPACKET pair, the owner's process id, and the command. Messages are bytes::

    to the owner, first    started            |  failed REASON
    from the owner         end                the end of the connection says the same
    to the owner, last     ended STATUS WORDS

STATUS is that of the command, -N where signal N ended it; WORDS are the last bytes of what it wrote to standard error,
or, where that is nothing, to standard output. The command is the leader of a session of its own. Where it is to end it
is left a moment to do so by itself, then told (SIGTERM), then killed, and all of its process group with it, and who of
its descendants has left that.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence

from .linux import adopt_orphans, die_with_parent, kill_children

ENDS_BY_ITSELF_S = 0.25
"""Its connection is closed: many a card program ends then, and some save what they hold."""
TERMINATES_S = 2.0
_OWNER_LOOK_MS = 1000
_READ_BYTES = 65536
_WORDS = 2000
_FAILED = 127


def main(arguments: Sequence[str]) -> None:
    """Run a supervisor; ``arguments`` as the module's docstring tells."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    control = socket.socket(fileno=int(arguments[0]))
    with contextlib.suppress(ConnectionError):
        try:
            program = CardProgram(arguments[2:])
        except (OSError, subprocess.SubprocessError) as error:
            control.send(f"failed {getattr(error, 'strerror', None) or error}".encode())
            return
        try:
            control.send(b"started")
            program.serve(control, int(arguments[1]))
        finally:
            program.kill()
        control.send(b"ended %d " % program.status + program.words)


class CardProgram:
    """A command that runs, and the last of what it says.

    Raises:
        OSError: the system does not execute it.
    """

    def __init__(self, command: Sequence[str]) -> None:
        supervisor = os.getpid()
        adopt_orphans()

        def prepare() -> None:
            die_with_parent()
            if os.getppid() != supervisor:
                os._exit(_FAILED)

        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=prepare,  # noqa: PLW1509 - this process has one thread
        )
        self._said: dict[int, bytes] = {}
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
                self._said[stream.fileno()] = b""
        self._ended = os.pidfd_open(self._process.pid)

    @property
    def status(self) -> int:
        """Its exit status, -N where signal N ended it; once it has been killed."""
        return self._process.wait()

    @property
    def words(self) -> bytes:
        """The last of what it wrote."""
        output, errors = self._said.values()
        return errors or output

    def serve(self, control: socket.socket, owner: int) -> None:
        """Until it has ended, of itself or as asked; what it says meanwhile never makes it wait."""
        owner_ended = os.pidfd_open(owner)
        watched = select.poll()
        for one in (owner_ended, self._ended, control.fileno(), *self._said):
            watched.register(one, select.POLLIN)
        steps = iter([(ENDS_BY_ITSELF_S, signal.SIGTERM), (TERMINATES_S, signal.SIGKILL)])
        deadline, number = float("inf"), signal.SIGKILL
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                self._signal_group(number)
                wait, number = next(steps, (TERMINATES_S, signal.SIGKILL))
                deadline = time.monotonic() + wait
                continue
            ready = {descriptor for descriptor, _ in watched.poll(min(left * 1000, _OWNER_LOOK_MS))}
            for stream in ready & self._said.keys():
                if not self._listen(stream):
                    watched.unregister(stream)
            if self._ended in ready:
                return
            asked = {owner_ended, control.fileno()} & ready
            if deadline == float("inf") and (asked or os.getppid() != owner):
                for one in (owner_ended, control.fileno()):
                    watched.unregister(one)
                wait, number = next(steps)
                deadline = time.monotonic() + wait

    def kill(self) -> None:
        """End it, its process group and all that descends from it at once."""
        self._signal_group(signal.SIGKILL)
        self._process.wait()
        kill_children()
        for stream in self._said:
            self._listen(stream)

    def _listen(self, stream: int) -> bool:
        """Take in what is there; whether there may be more."""
        try:
            data = os.read(stream, _READ_BYTES)
        except BlockingIOError:
            return True
        self._said[stream] = (self._said[stream] + data)[-_WORDS:]
        return bool(data)

    def _signal_group(self, number: signal.Signals) -> None:
        # Its leader is not waited for before: so long the number is nobody else's.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

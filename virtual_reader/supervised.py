"""How a supervisor is started: a process of its own, that ends what it keeps when its owner goes."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

MESSAGE_BYTES = 4096
"""The longest message between an owner and a supervisor."""
END_SECONDS = 3.0
# Behind the standard library, so that nothing installed beside us is loaded in its place.
_BOOTSTRAP = """
import sys
sys.path.append(sys.argv[1])
from virtual_reader.supervisor.{module} import main
main(sys.argv[2:])
"""
_ROOT = Path(__file__).parents[1]


def start_supervisor(
    module: str, arguments: Sequence[str], *, cwd: str | None = None
) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Start one; return the owner's end of the control connection (SOCK_SEQPACKET), and the process.

    Args:
        module: which one: a module of :mod:`virtual_reader.supervisor` with a function ``main``, which is given the
            descriptor of the other end, and then ``arguments``.
        arguments: strings.
        cwd: its working directory; default: ours.

    Raises:
        OSError: there can be no such process: too many files are open, the arguments are too long.
    """
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        descriptor = str(theirs.fileno())
        bootstrap = _BOOTSTRAP.format(module=module)
        try:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", bootstrap, str(_ROOT), descriptor, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                cwd=cwd,
            )
        except BaseException:
            control.close()
            raise
    return control, process


def end_supervisor(control: socket.socket, process: subprocess.Popen[bytes], seconds: float = END_SECONDS) -> None:
    """Let it know, and wait for it: it cleans up."""
    with suppress(OSError):  # it may have gone first
        control.shutdown(socket.SHUT_RDWR)  # a process that was forked off may have the connection open, too
    control.close()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

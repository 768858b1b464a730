"""The forked child's way to becoming pcscd: it leaves behind what pcscd must not touch.

Before it executes pcscd it tells its parent :data:`HOST_HIDDEN` or :data:`HOST_SEEN`, waits for
:data:`GO_ON`, and passes the descriptor of :mod:`~virtual_reader.supervisor.listen_watch`, where that is to be had.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from .linux import die_with_parent, enter_mount_namespace, hide, is_mapped
from .listen_watch import install

if TYPE_CHECKING:
    import socket

    from .settings import Settings

HOST_HIDDEN, HOST_SEEN, GO_ON = b"h", b"s", b"g"
# The listening socket is where systemd passes it, the folder with reader.conf and the drivers follow.
_SOCKET_FD, _CONFIGURATION_FD, FIRST_DRIVER_FD = 3, 4, 5
# The uids that systemd keeps for users who exist only while a service runs: nobody else has them.
_PASSING_UIDS = range(61184, 65520)
_FAILED = 127


def become_pcscd(
    settings: Settings, supervisor: int, parent: socket.socket, log: int, inherited: Sequence[int]
) -> NoReturn:
    """Execute pcscd; what goes wrong is written to its log.

    Args:
        settings: what the owner asked for.
        supervisor: the parent's process id.
        parent: the connection to the parent.
        log: where standard output and error are to go.
        inherited: the listening socket, the folder with reader.conf, the drivers.
    """
    try:
        for standard in (1, 2):
            os.dup2(log, standard, inheritable=True)
        _leave_host_behind(settings, parent)
        die_with_parent()
        if os.getppid() == supervisor:
            _execute(settings, inherited)
    except BaseException as error:  # noqa: BLE001 - whatever it is, pcscd's log is where it is looked for
        os.write(2, f"{settings.command[0]}: {error}".encode())
    finally:
        # A forked child must not go on with its parent's work.
        os._exit(_FAILED)


def _leave_host_behind(settings: Settings, parent: socket.socket) -> None:
    """Out of sight with the host's files as far as possible, out of root's rights, and under the parent's watch."""
    uid = as_uid = os.getuid()
    passing = _PASSING_UIDS[os.getpid() % len(_PASSING_UIDS)]
    if uid == 0 and is_mapped(passing):
        as_uid = passing
    hidden = settings.isolated and _hide_host(settings.driver, as_uid)
    parent.send(HOST_HIDDEN if hidden else HOST_SEEN)
    if parent.recv(1) != GO_ON:
        os._exit(_FAILED)
    # Where it cannot be had, the port's opening is raced for.
    with contextlib.suppress(OSError):
        install(parent)
    if as_uid != uid:
        os.setgroups([])
        os.setresgid(as_uid, as_uid, as_uid)
        os.setresuid(as_uid, as_uid, as_uid)
    elif uid == 0 and not hidden:
        # A container that has no user but root.
        raise PermissionError("as root and without namespaces it would take the place of the system's daemon")


def _hide_host(driver: str, as_uid: int) -> bool:
    """Have a /run of our own, so that a system daemon's files are left alone, and no drivers for USB readers.

    Returns:
        Whether that was possible; there are sandboxes that allow network namespaces and no mounts.
    """
    drivers = driver.rpartition("/serial/")[0]
    try:
        enter_mount_namespace()
        hide("/run", f"mode=755,uid={as_uid},size=64k")
        if drivers.endswith("/pcsc/drivers"):
            hide(drivers, "mode=755,size=4k")
    except OSError:
        return False
    return True


def _execute(settings: Settings, inherited: Sequence[int]) -> None:
    for target, fd in enumerate([fcntl.fcntl(fd, fcntl.F_DUPFD, 32) for fd in inherited], start=_SOCKET_FD):
        os.dup2(fd, target, inheritable=True)
    os.closerange(_SOCKET_FD + len(inherited), 1024)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "LISTEN_FDS": "1",
        "LISTEN_PID": str(os.getpid()),
        # A folder without drivers for USB (newer versions of pcscd look for this variable).
        "PCSCLITE_HP_DROPDIR": f"/proc/self/fd/{_CONFIGURATION_FD}",
    }
    command = [*settings.command, "--config", f"/proc/self/fd/{_CONFIGURATION_FD}"]
    os.execve(command[0], command, environment)  # noqa: S606 - no shell is wanted

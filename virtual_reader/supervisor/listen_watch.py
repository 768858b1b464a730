"""Be told when a child calls listen(2), before it returns to the child.

pcscd's driver opens a port, and within microseconds pcscd looks three times whether a card is there; the next
look is 400 ms later. Racing it from another process is won mostly on an idle machine and seldom on a busy one.
So a seccomp filter makes the kernel ask us about each listen(2): we make the child's socket listen, connect to
it, and only then let the child go on, which finds the card waiting (seccomp_unotify(2), Linux 5.6). Where
the kernel or a sandbox has none of this, there is the race.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from dataclasses import dataclass

from .linux import checked, libc

_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_NEW_LISTENER = 1, 8
_SECCOMP_RET_USER_NOTIF, _SECCOMP_RET_ALLOW = 0x7FC00000, 0x7FFF0000
_SECCOMP_IOCTL_NOTIF_RECV, _SECCOMP_IOCTL_NOTIF_SEND = 0xC0502100, 0xC0182101
_SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1
_BPF_LOAD, _BPF_JUMP_IF_EQUAL, _BPF_RETURN = 0x20, 0x15, 0x06
_SYS_PIDFD_GETFD = 438
# struct seccomp_notif: id, pid, flags, then struct seccomp_data: nr, arch, instruction pointer, six arguments.
_NOTIFICATION = struct.Struct("=QIIiIQ6Q")
# struct seccomp_notif_resp: id, return value, error, flags.
_RESPONSE = struct.Struct("=QqiI")


@dataclass(frozen=True, slots=True)
class _Machine:
    """AUDIT_ARCH and the numbers of two system calls, which differ from machine to machine."""

    audit: int
    listen: int
    seccomp: int


_MACHINES = {"x86_64": _Machine(0xC000003E, 50, 317), "aarch64": _Machine(0xC00000B7, 201, 277)}


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def install(report: socket.socket) -> None:
    """In the child, before exec: have each listen(2) asked about, and send the descriptor to ask at by ``report``.

    Raises:
        OSError: not possible here; nothing has changed.
    """
    machine = _MACHINES.get(os.uname().machine)
    if machine is None:
        raise OSError("this machine's system call numbers are unknown")
    instructions = b"".join(
        struct.pack("=HBBI", *one)
        for one in (
            (_BPF_LOAD, 0, 0, 4),
            (_BPF_JUMP_IF_EQUAL, 0, 3, machine.audit),
            (_BPF_LOAD, 0, 0, 0),
            (_BPF_JUMP_IF_EQUAL, 0, 1, machine.listen),
            (_BPF_RETURN, 0, 0, _SECCOMP_RET_USER_NOTIF),
            (_BPF_RETURN, 0, 0, _SECCOMP_RET_ALLOW),
        )
    )
    program = _Program(len(instructions) // 8, instructions)
    arguments = (machine.seccomp, _SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_NEW_LISTENER, ctypes.byref(program))
    asked = libc.syscall(*arguments)
    if asked == -1:
        # Without the capability to do it as we are: give up gaining privileges first.
        checked(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")
        asked = checked(libc.syscall(*arguments), "seccomp")
    socket.send_fds(report, [b"."], [asked])
    os.close(asked)


class ListenWatch:
    """The parent's end.

    Args:
        descriptor: what :func:`install` reported.
        child: the child's process id.
    """

    def __init__(self, descriptor: int, child: int) -> None:
        self._descriptor = descriptor
        self._pidfd = os.pidfd_open(child)

    def fileno(self) -> int:
        """Readable when the child waits in listen(2)."""
        return self._descriptor

    def asked(self) -> tuple[int, socket.socket | None]:
        """The question's number, and the child's socket, listening; ``None`` where it cannot be had.

        Raises:
            OSError: the child has gone meanwhile.
        """
        buffer = bytearray(_NOTIFICATION.size)
        fcntl.ioctl(self._descriptor, _SECCOMP_IOCTL_NOTIF_RECV, buffer)
        number, _, _, _, _, _, descriptor, backlog, *_ = _NOTIFICATION.unpack(buffer)
        theirs = libc.syscall(_SYS_PIDFD_GETFD, self._pidfd, ctypes.c_uint(descriptor), 0)
        if theirs == -1:
            return number, None
        listening = socket.socket(fileno=theirs)
        try:
            listening.listen(backlog)
        except OSError:
            listening.close()
            return number, None
        return number, listening

    def let_go(self, number: int, *, done: bool) -> None:
        """Let the child go on: its listen(2) is ``done``, or it is to do it itself. Raises OSError as :meth:`asked`."""
        flags = 0 if done else _SECCOMP_USER_NOTIF_FLAG_CONTINUE
        fcntl.ioctl(self._descriptor, _SECCOMP_IOCTL_NOTIF_SEND, _RESPONSE.pack(number, 0, 0, flags))

    def close(self) -> None:
        """Give both descriptors back."""
        os.close(self._descriptor)
        os.close(self._pidfd)

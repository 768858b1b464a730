"""The calls to Linux that Python 3.11 does not have: namespaces, mounts, and what goes with them."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import struct

_CLONE_NEWNS, _CLONE_NEWUSER, _CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
_MS_NOSUID, _MS_NODEV, _MS_REC, _MS_PRIVATE = 0x2, 0x4, 0x4000, 0x40000
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_RTM_NEWROUTE, _NLM_F_REQUEST, _NLM_F_ACK, _NLM_F_CREATE = 24, 0x1, 0x4, 0x400
_NLMSG_ERROR = 2
_RT_TABLE_LOCAL, _RTPROT_BOOT, _RT_SCOPE_HOST, _RTN_LOCAL = 255, 3, 254, 2
_RTA_DST, _RTA_OIF, _RTA_PREFSRC, _RTA_METRICS, _RTAX_QUICKACK = 1, 4, 7, 8, 15
_IFREQ = struct.Struct("16sH14x")

libc = ctypes.CDLL(None, use_errno=True)


class Forbidden(Exception):  # noqa: N818 - says what is the case
    """Namespaces are not to be had: the kernel, a sandbox or a security module refuses."""


def checked(result: int, what: str) -> int:
    """The result of a libc call; raises OSError where it is -1."""
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def enter_network_namespace() -> None:
    """A network of our own with ``lo`` up; an ordinary user keeps the uid, in a user namespace.

    Raises:
        Forbidden: not allowed here. The process may be left in a namespace that is of no use.
    """
    uid, gid = os.geteuid(), os.getegid()
    try:
        if uid == 0:
            checked(libc.unshare(_CLONE_NEWNET), "unshare")
        else:
            checked(libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET), "unshare")
            for name, line in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
                fd = os.open(f"/proc/self/{name}", os.O_WRONLY)
                try:
                    os.write(fd, line.encode())
                finally:
                    os.close(fd)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            flags = _IFREQ.unpack(fcntl.ioctl(probe, _SIOCGIFFLAGS, _IFREQ.pack(b"lo", 0)))[1]
            fcntl.ioctl(probe, _SIOCSIFFLAGS, _IFREQ.pack(b"lo", flags | _IFF_UP))
    except OSError as error:
        raise Forbidden(f"no network namespace: {error.strerror or error}") from error


def acknowledge_at_once(address: str) -> None:
    """Have all that comes from ``address``, one of ``lo``'s, acknowledged without delay (``ip route ... quickack 1``).

    Raises:
        OSError: not allowed, or not known to this kernel.
    """

    def attribute(kind: int, value: bytes) -> bytes:
        return struct.pack("=HH", 4 + len(value), kind) + value

    body = b"".join(
        (
            struct.pack("=8BI", socket.AF_INET, 32, 0, 0, _RT_TABLE_LOCAL, _RTPROT_BOOT, _RT_SCOPE_HOST, _RTN_LOCAL, 0),
            attribute(_RTA_DST, socket.inet_aton(address)),
            attribute(_RTA_OIF, struct.pack("=I", socket.if_nametoindex("lo"))),
            attribute(_RTA_PREFSRC, socket.inet_aton("127.0.0.1")),
            attribute(_RTA_METRICS, attribute(_RTAX_QUICKACK, struct.pack("=I", 1))),
        )
    )
    flags = _NLM_F_REQUEST | _NLM_F_CREATE | _NLM_F_ACK
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.send(struct.pack("=IHHII", 16 + len(body), _RTM_NEWROUTE, flags, 1, 0) + body)
        answer = netlink.recv(4096)
    kind, error = struct.unpack_from("=4xH10xi", answer)
    if kind != _NLMSG_ERROR or error != 0:
        raise OSError(-error, os.strerror(-error))


def enter_mount_namespace() -> None:
    """Mounts of our own. Raises OSError."""
    checked(libc.unshare(_CLONE_NEWNS), "unshare")
    checked(libc.mount(b"none", b"/", None, ctypes.c_ulong(_MS_REC | _MS_PRIVATE), None), "mount")


def is_mapped(identity: int) -> bool:
    """Whether there is such a user and such a group in our user namespace."""
    for name in ("uid_map", "gid_map"):
        with open(f"/proc/self/{name}", encoding="ascii") as table:  # noqa: PTH123 - pathlib is slow to load
            # first id inside, first id outside, number of ids
            rows = [[int(word) for word in line.split()] for line in table]
        if not any(first <= identity < first + count for first, _, count in rows):
            return False
    return True


def hide(folder: str, options: str) -> None:
    """Mount an empty folder over ``folder``. Raises OSError."""
    flags = ctypes.c_ulong(_MS_NOSUID | _MS_NODEV)
    checked(libc.mount(b"tmpfs", folder.encode(), b"tmpfs", flags, options.encode()), f"mount {folder}")


def die_with_parent() -> None:
    """Be killed when the parent dies; to be called after any change of user, which clears it."""
    checked(libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")


def adopt_orphans() -> None:
    """Become the parent of each descendant that loses its own, as init would."""
    checked(libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl")


def kill_children() -> None:
    """Kill all children, and those of theirs that are left to us (:func:`adopt_orphans`), until there are none.

    For a process of one thread. Children that run as somebody else, and may not be killed, live on.
    """
    while True:
        killed = []
        try:
            with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as table:  # noqa: PTH123 - see above
                children = [int(word) for word in table.read().split()]
        except OSError:
            return  # a kernel that keeps no such table
        for child in children:
            with contextlib.suppress(PermissionError):
                os.kill(child, signal.SIGKILL)
                killed.append(child)
        if not killed:
            return
        for child in killed:
            os.waitpid(child, 0)

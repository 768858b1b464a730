"""Run a command as a container of Docker's runs it: usage: in_a_container.py user|root COMMAND ...

There is no container engine here, so this is put together from what one does by default: a network that reaches
nobody (`--network none`), a file system in which /run belongs to the container, no capabilities that could make
namespaces, and a seccomp filter that forbids the system calls that would (EPERM; clone3: ENOSYS).

``user``: an ordinary user, whoever calls this. ``root``: the container's root, which only root can be.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import platform
import socket
import struct
import sys
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
NEW_MOUNTS, NEW_USERS, NEW_NETWORK = 0x00020000, 0x10000000, 0x40000000
NEW_ANYTHING = 0x7E020000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 24, 38, 22, 2
LAST_CAPABILITY = 40
# chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap, net_bind_service, net_raw, sys_chroot, mknod,
# audit_write, setfcap
DOCKERS_CAPABILITIES = {0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31}
# (audit architecture, clone, clone3, what is forbidden: mount, umount2, unshare, setns, pivot_root)
SYSTEM_CALLS = {
    "x86_64": (0xC000003E, 56, 435, (165, 166, 272, 308, 155)),
    "aarch64": (0xC00000B7, 220, 435, (40, 39, 97, 268, 41)),
}
LOAD, EQUALS, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, EPERM, ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026
CALL, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def checked(result: int) -> None:
    """Raise what libc said."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def system_call_filter() -> bytes:
    """A classic BPF program: (code, jump if true, jump if false, operand) an instruction."""
    architecture, clone, clone3, forbidden = SYSTEM_CALLS[platform.machine()]
    program = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUALS, 1, 0, architecture),
        (RETURN, 0, 0, EPERM),
        (LOAD, 0, 0, CALL),
    ]
    for number, answer in [(clone3, ENOSYS), *((number, EPERM) for number in forbidden)]:
        program += [(EQUALS, 0, 1, number), (RETURN, 0, 0, answer)]
    program += [
        (EQUALS, 0, 3, clone),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (ANY_BIT, 0, 1, NEW_ANYTHING),
        (RETURN, 0, 0, EPERM),
        (RETURN, 0, 0, ALLOW),
    ]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)


def forbid_namespaces() -> None:
    """From here on, for this process and all that it starts."""
    program = system_call_filter()
    held = ctypes.create_string_buffer(program, len(program))
    argument = struct.pack("H6xP", len(program) // 8, ctypes.addressof(held))
    checked(LIBC.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.c_char_p(argument), 0, 0))


def loopback_up() -> None:
    """The one interface that the network has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


def run_of_its_own() -> None:
    """/run with nothing in it but the folder that the Containerfile makes."""
    checked(LIBC.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
    checked(LIBC.mount(b"tmpfs", b"/run", b"tmpfs", 0, b"mode=755"))
    Path("/run/pcscd").mkdir(mode=0o555)


def main(who: str, *command: str) -> None:
    """Become the container, then the command."""
    uid, gid = os.getuid(), os.getgid()
    if who == "user":
        checked(LIBC.unshare(NEW_USERS | NEW_MOUNTS | NEW_NETWORK))
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"1000 {gid} 1", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"1000 {uid} 1", encoding="ascii")
    else:
        checked(LIBC.unshare(NEW_MOUNTS | NEW_NETWORK))
    loopback_up()
    run_of_its_own()
    if who == "user":
        checked(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    else:
        for capability in set(range(LAST_CAPABILITY + 1)) - DOCKERS_CAPABILITIES:
            checked(LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0))
    forbid_namespaces()
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The process that keeps a private PC/SC daemon, and takes it along when it goes.

Run by itself, ``python -I -S supervisor.py FD SETTINGS``, and so built on the standard library alone.
FD is one end of a SOCK_SEQPACKET pair, SETTINGS a JSON object (see :class:`Settings`). It

* makes the daemon's directory (0700), its socket and its reader.conf,
* enters a network namespace with nothing in it but ``lo``: the driver listens on every interface,
* starts pcscd by systemd's socket activation when the first card comes or the first program calls, so
  that a card can be in its reader before pcscd first looks,
* hands out sockets connected to the driver's ports (SCM_RIGHTS): nobody else can reach them,
* ends when FD reaches its end or its owner dies, be it by SIGKILL. pcscd is killed, the directory removed;
  if the supervisor itself is killed, the kernel kills pcscd (PR_SET_PDEATHSIG).

Messages, one JSON object each. To the owner, first: ``{"socket": PATH, "isolated": BOOL}``. From the
owner: ``{"connect": SLOT, "seconds": BOUND}``, answered by ``{}`` with a descriptor. In place of each
answer there may be ``{"error": TEXT}``, and ``"forbidden": true`` beside it where it is the namespaces
that are not to be had.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import os
import select
import signal
import socket
import struct
import sys
import time

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x4000, 0x40000
PR_SET_PDEATHSIG = 1
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
FIRST_PORT = 0x8C7B
SOCKET_FD, CONFIGURATION_FD, DRIVER_FD = 3, 4, 5
# The uids that systemd keeps for users who exist only while a service runs: nobody else has them.
PASSING_UIDS = range(61184, 65520)
SPIN_SECONDS = 0.25
LOG_BYTES = 4096


class Failure(Exception):
    """Told to the owner as ``{"error": ...}``."""


class Forbidden(Failure):
    """Namespaces are not to be had here."""


class Settings:
    """What the owner asked for.

    Attributes:
        owner: the owner's process id.
        isolated: whether to enter a network namespace.
        base: the folder to make the daemon's directory in.
        directory: the directory's path where it must be this one, else ``""``.
        slots: the number of slots, even.
        name: FRIENDLYNAME in reader.conf.
        command: pcscd and its arguments, less ``--config``.
        driver: the path of libifdvpcd.so.
    """

    def __init__(self, text: str) -> None:
        values = json.loads(text)
        self.owner = int(values["owner"])
        self.isolated = bool(values["isolated"])
        self.base = str(values["base"])
        self.directory = str(values["directory"])
        self.slots = int(values["slots"])
        self.name = str(values["name"])
        self.command = [str(part) for part in values["command"]]
        self.driver = str(values["driver"])


_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _unshare(flags: int) -> None:
    _checked(_libc.unshare(ctypes.c_int(flags)), "unshare")


def _mount(kind: str, target: str, flags: int, options: str = "") -> None:
    arguments = (kind.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode())
    _checked(_libc.mount(*arguments), f"mount {target}")


def enter_network_namespace() -> None:
    """A network of our own with ``lo`` up; an ordinary user keeps the uid, in a user namespace.

    Raises:
        Forbidden: the kernel, a sandbox or a security module refuses.
    """
    uid, gid = os.geteuid(), os.getegid()
    try:
        if uid == 0:
            _unshare(CLONE_NEWNET)
        else:
            _unshare(CLONE_NEWUSER | CLONE_NEWNET)
            for path, line in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
                with open(f"/proc/self/{path}", "w", encoding="ascii") as file:  # noqa: PTH123 - pathlib loads slowly
                    file.write(line)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            request = struct.pack("16sH14x", b"lo", 0)
            flags = struct.unpack("16sH14x", fcntl.ioctl(probe, SIOCGIFFLAGS, request))[1]
            fcntl.ioctl(probe, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | IFF_UP))
    except OSError as error:
        raise Forbidden(f"no network namespace: {error.strerror or error}") from error


def free_port_pairs(count: int) -> list[int]:
    """``count`` ports, each free and followed by a free one, as far as can be told beforehand."""
    held: list[socket.socket] = []
    ports: list[int] = []
    try:
        while len(ports) < count:
            pair = [socket.socket(), socket.socket()]
            held += pair
            pair[0].bind(("", 0))
            port = pair[0].getsockname()[1]
            try:
                pair[1].bind(("", port + 1))
            except (OSError, OverflowError):
                continue
            ports.append(port)
        return ports
    finally:
        for one in held:
            one.close()


def listening_inodes(port: int) -> set[str]:
    """The inodes of the IPv4 sockets listening on ``port``."""
    with open("/proc/self/net/tcp", encoding="ascii") as table:  # noqa: PTH123 - pathlib loads slowly
        rows = [line.split() for line in table]
    return {row[9] for row in rows[1:] if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port}


class Supervisor:
    """One daemon: its directory, its process and the owner it serves."""

    def __init__(self, settings: Settings, control: socket.socket) -> None:
        self.settings = settings
        self.control = control
        self.directory = settings.directory or f"{settings.base}/scardmgr-{os.urandom(6).hex()}"
        self.pcscd = 0
        self.log = b""
        self.log_fd = -1
        self.ports: list[int] = []
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.made_ipc_directory = False

    def prepare(self) -> None:
        """Directory, socket and configuration folder."""
        os.mkdir(self.directory, 0o700)  # noqa: PTH102 - pathlib loads slowly
        self.listener.bind(f"{self.directory}/s")
        self.listener.listen(64)
        # The configuration is read by another user where we are root: through a descriptor of its folder.
        os.mkdir(f"{self.directory}/c", 0o755)  # noqa: PTH102
        self.configuration = os.open(f"{self.directory}/c", os.O_RDONLY | os.O_DIRECTORY)
        os.fchmod(self.configuration, 0o755)
        self.driver = os.open(self.settings.driver, os.O_RDONLY)

    def write_configuration(self) -> None:
        """reader.conf: an entry for each pair of slots, on a port and the one above it."""
        pairs = self.settings.slots // 2
        self.ports = [FIRST_PORT + 2 * n for n in range(pairs)] if self.settings.isolated else free_port_pairs(pairs)
        entries = [
            f'FRIENDLYNAME "{self.settings.name}"\nDEVICENAME /dev/null:{port:#06x}\n'
            f"LIBPATH /proc/self/fd/{DRIVER_FD}\nCHANNELID {port:#06x}\n"
            for port in self.ports
        ]
        path = f"{self.directory}/c/reader.conf"
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.fchmod(fd, 0o644)
        os.write(fd, "\n".join(entries).encode())
        os.close(fd)

    def start(self) -> None:
        """Start pcscd on the listening socket.

        Raises:
            Failure: it could not be executed.
        """
        self.write_configuration()
        self._ensure_ipc_directory()
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        self.pcscd = os.fork()
        if self.pcscd == 0:
            try:
                self._become_pcscd(writing)
            except BaseException as error:  # noqa: BLE001 - a forked child must not run its parent's code
                os.write(writing, f"{self.settings.command[0]}: {error}".encode())
            os._exit(127)
        os.close(writing)
        self._close_log()
        self.log_fd = reading

    def _ensure_ipc_directory(self) -> None:
        """pcscd 1.9 insists on /run/pcscd, though it uses nothing in it; in a mount namespace it makes its own."""
        if not self.settings.isolated and os.geteuid() == 0:
            try:
                os.mkdir("/run/pcscd", 0o755)  # noqa: PTH102
                self.made_ipc_directory = True
            except FileExistsError:
                pass

    def _become_pcscd(self, log: int) -> None:
        """In the child: leave behind what pcscd must not touch, then execute it."""
        uid = os.getuid()
        as_uid = PASSING_UIDS[os.getpid() % len(PASSING_UIDS)] if uid == 0 else uid
        if self.settings.isolated:
            self._hide_host(as_uid)
        if uid == 0:
            os.setgroups([])
            os.setresgid(as_uid, as_uid, as_uid)
            os.setresuid(as_uid, as_uid, as_uid)
        # After the change of user, which clears it.
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != SUPERVISOR:
            os._exit(127)
        kept = [fcntl.fcntl(fd, fcntl.F_DUPFD, 16) for fd in (self.listener.fileno(), self.configuration, self.driver)]
        for fd, target in zip([log, log, *kept], (1, 2, SOCKET_FD, CONFIGURATION_FD, DRIVER_FD), strict=True):
            os.dup2(fd, target, inheritable=True)
        os.closerange(DRIVER_FD + 1, 1024)
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LISTEN_FDS": "1",
            "LISTEN_PID": str(os.getpid()),
            # No physical readers: a private daemon must not take them from the system's.
            "PCSCLITE_HP_DROPDIR": f"/proc/self/fd/{CONFIGURATION_FD}",
        }
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        command = [*self.settings.command, "--config", f"/proc/self/fd/{CONFIGURATION_FD}"]
        os.execve(command[0], command, environment)

    def _hide_host(self, as_uid: int) -> None:
        """A mount namespace in which /run is ours (a system daemon's files stay untouched) and no USB driver is found."""
        folder = self.settings.driver.rpartition("/serial/")[0]
        try:
            _unshare(CLONE_NEWNS)
            _mount("none", "/", MS_REC | MS_PRIVATE)
            _mount("tmpfs", "/run", MS_NOSUID | MS_NODEV, f"mode=755,uid={as_uid},size=64k")
            if folder.endswith("/pcsc/drivers"):
                _mount("tmpfs", folder, MS_NOSUID | MS_NODEV, "mode=755,size=4k")
        except OSError:
            # Some sandboxes allow network namespaces and no mounts. pcscd then runs as any user's process would,
            # and can write neither the system daemon's files nor, mostly, to its readers.
            return

    def connect(self, slot: int, seconds: float) -> socket.socket:
        """A socket connected to the slot's port, as soon as that is open.

        Raises:
            Failure: pcscd ended, or opened no port in time.
        """
        deadline = time.monotonic() + seconds
        if not self.pcscd:
            self.start()
        spinning = time.monotonic() + SPIN_SECONDS
        while True:
            connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            connection.settimeout(max(0.001, deadline - time.monotonic()))
            result = connection.connect_ex(("127.0.0.1", self.ports[slot // 2] + slot % 2))
            if result == 0 and (self.settings.isolated or self._is_ours(slot)):
                connection.settimeout(None)
                return connection
            connection.close()
            now = time.monotonic()
            if self._ended() or now > deadline:
                raise Failure(f"pcscd opened no port for slot {slot}{self._said()}")
            # From exec to the open port it is some milliseconds; whoever connects within microseconds of
            # that is there when pcscd first looks, everybody else waits for its next look, 400 ms later.
            if now > spinning:
                time.sleep(0.001)

    def _is_ours(self, slot: int) -> bool:
        """Whether it is our pcscd that listens on the slot's port: others may have been quicker."""
        inodes = listening_inodes(self.ports[slot // 2] + slot % 2)
        folder = f"/proc/{self.pcscd}/fd"
        try:
            links = [os.readlink(f"{folder}/{name}") for name in os.listdir(folder)]  # noqa: PTH115, PTH208
        except OSError:
            return False
        return any(f"socket:[{inode}]" in links for inode in inodes)

    def _ended(self) -> bool:
        """Whether pcscd is gone; reaps it."""
        if self.pcscd and os.waitpid(self.pcscd, os.WNOHANG)[0] == self.pcscd:
            self.pcscd = 0
            self.read_log()
            return True
        return not self.pcscd

    def read_log(self) -> None:
        """Keep the last of what pcscd says: it must never wait for us."""
        if self.log_fd < 0:
            return
        try:
            data = os.read(self.log_fd, 65536)
        except BlockingIOError:
            return
        if data:
            self.log = (self.log + data)[-LOG_BYTES:]
        else:
            self._close_log()

    def _close_log(self) -> None:
        if self.log_fd >= 0:
            os.close(self.log_fd)
            self.log_fd = -1

    def _said(self) -> str:
        self.read_log()
        text = self.log.decode(errors="replace").strip()
        return f"; it said: {text[-500:]}" if text else ""

    def serve(self) -> None:
        """Until the owner goes or pcscd does."""
        watched = select.poll()
        watched.register(self.control, select.POLLIN)
        watched.register(self.listener, select.POLLIN)
        owner = os.pidfd_open(self.settings.owner)
        watched.register(owner, select.POLLIN)
        registered = False
        while os.getppid() == self.settings.owner:
            if self.pcscd and not registered:
                watched.unregister(self.listener)
                watched.register(self.log_fd, select.POLLIN)
                registered = True
            ready = {fd for fd, _ in watched.poll()}
            if owner in ready:
                return
            if self.log_fd in ready:
                self.read_log()
                if self.log_fd < 0 or self._ended():
                    return
            if self.control.fileno() in ready:
                message = self.control.recv(4096)
                if not message:
                    return
                self.answer(json.loads(message))
            elif self.listener.fileno() in ready and not self.pcscd:
                self.start()

    def answer(self, request: dict[str, float]) -> None:
        """Hand out one connected socket."""
        try:
            connection = self.connect(int(request["connect"]), request["seconds"])
        except Failure as error:
            self.control.send(json.dumps({"error": str(error)}).encode())
            return
        with connection:
            socket.send_fds(self.control, [b"{}"], [connection.fileno()])

    def clean_up(self) -> None:
        """Kill pcscd, remove the directory."""
        if self.pcscd:
            os.kill(self.pcscd, signal.SIGKILL)
            os.waitpid(self.pcscd, 0)
        for name in ("c/reader.conf", "s"):
            try:
                os.unlink(f"{self.directory}/{name}")  # noqa: PTH108
            except FileNotFoundError:
                continue
        for path in (f"{self.directory}/c", self.directory, *(["/run/pcscd"] if self.made_ipc_directory else [])):
            try:
                os.rmdir(path)  # noqa: PTH106
            except OSError as error:
                if error.errno not in (errno.ENOENT, errno.ENOTEMPTY):
                    raise


SUPERVISOR = os.getpid()


def main() -> None:
    """Prepare, say so, serve, clean up."""
    control = socket.socket(fileno=int(sys.argv[1]))
    settings = Settings(sys.argv[2])
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    supervisor = Supervisor(settings, control)
    try:
        if settings.isolated:
            enter_network_namespace()
        supervisor.prepare()
        control.send(json.dumps({"socket": f"{supervisor.directory}/s", "isolated": settings.isolated}).encode())
        supervisor.serve()
    except (Failure, OSError) as error:
        message = {"error": str(error), "forbidden": isinstance(error, Forbidden)}
        try:
            control.send(json.dumps(message).encode())
        except OSError:
            pass
    finally:
        supervisor.clean_up()


if __name__ == "__main__":
    main()

"""Hosts to run tests on: an sshd of the test's own, on loopback, as whoever runs the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

# Called by its path: it starts itself anew for each connection.
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/sbin")
# Where root's sshd confines itself before anybody has logged in. The system's makes it, too, when it is started.
PRIVILEGE_SEPARATION = Path("/run/sshd")
BOUND = 60.0


@dataclass(frozen=True)
class Hosts:
    """Machines that can be logged in to without being asked anything; here they are all this one.

    Attributes:
        configuration: what ``ssh -F`` takes. Any name is a host's.
    """

    configuration: Path


def answers(port: int) -> bool:
    """Whether an SSH server is there."""
    try:
        with socket.create_connection(("127.0.0.1", port), BOUND) as connection:
            connection.settimeout(BOUND)
            return connection.recv(4) == b"SSH-"
    except ConnectionRefusedError:
        return False


@pytest.fixture
def hosts(tmp_path: Path, eventually: Callable[[Callable[[], object]], None]) -> Iterator[Hosts]:
    """Start an sshd; it ends with the test, and with it whoever is logged in."""
    try:
        user = pwd.getpwuid(os.geteuid())
    except KeyError:
        user = None
    if user is None or user.pw_shell.endswith(("/nologin", "/false")):
        pytest.skip("needs a user who can log in")
    assert SSHD is not None, "there is no sshd: apt-get install openssh-server"
    if user.pw_uid == 0:
        PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)
    folder = tmp_path / "ssh"
    folder.mkdir(mode=0o700)
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True, timeout=BOUND)
    # As long as it is open nobody is given the port; it does not listen, and sshd shares the address as this one does.
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        (folder / "sshd_config").write_text(
            f"ListenAddress 127.0.0.1:{port}\n"
            f"HostKey {folder}/host\n"
            f"AuthorizedKeysFile {folder}/user.pub\n"
            "AuthenticationMethods publickey\n"
            "PermitRootLogin prohibit-password\n"
            "PidFile none\n"
            "StrictModes no\n"
            "UsePAM no\n"
            "MaxStartups 100\n"
        )
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
        (folder / "config").write_text(
            "Host *\n"
            "HostName 127.0.0.1\n"
            f"Port {port}\n"
            f"User {user.pw_name}\n"
            f"IdentityFile {folder}/user\n"
            "IdentitiesOnly yes\n"
            "BatchMode yes\n"
            "StrictHostKeyChecking yes\n"
            f"UserKnownHostsFile {folder}/known_hosts\n"
            "GlobalKnownHostsFile /dev/null\n"
        )
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen([SSHD, "-D", "-e", "-f", folder / "sshd_config"], stderr=log)
        try:
            eventually(lambda: answers(port) or server.poll() is not None)
            assert server.poll() is None, (folder / "log").read_text()
            yield Hosts(folder / "config")
        finally:
            server.terminate()
            server.wait(BOUND)

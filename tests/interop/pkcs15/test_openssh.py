"""OpenSSH logs in with a key of the card, through OpenSC's PKCS #11 module."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.card("pkcs15", via="pcscd")

PIN = "123456"
BOUND = 60
MODULES = (*Path("/usr/lib").glob("*/opensc-pkcs11.so"), Path("/usr/lib/opensc-pkcs11.so"))
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/sbin")


@pytest.fixture(scope="session")
def module() -> str:
    """OpenSC's PKCS #11 module."""
    return str(next(path for path in MODULES if path.is_file()))


@pytest.fixture
def asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What OpenSSH asks for is the PIN."""
    program = folder / "ask"
    program.write_text(f"#!/bin/sh\necho {PIN}\n", encoding="ascii")
    program.chmod(0o755)
    monkeypatch.setenv("SSH_ASKPASS", str(program))
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")


@pytest.fixture
def server(folder: Path, eventually: Callable[[Callable[[], object]], None]) -> Iterator[list[str]]:
    """An sshd on loopback that lets in who has a key in ``authorized``; the arguments with which ssh reaches it."""
    try:
        user = pwd.getpwuid(os.geteuid())
    except KeyError:
        user = None
    if user is None or user.pw_shell.endswith(("/nologin", "/false")):
        pytest.skip("needs a user who can log in")
    assert SSHD is not None, "there is no sshd: apt-get install openssh-server"
    if user.pw_uid == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "host"], check=True, timeout=BOUND)
    # As long as it is open nobody is given the port; it does not listen, and sshd shares the address as this one does.
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        (folder / "sshd_config").write_text(
            f"ListenAddress 127.0.0.1:{port}\n"
            f"HostKey {folder}/host\n"
            f"AuthorizedKeysFile {folder}/authorized\n"
            "AuthenticationMethods publickey\n"
            "PermitRootLogin prohibit-password\n"
            "PidFile none\n"
            "StrictModes no\n"
            "UsePAM no\n",
            encoding="ascii",
        )
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}", encoding="ascii")
        with (folder / "log").open("wb") as log:
            daemon = subprocess.Popen([SSHD, "-D", "-e", "-f", folder / "sshd_config"], stderr=log)
        try:
            eventually(lambda: _listens(port) or daemon.poll() is not None)
            assert daemon.poll() is None, (folder / "log").read_text()
            yield [
                *("-F", "/dev/null", "-p", str(port), "-o", f"UserKnownHostsFile={folder}/known_hosts"),
                *("-o", "StrictHostKeyChecking=yes", "-o", "IdentityFile=none", "-o", "PasswordAuthentication=no"),
                f"{user.pw_name}@127.0.0.1",
            ]
        finally:
            daemon.terminate()
            daemon.wait(BOUND)


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), BOUND):
            return True
    except ConnectionRefusedError:
        return False


def test_ssh_keygen_lists_the_keys(with_keys: Any, module: str, openssl: Any) -> None:
    del openssl
    listed = with_keys.run("ssh-keygen", "-D", module).stdout
    assert "ssh-rsa " in listed
    expected = with_keys.run("ssh-keygen", "-i", "-m", "PKCS8", "-f", "rsa.pub.pem").stdout
    assert expected.split()[1] in listed


@pytest.mark.usefixtures("asked")
def test_ssh_logs_in(with_keys: Any, module: str, server: list[str]) -> None:
    listed = with_keys.run("ssh-keygen", "-D", module).stdout
    rsa = next(line for line in listed.splitlines() if line.startswith("ssh-rsa"))
    with_keys.write("authorized", f"{rsa}\n".encode())
    arguments = ["-o", f"PKCS11Provider={module}", *server]
    assert with_keys.run("ssh", *arguments, "echo", "logged in").stdout.strip() == "logged in"
    with_keys.write("authorized", b"")
    assert with_keys.run("ssh", *arguments, "echo", "logged in", check=False).returncode == 255

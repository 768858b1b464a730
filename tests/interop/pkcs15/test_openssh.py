"""OpenSSH logs in with a key of the card, through OpenSC's PKCS #11 module."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.card("pkcs15", via="pcscd")

PIN = "123456"
BOUND = 60
MODULES = (*Path("/usr/lib").glob("*/opensc-pkcs11.so"), Path("/usr/lib/opensc-pkcs11.so"))
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/sbin")
# Where root's sshd confines itself before anybody has logged in. The system's makes it, too, when it is started.
PRIVILEGE_SEPARATION = Path("/run/sshd")


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
def server(folder: Path) -> list[str]:
    """An sshd that lets in who has a key in ``authorized``: the arguments with which ssh starts and reaches it."""
    try:
        user = pwd.getpwuid(os.geteuid())
    except KeyError:
        user = None
    if user is None or user.pw_shell.endswith(("/nologin", "/false")):
        pytest.skip("needs a user who can log in")
    assert SSHD is not None, "there is no sshd: apt-get install openssh-server"
    if user.pw_uid == 0:
        PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "host"], check=True, timeout=BOUND)
    (folder / "known_hosts").write_text(f"there {(folder / 'host.pub').read_text()}", encoding="ascii")
    (folder / "sshd_config").write_text(
        f"HostKey {folder}/host\n"
        f"AuthorizedKeysFile {folder}/authorized\n"
        "AuthenticationMethods publickey\n"
        "PermitRootLogin prohibit-password\n"
        "PidFile none\n"
        "StrictModes no\n"
        "UsePAM no\n",
        encoding="ascii",
    )
    # The server has no port: the client starts it and speaks to its standard input.
    options = {
        "ProxyCommand": f"{SSHD} -i -f {folder}/sshd_config",
        "IdentityFile": "none",
        "PasswordAuthentication": "no",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": f"{folder}/known_hosts",
        "GlobalKnownHostsFile": "/dev/null",
    }
    given = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    return ["-F", "/dev/null", *given, f"{user.pw_name}@there"]


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

"""The authentication key through gpg-agent, which OpenSSH takes for its own agent."""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.card("openpgp", via="pcscd")

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/sbin")
# Where root's sshd confines itself before anybody has logged in. The system's makes it, too, when it is started.
PRIVILEGE_SEPARATION = Path("/run/sshd")
ATTRIBUTES = {
    "ssh-rsa": ("1", "2048", "1", "2048", "1", "2048"),
    "ecdsa-sha2-nistp256": ("2", "3", "2", "3", "2", "3"),
    "ssh-ed25519": ("2", "1", "2", "1", "2", "1"),
}


@pytest.fixture
def agent(gnupg: Any) -> Any:
    """GnuPG, whose agent is that of OpenSSH."""
    socket = gnupg.run("gpgconf", "--list-dirs", "agent-ssh-socket").stdout.strip()
    gnupg.environment["SSH_AUTH_SOCK"] = socket
    return gnupg


@pytest.mark.parametrize("kind", ATTRIBUTES)
def test_ssh_signs_by_the_card(agent: Any, kind: str) -> None:
    agent.generate(*ATTRIBUTES[kind])
    listed = agent.run("ssh-add", "-L").stdout.strip()
    assert listed.startswith(kind)
    assert listed.endswith("cardno:FFFF 00000001")
    (agent.home / "card.pub").write_text(listed)
    (agent.home / "signers").write_text(f"jane {listed}")
    message = agent.home / "message"
    message.write_text("To whom it may concern\n")
    agent.run("ssh-keygen", "-Y", "sign", "-n", "file", "-f", str(agent.home / "card.pub"), str(message))
    checks = ("ssh-keygen", "-Y", "verify", "-n", "file", "-f", str(agent.home / "signers"), "-I", "jane", "-s")
    checked = agent.run(*checks, f"{message}.sig", text=message.read_text())
    assert 'Good "file" signature for jane' in checked.stdout


def test_ssh_logs_in_by_the_card(agent: Any) -> None:
    try:
        user = pwd.getpwuid(os.geteuid())
    except KeyError:
        user = None
    if user is None or user.pw_shell.endswith(("/nologin", "/false")):
        pytest.skip("needs a user who can log in")
    assert SSHD is not None, "there is no sshd: apt-get install openssh-server"
    if user.pw_uid == 0:
        PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)
    agent.generate(*ATTRIBUTES["ssh-ed25519"])
    home = agent.home
    (home / "card.pub").write_text(agent.run("ssh-add", "-L").stdout)
    agent.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(home / "host"))
    (home / "known_hosts").write_text(f"there {(home / 'host.pub').read_text()}")
    (home / "sshd_config").write_text(
        f"HostKey {home}/host\n"
        f"AuthorizedKeysFile {home}/card.pub\n"
        "AuthenticationMethods publickey\n"
        "PermitRootLogin prohibit-password\n"
        "PidFile none\nStrictModes no\nUsePAM no\n"
    )
    # The server has no port: the client starts it and speaks to its standard input.
    options = {
        "ProxyCommand": f"{SSHD} -i -f {home}/sshd_config",
        "IdentityFile": f"{home}/card.pub",
        "IdentitiesOnly": "yes",
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": f"{home}/known_hosts",
        "GlobalKnownHostsFile": "/dev/null",
    }
    given = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    done = agent.run("ssh", "-F", "/dev/null", *given, f"{user.pw_name}@there", "echo", "here")
    assert done.stdout == "here\n"

"""Logging in by a key of a card: OpenSSH's client and its server, for flows of :mod:`program_flows`.

The server has no port: the client starts it and speaks to its standard input. It lets in who has a key in the file
``authorized``, as the user whom the benchmark has.
"""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from program_flows import MODULE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from program_flows import Desk

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/sbin")
# Where root's sshd confines itself before anybody has logged in. The system's makes it, too, when it is started.
PRIVILEGE_SEPARATION = Path("/run/sshd")
LOG_IN = ("ssh", "-F", "ssh_config", "there", "true")
LOG_IN_BY_MODULE = ("env", "SSH_ASKPASS=./ask", "SSH_ASKPASS_REQUIRE=force", *LOG_IN)
"""With a PIN that OpenSSH asks for."""


def open_server(desk: Desk, options: Mapping[str, str]) -> None:
    """Set a server and its client up.

    Args:
        desk: in whose folder; it has ``authorized`` there.
        options: how the client comes to its key.

    Raises:
        SystemExit: there is no sshd, or the user cannot log in.
    """
    user = pwd.getpwuid(os.geteuid())
    if SSHD is None or user.pw_shell.endswith(("/nologin", "/false")):
        raise SystemExit("logging in needs sshd (apt-get install openssh-server), and a user who can log in")
    if user.pw_uid == 0:
        PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)
    folder = desk.folder
    desk.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "host")
    (folder / "known_hosts").write_text(f"there {(folder / 'host.pub').read_text()}", encoding="ascii")
    server = {
        "HostKey": f"{folder}/host",
        "AuthorizedKeysFile": f"{folder}/authorized",
        "AuthenticationMethods": "publickey",
        "PermitRootLogin": "prohibit-password",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
    }
    client = {
        "ProxyCommand": f"{SSHD} -i -f {folder}/sshd_config",
        "User": user.pw_name,
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": f"{folder}/known_hosts",
        "GlobalKnownHostsFile": "/dev/null",
        **options,
    }
    for name, lines in (("sshd_config", server), ("ssh_config", client)):
        (folder / name).write_text("".join(f"{key} {value}\n" for key, value in lines.items()), encoding="ascii")


def open_server_for_module(desk: Desk, pin: str) -> None:
    """A server that knows the keys of the card in the reader, and a client that takes them over PKCS #11."""
    desk.use("sh", "-c", f"ssh-keygen -D {MODULE} >authorized")
    ask = desk.folder / "ask"
    ask.write_text(f"#!/bin/sh\necho {pin}\n", encoding="ascii")
    ask.chmod(0o700)
    open_server(desk, {"PKCS11Provider": str(MODULE), "IdentityFile": "none", "IdentityAgent": "none"})


def open_server_for_agent(desk: Desk, public_key: str) -> None:
    """A server that knows the key in a file, and a client that has it from the agent in ``SSH_AUTH_SOCK``."""
    shutil.copy(desk.folder / public_key, desk.folder / "authorized")
    key = desk.folder / public_key
    open_server(desk, {"IdentityFile": str(key), "IdentitiesOnly": "yes", "BatchMode": "yes"})

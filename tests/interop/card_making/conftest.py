"""A folder with a certificate and a key as OpenSSL makes them, and ``scard`` in it as its users have it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

BOUND = 60
SCARD = (sys.executable, "-c", "from sandbox.command_line import main; main()")
PKCS11_PLACES = (*Path("/usr/lib").glob("*/opensc-pkcs11.so"), Path("/usr/lib/opensc-pkcs11.so"))


@dataclass(frozen=True)
class Desk:
    """A folder where cards are made, which is the home of what runs there.

    Attributes:
        folder: it.
    """

    folder: Path

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program in the folder."""
        home = str(self.folder)
        done = subprocess.run(
            command,
            check=False,
            cwd=self.folder,
            env={**os.environ, "LC_ALL": "C.UTF-8", "HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=BOUND,
        )
        assert not check or done.returncode == 0, f"{command} -> {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def openssl(self, *arguments: str) -> str:
        """What openssl says."""
        return self.run("openssl", *arguments).stdout

    def scard(self, *arguments: str) -> str:
        """What scard says."""
        return self.run(*SCARD, *arguments).stdout

    def with_card(self, *program: str) -> str:
        """What a program says that has ``my.card`` in its reader, in a daemon of its own."""
        return self.scard("run", "--card", "my.card", "--", *program)

    def certified(self, name: str, *algorithm: str) -> None:
        """A key and a certificate of it, ``NAME.key`` and ``NAME.pem``, and the public key, ``NAME.pub``."""
        self.openssl("req", "-x509", "-newkey", *algorithm, "-noenc", "-keyout", f"{name}.key", "-out", f"{name}.pem",
                     "-subj", f"/CN={name} of Ada", "-days", "30")  # fmt: skip
        self.openssl("pkey", "-in", f"{name}.key", "-pubout", "-out", f"{name}.pub")

    def verified(self, name: str, signature: str = "signature") -> bool:
        """Whether OpenSSL finds that a signature of ``message`` is by a key."""
        verify = ("openssl", "dgst", "-sha256", "-verify", f"{name}.pub", "-signature", signature, "message")
        return self.run(*verify, check=False).stdout == "Verified OK\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A new folder, with a message to be signed."""
    (tmp_path / "message").write_bytes(b"to be signed")
    return Desk(tmp_path)


@pytest.fixture
def sign(desk: Desk) -> Callable[..., None]:
    """Have pkcs11-tool sign ``message`` by a key of ``my.card``."""

    def done(identifier: str, pin: str, mechanism: str = "SHA256-RSA-PKCS", *more: str) -> None:
        desk.with_card("pkcs11-tool", "--login", "--pin", pin, "--sign", "--id", identifier, "--mechanism", mechanism,
                       "--input-file", "message", "--output-file", "signature", *more)  # fmt: skip

    return done


@pytest.fixture(scope="session")
def pkcs11_module() -> str:
    """OpenSC's PKCS #11 module."""
    return str(next(path for path in PKCS11_PLACES if path.is_file()))

"""OpenSC's programs with the card in a private reader, and a folder of their own instead of the user's home."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PIN = "12345678"
ADMIN_KEY = "010203040506070801020304050607080102030405060708"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@dataclass(frozen=True)
class Desk:
    """A card, and the programs that work with it.

    Attributes:
        run: runs a program in the folder; refuses a status other than 0, unless ``check=False``.
        folder: where the programs read and write.
    """

    run: Run
    folder: Path

    def gids(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """gids-tool."""
        return self.run("gids-tool", *arguments, check=check)

    def init(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """pkcs15-init with the PIN, which the driver wants verified before."""
        return self.run("pkcs15-init", "--auth-id", "80", "--verify-pin", "--pin", PIN, *arguments, check=check)

    def pkcs11(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """pkcs11-tool, logged in."""
        return self.run("pkcs11-tool", "--login", "--pin", PIN, *arguments, check=check)

    def dump(self) -> str:
        """What pkcs15-tool sees."""
        return self.run("pkcs15-tool", "--dump").stdout

    def verify(self, pin: str) -> str:
        """What pkcs15-tool says to a PIN; empty where it is right."""
        done = self.run("pkcs15-tool", "--verify-pin", "--pin", pin, check=False)
        said = "\n".join(line for line in done.stderr.splitlines() if not line.startswith("Using reader"))
        assert (done.returncode == 0) == (said == "")
        return said

    def tries(self) -> int:
        """How many are left, as pkcs15-tool reads it."""
        found = re.search(r"Tries left *: (\d+)", self.dump())
        assert found is not None
        return int(found[1])

    def write(self, name: str, data: bytes) -> str:
        """A file in the folder; returns its name."""
        (self.folder / name).write_bytes(data)
        return name

    def read(self, name: str) -> bytes:
        """A file in the folder."""
        return (self.folder / name).read_bytes()


@pytest.fixture(autouse=True)
def in_folder(folder: Path) -> None:
    """Everything here runs there."""


@pytest.fixture
def desk(run_program: Run, folder: Path) -> Desk:
    """The card of the test."""
    return Desk(run_program, folder)


@pytest.fixture
def certified(openssl: Any) -> str:
    """A key (``key.pem``), its public half (``public.pem``), its certificate, and the two in ``both.p12``."""
    subject = ("-subj", "/CN=Card holder")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-noenc", "-keyout", "key.pem", "-out", "certificate.pem", *subject)
    openssl("pkey", "-in", "key.pem", "-pubout", "-out", "public.pem")
    both = ("-inkey", "key.pem", "-in", "certificate.pem", "-out", "both.p12", "-passout", "pass:x")
    openssl("pkcs12", "-export", *both)
    return "both.p12"


@pytest.fixture
def with_key(desk: Desk, certified: str) -> Desk:
    """The card with that key and its certificate."""
    usage = ("--key-usage", "sign,decrypt")
    desk.init("--store-private-key", certified, "--format", "pkcs12", "--passphrase", "x", "--label", "my key", *usage)
    return desk

"""OpenSC's programs with the card in a private reader, and a folder of their own instead of the user's home."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PIN, PUK = "123456", "0123456789abcdef"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@dataclass(frozen=True)
class Personalised:
    """A card that pkcs15-init has made files on, and the programs that work with it.

    Attributes:
        run: runs a program in the folder; refuses a status other than 0, unless ``check=False``.
        folder: where the programs read and write.
    """

    run: Run
    folder: Path

    def init(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """pkcs15-init with the PIN."""
        return self.run("pkcs15-init", "--auth-id", "FF", "--pin", PIN, *arguments, check=check)

    def pkcs11(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """pkcs11-tool, logged in."""
        return self.run("pkcs11-tool", "--login", "--pin", PIN, *arguments, check=check)

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
def personalised(run_program: Run, folder: Path) -> Personalised:
    """A card with a PIN, a PUK and no keys."""
    run_program("pkcs15-init", "--create-pkcs15", "--so-pin", PIN, "--so-puk", PUK, "--label", "Test card")
    return Personalised(run_program, folder)


@pytest.fixture
def with_keys(personalised: Personalised, openssl: Any) -> Personalised:
    """The same with a key of RSA (01) and one on P-256 (02) that were brought in, and their public halves as files."""
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "rsa.pem")
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "ec.pem")
    for number, name in (("01", "rsa"), ("02", "ec")):
        openssl("pkey", "-in", f"{name}.pem", "-pubout", "-out", f"{name}.pub.pem")
        usage = "sign,decrypt" if name == "rsa" else "sign"
        personalised.init(
            *("--store-private-key", f"{name}.pem", "--id", number, "--label", f"my {name} key", "--key-usage", usage)
        )
    return personalised

"""Programs that know PIV cards, in a home of their own, with the card of the profile in their reader."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

BOUND = 60
PKCS11_PLACES = (*Path("/usr/lib").glob("*/opensc-pkcs11.so"), Path("/usr/lib/opensc-pkcs11.so"))

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(reader: Any, tmp_path: Path) -> Run:
    """Run a program in a folder of the test's own, which is its home, too; it sees ``reader``."""
    home = tmp_path / "home"
    home.mkdir()

    def done(
        *arguments: str, check: bool = True, more: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **reader.environment, "LC_ALL": "C.UTF-8", "HOME": str(home), **(more or {})}
        environment["XDG_CONFIG_HOME"] = environment["XDG_CACHE_HOME"] = str(home)
        finished = subprocess.run(
            arguments,
            check=False,
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=BOUND,
        )
        said = f"{arguments} -> {finished.returncode}\n{finished.stdout}\n{finished.stderr}"
        assert not check or finished.returncode == 0, said
        return finished

    return done


@pytest.fixture
def tool(run: Run) -> Run:
    """Run yubico-piv-tool; its reader need not have the name of a YubiKey."""

    def done(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        return run("yubico-piv-tool", "--reader", "Virtual", *arguments, **more)

    return done


@pytest.fixture(scope="session")
def pkcs11_module() -> str:
    """OpenSC's PKCS #11 module."""
    return str(next(path for path in PKCS11_PLACES if path.is_file()))


@pytest.fixture
def personalise(run: Run, tool: Run, tmp_path: Path, pkcs11_module: str) -> Callable[..., Path]:
    """Have a key generated, and its certificate made by GnuTLS with the card, over PKCS #11: returns the certificate.

    yubico-piv-tool 2.2.0 signs none under OpenSSL 3. OpenSC shows no key before there is a certificate: so OpenSSL
    makes one of the public key first, by a key of its own.
    """
    identifiers = {"9a": "01", "9c": "02", "9d": "03", "9e": "04"}

    def made(slot: str, algorithm: str, *, signs: bool = True) -> Path:
        public, first, certificate = (tmp_path / f"{name}{slot}.pem" for name in ("public", "first", "certificate"))
        tool("--slot", slot, "--algorithm", algorithm, "--action", "generate", "--output", str(public))
        if not (tmp_path / "issuer.pem").is_file():
            run("openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", "issuer.pem")
        run("openssl", "x509", "-new", "-force_pubkey", str(public), "-signkey", "issuer.pem",
            "-subj", f"/CN=first {slot}", "-out", str(first))  # fmt: skip
        tool("--slot", slot, "--action", "import-certificate", "--input", str(first))
        if not signs:
            return first
        (tmp_path / "template").write_text(f'cn = "on the card, {slot}"\nsigning_key\n', encoding="utf-8")
        key = f"pkcs11:id=%{identifiers[slot]}"
        run("certtool", "--provider", pkcs11_module, "--generate-self-signed", "--template", "template",
            "--load-privkey", f"{key};type=private", "--load-pubkey", f"{key};type=public", "--hash", "SHA256",
            "--outfile", str(certificate), more={"GNUTLS_PIN": "123456"})  # fmt: skip
        tool("--slot", slot, "--action", "import-certificate", "--input", str(certificate))
        return certificate

    return made

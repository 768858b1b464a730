"""Keys and certificates in files, as OpenSSL and others leave them, in a folder with nothing else."""

from __future__ import annotations

import datetime
import io
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

PASSPHRASE = b"a secret to try"
KEY = ec.derive_private_key(99, ec.SECP256R1())
OTHER_KEY = ec.derive_private_key(98, ec.SECP256R1())


@cache
def certificate(key: Any, name: str) -> x509.Certificate:
    """A certificate that a key signs for itself."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    begins = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    ends = begins + datetime.timedelta(days=9999)
    return x509.CertificateBuilder(subject, subject, key.public_key(), 1, begins, ends).sign(key, SHA256())


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def weak_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)  # noqa: S505 (which is why it is refused)


def _private(key: Any, encoding: Encoding, form: PrivateFormat, secret: bytes | None = None) -> bytes:
    encryption = NoEncryption() if secret is None else BestAvailableEncryption(secret)
    return bytes(key.private_bytes(encoding, form, encryption))


@cache
def contents() -> dict[str, bytes]:
    """By the names of files."""
    holder, other = certificate(KEY, "Ada"), certificate(OTHER_KEY, "Bob")
    pem, der, pkcs8 = Encoding.PEM, Encoding.DER, PrivateFormat.PKCS8
    return {
        "key.pem": _private(KEY, pem, pkcs8),
        "key.der": _private(KEY, der, pkcs8),
        "sec1.pem": _private(KEY, pem, PrivateFormat.TraditionalOpenSSL),
        "encrypted.pem": _private(KEY, pem, pkcs8, PASSPHRASE),
        "encrypted.der": _private(KEY, der, pkcs8, PASSPHRASE),
        "encrypted-sec1.pem": _private(KEY, pem, PrivateFormat.TraditionalOpenSSL, PASSPHRASE),
        "openssh.pem": _private(KEY, pem, PrivateFormat.OpenSSH),
        "cert.pem": holder.public_bytes(pem),
        "cert.der": holder.public_bytes(der),
        "other.pem": _private(OTHER_KEY, pem, pkcs8),
        "other-cert.pem": other.public_bytes(pem),
        "chain.pem": other.public_bytes(pem) + holder.public_bytes(pem),
        "both.pem": holder.public_bytes(pem) + _private(KEY, pem, pkcs8),
        "rsa.pem": _private(rsa_key(), pem, pkcs8),
        "rsa-cert.pem": certificate(rsa_key(), "Ada").public_bytes(pem),
        "weak.pem": _private(weak_key(), pem, pkcs8),
        "ed448.pem": _private(ed448.Ed448PrivateKey.generate(), pem, pkcs8),
        "both.p12": pkcs12.serialize_key_and_certificates(
            b"Ada", KEY, holder, [other], BestAvailableEncryption(PASSPHRASE)
        ),
        "open.p12": pkcs12.serialize_key_and_certificates(b"Ada", KEY, holder, None, NoEncryption()),
        "key.p12": pkcs12.serialize_key_and_certificates(b"Ada", KEY, None, None, BestAvailableEncryption(PASSPHRASE)),
        "cert.p12": pkcs12.serialize_key_and_certificates(
            b"Ada", None, holder, None, BestAvailableEncryption(PASSPHRASE)
        ),
        "nonsense": b"nonsense\0\xff",
        "empty": b"",
        "passphrase": PASSPHRASE + b"\nand another line",
        "wrong": b"another one",
    }


@dataclass(frozen=True)
class Folder:
    """A folder with files, where ``scard new`` works.

    Attributes:
        path: of the folder.
        holder: the certificate of the key in ``key.pem``, in DER.
    """

    path: Path
    holder: bytes

    def nothing_new(self) -> bool:
        """Whether there is no file but those that were there."""
        return {path.name for path in self.path.iterdir()} == set(contents())

    def slots(self, name: str = "out.card") -> list[Any]:
        """What is in the slots of a card that was made."""
        from emulator import Card
        from emulator.applications.issuing import applications_of

        with Card.open(self.path / name, "copy") as card:
            state = card.snapshot().state()
        (application,) = applications_of(state)
        return list(application.contents(state).keys)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """The working directory."""
    files = tmp_path / "files"
    files.mkdir()
    for name, content in contents().items():
        (files / name).write_bytes(content)
    monkeypatch.chdir(files)
    return Folder(files, certificate(KEY, "Ada").public_bytes(Encoding.DER))


@pytest.fixture
def scard(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run ``scard`` in this process, which takes a hundredth of the time: there are many refusals to be seen."""
    from sandbox.command_line import main

    def run(*arguments: str, text: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        with monkeypatch.context() as patch:
            patch.setattr(warnings, "showwarning", warnings.showwarning)
            patch.setattr(sys, "stdin", io.StringIO(text))
            for name, value in environment.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main(arguments)
        said = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, ended.value.code, said.out, said.err)  # type: ignore[arg-type]

    return run

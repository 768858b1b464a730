"""Keys and certificates in files: PEM, DER, PKCS #12."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from sandbox.command_line.card_making.secret_argument import passphrase_for
from sandbox.command_line.exit_status import ExitStatus, Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.x509 import Certificate

    from iso7816.asymmetric_keys import PrivateKey

_PRIVATE_KEY: Final = re.compile(rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL)
_BEGINS_PEM: Final = b"-----BEGIN "

# PFX ::= SEQUENCE { version INTEGER {v3(3)}, ... } (RFC 7292, 4); its length takes one to six bytes.
_SEQUENCE: Final = b"\x30"
_VERSION_3: Final = b"\x02\x01\x03"
_HEAD: Final = 10


def read_key(path: str, passphrase_file: str | None) -> PrivateKey:
    """The private key in a file; its passphrase is asked for where it needs one.

    Args:
        path: PEM or DER; PKCS #8, or what OpenSSL wrote before.
        passphrase_file: the file with the passphrase, ``None``: it is elsewhere.

    Raises:
        Failure: there is none in it, or the passphrase is wrong.
        click.UsageError: it is encrypted, and there is no passphrase.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

    data = _content(path)
    if b"-----BEGIN OPENSSH PRIVATE KEY-----" in data:
        _refuse(path, "is in OpenSSH's own format: 'ssh-keygen -p -m PKCS8 -f FILE' makes PEM of it")
    load: Callable[..., object] = load_der_private_key
    if _BEGINS_PEM in data:
        found = _PRIVATE_KEY.search(data)
        if found is None:
            _refuse(path, "holds no private key")
        data, load = found[0] + b"\n", load_pem_private_key
    try:
        try:
            return _known(path, load(data, None))
        except TypeError:  # it is encrypted
            secret = passphrase_for(path, passphrase_file)
    except (ValueError, UnsupportedAlgorithm):
        _refuse(path, "holds no private key that can be read: expected PEM or DER")
    try:
        return _known(path, load(data, secret))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        _refuse(path, "cannot be decrypted: the passphrase is another one, or the cipher is not known here")


def read_certificate(path: str, key: PrivateKey) -> bytes:
    """The certificate in a file, in DER: of several that of the key, and the first one where none is.

    Raises:
        Failure: there is none in it.
    """
    from cryptography.x509 import InvalidVersion, load_der_x509_certificate, load_pem_x509_certificates

    from emulator.applications.x509_certificates import is_of_key

    data = _content(path)
    try:
        with warnings.catch_warnings(action="ignore"):
            found = load_pem_x509_certificates(data) if _BEGINS_PEM in data else [load_der_x509_certificate(data)]
    except (ValueError, InvalidVersion):
        _refuse(path, "holds no certificate that can be read: expected X.509 in PEM or DER")
    return _der(next((each for each in found if is_of_key(each, key)), found[0]))


def read_pkcs12(path: str, passphrase_file: str | None) -> tuple[PrivateKey, bytes | None]:
    """The private key in a PKCS #12 file, and its certificate in DER, ``None`` where there is none.

    Raises:
        Failure: it cannot be read, has no key, or the passphrase is wrong.
        click.UsageError: it is encrypted, and there is no passphrase.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
    from cryptography.x509 import InvalidVersion

    data = _content(path)
    # Nobody is asked for the passphrase of anything else.
    if not data.startswith(_SEQUENCE) or _VERSION_3 not in data[:_HEAD]:
        _refuse(path, "is no PKCS #12 file")
    # Some are without a passphrase, in one of two ways.
    secrets: tuple[Callable[[], bytes | None], ...] = (
        lambda: None,
        lambda: b"",
        lambda: passphrase_for(path, passphrase_file),
    )
    for secret in secrets:
        try:
            # Some are in BER, of which cryptography warns.
            with warnings.catch_warnings(action="ignore"):
                bundle = load_pkcs12(data, secret())
        except (ValueError, UnsupportedAlgorithm, InvalidVersion):
            continue
        break
    else:
        _refuse(path, "cannot be read: the passphrase is another one, or it is no PKCS #12 file")
    if bundle.key is None:
        _refuse(path, "holds no private key")
    return _known(path, bundle.key), None if bundle.cert is None else _der(bundle.cert.certificate)


def _known(path: str, key: object) -> PrivateKey:
    """A key that a card can have. Raises Failure for one that none can."""
    from iso7816.asymmetric_keys import key_algorithm
    from iso7816.errors import KeyDataError

    try:
        key_algorithm(key)
    except KeyDataError:
        _refuse(path, "holds a key of a kind that no card here has: expected RSA, or a curve that --list names")
    return key  # type: ignore[return-value]


def _der(certificate: Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.DER)


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        _refuse(path, f"cannot be read: {error.strerror}")


def _refuse(path: str, why: str) -> NoReturn:
    raise Failure(ExitStatus.REFUSED, f"{path} {why}") from None

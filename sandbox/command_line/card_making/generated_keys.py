"""New keys, and certificates that keys sign for themselves."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
    from cryptography.x509 import Name

    from iso7816.asymmetric_keys import PrivateKey

DEFAULT_SUBJECT: Final = "CN=Test card"
DEFAULT_DAYS: Final = 3650
_SHA_256_BITS: Final = 256
_SHA_384_BITS: Final = 384


def generated_key(kind: str) -> PrivateKey:
    """A new key of a kind: ``rsa2048``, ``p256``, ``ed25519`` ...

    Raises:
        click.UsageError: there is no such kind.
    """
    from emulator.applications.personalisation import KeyKind
    from iso7816.asymmetric_keys import generate_private_key
    from iso7816.key_algorithms import KeyAlgorithm

    pairs = (each for each in KeyAlgorithm if not each.is_secret)
    kinds = {str(each): each for pair in pairs for each in (KeyKind(pair, bits) for bits in pair.sizes)}
    wanted = kinds.get(re.sub(r"[-_ :/]", "", kind.lower()))
    if wanted is None:
        names = [name for name, each in kinds.items() if each.algorithm is not KeyAlgorithm.RSA]
        raise click.UsageError(f"--generate {kind}: expected rsa2048, rsa3072, rsa4096, {', '.join(names)}")
    return generate_private_key(wanted.algorithm, wanted.bits)


def self_signed(key: PrivateKey, subject: str | None, days: int | None, now: datetime) -> bytes | None:
    """A certificate of a key that it signs itself, in DER; ``None`` where it signs nothing and none was asked for.

    Args:
        key: the key.
        subject: as RFC 4514 writes names; ``None``: one of our own.
        days: for which it is valid.
        now: from when on.

    Raises:
        click.UsageError: no such subject, or one for a key that signs nothing.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding

    if isinstance(key, X25519PrivateKey):
        if subject is not None:
            raise click.UsageError("a key of X25519 signs nothing, no certificate either: leave out --subject")
        return None
    name = _name(DEFAULT_SUBJECT if subject is None else subject)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=True,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(_after(now, DEFAULT_DAYS if days is None else days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, _hash_for(key)).public_bytes(Encoding.DER)


def common_name(certificate: bytes | None) -> str | None:
    """The common name of who a certificate in DER is of, ``None`` where it has none or cannot be read."""
    from cryptography import x509

    from emulator.applications.x509_certificates import load_certificate
    from iso7816.errors import KeyDataError

    if certificate is None:
        return None
    try:
        names = load_certificate(certificate).subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    except (KeyDataError, ValueError):
        return None
    return str(names[0].value) if names else None


def _after(now: datetime, days: int) -> datetime:
    try:
        return now + timedelta(days=days)
    except OverflowError:
        raise click.UsageError(f"--days {days}: there is no such date") from None


def _name(subject: str) -> Name:
    from cryptography import x509

    try:
        name = x509.Name.from_rfc4514_string(subject)
    except ValueError:
        name = None
    if not name:
        raise click.UsageError(f"--subject '{subject}': expected a name as \"CN=Test,O=Example\" has it (RFC 4514)")
    return name


def _hash_for(key: PrivateKey) -> SHA256 | SHA384 | SHA512 | None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    bits = key.key_size if isinstance(key, ec.EllipticCurvePrivateKey) else _SHA_256_BITS
    return hashes.SHA256() if bits <= _SHA_256_BITS else hashes.SHA384() if bits <= _SHA_384_BITS else hashes.SHA512()

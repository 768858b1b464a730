"""Certificates in X.509, in DER, of whoever's making."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from iso7816.errors import KeyDataError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from iso7816.asymmetric_keys import PrivateKey


def load_certificate(der: bytes) -> Certificate:
    """The certificate. Its parts are read where they are asked for, which raises ValueError.

    Raises:
        KeyDataError: it is none.
    """
    from cryptography import x509

    try:
        # What is odd in a certificate is the affair of those who trust in it.
        with warnings.catch_warnings(action="ignore"):
            return x509.load_der_x509_certificate(der)
    except (ValueError, x509.InvalidVersion):
        raise KeyDataError("not a certificate in X.509") from None


def is_of_key(certificate: Certificate, key: PrivateKey) -> bool:
    """Whether a certificate is of a key."""
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        return certificate.public_key() == key.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return False

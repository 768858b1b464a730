"""Key agreement: the secret that a private key shares with a public one (NIST SP 800-56A, 5.7.1.2; RFC 7748, 6.1).

The secret is the x coordinate of the common point, as long as the field; of X25519 32 bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from iso7816.errors import MechanismError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec, x25519

    from iso7816.asymmetric_keys import PrivateKey, PublicKey


def shared_secret(private: PrivateKey, public: PublicKey) -> bytes:
    """The secret shared with whoever has the private half of ``public``, a key on the same curve.

    Raises:
        MechanismError: the two keys share none.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, x25519

    try:
        if isinstance(private, x25519.X25519PrivateKey):
            return private.exchange(cast("x25519.X25519PublicKey", public))
        return cast("ec.EllipticCurvePrivateKey", private).exchange(
            ec.ECDH(), cast("ec.EllipticCurvePublicKey", public)
        )
    except ValueError:
        raise MechanismError("the public key gives no secret") from None

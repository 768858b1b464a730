"""Which mechanism an operation asks the card for, and by which reference.

Mechanisms go by the names of :mod:`iso7816.mechanisms`. ISO/IEC 7816-4 leaves their references (tag 80 of a control
reference template) to the card: the user data of CreateInterface can give those of a card.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from iso7816.mechanisms import MECHANISMS, HashAlgorithm
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.interfaces.crypto_numbers import ALG_ID, CRYPT_FLAGS
from scardmgr.winscard.codes import SCardCode

HASHES: Final = {
    ALG_ID.CALG_SHA1: HashAlgorithm.SHA_1,
    ALG_ID.CALG_SHA_224: HashAlgorithm.SHA_224,
    ALG_ID.CALG_SHA_256: HashAlgorithm.SHA_256,
    ALG_ID.CALG_SHA_384: HashAlgorithm.SHA_384,
    ALG_ID.CALG_SHA_512: HashAlgorithm.SHA_512,
}
RSA: Final = frozenset((ALG_ID.CALG_RSA_SIGN, ALG_ID.CALG_RSA_KEYX))
BLOCK_SIZES: Final = {ALG_ID.CALG_AES: 16, ALG_ID.CALG_3DES: 8}
"""Bytes in a block, for the keys that are block ciphers."""
CHECKSUMS: Final = frozenset((ALG_ID.CALG_MAC, ALG_ID.CALG_HMAC))
SECRET_KEYS: Final = CHECKSUMS | BLOCK_SIZES.keys()
KEYS: Final = SECRET_KEYS | RSA | {ALG_ID.CALG_CARD, ALG_ID.CALG_ECDSA, ALG_ID.CALG_EDDSA, ALG_ID.CALG_ECDH}
"""What a key can be for."""


class MechanismReferences:
    """The references by which a card knows mechanisms.

    Args:
        user_data: ``None`` for those of :mod:`iso7816.mechanisms`; else all that the card has, by name, each as the
            bytes under tag 80. Empty bytes: the card takes the mechanism by the key, and none is named to it.

    Raises:
        HResultError: E_INVALIDARG: something else.
    """

    def __init__(self, user_data: object = None) -> None:
        known = {mechanism.name: bytes((mechanism.reference,)) for mechanism in MECHANISMS.values()}
        if user_data is None:
            self._references = known
            return
        if not isinstance(user_data, Mapping):
            raise _wrong(f"pUserData is of type {type(user_data).__name__}: a mapping of references is needed")
        self._references = {}
        for name, reference in user_data.items():
            if name not in known:
                raise _wrong(f"pUserData: {name!r} is no mechanism: they are {', '.join(sorted(known))}")
            if not isinstance(reference, bytes | bytearray):
                raise _wrong(
                    f"pUserData: the reference of {name} is of type {type(reference).__name__}: bytes are needed"
                )
            self._references[name] = bytes(reference)

    def of(self, mechanism: str | None) -> bytes | None:
        """The bytes under tag 80; ``None`` where no mechanism is named.

        Raises:
            HResultError: SCARD_E_UNSUPPORTED_FEATURE: the card has no reference of it.
        """
        if mechanism is None:
            return None
        reference = self.of_if_known(mechanism)
        if reference is None:
            raise HResultError(
                SCardCode.SCARD_E_UNSUPPORTED_FEATURE, f"no reference is known by which the card has {mechanism}"
            )
        return reference or None

    def of_if_known(self, mechanism: str) -> bytes | None:
        """The reference, empty where the card needs none; ``None`` for a mechanism that it does not have."""
        return self._references.get(mechanism)


def hash_mechanism(algorithm: ALG_ID) -> str:
    """A hash alone."""
    return f"hash-{HASHES[algorithm].label}"


def signature_mechanism(key: ALG_ID, digest: ALG_ID, flags: CRYPT_FLAGS) -> str | None:
    """What signs a hash with a key; ``None`` where the card chooses.

    Raises:
        HResultError: E_INVALIDARG: they do not go together.
    """
    found = HASHES.get(digest)
    suffix = "" if found is None else f"-{found.label}"
    if flags & CRYPT_FLAGS.CRYPT_PSS:
        if key not in RSA or found is None:
            raise _wrong("CRYPT_PSS goes with a key of RSA and a hash")
        return f"rsassa-pss{suffix}"
    if key is ALG_ID.CALG_CARD:
        return None
    if key is ALG_ID.CALG_EDDSA:
        if found is not None:
            raise _wrong("CALG_EDDSA signs the data themselves: CALG_NO_HASH")
        return "eddsa"
    if key in RSA:
        return f"rsassa-pkcs1{suffix}"
    if key is ALG_ID.CALG_ECDSA:
        return f"ecdsa{suffix}"
    raise _wrong(f"a key of {key.name} does not sign")


def cipher_mechanism(key: ALG_ID, flags: CRYPT_FLAGS, oaep_hash: ALG_ID) -> str | None:
    """What encrypts and decrypts with a key; ``None`` where the card chooses.

    Raises:
        HResultError: E_INVALIDARG: the key does not, or not so.
    """
    if flags & CRYPT_FLAGS.CRYPT_OAEP:
        if key is not ALG_ID.CALG_RSA_KEYX:
            raise _wrong("CRYPT_OAEP goes with a key of CALG_RSA_KEYX")
        return f"rsaes-oaep-{HASHES[oaep_hash].label}"
    if key is ALG_ID.CALG_CARD:
        return None
    if key is ALG_ID.CALG_RSA_KEYX:
        return "rsaes-pkcs1"
    if key in BLOCK_SIZES:
        return "cbc"
    if key is ALG_ID.CALG_ECDH:
        return "ecdh"
    raise _wrong(f"a key of {key.name} does not encrypt")


def checksum_mechanism(algorithm: ALG_ID, digest: ALG_ID | None) -> str | None:
    """What computes a checksum; ``None`` where the card chooses by the key."""
    if algorithm is ALG_ID.CALG_MAC:
        return "cmac"
    return None if digest is None else f"hmac-{HASHES[digest].label}"


def _wrong(reason: str) -> HResultError:
    return HResultError(HRESULT.E_INVALIDARG, reason)

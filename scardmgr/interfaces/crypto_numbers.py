"""The numbers of CryptoAPI (wincrypt.h) that CRYPTPROV takes, and a few of our own where it has none.

The page of ALG_ID lets a cryptographic service provider define values. Ours have sub-identifiers from 80 on, where
wincrypt.h puts its example.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag, unique


@unique
class ALG_ID(IntEnum):  # noqa: N801 (published name)
    """What a key or a hash object is for.

    ``CALG_CARD`` is the null number: the card decides by the key, and no mechanism is named to it. ``CALG_NO_HASH``
    is a hash object that keeps the data as they are: what EdDSA signs, or an input that was prepared elsewhere.
    """

    CALG_CARD = 0x0000
    CALG_SHA1 = 0x8004
    CALG_SHA_224 = 0x8050
    CALG_SHA_256 = 0x800C
    CALG_SHA_384 = 0x800D
    CALG_SHA_512 = 0x800E
    CALG_NO_HASH = 0x8051
    CALG_MAC = 0x8005
    CALG_HMAC = 0x8009
    CALG_RSA_SIGN = 0x2400
    CALG_RSA_KEYX = 0xA400
    CALG_ECDSA = 0x2203
    CALG_EDDSA = 0x2250
    CALG_ECDH = 0xAA05
    CALG_3DES = 0x6603
    CALG_AES = 0x6611


@unique
class KEY_PARAM(IntEnum):  # noqa: N801 (as wincrypt.h writes names)
    """What GetKeyParam tells of a key and SetKeyParam sets; ``KP_OAEP_HASH`` is of our own."""

    KP_IV = 1
    KP_ALGID = 7
    KP_KEYLEN = 9
    KP_OAEP_HASH = 0x8000


@unique
class HASH_PARAM(IntEnum):  # noqa: N801 (as wincrypt.h writes names)
    """What GetHashParam tells of a hash object and SetHashParam sets."""

    HP_ALGID = 1
    HP_HASHVAL = 2
    HP_HASHSIZE = 4
    HP_HMAC_INFO = 5


class CRYPT_FLAGS(IntFlag):  # noqa: N801 (as wincrypt.h writes names)
    """Flags of SignHash, VerifySignature, Encrypt and Decrypt. ``CRYPT_PSS`` has the number of CNG's BCRYPT_PAD_PSS."""

    NONE = 0
    CRYPT_PSS = 0x08
    CRYPT_OAEP = 0x40

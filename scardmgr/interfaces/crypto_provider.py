"""CRYPTPROV: the cryptographic services of a card, the "CryptoProvider" of ISCardManage.CreateInterface."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Self
from uuid import UUID

from scardmgr.com.unknown import IUnknown
from scardmgr.interfaces.crypto_numbers import ALG_ID, CRYPT_FLAGS, HASH_PARAM, KEY_PARAM

if TYPE_CHECKING:
    from scardmgr.interfaces.base import Buffer

NO_FLAGS = CRYPT_FLAGS.NONE


class _Handle(int):
    """A number that ``with`` gives back."""

    provider: CRYPTPROV

    @classmethod
    def of(cls, provider: CRYPTPROV, number: int) -> Self:
        """The handle ``number`` that ``provider`` made."""
        handle = cls(number)
        handle.provider = provider
        return handle

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.provider.release_handle(self)


class HCRYPTKEY(_Handle):
    """The handle of a key of the card: a number, which ``with`` gives back. The key stays in the card."""


class HCRYPTHASH(_Handle):
    """The handle of a hash object: a number, which ``with`` gives back."""


class CRYPTPROV(IUnknown):
    """Random numbers, hashes, signatures, encryption, and keys, as far as the card has them.

    The class is that of PC/SC part 6, its methods are those of a Windows cryptographic service provider (CryptoSPI)
    less their ``CP``. The object is the context: CreateInterface acquires it, Release gives it back. Keys are named by
    the card's reference (``dwKeySpec``: 01 to 1F global, 81 to 9F of the current directory, that of ISCardFileAccess).
    No private or secret key leaves the card.

    Public keys are SubjectPublicKeyInfo (RFC 5280, 4.1), private keys to be imported PKCS #8 (RFC 5958), both in DER;
    secret keys are their bytes. Signatures have the byte order of the standards: RSA as long as the modulus, ECDSA
    r || s, each as long as the order of the curve; EdDSA 64 bytes.

    Methods share conditions. SCARD_E_UNSUPPORTED_FEATURE: the card cannot do it; the error says what is missing.
    SCARD_W_SECURITY_VIOLATION: a CHV or an authentication is needed first. SCARD_E_NO_ACCESS: the card refuses such a
    use of the key, or it has no value yet. NTE_NO_KEY: the card has no such key. E_INVALIDARG: an argument that cannot
    be read, a handle that is none, or data that the card calls wrong. E_POINTER: a ``None`` that should be a value.
    SCARD_E_INVALID_HANDLE: detached. The card's status word is ``.sw`` on the error.
    """

    IID: ClassVar[UUID] = UUID("37016D46-B81D-5927-9352-97891FB517FF")
    """Of our own: none is published."""

    # Random numbers

    @abstractmethod
    def GenRandom(self, dwLen: int) -> bytes:
        """Random bytes of the card (CPGenRandom; GET CHALLENGE).

        Args:
            dwLen: how many, 1 to 65536.

        Raises:
            HResultError: E_INVALIDARG: another length.
                SCARD_F_COMM_ERROR: the card gives none.
        """

    # Hashes

    @abstractmethod
    def CreateHash(self, Algid: ALG_ID, hKey: int = 0) -> HCRYPTHASH:
        """Begin a hash, or a checksum over data (CPCreateHash).

        Args:
            Algid: CALG_SHA1 to CALG_SHA_512, CALG_NO_HASH, CALG_MAC or CALG_HMAC.
            hKey: the secret key of CALG_MAC and CALG_HMAC; 0 for the others.

        Raises:
            HResultError: E_INVALIDARG: another algorithm, a key where none belongs, or none where one does.
        """

    @abstractmethod
    def HashData(self, hHash: int, pbData: Buffer) -> None:
        """Add data (CPHashData).

        Raises:
            HResultError: E_UNEXPECTED: the value was asked for already, or set.
        """

    @abstractmethod
    def GetHashParam(self, hHash: int, dwParam: HASH_PARAM) -> bytes | int:
        """What is known of a hash object (CPGetHashParam).

        A card that has the hash computes it (PSO: HASH); else it is computed here.

        Returns:
            HP_HASHVAL: the hash code, the data of CALG_NO_HASH, or the checksum (PSO: COMPUTE CRYPTOGRAPHIC CHECKSUM);
            no data can be added from then on. HP_HASHSIZE: its bytes. HP_ALGID: the ALG_ID.

        Raises:
            HResultError: E_INVALIDARG: another parameter.
        """

    @abstractmethod
    def SetHashParam(self, hHash: int, dwParam: HASH_PARAM, pbData: Buffer | int) -> None:
        """Set the value of a hash that was computed elsewhere, or the hash of an HMAC (CPSetHashParam).

        Args:
            hHash: the hash object.
            dwParam: HP_HASHVAL, or HP_HMAC_INFO for CALG_HMAC.
            pbData: the hash code; for HP_HMAC_INFO an ALG_ID (as long as none is set, the card decides by the key).

        Raises:
            HResultError: E_INVALIDARG: another parameter, or a code of another length.
                E_UNEXPECTED: the object has data or a value.
        """

    @abstractmethod
    def DestroyHash(self, hHash: int) -> None:
        """Give a hash object back (CPDestroyHash). Raises HResultError E_INVALIDARG: it is none."""

    @abstractmethod
    def SignHash(self, hHash: int, hKey: int, dwFlags: CRYPT_FLAGS = NO_FLAGS) -> bytes:
        """Sign (CPSignHash; PSO: COMPUTE DIGITAL SIGNATURE).

        Args:
            hHash: what is signed. No data can be added to it from then on.
            hKey: the key, of CALG_RSA_SIGN, CALG_RSA_KEYX, CALG_ECDSA, CALG_EDDSA or CALG_CARD.
            dwFlags: CRYPT_PSS: RSASSA-PSS instead of RSASSA-PKCS1-v1_5.

        Returns:
            The signature.

        Raises:
            HResultError: E_INVALIDARG: a key of another algorithm, or a hash that does not go with it.
        """

    @abstractmethod
    def VerifySignature(self, hHash: int, pbSignature: Buffer, hPubKey: int, dwFlags: CRYPT_FLAGS = NO_FLAGS) -> None:
        """Have the card verify a signature or a checksum (CPVerifySignature).

        Args:
            hHash: what was signed; of CALG_MAC or CALG_HMAC what the checksum is over.
            pbSignature: the signature or the checksum.
            hPubKey: the key; for a checksum that of CreateHash again.
            dwFlags: as SignHash.

        Raises:
            HResultError: NTE_BAD_SIGNATURE: it is wrong.
                E_INVALIDARG: as SignHash.
        """

    # Encryption

    @abstractmethod
    def Encrypt(self, hKey: int, pbData: Buffer, Final: bool = True, dwFlags: CRYPT_FLAGS = NO_FLAGS) -> bytes:
        """Encrypt (CPEncrypt; PSO: ENCIPHER).

        Args:
            hKey: the key, of CALG_RSA_KEYX, CALG_AES or CALG_3DES.
            pbData: the plain text.
            Final: whether this is the last of the data. With a block cipher (cipher block chaining) the last is padded
                (PKCS #7), and what comes before has whole blocks; RSA takes all at once.
            dwFlags: CRYPT_OAEP: RSAES-OAEP instead of RSAES-PKCS1-v1_5.

        Returns:
            The cryptogram.

        Raises:
            HResultError: E_INVALIDARG: a key of another algorithm, parts of blocks before the last.
        """

    @abstractmethod
    def Decrypt(self, hKey: int, pbData: Buffer, Final: bool = True, dwFlags: CRYPT_FLAGS = NO_FLAGS) -> bytes:
        """Decrypt (CPDecrypt; PSO: DECIPHER).

        Args:
            hKey: the key, of CALG_RSA_KEYX, CALG_AES, CALG_3DES or CALG_ECDH.
            pbData: the cryptogram; for CALG_ECDH (key agreement) the public key of the other side.
            Final: as Encrypt.
            dwFlags: as Encrypt.

        Returns:
            The plain text, without its padding; for CALG_ECDH the secret that both sides share.

        Raises:
            HResultError: NTE_BAD_DATA: it is no cryptogram for the key, or there is no right padding at its end.
                E_INVALIDARG: a key of another algorithm, a cryptogram of parts of blocks.
        """

    # Keys

    @abstractmethod
    def GetUserKey(self, dwKeySpec: int, Algid: ALG_ID = ALG_ID.CALG_CARD) -> HCRYPTKEY:
        """A handle to a key of the card (CPGetUserKey). The card is not asked.

        Args:
            dwKeySpec: the card's reference of the key.
            Algid: what the key is for; CALG_CARD: whatever the card makes of it.

        Raises:
            HResultError: E_INVALIDARG: not a reference, or not the algorithm of a key.
        """

    @abstractmethod
    def GenKey(self, dwKeySpec: int, Algid: ALG_ID = ALG_ID.CALG_CARD) -> HCRYPTKEY:
        """Have the card make a new key pair (CPGenKey; GENERATE ASYMMETRIC KEY PAIR). What was there is gone.

        The size and the curve are those that the card has for the reference.

        Args:
            dwKeySpec: the card's reference of the key.
            Algid: what the key is for.

        Returns:
            Its handle; ExportKey gives the public key.

        Raises:
            HResultError: E_INVALIDARG: as GetUserKey, or an algorithm that has no key pairs.
                SCARD_F_COMM_ERROR: what the card answers is no public key.
        """

    @abstractmethod
    def ImportKey(self, dwKeySpec: int, pbData: Buffer, Algid: ALG_ID = ALG_ID.CALG_CARD) -> HCRYPTKEY:
        """Give the card a key (CPImportKey; PUT DATA). What was there is gone.

        Args:
            dwKeySpec: the card's reference of the key.
            pbData: a private key in PKCS #8, a public key in SubjectPublicKeyInfo, or with CALG_AES, CALG_3DES,
                CALG_MAC or CALG_HMAC the bytes of a secret key.
            Algid: what the key is for.

        Raises:
            HResultError: E_INVALIDARG: as GetUserKey, not a key, or one of another algorithm.
        """

    @abstractmethod
    def ExportKey(self, hKey: int) -> bytes:
        """The public key of a key pair, SubjectPublicKeyInfo in DER (CPExportKey).

        Raises:
            HResultError: SCARD_E_UNSUPPORTED_FEATURE: it is a secret key, or the card does not tell.
                SCARD_F_COMM_ERROR: what the card answers is no public key.
        """

    @abstractmethod
    def GetKeyParam(self, hKey: int, dwParam: KEY_PARAM) -> bytes | int:
        """What is known of a key (CPGetKeyParam).

        Returns:
            KP_ALGID: the ALG_ID. KP_IV: the initial value. KP_OAEP_HASH: an ALG_ID. KP_KEYLEN: the bits of a key pair,
            as its public key (ExportKey) has them.

        Raises:
            HResultError: E_INVALIDARG: another parameter. As ExportKey, for KP_KEYLEN.
        """

    @abstractmethod
    def SetKeyParam(self, hKey: int, dwParam: KEY_PARAM, pbData: Buffer | int) -> None:
        """Say how a key is used by this handle (CPSetKeyParam).

        Args:
            hKey: the key.
            dwParam: KP_IV: the initial value of a block cipher, at first zeros. KP_OAEP_HASH: the hash of RSAES-OAEP,
                at first CALG_SHA1.
            pbData: the bytes, or the ALG_ID.

        Raises:
            HResultError: E_INVALIDARG: another parameter, or a value that does not go with the key.
        """

    @abstractmethod
    def DestroyKey(self, hKey: int) -> None:
        """Give a handle back (CPDestroyKey). The key stays in the card.

        Raises:
            HResultError: E_INVALIDARG: it is none.
        """

    @abstractmethod
    def release_handle(self, handle: int) -> None:
        """Give a handle of either kind back, if it still is one, as the end of a ``with`` block asks; never fails."""

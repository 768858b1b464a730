"""CRYPTPROV on an ISO/IEC 7816 card."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, TypeVar

from iso7816.apdu import MAX_NC, MAX_SHORT_NE
from iso7816.digital_signature import hash_code
from scardmgr.com import arguments
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.interfaces.crypto_numbers import ALG_ID, CRYPT_FLAGS, HASH_PARAM, KEY_PARAM
from scardmgr.interfaces.crypto_provider import CRYPTPROV, HCRYPTHASH, HCRYPTKEY, NO_FLAGS
from scardmgr.providers.card_errors import Purpose
from scardmgr.providers.iso.authentication import GET_CHALLENGE
from scardmgr.providers.iso.bound import BoundInterface
from scardmgr.providers.iso.crypto import cryptograms, security_operations
from scardmgr.providers.iso.crypto.hash_objects import HashObject
from scardmgr.providers.iso.crypto.key_directory import KeyDirectory
from scardmgr.providers.iso.crypto.key_management import KeyManagement, key_bits
from scardmgr.providers.iso.crypto.key_uses import KeyUse
from scardmgr.providers.iso.crypto.mechanism_choice import (
    BLOCK_SIZES,
    CHECKSUMS,
    HASHES,
    KEYS,
    SECRET_KEYS,
    MechanismReferences,
    checksum_mechanism,
    cipher_mechanism,
    hash_mechanism,
    signature_mechanism,
)
from scardmgr.providers.iso.crypto.security_operations import SecurityOperations
from scardmgr.providers.iso.long_commands import send_long
from scardmgr.winscard.codes import SCardCode

if TYPE_CHECKING:
    from scardmgr.connection.attachment import Attachment
    from scardmgr.interfaces.base import Buffer

_MOST_RANDOM = 65536
_Object = TypeVar("_Object", KeyUse, HashObject)


class ISO7816CryptProv(BoundInterface, CRYPTPROV):
    """The cryptographic services of an ISO/IEC 7816 card.

    Args:
        attachment: the attached card.
        user_data: the card's references of mechanisms, as
            :class:`~scardmgr.providers.iso.crypto.mechanism_choice.MechanismReferences` takes them.
    """

    def __init__(self, attachment: Attachment, user_data: object = None) -> None:
        super().__init__(attachment)
        self._mechanisms = MechanismReferences(user_data)
        directory = KeyDirectory(attachment, self._navigator)
        self._operations = SecurityOperations(directory)
        self._management = KeyManagement(directory)
        self._numbers = count(1)
        self._keys: dict[int, KeyUse] = {}
        self._hashes: dict[int, HashObject] = {}

    # Random numbers

    def GenRandom(self, dwLen: int) -> bytes:
        """GET CHALLENGE, as often as it takes."""
        wanted = arguments.number(dwLen, "dwLen", 1, _MOST_RANDOM)
        found = b""
        attachment = self._require_usable()
        with attachment.transaction():
            while len(found) < wanted:
                ne = min(MAX_SHORT_NE, wanted - len(found))
                response = send_long(attachment, GET_CHALLENGE, 0, 0, ne=ne)
                more = security_operations.require(response, Purpose.KEY_USE, "GET CHALLENGE").data
                if not more:
                    raise HResultError(SCardCode.SCARD_F_COMM_ERROR, "the card gives no random bytes")
                found += more
        return found[:wanted]

    # Hashes

    def CreateHash(self, Algid: ALG_ID, hKey: int = 0) -> HCRYPTHASH:
        """Nothing is asked of the card yet."""
        self._require_usable()
        algorithm = arguments.member(ALG_ID, Algid, "Algid")
        if algorithm not in CHECKSUMS | HASHES.keys() | {ALG_ID.CALG_NO_HASH}:
            raise HResultError(HRESULT.E_INVALIDARG, f"Algid: {algorithm.name} is no hash")
        key = None
        if algorithm in CHECKSUMS:
            key = self._key(hKey, "hKey")
        elif hKey != 0:
            raise HResultError(HRESULT.E_INVALIDARG, f"hKey: {algorithm.name} takes no key")
        handle = HCRYPTHASH.of(self, next(self._numbers))
        self._hashes[handle] = HashObject(algorithm, key)
        return handle

    def HashData(self, hHash: int, pbData: Buffer) -> None:
        """Kept until the value is asked for."""
        self._require_usable()
        self._hash(hHash).add(arguments.buffer(pbData, "pbData"))

    def GetHashParam(self, hHash: int, dwParam: HASH_PARAM) -> bytes | int:
        """PSO: HASH or COMPUTE CRYPTOGRAPHIC CHECKSUM where the value is asked for the first time."""
        self._require_usable()
        found, wanted = self._hash(hHash), arguments.member(HASH_PARAM, dwParam, "dwParam")
        if wanted is HASH_PARAM.HP_ALGID:
            return found.algorithm
        if wanted is HASH_PARAM.HP_HMAC_INFO:
            raise HResultError(HRESULT.E_INVALIDARG, "dwParam: HP_HMAC_INFO can only be set")
        if wanted is HASH_PARAM.HP_HASHSIZE and found.size is not None:
            return found.size
        value = self._value(found)
        return value if wanted is HASH_PARAM.HP_HASHVAL else len(value)

    def SetHashParam(self, hHash: int, dwParam: HASH_PARAM, pbData: Buffer | int) -> None:
        """Nothing is asked of the card."""
        self._require_usable()
        found, wanted = self._hash(hHash), arguments.member(HASH_PARAM, dwParam, "dwParam")
        if wanted is HASH_PARAM.HP_HMAC_INFO and found.algorithm is ALG_ID.CALG_HMAC:
            found.set_hmac_hash(_hash_algorithm(pbData, "pbData"))
        elif wanted is HASH_PARAM.HP_HASHVAL and found.key is None:
            found.set_value(arguments.buffer(pbData, "pbData"))
        else:
            raise HResultError(HRESULT.E_INVALIDARG, f"dwParam: {wanted.name} of {found.algorithm.name} cannot be set")

    def DestroyHash(self, hHash: int) -> None:
        """Nothing is asked of the card."""
        self._require_usable()
        self._hash(hHash)
        self.release_handle(hHash)

    # Signatures

    def SignHash(self, hHash: int, hKey: int, dwFlags: CRYPT_FLAGS = NO_FLAGS) -> bytes:
        """PSO: COMPUTE DIGITAL SIGNATURE."""
        self._require_usable()
        found, key, flags = self._hash(hHash), self._key(hKey, "hKey"), _flags(dwFlags, CRYPT_FLAGS.CRYPT_PSS)
        if found.key is not None:
            raise HResultError(HRESULT.E_INVALIDARG, "hHash is a checksum, which HP_HASHVAL gives")
        mechanism = self._mechanisms.of(signature_mechanism(key.algorithm, found.algorithm, flags))
        return self._operations.perform(security_operations.SIGN, key.in_use(), mechanism, self._value(found))

    def VerifySignature(self, hHash: int, pbSignature: Buffer, hPubKey: int, dwFlags: CRYPT_FLAGS = NO_FLAGS) -> None:
        """PSO: VERIFY DIGITAL SIGNATURE, or VERIFY CRYPTOGRAPHIC CHECKSUM."""
        self._require_usable()
        found, key, flags = self._hash(hHash), self._key(hPubKey, "hPubKey"), _flags(dwFlags, CRYPT_FLAGS.CRYPT_PSS)
        signature = arguments.buffer(pbSignature, "pbSignature")
        if found.key is None:
            mechanism = self._mechanisms.of(signature_mechanism(key.algorithm, found.algorithm, flags))
            data = security_operations.signature_to_verify(self._value(found), signature)
            self._operations.perform(security_operations.VERIFY, key.in_use(), mechanism, data, Purpose.SIGNATURE)
            return
        if key is not found.key or flags:
            raise HResultError(HRESULT.E_INVALIDARG, "hPubKey: a checksum is verified with its own key, without flags")
        mechanism = self._mechanisms.of(checksum_mechanism(found.algorithm, found.hmac_hash))
        data = security_operations.checksum_to_verify(bytes(found.data), signature)
        self._operations.perform(security_operations.VERIFY_CHECKSUM, key.in_use(), mechanism, data, Purpose.SIGNATURE)

    # Encryption

    def Encrypt(self, hKey: int, pbData: Buffer, Final: bool = True, dwFlags: CRYPT_FLAGS = NO_FLAGS) -> bytes:
        """PSO: ENCIPHER."""
        self._require_usable()
        key, data, mechanism = self._cipher(hKey, pbData, dwFlags)
        if key.algorithm is ALG_ID.CALG_ECDH:
            raise HResultError(HRESULT.E_INVALIDARG, "hKey: a key of CALG_ECDH does not encrypt")
        if key.block_size is None:
            _require_final(Final)
            answer = self._operations.perform(security_operations.ENCIPHER, key.in_use(), mechanism, data)
            return cryptograms.received(answer)
        blocks = cryptograms.pad(data, key.block_size) if Final else data
        cryptograms.require_blocks(blocks, key.block_size)
        if not blocks:
            return b""
        answer = self._operations.perform(security_operations.ENCIPHER, key.in_chaining(), mechanism, blocks)
        cryptogram = cryptograms.received_blocks(answer, len(blocks), key.block_size)
        key.go_on(cryptogram, is_last=Final)
        return cryptogram

    def Decrypt(self, hKey: int, pbData: Buffer, Final: bool = True, dwFlags: CRYPT_FLAGS = NO_FLAGS) -> bytes:
        """PSO: DECIPHER."""
        self._require_usable()
        key, data, mechanism = self._cipher(hKey, pbData, dwFlags)
        if key.block_size is None:
            _require_final(Final)
            if key.algorithm is ALG_ID.CALG_ECDH:
                operation, sent = security_operations.AGREE, cryptograms.other_side(data)
            else:
                operation, sent = security_operations.DECIPHER, cryptograms.sent(data)
            return self._operations.perform(operation, key.in_use(), mechanism, sent, Purpose.CRYPTOGRAM)
        cryptograms.require_blocks(data, key.block_size)
        if not data:
            return cryptograms.unpad(b"", key.block_size) if Final else b""
        plain = self._operations.perform(
            security_operations.DECIPHER,
            key.in_chaining(),
            mechanism,
            cryptograms.sent_blocks(data),
            Purpose.CRYPTOGRAM,
        )
        cryptograms.require_as_many(plain, len(data))
        key.go_on(data, is_last=Final)
        return cryptograms.unpad(plain, key.block_size) if Final else plain

    # Keys

    def GetUserKey(self, dwKeySpec: int, Algid: ALG_ID = ALG_ID.CALG_CARD) -> HCRYPTKEY:
        """Nothing is asked of the card."""
        self._require_usable()
        return self._new_key(*_key_arguments(dwKeySpec, Algid))

    def GenKey(self, dwKeySpec: int, Algid: ALG_ID = ALG_ID.CALG_CARD) -> HCRYPTKEY:
        """GENERATE ASYMMETRIC KEY PAIR."""
        self._require_usable()
        reference, algorithm = _key_arguments(dwKeySpec, Algid)
        if algorithm in SECRET_KEYS:
            raise HResultError(HRESULT.E_INVALIDARG, f"Algid: {algorithm.name} has no key pairs")
        public_key = self._management.generate(reference, algorithm)
        return self._new_key(reference, algorithm, public_key)

    def ImportKey(self, dwKeySpec: int, pbData: Buffer, Algid: ALG_ID = ALG_ID.CALG_CARD) -> HCRYPTKEY:
        """PUT DATA."""
        self._require_usable()
        reference, algorithm = _key_arguments(dwKeySpec, Algid)
        self._management.import_key(reference, algorithm, arguments.buffer(pbData, "pbData"))
        return self._new_key(reference, algorithm)

    def ExportKey(self, hKey: int) -> bytes:
        """GENERATE ASYMMETRIC KEY PAIR, for the key that is there."""
        self._require_usable()
        key = self._key(hKey, "hKey")
        if key.algorithm in SECRET_KEYS:
            raise HResultError(SCardCode.SCARD_E_UNSUPPORTED_FEATURE, "a secret key does not leave the card")
        if key.public_key is None:
            key.public_key = self._management.read_public_key(key.reference, key.algorithm)
        return key.public_key

    def GetKeyParam(self, hKey: int, dwParam: KEY_PARAM) -> bytes | int:
        """The card is asked for KP_KEYLEN alone."""
        self._require_usable()
        key, wanted = self._key(hKey, "hKey"), arguments.member(KEY_PARAM, dwParam, "dwParam")
        if wanted is KEY_PARAM.KP_IV and key.algorithm in BLOCK_SIZES:
            return key.initial_value or bytes(BLOCK_SIZES[key.algorithm])
        if wanted is KEY_PARAM.KP_OAEP_HASH and key.algorithm is ALG_ID.CALG_RSA_KEYX:
            return key.oaep_hash
        if wanted is KEY_PARAM.KP_ALGID:
            return key.algorithm
        if wanted is KEY_PARAM.KP_KEYLEN:
            return key_bits(self.ExportKey(hKey))
        raise HResultError(HRESULT.E_INVALIDARG, f"dwParam: a key of {key.algorithm.name} has no {wanted.name}")

    def SetKeyParam(self, hKey: int, dwParam: KEY_PARAM, pbData: Buffer | int) -> None:
        """Nothing is asked of the card."""
        self._require_usable()
        key, wanted = self._key(hKey, "hKey"), arguments.member(KEY_PARAM, dwParam, "dwParam")
        if wanted is KEY_PARAM.KP_IV and key.algorithm in BLOCK_SIZES:
            key.set_initial_value(arguments.buffer(pbData, "pbData"))
        elif wanted is KEY_PARAM.KP_OAEP_HASH and key.algorithm is ALG_ID.CALG_RSA_KEYX:
            key.oaep_hash = _hash_algorithm(pbData, "pbData")
        else:
            raise HResultError(HRESULT.E_INVALIDARG, f"dwParam: {wanted.name} of {key.algorithm.name} cannot be set")

    def DestroyKey(self, hKey: int) -> None:
        """Nothing is asked of the card."""
        self._require_usable()
        self._key(hKey, "hKey")
        self.release_handle(hKey)

    def release_handle(self, handle: int) -> None:
        """Forget it."""
        self._keys.pop(handle, None)
        self._hashes.pop(handle, None)

    # What the methods above have in common

    def _new_key(self, reference: int, algorithm: ALG_ID, public_key: bytes | None = None) -> HCRYPTKEY:
        handle = HCRYPTKEY.of(self, next(self._numbers))
        self._keys[handle] = KeyUse(reference, algorithm, public_key)
        return handle

    def _key(self, handle: object, name: str) -> KeyUse:
        return _found(self._keys, handle, name, "key")

    def _hash(self, handle: object) -> HashObject:
        return _found(self._hashes, handle, "hHash", "hash")

    def _value(self, found: HashObject) -> bytes:
        """The value, computed where it is not known yet."""
        return found.finish(self._compute(found)) if found.value is None else found.value

    def _compute(self, found: HashObject) -> bytes:
        data = bytes(found.data)
        if found.algorithm is ALG_ID.CALG_NO_HASH:
            return data
        if found.key is not None:
            mechanism = self._mechanisms.of(checksum_mechanism(found.algorithm, found.hmac_hash))
            return self._operations.perform(security_operations.CHECKSUM, found.key.in_use(), mechanism, data)
        algorithm = HASHES[found.algorithm]
        value = self._hashed_by_card(found.algorithm, data) if len(data) <= MAX_NC else None
        if value is not None and len(value) != algorithm.size:
            raise HResultError(SCardCode.SCARD_F_COMM_ERROR, f"the card answers {len(value)} bytes for a hash")
        return hash_code(algorithm, data) if value is None else value

    def _hashed_by_card(self, algorithm: ALG_ID, data: bytes) -> bytes | None:
        mechanism = self._mechanisms.of_if_known(hash_mechanism(algorithm))
        return None if mechanism is None else self._operations.hash(mechanism, data)

    def _cipher(self, handle: int, given: Buffer, flags: CRYPT_FLAGS) -> tuple[KeyUse, bytes, bytes | None]:
        key, data = self._key(handle, "hKey"), arguments.buffer(given, "pbData")
        name = cipher_mechanism(key.algorithm, _flags(flags, CRYPT_FLAGS.CRYPT_OAEP), key.oaep_hash)
        return key, data, self._mechanisms.of(name)


def _found(objects: dict[int, _Object], handle: object, name: str, kind: str) -> _Object:
    """What a handle stands for. Raises HResultError E_INVALIDARG, E_POINTER."""
    found = objects.get(arguments.number(handle, name))
    if found is None:
        raise HResultError(HRESULT.E_INVALIDARG, f"{name} is no handle of a {kind} here")
    return found


def _key_arguments(spec: int, algorithm: ALG_ID) -> tuple[int, ALG_ID]:
    """Reference and algorithm of a key. Raises HResultError E_INVALIDARG, E_POINTER."""
    reference = arguments.number(spec, "dwKeySpec", 0x01, 0xFF)
    found = arguments.member(ALG_ID, algorithm, "Algid")
    if found not in KEYS:
        raise HResultError(HRESULT.E_INVALIDARG, f"Algid: {found.name} is not what a key is for")
    return reference, found


def _hash_algorithm(value: object, name: str) -> ALG_ID:
    found = arguments.member(ALG_ID, value, name)
    if found not in HASHES:
        raise HResultError(HRESULT.E_INVALIDARG, f"{name}: {found.name} is no hash")
    return found


def _flags(value: object, allowed: CRYPT_FLAGS) -> CRYPT_FLAGS:
    given = arguments.number(value, "dwFlags", 0)
    if given & ~int(allowed):
        raise HResultError(HRESULT.E_INVALIDARG, f"dwFlags: {given & ~int(allowed):#x} means nothing here")
    return CRYPT_FLAGS(given)


def _require_final(final: object) -> None:
    if not final:
        raise HResultError(HRESULT.E_INVALIDARG, "Final: the key takes its data all at once")

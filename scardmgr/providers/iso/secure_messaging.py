"""SecureMessaging by MUTUAL AUTHENTICATE and MANAGE SECURITY ENVIRONMENT (ISO/IEC 7816-4, 11.5)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from iso7816.apdu import MAX_SHORT_NE
from iso7816.authentication import KeyType as Cipher
from iso7816.ber_tlv import TLV
from iso7816.errors import Iso7816Error
from iso7816.secure_messaging.errors import SecureMessagingError
from scardmgr.com import arguments
from scardmgr.com.errors import HRESULT, HResultError
from scardmgr.interfaces.secure_messaging import SecureMessaging
from scardmgr.providers.card_errors import Purpose
from scardmgr.providers.iso.bound import BoundInterface
from scardmgr.winscard.codes import SCardCode

if TYPE_CHECKING:
    from iso7816.secure_messaging import HostSession
    from scardmgr.interfaces.base import Buffer

MANAGE_SECURITY_ENVIRONMENT = 0x22
MUTUAL_AUTHENTICATE = 0x82
GET_CHALLENGE = 0x84

_SET_FOR_SECURE_MESSAGING = 0x31
_CHECKSUM_TEMPLATE = 0xB4
_CONFIDENTIALITY_TEMPLATE = 0xB8
_KEY_REFERENCE = 0x83
_ANOTHER = "the card answers to another challenge, or in another name"


class ISO7816SecureMessaging(BoundInterface, SecureMessaging):
    """Sessions with the keys of an ISO/IEC 7816-4 card."""

    @property
    def IsActive(self) -> bool:
        """Nothing is sent."""
        session = self._attachment.session
        return session is not None and not session.is_over

    def Authenticate(self, lRef: int, KeyType: Cipher, pKey: Buffer) -> None:
        """GET CHALLENGE, MUTUAL AUTHENTICATE."""
        from iso7816.secure_messaging import HostSession
        from iso7816.secure_messaging.key_establishment import (
            Contribution,
            agreed_session,
            make_token,
            material_length,
            read_token,
        )

        reference = arguments.number(lRef, "lRef", 0x00, 0xFF)
        cipher = _cipher(KeyType)
        key = _key(pKey, "pKey", cipher)
        attachment = self._require_usable()
        size = cipher.challenge_length
        with attachment.transaction():
            challenge = self._begin(size)
            own = Contribution(os.urandom(size), challenge, os.urandom(material_length(cipher, key)))
            token = make_token(cipher, key, own)
            answer = self._mutual_authenticate(reference, token)
            try:
                theirs = read_token(cipher, key, answer)
                if theirs.own != challenge or theirs.other != own.own:
                    raise SecureMessagingError(_ANOTHER)
                attachment.session = HostSession(*agreed_session(cipher, key, own, theirs))
            except Iso7816Error as error:
                raise HResultError(SCardCode.SCARD_F_COMM_ERROR, f"mutual authentication: {error}") from error

    def AuthenticateDevice(
        self, lRef: int, pEncryptionKey: Buffer, pChecksumKey: Buffer, pSerialNumber: Buffer, pCardSerialNumber: Buffer
    ) -> None:
        """GET CHALLENGE, MUTUAL AUTHENTICATE."""
        from iso7816.secure_messaging import HostSession
        from iso7816.secure_messaging.device_authentication import (
            CHALLENGE_LENGTH,
            MATERIAL_LENGTH,
            Device,
            DeviceToken,
            device_keys,
            device_session,
            make_device_token,
            read_device_token,
        )

        reference = arguments.number(lRef, "lRef", 0x00, 0xFF)
        encryption = arguments.buffer(pEncryptionKey, "pEncryptionKey")
        checksum = arguments.buffer(pChecksumKey, "pChecksumKey")
        ifd_number = _serial_number(pSerialNumber, "pSerialNumber")
        icc_number = _serial_number(pCardSerialNumber, "pCardSerialNumber")
        try:
            keys = device_keys(encryption, checksum)
        except SecureMessagingError as error:
            raise HResultError(HRESULT.E_INVALIDARG, f"pEncryptionKey, pChecksumKey: {error}") from error
        attachment = self._require_usable()
        with attachment.transaction():
            icc = Device(self._begin(CHALLENGE_LENGTH), icc_number)
            ifd = Device(os.urandom(CHALLENGE_LENGTH), ifd_number)
            own = DeviceToken(ifd, icc, os.urandom(MATERIAL_LENGTH))
            answer = self._mutual_authenticate(reference, make_device_token(keys, own))
            try:
                theirs = read_device_token(keys, answer)
                if (theirs.sender, theirs.receiver) != (icc, ifd):
                    raise SecureMessagingError(_ANOTHER)
                attachment.session = HostSession(*device_session(own, theirs))
            except Iso7816Error as error:
                raise HResultError(SCardCode.SCARD_F_COMM_ERROR, f"mutual authentication: {error}") from error

    def UseStaticKeys(
        self, lEncryptionRef: int, pEncryptionKey: Buffer, lChecksumRef: int, pChecksumKey: Buffer, KeyType: Cipher
    ) -> None:
        """GET CHALLENGE, MANAGE SECURITY ENVIRONMENT twice."""
        from iso7816.secure_messaging import HostSession, SessionKeys

        references = [
            (_CHECKSUM_TEMPLATE, arguments.number(lChecksumRef, "lChecksumRef", 0x00, 0xFF)),
            (_CONFIDENTIALITY_TEMPLATE, arguments.number(lEncryptionRef, "lEncryptionRef", 0x00, 0xFF)),
        ]
        cipher = _cipher(KeyType)
        encryption = _key(pEncryptionKey, "pEncryptionKey", cipher)
        checksum = _key(pChecksumKey, "pChecksumKey", cipher)
        try:
            keys = SessionKeys(cipher, encryption, checksum)
        except SecureMessagingError as error:
            raise HResultError(HRESULT.E_INVALIDARG, f"pChecksumKey: {error}") from error
        attachment = self._require_usable()
        with attachment.transaction():
            challenge = self._begin(cipher.challenge_length)
            for template, reference in references:
                data = TLV(_KEY_REFERENCE, bytes((reference,))).to_bytes()
                self._command(
                    MANAGE_SECURITY_ENVIRONMENT, _SET_FOR_SECURE_MESSAGING, template, Purpose.AUTHENTICATION, data
                )
            attachment.session = HostSession(keys, challenge)

    def Adopt(self, pSession: HostSession) -> None:
        """Nothing is sent."""
        from iso7816.secure_messaging import HostSession

        given: object = pSession
        if given is None:
            raise HResultError(HRESULT.E_POINTER, "pSession is None")
        if not isinstance(given, HostSession) or given.is_over:
            raise HResultError(HRESULT.E_INVALIDARG, "pSession has to be a HostSession that has not ended")
        self._require_usable().session = given

    def End(self) -> None:
        """Nothing is sent."""
        self._require_usable().session = None

    def _mutual_authenticate(self, reference: int, token: bytes) -> bytes:
        """The card's token."""
        purpose = Purpose.AUTHENTICATION
        return self._with_reference(MUTUAL_AUTHENTICATE, 0x00, reference, purpose, token, MAX_SHORT_NE).data

    def _begin(self, size: int) -> bytes:
        """GET CHALLENGE, under the session that lasts, or in the clear.

        Raises:
            HResultError: SCARD_F_COMM_ERROR: another number of bytes comes.
        """
        if not self.IsActive:
            self._attachment.session = None
        challenge = self._command(GET_CHALLENGE, 0x00, 0x00, Purpose.AUTHENTICATION, b"", size).data
        if len(challenge) != size:
            raise HResultError(SCardCode.SCARD_F_COMM_ERROR, f"a challenge of {len(challenge)} bytes, not {size}")
        return challenge


def _cipher(value: object) -> Cipher:
    """Raises HResultError E_INVALIDARG."""
    if not isinstance(value, Cipher):
        raise HResultError(HRESULT.E_INVALIDARG, "KeyType has to be KeyType.AES or KeyType.TRIPLE_DES")
    return value


def _serial_number(value: object, name: str) -> bytes:
    """The 8 bytes of it. Raises HResultError E_INVALIDARG, E_POINTER."""
    from iso7816.secure_messaging.device_authentication import serial_number_of

    number = arguments.buffer(value, name)
    if not number:
        raise HResultError(HRESULT.E_INVALIDARG, f"{name} is empty")
    return serial_number_of(number)


def _key(value: object, name: str, cipher: Cipher) -> bytes:
    """Raises HResultError E_INVALIDARG, E_POINTER; neither tells the key."""
    key = arguments.buffer(value, name)
    if len(key) not in cipher.key_lengths:
        raise HResultError(HRESULT.E_INVALIDARG, f"{name} has {len(key)} bytes: a key has {cipher.key_lengths}")
    return key

"""The provider for ISO/IEC 7816-4 cards, which serves whatever no other provider claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

from scardmgr.providers.iso.authentication import ISO7816Auth
from scardmgr.providers.iso.crypto.provider import ISO7816CryptProv
from scardmgr.providers.iso.file_access import ISO7816FileAccess
from scardmgr.providers.iso.secure_messaging import ISO7816SecureMessaging
from scardmgr.providers.iso.verification import ISO7816Verify
from scardmgr.providers.registry import CardProvider

if TYPE_CHECKING:
    from scardmgr.connection.attachment import Attachment
    from scardmgr.interfaces.authentication import ISCardAuth
    from scardmgr.interfaces.crypto_provider import CRYPTPROV
    from scardmgr.interfaces.file_access import ISCardFileAccess
    from scardmgr.interfaces.secure_messaging import SecureMessaging
    from scardmgr.interfaces.verification import ISCardVerify


ISO_7816_PROVIDER = UUID("24F98BD2-34A6-51C1-86B6-05039A482FF8")
"""What a card type in the smart card database names to be served by this provider."""


class ISO7816Provider(CardProvider):
    """Interindustry commands, on any card.

    A provider of your own may build on it: override what the card does differently.
    """

    PROVIDER_ID: ClassVar[UUID | None] = ISO_7816_PROVIDER

    def serves(self, atr: bytes) -> bool:
        """Any card that answered to reset; a subclass is another provider, which claims what it says itself."""
        return type(self) is ISO7816Provider and bool(atr)

    def create_file_access(self, attachment: Attachment) -> ISCardFileAccess:
        """Files by SELECT and what follows it."""
        return ISO7816FileAccess(attachment)

    def create_verification(self, attachment: Attachment) -> ISCardVerify:
        """CHVs by VERIFY and its kin."""
        return ISO7816Verify(attachment)

    def create_authentication(self, attachment: Attachment) -> ISCardAuth:
        """Keys by INTERNAL and EXTERNAL AUTHENTICATE."""
        return ISO7816Auth(attachment)

    def create_crypto_provider(self, attachment: Attachment, user_data: object) -> CRYPTPROV | None:
        """Keys by PERFORM SECURITY OPERATION. ``user_data``: the card's references of mechanisms, by their names."""
        return ISO7816CryptProv(attachment, user_data)

    def create_secure_messaging(self, attachment: Attachment) -> SecureMessaging | None:
        """Sessions by MUTUAL AUTHENTICATE and MANAGE SECURITY ENVIRONMENT."""
        return ISO7816SecureMessaging(attachment)

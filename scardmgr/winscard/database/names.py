"""Names of card types, readers and groups: which there can be, and which are the same."""

from __future__ import annotations

from typing import Final

from scardmgr.winscard.codes import SCardCode
from scardmgr.winscard.errors import SCardError

#: As many characters as the name of a Windows registry key may have, where Windows keeps these names.
MAX_NAME_LENGTH: Final = 255

#: The longest name of a provider, which may be the path of a file.
MAX_PROVIDER_LENGTH: Final = 1024

ALL_READERS: Final = "SCard$AllReaders"
DEFAULT_READERS: Final = "SCard$DefaultReaders"
LOCAL_READERS: Final = "SCard$LocalReaders"
SYSTEM_READERS: Final = "SCard$SystemReaders"


def key_of(name: str) -> str:
    """What names that differ in case only have in common: they mean the same, as registry keys do."""
    return name.casefold()


def checked(name: str, longest: int = MAX_NAME_LENGTH) -> str:
    """A name that can be one.

    Raises:
        SCardError: SCARD_E_INVALID_VALUE: it is empty or too long, or has a NUL or a lone surrogate.
    """
    if not 0 < len(name) <= longest or any(
        character == "\0" or "\ud800" <= character <= "\udfff" for character in name
    ):
        raise SCardError(SCardCode.SCARD_E_INVALID_VALUE)
    return name

"""What is wrong with a protected message."""

from __future__ import annotations

from iso7816.errors import Iso7816Error
from iso7816.status_words import SW


class SecureMessagingError(Iso7816Error):
    """A protected command or response is not what it should be. No message tells any of its bytes.

    Attributes:
        sw: what a card answers to such a command: 6987 a data object is missing, 6988 one is wrong; or what its kind of
            secure messaging has for that.
    """

    def __init__(self, reason: str, sw: SW = SW.SM_OBJECTS_INCORRECT) -> None:
        super().__init__(reason)
        self.sw = sw

"""What can go wrong with a card before it ever answers an APDU.

::

    CardError
    ├── CardDefinitionError     a card definition says something that no card can be
    ├── ApplicationMissing      a card needs an application that there is not
    ├── PersonalisationError    a new card cannot hold what it is given
    │   └── WeakKeyError        it could, but the key is weak, and no weak one was asked for
    └── CardImageError          a card image cannot be used
        ├── CardImageMissing    there is no such file
        ├── NotACardImage       the file is something else, or damaged
        ├── NewerCardImage      written in a format that only a later version reads
        ├── CardImageSealed     it is sealed, and no passphrase was given
        ├── CardImageNotSealed  it is not sealed, and a passphrase was given
        ├── WrongPassphrase     it is sealed with another passphrase
        ├── CardImageExists     there is a file already, which is not to be replaced
        └── CardImageLocked     another opener has it
"""

from __future__ import annotations


class CardError(Exception):
    """A card cannot be made, opened or saved."""


class CardDefinitionError(CardError, ValueError):
    """A card definition is refused.

    Attributes:
        key: the path of the key at fault, as in ``files."3F00/7F10".type``; empty for the file as a whole.
        expected: what was expected there.
    """

    def __init__(self, key: str, expected: str) -> None:
        super().__init__(f"{key}: {expected}" if key else expected)
        self.key = key
        self.expected = expected


class ApplicationMissing(CardError):  # noqa: N818 (says what is the case)
    """An application that a card needs is not known here, or cannot be loaded."""


class PersonalisationError(CardError, ValueError):
    """A new card cannot be given a code, a key or a certificate; says which, and never its value."""


class WeakKeyError(PersonalisationError):
    """A key is weak. The card can hold it, but whoever makes the card has not said that it may."""


class CardImageError(CardError):
    """A card image cannot be read or written."""


class CardImageMissing(CardImageError, FileNotFoundError):  # noqa: N818 (says what is the case)
    """There is no image at that path."""


class NotACardImage(CardImageError):  # noqa: N818 (says what is the case)
    """The file is not a card image, or is damaged."""


class NewerCardImage(CardImageError):  # noqa: N818 (says what is the case)
    """The image has a format version above the one known here; it is left untouched."""


class CardImageSealed(CardImageError):  # noqa: N818 (says what is the case)
    """The image is sealed: it takes its passphrase. It is left untouched."""


class CardImageNotSealed(CardImageError):  # noqa: N818 (says what is the case)
    """The image is not sealed, though a passphrase was given: whoever knows one expects a seal."""


class WrongPassphrase(CardImageError):  # noqa: N818 (says what is the case)
    """The image is sealed with another passphrase. It is left untouched."""


class CardImageExists(CardImageError, FileExistsError):  # noqa: N818 (says what is the case)
    """There is a file at that path already; it is left untouched."""


class CardImageLocked(CardImageError):  # noqa: N818 (says what is the case)
    """The image is open elsewhere: it has one opener at a time."""

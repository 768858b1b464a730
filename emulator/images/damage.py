"""What is said of an image that is not as a card has written it."""

from __future__ import annotations


class NotAuthentic(Exception):  # noqa: N818 (says what is the case)
    """What is to be opened was not sealed under this key, or not for this place. Says no more."""


class Damaged(Exception):  # noqa: N818 (says what is the case)
    """An image is not what a card has written. Its text says what, and no value of it."""

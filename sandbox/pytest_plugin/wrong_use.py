"""A mistake in a test or on the command line, told in one line."""

from __future__ import annotations


class WrongUse(Exception):  # noqa: N818 - says what is the case
    """The message says what would be right; it takes the place of a traceback."""

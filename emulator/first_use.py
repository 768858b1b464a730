"""What commands import at their first use.

``cryptography`` takes 30 ms of a processor to be imported, more than a command should take; and a card whose files are
looked at does without. So it is imported by the first command that needs it, or ahead, where there is time for that.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import Final

_MODULES: Final = (
    "hmac",
    "cryptography.hazmat.primitives.asymmetric.x25519",
    "cryptography.hazmat.primitives.serialization",  # and with it the other kinds of keys, paddings and ciphers
    "iso7816.rsa_primitive",
)


def import_ahead() -> None:
    """Import it now. What cannot be imported is told by the command that needs it."""
    with suppress(ImportError):
        for name in _MODULES:
            import_module(name)
        from cryptography.hazmat.backends import default_backend

        default_backend()  # which imports what curves need

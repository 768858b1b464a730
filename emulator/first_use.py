"""What commands import at their first use.

``cryptography`` takes 30 ms of a processor to be imported, more than a command should take; and a card whose files are
looked at does without. So it is imported by the first command that needs it, or ahead, where there is time for that.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from emulator.persistent import PersistentState

_MODULES: Final = (
    "hmac",
    "cryptography.hazmat.primitives.asymmetric.x25519",
    "cryptography.hazmat.primitives.serialization",  # and with it the other kinds of keys, paddings and ciphers
    "iso7816.rsa_primitive",
)


def import_ahead(state: PersistentState) -> None:
    """Import now what the commands of a card may need. What cannot be imported is told by the command that does."""
    from emulator.applications.registry import application_type

    own = (name for each in sorted({*state.applications.values()}) for name in application_type(each).FIRST_USE)
    with suppress(ImportError):
        for name in (*_MODULES, *own):
            import_module(name)
        from cryptography.hazmat.backends import default_backend

        default_backend()  # which imports what curves need

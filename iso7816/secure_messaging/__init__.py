"""Secure messaging by data objects (ISO/IEC 7816-4:2020, clause 10; ICAO Doc 9303-11, 9.8).

One implementation for both ends: the outside protects commands and opens responses, the card the other way round.

* ``session``: both ends of a session, with its send sequence counter;
* ``protection``: commands and responses to and from their protected form, given keys and a counter;
* ``data_objects``: what a protected data field holds; ``algorithms``: the ciphers and checksums, and their keys;
* ``key_derivation``: session keys from a secret that both ends have.

What is named here is imported when it is first asked for: the ciphers take long to load.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iso7816.secure_messaging.algorithms import SessionKeys
    from iso7816.secure_messaging.errors import SecureMessagingError
    from iso7816.secure_messaging.key_derivation import derive_session_keys
    from iso7816.secure_messaging.session import CardSession, HostSession

__all__ = ["CardSession", "HostSession", "SecureMessagingError", "SessionKeys", "derive_session_keys"]

_HOMES = {
    "CardSession": "session",
    "HostSession": "session",
    "SecureMessagingError": "errors",
    "SessionKeys": "algorithms",
    "derive_session_keys": "key_derivation",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

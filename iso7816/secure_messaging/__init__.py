"""Secure messaging by data objects (ISO/IEC 7816-4:2020, clause 10; ICAO Doc 9303-11, 9.8).

One implementation for both ends: the outside protects commands and opens responses, the card the other way round.

* ``session``: both ends of a session, with its send sequence counter;
* ``protection``: commands and responses to and from their protected form, given keys and a counter;
* ``data_objects``: what a protected data field holds; ``algorithms``: the ciphers and checksums, and their keys;
* ``key_derivation``: session keys from a secret that both ends have.
"""

from __future__ import annotations

from iso7816.secure_messaging.algorithms import SessionKeys
from iso7816.secure_messaging.errors import SecureMessagingError
from iso7816.secure_messaging.key_derivation import derive_session_keys
from iso7816.secure_messaging.session import CardSession, HostSession

__all__ = ["CardSession", "HostSession", "SecureMessagingError", "SessionKeys", "derive_session_keys"]

"""What ISCardVerify.Unblock needs to know beside the reference: its ``lData``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class UnblockData:
    """Unblocking code and new CHV, card-ready bytes; neither shows in the repr.

    The form of RESET RETRY COUNTER (ISO/IEC 7816-4) follows what is given::

        puk and new_code    P1 00   unblocking code, then the new reference data
        puk alone           P1 01   the reference data stay as they are
        new_code alone      P1 02   the security status allows it without a code

    Raises:
        ValueError: neither is given.
        TypeError: one is something else than bytes.
    """

    puk: bytes = b""
    new_code: bytes = b""

    def __post_init__(self) -> None:
        """Keep bytes of our own. Refuse a value that says nothing: ``0`` is the form without data."""
        for name in ("puk", "new_code"):
            value = getattr(self, name)
            if not isinstance(value, bytes | bytearray | memoryview):
                raise TypeError(f"{name} is of type {type(value).__name__}: bytes are needed")
            object.__setattr__(self, name, bytes(value))
        if not self.puk and not self.new_code:
            raise ValueError("an unblocking code or a new CHV is needed: Unblock(0, ...) is the form without data")

    def __repr__(self) -> str:
        """Lengths only."""
        return f"UnblockData(puk=<{len(self.puk)} bytes>, new_code=<{len(self.new_code)} bytes>)"

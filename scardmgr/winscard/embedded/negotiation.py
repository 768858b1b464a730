"""Protocol negotiation: what an ATR offers, and what a resource manager makes of it.

An ATR is read here as resource managers read it: leniently. A wrong TCK or missing historical bytes
are no reason to refuse a card; :mod:`iso7816.atr` is the strict reader.
"""

from __future__ import annotations

from scardmgr.winscard.constants import Protocols

_CONVENTIONS = (0x3B, 0x3F)
_GLOBAL_INTERFACE_BYTES = 15
_BY_T = {0: Protocols.T0, 1: Protocols.T1}


def offered_protocols(atr: bytes) -> Protocols:
    """The protocols among T=0 and T=1 that an ATR offers; UNDEFINED if it offers neither or is no ATR.

    TA2 (specific mode) names the only one; without any TD it is T=0.
    """
    if len(atr) < 2 or atr[0] not in _CONVENTIONS:
        return Protocols.UNDEFINED
    offered = Protocols.UNDEFINED
    position, present, group, first_t = 2, atr[1] >> 4, 1, None
    while present:
        ta, tb, tc, td = (bool(present >> bit & 1) for bit in range(4))
        if position + ta + tb + tc + td > len(atr):
            break
        if group == 2 and ta:
            return _BY_T.get(atr[position] & 0x0F, Protocols.UNDEFINED)
        position += ta + tb + tc
        if not td:
            break
        present, t = atr[position] >> 4, atr[position] & 0x0F
        position += 1
        group += 1
        if first_t is None:
            first_t = t
            if t not in _BY_T:
                return Protocols.UNDEFINED
        if t != _GLOBAL_INTERFACE_BYTES:
            offered |= _BY_T.get(t, Protocols.UNDEFINED)
    return offered if first_t is not None else Protocols.T0


def choose(wanted: Protocols, atr: bytes) -> Protocols:
    """The one protocol of those wanted that the card offers, T=1 before T=0; UNDEFINED if there is none."""
    common = wanted & offered_protocols(atr)
    for protocol in (Protocols.T1, Protocols.T0):
        if protocol in common:
            return protocol
    return Protocols.UNDEFINED

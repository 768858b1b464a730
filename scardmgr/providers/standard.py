"""The card types that every SCardManage knows unless it is given others."""

from __future__ import annotations

from scardmgr.providers.iso.provider import ISO7816Provider
from scardmgr.providers.registry import CardTypes

CARD_TYPES = CardTypes(ISO7816Provider())
"""Where an application registers providers of its own for the whole process."""

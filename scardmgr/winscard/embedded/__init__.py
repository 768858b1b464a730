"""The embedded resource manager: slots that cards are put into, and the SCard functions on them.

One file per concept, from the ground up:

* ``negotiation``: which protocols an ATR offers, and which is chosen;
* ``slots``: a reader's one slot: card, power, reset, state, and who is connected;
* ``transactions``: who holds the card of a slot, and waiting for it;
* ``attributes``: what SCardGetAttrib answers;
* ``handles``: a connection to a slot, and all a card handle can do;
* ``status_change``: comparing readers with what a caller believes;
* ``contexts``: a context, its handles and its waits;
* ``resource_managing``: numbers to objects, and the readers.

Two kinds of lock. ``Slot.exchange`` (one per slot) is held while the card works: power, reset, commands.
The condition ``world`` (one per manager) guards all state and is held for a few assignments only; each
change notifies it. ``world`` may be taken inside ``exchange``, never the other way round.
"""

from __future__ import annotations

from scardmgr.winscard.embedded.resource_managing import EmbeddedResourceManager
from scardmgr.winscard.embedded.slots import Slot

__all__ = ["EmbeddedResourceManager", "Slot"]

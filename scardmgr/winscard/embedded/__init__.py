"""The embedded resource manager: slots that cards are put into, and the SCard functions on them.

One file per concept, from the ground up:

* ``waking``: waiting for something to happen;
* ``exchange``: whose turn it is to have the card work;
* ``negotiation``: which protocols an ATR offers, and which is chosen;
* ``slots``: a reader's one slot: card, power, reset, state, and who is connected;
* ``transactions``: who holds the card of a slot, and waiting for it;
* ``line_parameters``: what an ATR says of the line to the card;
* ``attributes``: what SCardGetAttrib answers;
* ``pin_pad``: the reader's own keys, and who presses them;
* ``reader_control``: what SCardControl answers;
* ``handles``: a connection to a slot, and all a card handle can do;
* ``status_change``: comparing readers with what a caller believes;
* ``contexts``: a context, its handles and its waits;
* ``resource_managing``: numbers to objects, and the readers.

Two kinds of lock. ``Slot.exchange`` (one per slot) is held while the card works: power, reset, commands.
``world`` (one per manager) guards all state and is held for a few assignments only. ``world`` may be taken
inside ``exchange``, never the other way round. No lock is held while a call waits: what happens to a slot
wakes those who wait for that slot (``Slot.changed``, ``Slot.hold``), and nobody else.

Signal handlers and finalizers call in wherever the thread happens to be, so ``world`` can be taken again by
the thread that has it, and loops inside it run over copies.
"""

from __future__ import annotations

from scardmgr.winscard.embedded.resource_managing import EmbeddedResourceManager
from scardmgr.winscard.embedded.slots import Slot

__all__ = ["EmbeddedResourceManager", "Slot"]

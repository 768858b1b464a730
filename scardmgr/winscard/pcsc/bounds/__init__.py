"""Bounds for what may wait in the platform's library.

Where pcsc-lite waits, as its sources have it (1.9.9 to 2.5):

* *in libpcsclite*, which asks pcscd again every 100 ms: SCardBeginTransaction, SCardStatus, SCardTransmit and
  SCardReconnect while another handle has a transaction, or had the reader to itself; SCardReconnect to EXCLUSIVE as
  long as there are other handles;
* *in pcscd*: SCardConnect, and SCardDisconnect with a reset, while another handle has a transaction;
* *in the driver*, and all calls that need the same reader behind it: whatever reaches a card that does not answer;
* *for the daemon*, where that is stopped: every call. SCardGetStatusChange waits for an event.

Except between its questions libpcsclite has the context locked meanwhile, and whoever calls in the same context waits
with the lock of all contexts; so does everybody during SCardEstablishContext.

What is done about it, from the cheapest to the dearest:

* ``watch`` and ``calls``: the call is made by its own thread, and a thread that looks after all ends it when it takes
  too long, by closing the handle (``handles``) or by cutting the context off from the daemon (``daemon_socket``);
* ``handles`` and ``turns``: the call is not made before it is its handle's turn;
* ``handover``: another thread makes the call, and undoes what comes of it when nobody waits any more. So it is with
  SCardConnect, SCardEstablishContext (``establishing``) and the waits (``status_waits``), and with every call where the
  context's socket is not known.

``bounded_scard`` is ``smartcard.scard`` with all that; ``contexts`` lets one call at a time into a context.
"""

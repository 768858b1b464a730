"""Applications on the card: command tables of their own, each bound to a DF.

* ``contract``: what an application is, and what it may keep; ``registry``: which ones there are;
* ``personalisation``: what one offers to whoever makes cards; ``issuing``: a new card filled by that;
* ``secret_codes``: PINs and the like, with their retry counters.
"""

"""Card images: the persistent state of a card in one SQLite file.

* ``opening``, ``saving`` and ``resealing``: the doors; ``database``: the file under them; ``reading``: it all at once;
* ``schema``: the tables; ``rows``: how records lie in them; ``writing`` and ``loading``: the one way and the other;
  ``plausibility``: what no card can have written;
* ``sealing``: secrets under a passphrase;
* ``migration``, ``earlier_schemas``: from the formats of earlier versions.
"""

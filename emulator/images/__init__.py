"""Card images: the persistent state of a card in one SQLite file.

* ``opening`` and ``saving``: the doors; ``database``: the file under them;
* ``schema``: the tables; ``rows``: how records lie in them; ``writing`` and ``loading``: the one way and the other;
  ``plausibility``: what no card can have written;
* ``migration``, ``earlier_schemas``: from the formats of earlier versions.
"""

"""Card images: the persistent state of a card in one SQLite file.

* ``image_file``: opened, copied and saved; ``rows``: how records lie in it; ``migration``: from the formats of earlier
  versions.
"""

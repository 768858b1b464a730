"""Where the reader of a test comes from, by the names that ``via`` and ``--scard-via`` may say."""

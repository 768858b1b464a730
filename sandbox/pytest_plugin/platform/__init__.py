"""``--scard-reader``: the tests on the card in a reader of the platform's PC/SC, which is there without us."""

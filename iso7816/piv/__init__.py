"""Secure messaging of PIV cards (NIST SP 800-73-5, part 2, 4), for both ends.

* ``cipher_suites``: the two suites; ``card_certificate``: the card verifiable certificates;
* ``key_establishment``: session keys from the card's static key and the outside's ephemeral one;
* ``session``: both ends of a session.
"""

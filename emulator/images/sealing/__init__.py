"""The seal of a card image: its secrets enciphered, under a key that only a passphrase opens.

* ``key_derivation``: what a person knows, and the key that scrypt makes of it; ``scrypt_cost``: how much work that is;
* ``extended_nonce``: the cipher; ``seal``: the two keys of an image; ``seal_record``: what an image keeps of it;
* ``sealed_rows``: which values of a row, and to which place each is bound; ``unlocking``: from the file to the seal.
"""

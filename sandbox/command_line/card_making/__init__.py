"""What ``scard new`` makes a card of.

* ``key_options``: the options of one key, each slot with its own;
* ``secret_argument``: PINs and passphrases, as they are given;
* ``key_files``, ``generated_keys``: keys and certificates, from files and new ones;
* ``profile_list``: what can be made.
"""

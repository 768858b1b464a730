"""CRYPTPROV by MANAGE SECURITY ENVIRONMENT and PERFORM SECURITY OPERATION (ISO/IEC 7816-4 and 7816-8).

* ``provider``: the interface; ``key_uses``, ``hash_objects``: what its handles stand for;
* ``mechanism_choice``: from ALG_IDs to mechanisms, and the card's references of those;
* ``security_operations``: the commands on the card; ``block_cipher``: the padding of messages.
"""

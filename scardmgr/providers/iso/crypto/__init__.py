"""CRYPTPROV by MANAGE SECURITY ENVIRONMENT and PERFORM SECURITY OPERATION (ISO/IEC 7816-4 and 7816-8).

* ``provider``: the interface; ``key_uses``, ``hash_objects``: what its handles stand for;
* ``mechanism_choice``: from ALG_IDs to mechanisms, and the card's references of those;
* ``security_operations``: the commands that use keys; ``cryptograms``: what goes in and out of some of them;
* ``key_management``: the commands that make, take and tell keys; ``key_directory``: where keys are.
"""

"""The PIV card application (NIST SP 800-73-5, part 2), with the management commands of YubiKeys where a card has them.

* ``card_application``: the command table; ``definition``: the options of a card definition;
* ``key_references``, ``algorithms``, ``data_objects``: the names and tables of SP 800-73-5, part 1, and SP 800-78-5;
* ``security``: what has been verified, and over which interface a command came;
* ``stored_keys``, ``stored_objects``: what a card keeps, as bytes;
* ``data_access``, ``verification``, ``authentication``, ``key_generation``: the commands, by the sections of part 2;
* ``administration``, ``secure_channel``: what GENERAL AUTHENTICATE does by the keys 9B and 04;
* ``management``, ``key_management``, ``attestation``: the management commands;
* ``personalisation``, ``issuing``: keys and certificates put into a new card, and what is on one.
"""

"""The OpenPGP card: "Functional Specification of the OpenPGP application on ISO Smart Card Operating Systems", 3.4.1.

* ``application``, ``command_table``: what the card sees of it; section numbers are those of the specification;
* ``algorithm_attributes``, ``key_slots``, ``key_commands``: the three keys, their import and generation;
* ``data_objects``, ``templates``, ``data_commands``: what GET DATA and PUT DATA reach;
* ``passwords``, ``key_derivation``: PW1, PW3 and the resetting code;
* ``security_operations``, ``user_interaction``: what is done with the keys;
* ``secure_messaging``: its keys, and what a protected command is taken under;
* ``life_cycle``: termination, and the state of a new card;
* ``definition``, ``personalisation``, ``issuing``, ``fingerprints``: keys and certificates put into a new card, and
  what is on one.
"""

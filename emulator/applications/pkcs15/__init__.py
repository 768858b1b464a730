"""PKCS #15: the file system card that OpenSC's pkcs15-init fills through its driver isoApplet.

Files are the card's own, in the DF of the application, which is the MF to those outside; so is the PIN, a CHV of that
DF. Private keys are values of the application.

* ``command_table``: the application itself; ``interface``: versions, features, references;
* ``access_conditions``, ``file_system``: rules of files as the interface has them, SELECT, CREATE FILE, DELETE FILE;
* ``reference_data``: the PIN and the PUK, and what the PIN gives access to;
* ``stored_keys``, ``environment``: private keys, and which of them the next operation uses for what;
* ``key_generation``, ``key_import``, ``security_operation``: those operations;
* ``personalisation``, ``exchange``: a structure that is made by the commands of the card;
* ``issuing``: keys and certificates put into a new card, and what is on one.
"""

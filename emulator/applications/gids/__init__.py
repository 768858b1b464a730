"""GIDS: the card edge of Microsoft's "Generic Identity Device Specification", which Windows has a driver for.

* ``card_application``, ``command_table``: what the card sees of it; ``interface``: constants;
* ``life_cycle``, ``security_status``: when access rules are in force, and who satisfies them;
* ``stored_files``, ``file_commands``, ``data_commands``: EFs with data objects or keys, SELECT, GET DATA, PUT DATA;
* ``reference_data``, ``administrator``: PIN and PUK, and the 3DES key that stands above them;
* ``stored_keys``, ``key_import``, ``key_generation``: RSA keys; ``environment``, ``security_operation``: their use;
* ``base_files``, ``personalisation``, ``issuing``, ``definition``: the files that Windows keeps there, and cards that
  have them.
"""

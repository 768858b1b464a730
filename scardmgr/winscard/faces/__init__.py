"""The faces of a resource manager: what it is asked, in which shapes, and what it answers.

* ``typed_face``: the functions on readers and cards, on bytes and enums, raising ``SCardError``;
* ``database_face``, ``reader_device_face``: the same for the smart card database and the devices behind readers;
* ``pyscard_face``, ``pyscard_database_face``: all of them in the shapes of pyscard, raising for no code.
"""

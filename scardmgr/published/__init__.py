"""What Microsoft published about the interfaces, as data.

* ``ssp_interfaces.json``: interfaces, methods, parameters, enumerations, structures and codes, each with its source;
* ``our_classes.json``: the classes of this package beside them;
* ``definitions``: the interfaces and classes in those files as values;
* ``enumerations``, ``codes``, ``instructions`` and ``winscard_constants``: numbers by their published names;
* ``identifiers``: the one that belongs to no interface.
"""

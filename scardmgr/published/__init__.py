"""What Microsoft published about the interfaces, as data.

* ``ssp_interfaces.json``: interfaces, methods, parameters, enumerations, structures and codes, each with its source;
* ``definitions``: the interfaces in that file as values;
* ``enumerations`` and ``codes``: numbers by their published names.
"""

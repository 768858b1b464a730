"""PC/SC part 10: what a reader can do beside carrying APDUs, and entering PINs at its own keys.

One file per concept, none of which knows a resource manager or a clock:

* ``features``: what there is, and the control codes it is asked by;
* ``properties``: what a reader tells of itself;
* ``structures``: what a program asks of a PIN pad, as bytes and as values;
* ``dialogue``: from keystrokes to PINs;
* ``placement``: where the digits go in the command APDU.
"""

"""Command APDUs as objects: ``command`` is SCardCmd, ``iso7816_commands`` SCardISO7816, which builds them.

* ``command_parts``: a command in parts, as a value; ``reserved_codings``: what SCardISO7816 refuses;
* ``transmission_handling``: GET RESPONSE and ENVELOPE, which carry other commands.
"""

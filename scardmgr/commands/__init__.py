"""Command APDUs as objects: ``command`` is SCardCmd."""

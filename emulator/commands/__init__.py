"""The command handlers, one file per clause group of ISO/IEC 7816-4 and -9."""

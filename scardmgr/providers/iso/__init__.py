"""The provider for cards that follow ISO/IEC 7816-4, -8 and -9."""

"""Secure messaging of OpenPGP cards (OpenPGP card 3.4.1, 7.5), for both ends: ``session``."""

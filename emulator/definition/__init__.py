"""Card definitions: a TOML file that describes a whole card (docs/card.md), read, checked and built."""

"""The vpcd protocol between a virtual card and its reader: its frames, and what each side makes of them."""

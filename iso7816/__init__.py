"""The vocabulary of ISO/IEC 7816: values and pure functions, no card, no reader, no input or output."""

"""What is said to the card of a test, noted as it is said and put in words where the test fails."""

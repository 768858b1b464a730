"""What the markers of a test say, and what is wrong with them."""

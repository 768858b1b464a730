"""Foreign cards: programs that speak the card's side of the vpcd protocol, taken for cards."""

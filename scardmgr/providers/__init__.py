"""Service providers: what implements the card-specific interfaces, chosen by the card's ATR."""

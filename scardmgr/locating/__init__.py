"""What the smart card database tells: ``database_query`` is SCardDatabase, ``card_search`` SCardLocate."""

"""How good and how fast is the search, beside other engines? Not installed."""

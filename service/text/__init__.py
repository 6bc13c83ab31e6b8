"""Pure functions on strings: they know nothing of Typecho, Flask or Whoosh."""

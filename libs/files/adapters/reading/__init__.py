"""How the documents of scanners are read, whatever they say."""

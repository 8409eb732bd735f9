"""The real servers that one command starts when no outside ones are set."""

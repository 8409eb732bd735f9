"""The API: its pure parts alone, the whole of it on the real broker."""

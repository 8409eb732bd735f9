"""The file edges and the journal, on a real broker."""

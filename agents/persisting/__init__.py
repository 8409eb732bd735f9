"""Pure folding of entries into the rows that persist writes."""

"""The callbacks of pages, called as the functions that they are."""

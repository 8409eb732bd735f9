"""The frame around every page: top bar, sidebar, bottom bar, sheets."""

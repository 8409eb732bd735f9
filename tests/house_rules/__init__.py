"""Rules of the house as tests over the syntax tree."""

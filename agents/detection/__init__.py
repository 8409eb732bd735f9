"""What is unusual in a series of numbers. Pure."""

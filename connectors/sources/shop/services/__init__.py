"""What the programs of the shop write on an ordinary day, one program a file."""

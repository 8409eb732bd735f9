"""The made-up shop: repeatable, understood by the agents, quiet by itself, loud with a fault."""

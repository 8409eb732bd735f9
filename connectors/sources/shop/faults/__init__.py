"""The faults that can befall the shop, one a file, as data and pure functions of time."""

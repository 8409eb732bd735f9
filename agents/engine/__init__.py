"""The delivery engine under every stage: what Faust lacks to lose nothing and count once."""

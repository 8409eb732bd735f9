"""What reads from the outside and publishes to topics."""

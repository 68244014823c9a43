"""What runs by itself, or when someone asks: work on what is stored."""

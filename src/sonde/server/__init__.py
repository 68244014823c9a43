"""The server: its parts, started in order and stopped in reverse."""

"""Stores that keep links of entities to runs outside of Sonde; SDK and server read the same ones."""

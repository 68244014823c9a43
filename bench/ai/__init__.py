"""AI calls: a load of them among other spans, and how long the questions about them take."""

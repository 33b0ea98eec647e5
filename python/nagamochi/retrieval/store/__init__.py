"""Photos with their vectors and records, kept in a folder."""

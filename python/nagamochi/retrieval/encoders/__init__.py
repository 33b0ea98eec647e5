"""Encoders: from pictures to vectors."""

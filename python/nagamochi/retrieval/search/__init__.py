"""What is like a photo, and how it is shown."""

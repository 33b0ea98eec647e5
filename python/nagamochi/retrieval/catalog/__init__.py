"""Which photos there are, and what is known of each."""

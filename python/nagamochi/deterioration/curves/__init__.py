"""Health curves: power curves of age, fitted to inspection rounds of members."""

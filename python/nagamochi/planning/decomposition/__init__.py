"""Plans of networks in parts: prices go out to the parts, whole numbers and good plans come back."""

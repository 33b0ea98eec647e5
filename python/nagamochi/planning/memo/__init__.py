"""Plan costs that later runs look up instead of computing them again."""

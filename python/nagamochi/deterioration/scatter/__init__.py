"""How ratings of one member scatter: estimated from members that were rated twice."""

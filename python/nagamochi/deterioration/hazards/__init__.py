"""Multi-stage exponential hazards: how fast ratings are left, with covariates and groups."""

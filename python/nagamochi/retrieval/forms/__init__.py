"""Record form 10 of the national periodic inspection: workbooks with photos of damage and what is recorded of each."""

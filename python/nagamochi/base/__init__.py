"""Used by every other package: arguments, files, records, facts, execution."""

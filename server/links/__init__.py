"""What stable links open: one question each, answered as a table with columns stable by name."""

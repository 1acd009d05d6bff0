"""JSON under /api/v1, versioned apart from the pages."""

"""HTML blueprints, one module per screen."""

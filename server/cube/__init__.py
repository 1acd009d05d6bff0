"""The OLAP engine: model, cell, statement, browser; the only SELECT that answers people."""

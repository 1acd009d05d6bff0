"""The scorecard front end and the JSON API: the only place with HTTP and HTML."""

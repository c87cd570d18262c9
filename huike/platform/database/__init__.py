"""Django's PostgreSQL backend with cheaper pooled connections."""

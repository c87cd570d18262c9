"""Who answers: DuckDB in this process, a Spark cluster, and, of one customer and of this moment, PostgreSQL."""

"""What each kind of condition means, as Ibis expressions. `segments.expression` puts them together."""

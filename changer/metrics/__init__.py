"""What is known of libraries as numbers, for Prometheus and what reads its formats. Pure."""

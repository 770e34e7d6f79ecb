"""Atlas of models: what single libraries do differently, as rows with evidence."""

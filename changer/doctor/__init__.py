"""Doctor: what usually is wrong with a host and its libraries, each with its fix."""

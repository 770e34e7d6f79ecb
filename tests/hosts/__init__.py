"""Several hosts that share one library: guests with kernels, and a network, of their own."""

"""Programs that backup software calls in place of mtx and mtx-changer."""

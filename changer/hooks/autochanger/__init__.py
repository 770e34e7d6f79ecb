"""changer-autochanger: the interface of mtx-changer."""

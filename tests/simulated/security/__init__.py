"""Who may do what: as a member of the group, as nobody, and as root among them."""

"""One host owns a library; others have it work there, through OpenSSH."""

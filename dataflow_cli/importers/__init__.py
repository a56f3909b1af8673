"""Models of other frameworks as descriptions of networks: one format, one folder."""

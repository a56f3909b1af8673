"""Makes what attacks give to dftrace: values, networks, documents, files."""

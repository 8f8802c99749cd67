"""Where the server's data lies: the database, its models, and blobs."""

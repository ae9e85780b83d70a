"""What is on disk: the database, originals, ingest, sync, removal and verification."""

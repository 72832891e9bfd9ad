"""What people type: parsers and understanding, in tables of sentences."""

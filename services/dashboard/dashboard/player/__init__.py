"""A call to hear and to see: its recording, what was heard, recognised and signalled, and the verdict's evidence."""

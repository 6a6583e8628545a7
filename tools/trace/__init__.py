"""What a program has executed: a trace as text or for Perfetto, a profile, coverage of its sources."""

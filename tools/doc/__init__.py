"""What is derived from the tables for people: pages, the C header, lexer and editor grammar."""

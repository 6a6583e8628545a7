"""Golden vectors: files of records whose results other tools have given, and the checks that compare ours with them."""

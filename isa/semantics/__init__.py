"""The language in which instructions say what they do, its reference executor and its lowering."""

"""`python -m hicannx` is the command `hicannx`."""

from hicannx.tools.cli import main

raise SystemExit(main())

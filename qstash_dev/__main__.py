"""The program of ``python -m qstash_dev``, the same as that of ``qstash-dev``."""

from qstash_dev.cli.main import main

if __name__ == "__main__":
    main()

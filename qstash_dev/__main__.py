"""``python -m qstash_dev`` is the same program as ``qstash-dev``."""

from qstash_dev.cli.main import main

if __name__ == "__main__":
    main()

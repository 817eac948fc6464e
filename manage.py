#!/usr/bin/env python
import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advice.settings")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, ProgrammingError

    try:
        execute_from_command_line(sys.argv)
    except (OperationalError, ProgrammingError) as error:
        words = str(error)
        if "no such table" not in words and "does not exist" not in words:
            raise
        sys.exit("The database is not prepared, or not for this version: run `manage.py migrate` first.")


if __name__ == "__main__":
    main()

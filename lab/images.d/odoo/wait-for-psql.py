#!/usr/bin/python3
"""Waits until PostgreSQL lets us into its database `postgres`, at most --timeout seconds."""
import argparse
import sys
import time

import psycopg2


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--db_host')
    parser.add_argument('--db_port')
    parser.add_argument('--db_user')
    parser.add_argument('--db_password')
    parser.add_argument('--timeout', type=int, default=5)
    args = parser.parse_args()

    # An option that is absent is left to libpq, which reads PGHOST and its kin.
    wanted = {'host': args.db_host, 'port': args.db_port, 'user': args.db_user, 'password': args.db_password}
    given = {key: value for key, value in wanted.items() if value}
    deadline = time.monotonic() + args.timeout
    error = None
    while time.monotonic() < deadline:
        try:
            psycopg2.connect(dbname='postgres', **given).close()
            return 0
        except psycopg2.OperationalError as failure:
            error = failure
            time.sleep(1)
    print('Database connection failure: %s' % error, file=sys.stderr)
    return 1


if __name__ == '__main__':
    sys.exit(main())

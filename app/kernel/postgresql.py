"""A connection to PostgreSQL that keeps its prepared statements when a transaction is rolled back.

psycopg forgets them then, for a table of theirs may be undone. The register makes no table while it answers; and every
page that only reads ends by a rollback, so that nothing was ever prepared and each question was parsed and planned anew.
"""

import psycopg
from psycopg.pq import TransactionStatus

OPEN = (TransactionStatus.INTRANS, TransactionStatus.INERROR)


class Connection(psycopg.Connection):
    def rollback(self):
        if self.pgconn.transaction_status in OPEN:
            self.pgconn.exec_(b"ROLLBACK")
        super().rollback()  # finds nothing to do, or says that the server has gone

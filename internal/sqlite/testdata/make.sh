#!/bin/sh
# Makes the databases of this directory anew, with SQLite's own shell (sqlite3).
# Row i of the table t has i in its columns, as the test expects.
set -eu
cd "$(dirname "$0")"
rm -f ./*.db ./*.db-wal ./*.gz
rows() { # rows FROM TO: blobs of up to 3000 octets, so that many overflow
	echo "WITH RECURSIVE i(n) AS (SELECT $1 UNION ALL SELECT n + 1 FROM i WHERE n < $2)
		INSERT INTO t SELECT n * 3, n * n * n * 1000003 - 500, n / 4.0, 'row ' || n, substr(hex(zeroblob(1500)) || 'end', -(n * 37 % 3000)) , NULL FROM i;"
}
table='CREATE TABLE t (id INTEGER PRIMARY KEY, whole, "part, with comma" REAL DEFAULT (1 + 2), [text] TEXT, big BLOB, none, UNIQUE (whole));'
for size in 512 4096 65536; do
	{ echo "PRAGMA page_size = $size; $table"; rows 0 199; } | sqlite3 pages-$size.db
done
{ echo "$table CREATE TABLE bare (a PRIMARY KEY) WITHOUT ROWID; INSERT INTO bare VALUES (1);"; rows 0 3; echo "ALTER TABLE t ADD COLUMN later DEFAULT 7; INSERT INTO t (id, later) VALUES (100, 8);"; } | sqlite3 columns.db
{ echo "PRAGMA encoding = 'UTF-16le'; $table"; rows 0 3; } | sqlite3 utf16.db
# What is in the log only: rows from 100, and the end of those from 190. The
# shell is made to leave without writing the log back.
{ echo "PRAGMA page_size = 512; PRAGMA journal_mode = WAL; $table"; rows 0 99; } | sqlite3 log.db >/dev/null
{
	echo "PRAGMA wal_autocheckpoint = 0;"
	rows 100 199
	echo "DELETE FROM t WHERE id >= 570;"
	echo ".shell cp log.db kept.db; cp log.db-wal kept.db-wal"
} | sqlite3 log.db >/dev/null
mv kept.db log.db && mv kept.db-wal log.db-wal
rm -f log.db-shm
gzip -9 -n ./*.db ./*.db-wal

-- SPDX-License-Identifier: BSD-2-Clause
--
-- What is missing: psql -f gaps.sql. No row in the first table is no gap known.
SELECT host, ephemeral_id, first, last, lines, CASE WHEN ended THEN 'ended' ELSE 'no end yet' END AS run
FROM execsnoop.gap
ORDER BY host, ephemeral_id, first;

-- Runs without an end: look at those whose latest line is old.
SELECT host, ephemeral_id, last, at AS latest
FROM execsnoop.unended
ORDER BY at;

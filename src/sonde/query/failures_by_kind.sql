-- Failures that are alike, by a fingerprint of type, service, operation and message. In the message what is quoted
-- becomes '?', and each word with a digit in it (a number, an id, an address) '#'.
SELECT
    lower(hex(sipHash64(type, service, operation, replaceRegexpAll(
        replaceRegexpAll(message, '(^|[\\s(=:,\\[])(?:"[^"]*"|\'[^\']*\'|`[^`]*`)', '\\1?'),
        '[\\w.\\-]*\\d[\\w.\\-]*', '#'
    )))) AS fingerprint,
    $columns
FROM
(
    SELECT *, failure.1 AS source, failure.2 AS type, failure.3 AS message, failure.4 AS handling
    FROM ($failures)
)
GROUP BY fingerprint
$having

-- The classes of price that AI calls fall into. Leans on the same as ai_spans, which it selects from.
SELECT
    $class_,
    sipHash64(provider, model, asked, tier, epoch, clock) AS class_key,
    any(at),
    any(input)
FROM ($spans)
WHERE $wanted AND has_tokens
GROUP BY provider, model, asked, tier, epoch, clock
LIMIT {limit:UInt32}

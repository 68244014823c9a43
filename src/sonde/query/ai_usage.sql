-- Tokens of AI calls by a dimension and by class of price, each call once. Leans on the same as ai_spans, which it selects
-- from.
SELECT
    $value AS value,
    $class_,
    sum(weight) AS calls,
    sumIf(weight, failed),
    sum(weight * input) AS tokens_in,
    sum(weight * cached),
    sum(weight * written),
    sum(weight * output) AS tokens_out,
    sum(weight * reasoning),
    sum(weight * told_cost),
    sumIf(weight, has_tokens AND told_cost = 0),
    any(at),
    any(input),
    max(at)
FROM ($spans)
WHERE $wanted
GROUP BY value, provider, model, asked, tier, epoch, clock
ORDER BY tokens_in + tokens_out DESC, calls DESC, value
LIMIT {groups:UInt32}

-- Sessions by their last call in a range of time, with sums by class of price. Leans on the same as ai_spans, which it
-- selects from.
SELECT
    conversation,
    min(first) AS begun,
    max(last) AS ended,
    uniqExactMerge(traces),
    max(some_user),
    arraySort(groupUniqArray(20)(model)),
    groupArray((provider, model, asked, tier, epoch, clock, calls, errors, tokens_in, cached_in, written_in, tokens_out, thought, told, unpriced, at_any, input_any, last))
FROM
(
    SELECT
        conversation,
        $class_,
        sum(weight) AS calls,
        sumIf(weight, failed) AS errors,
        sum(weight * input) AS tokens_in,
        sum(weight * cached) AS cached_in,
        sum(weight * written) AS written_in,
        sum(weight * output) AS tokens_out,
        sum(weight * reasoning) AS thought,
        sum(weight * told_cost) AS told,
        sumIf(weight, has_tokens AND told_cost = 0) AS unpriced,
        any(at) AS at_any,
        any(input) AS input_any,
        min(at) AS first,
        max(at) AS last,
        uniqExactState(TraceId) AS traces,
        max(user) AS some_user
    FROM ($spans)
    WHERE conversation != '' AND $wanted
    GROUP BY conversation, provider, model, asked, tier, epoch, clock
)
GROUP BY conversation
HAVING (ended, conversation) < ({last:Int64}, {last_id:String})
ORDER BY ended DESC, conversation DESC
LIMIT {limit:UInt32}

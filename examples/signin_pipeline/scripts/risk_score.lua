-- Weighs what the layers before left.
function run(context)
  local signals = context.result.signals or {}
  local risk = signals.reputation or 0
  if signals.device == nil then
    risk = risk + 0.2
  end
  local rounds = 0
  for i = 1, 200000 do
    rounds = rounds + i % 7
  end
  return { status = "success", output = { risk = risk, rounds = rounds } }
end
